import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../support/until.js';

/** The command may have to build first. */
jest.setTimeout(180_000);

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sim-alone-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await rm(directory, { recursive: true });
});

function run(...args: string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ['scripts/sim.mjs', ...args], {
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said };
}

async function start(...args: string[]) {
  const { child, said } = run('--port', '0', '--data-dir', directory, ...args);
  await until(() => said().includes('Ctrl-C stops it.') || child.exitCode !== null, { timeoutMs: 170_000 });
  const after = (word: string): string => {
    const found = new RegExp(`^ +${word} +(\\S+)`, 'm').exec(said())?.[1];
    if (found === undefined) throw new Error(`The ready text must name the ${word}:\n${said()}`);
    return found;
  };
  return {
    child,
    ...{ spot: after('spot'), usdm: after('USD-M'), control: after('control') },
    ...{ key: after('key'), secret: after('secret'), name: after('account') },
  };
}

type Started = Awaited<ReturnType<typeof start>>;

async function place({ spot, key, secret }: Started): Promise<Response> {
  const query = `symbol=TESTUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100&timestamp=${Date.now()}`;
  const signature = createHmac('sha256', secret).update(query).digest('hex');
  return fetch(`${spot}/api/v3/order?${query}&signature=${signature}`, {
    method: 'POST',
    headers: { 'X-MBX-APIKEY': key },
  });
}

describe('the one command', () => {
  it('starts the exchange, names a key that trades, ends on a signal and finds everything again', async () => {
    const first = await start('--market', 'scripted', '--account', 'me:USDT=100');
    expect(first.name).toBe('me');
    expect((await place(first)).status).toBe(200);
    expect((await fetch(`${first.usdm}/fapi/v1/ping`)).status).toBe(200);
    expect(JSON.parse(await readFile(join(directory, 'endpoints.json'), 'utf8'))).toMatchObject({
      ...{ ready: true, controlUrl: first.control, spotUrl: first.spot, usdmUrl: first.usdm, pid: first.child.pid },
    });
    first.child.kill('SIGINT');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    await expect(fetch(`${first.spot}/api/v3/ping`)).rejects.toThrow();

    const second = await start('--market', 'scripted', '--account', 'me:USDT=100');
    expect([second.key, second.secret]).toEqual([first.key, first.secret]);
    const ledger = (await (await fetch(`${second.control}/control/ledger?account=me`)).json()) as { orders: unknown[] };
    expect(ledger.orders).toMatchObject([{ symbol: 'TESTUSDT', status: 'NEW', price: '100.00000000' }]);
    expect((await place(second)).status).toBe(400); // all the money is in the first order
  });

  it('refuses an unknown flag and says which there are', async () => {
    const { child, said } = run('--seeed', '1');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(said()).toMatch(/^sim-venue: .*'--seeed'; expected --control-port, .*\n$/m);
  });
});
