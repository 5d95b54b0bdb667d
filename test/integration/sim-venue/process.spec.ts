import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { SimClient, type Key } from './sim-client.js';
import { SimProcesses, type Started } from './sim-process.js';

let directory: string;
const processes = new SimProcesses();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sim-venue-'));
});
afterEach(async () => {
  await processes.end();
  await rm(directory, { recursive: true });
});

const start = (env: Record<string, string> = {}): Promise<Started> =>
  processes.start({ SIM_DATA_DIR: directory, ...env });
const fails = (env: Record<string, string>): Promise<string> => processes.refused(env);

const urlsOf = ({ controlUrl, spotUrl, usdmUrl }: Started['ready']): string[] => [controlUrl, spotUrl, usdmUrl];

/** Addresses of this machine by which something that listens on 127.0.0.1 alone cannot be reached. */
function otherAddresses(): string[] {
  const outside = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  return process.platform === 'linux' ? ['127.0.0.2', ...outside] : outside;
}

function answers(url: string, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: Number(new URL(url).port), timeout: 5_000 });
    const done = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.on('connect', done(true)).on('error', done(false)).on('timeout', done(false));
  });
}

describe('the process', () => {
  it('prints one line when it is ready, writes the same to its folder, and ends with 0 on SIGTERM', async () => {
    const { child, ready, lines } = await start();
    expect(ready).toEqual({
      ready: true,
      controlUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      spotUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      usdmUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pid: child.pid,
    });
    expect(JSON.parse(await readFile(join(directory, 'endpoints.json'), 'utf8'))).toEqual(ready);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(lines).toHaveLength(1);
  });

  it('VE-C58 listens on loopback only, on all three ports, and elsewhere when it is allowed', async () => {
    const { ready } = await start();
    for (const url of urlsOf(ready)) {
      expect(await answers(url, '127.0.0.1')).toBe(true);
      for (const address of otherAddresses())
        expect([url, address, await answers(url, address)]).toEqual([url, address, false]);
    }
    expect(await fails({ SIM_BIND: '0.0.0.0' })).toContain('SIM_ALLOW_REMOTE=yes');
    const { ready: open } = await start({ SIM_BIND: '0.0.0.0', SIM_ALLOW_REMOTE: 'yes', SIM_DATA_DIR: '' });
    for (const url of urlsOf(open)) {
      expect(url).toMatch(/^http:\/\/0\.0\.0\.0:/);
      for (const address of otherAddresses())
        expect([url, address, await answers(url, address)]).toEqual([url, address, true]);
    }
  });

  it('names every setting that is wrong, and no value', async () => {
    const errors = await fails({ SIM_SPOT_PORT: '99999x', SIM_MARKET: 'wonderful', SIM_RESTORE_OPEN_ORDERS: 'maybe' });
    for (const name of ['SIM_SPOT_PORT', 'SIM_MARKET', 'SIM_RESTORE_OPEN_ORDERS']) expect(errors).toContain(name);
    for (const value of ['99999x', 'wonderful', 'maybe']) expect(errors).not.toContain(value);
  });

  it('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const errors = await fails({ SIM_SPOT_PORT: String(port) });
    other.close();
    expect(errors).toMatch(new RegExp(`^sim-venue: port ${port} is taken: [^\n]+\n$`));
  });
});

describe('kill -9', () => {
  /** Places and trades as fast as it can until the connection breaks; what was acknowledged is what counts. */
  async function trade(client: SimClient, key: Key, acknowledged: Map<string, number>, worker: number): Promise<void> {
    for (let i = 0; ; i += 1) {
      const id = `w${worker}-${i}`;
      try {
        const side = i % 2 === 0 ? 'BUY' : 'SELL';
        const { body, status } = await client.order(key, side, side === 'BUY' ? '100' : '101', '0.5', {
          newClientOrderId: id,
        });
        if (status === 200) acknowledged.set(id, body.orderId);
        if (i % 3 === 2)
          await client.signed(key, 'DELETE', '/api/v3/order', { symbol: 'TESTUSDT', origClientOrderId: id });
        if (i % 4 === 3)
          await client.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '0.2', side: 'sell' });
      } catch {
        return;
      }
    }
  }

  it.each([120, 180, 260])(
    'in the middle of trading, after %d orders: nothing acknowledged is lost, nothing doubled',
    async (count) => {
      const first = await start();
      const client = new SimClient(first.ready);
      await client.control('PUT', 'limits', { ordersPer10Seconds: 1_000_000, weightPerMinute: 1_000_000 });
      const keys = [
        await client.account('a', { USDT: '1000000', TEST: '10000' }),
        await client.account('b', { USDT: '1000000', TEST: '10000' }),
      ];
      const acknowledged = new Map<string, number>();
      const workers = [0, 1, 2, 3].map((worker) => trade(client, keys[worker % 2] as Key, acknowledged, worker));
      await until(() => acknowledged.size >= count);
      first.child.kill('SIGKILL');
      await Promise.all(workers);

      const second = await start();
      const after = new SimClient(second.ready);
      expect(await after.control('GET', 'invariants')).toEqual({ hold: true });
      const ledger = await after.control('GET', 'ledger');
      const byId = new Map<string, number>(ledger.orders.map((o) => [o.clientOrderId, o.orderId]));
      for (const [id, orderId] of acknowledged) expect([id, byId.get(id)]).toEqual([id, orderId]);
      expect(new Set(ledger.orders.map((o) => o.orderId)).size).toBe(ledger.orders.length);
      expect(ledger.orders.length).toBeLessThanOrEqual(acknowledged.size + 4);
      expect(ledger.fills.length).toBeGreaterThan(5);
      const open = ledger.orders.filter((o) => o.status === 'NEW' || o.status === 'PARTIALLY_FILLED').length;
      const listed = await Promise.all(
        keys.map(async (key) => (await after.signed(key, 'GET', '/api/v3/openOrders')).list.length),
      );
      expect(listed.reduce((a, b) => a + b, 0)).toBe(open);
    },
  );

  it('at rest: ledger, open orders and balances are exactly as before', async () => {
    const first = await start();
    const client = new SimClient(first.ready);
    const key = await client.account('a', { USDT: '1000', TEST: '10' });
    await client.book([], [['100', '1']]);
    await client.order(key, 'BUY', '100', '1');
    await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'partly' });
    await client.control('POST', 'markets/TESTUSDT/trade', { price: '90', qty: '0.3', side: 'sell' });
    await client.order(key, 'BUY', '80', '1', { newClientOrderId: 'gone' });
    await client.signed(key, 'DELETE', '/api/v3/order', { symbol: 'TESTUSDT', origClientOrderId: 'gone' });
    const before = await client.control('GET', 'ledger');
    first.child.kill('SIGKILL');
    const second = await start();
    const after = new SimClient(second.ready);
    expect(await after.control('GET', 'ledger')).toEqual(before);
    await after.control('POST', 'markets/TESTUSDT/trade', { price: '90', qty: '5', side: 'sell' });
    const find = { symbol: 'TESTUSDT', origClientOrderId: 'partly' };
    expect((await after.signed(key, 'GET', '/api/v3/order', find)).body.status).toBe('FILLED');
    second.child.kill('SIGKILL');
    await once(second.child, 'exit');
    const third = await start({ SIM_RESTORE_OPEN_ORDERS: 'false' });
    const { orders } = await new SimClient(third.ready).control('GET', 'ledger');
    expect(orders.map((o) => o.status)).toEqual(['FILLED', 'FILLED', 'CANCELED']);
  });
});
