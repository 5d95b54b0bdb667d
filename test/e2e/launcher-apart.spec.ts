import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DemoFile } from '../../apps/launcher/src/demo-file.js';
import { commandLineOf } from '../../apps/launcher/src/stores/server-process.js';
import {
  type LauncherProcess,
  pidsOf,
  removeDataDir,
  startLauncher,
  temporaryDataDir,
} from '../support/launcher-process.js';
import { until } from '../support/until.js';

const APART = ['--port', '0', '--apart'];
const SERVICES = ['feed-handler', 'rate-limit-tracker', 'exchange-gateway', 'order-scheduler', 'api-gateway'];

describe('npm run start:services', () => {
  let dataDir = '';
  let launcher: LauncherProcess;
  let demo: DemoFile;

  const reread = async (): Promise<DemoFile> => {
    demo = JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
    return demo;
  };
  const orders = async (apiUrl = demo.apiUrl): Promise<{ id: string }[]> => {
    const response = await fetch(`${apiUrl}/api/orders/`, { headers: { authorization: `Token ${demo.token}` } });
    return ((await response.json()) as { orders: { id: string }[] }).orders;
  };
  const isRunning = async (pid: number): Promise<boolean> => (await commandLineOf(pid)) !== '';
  const health = (url: string, page: string): Promise<number> =>
    fetch(`${url}/health/${page}`).then(({ status }) => status);

  beforeAll(async () => {
    dataDir = await temporaryDataDir();
    launcher = startLauncher({ dataDir, args: APART });
    demo = await launcher.ready();
  });

  afterAll(async () => {
    launcher.signal('SIGKILL');
    await removeDataDir(dataDir);
  });

  it('runs each app by its own main, with its own health and metrics', async () => {
    expect(demo.services.map(({ name, replica }) => `${name}-${replica}`)).toEqual(SERVICES.map((name) => `${name}-1`));
    expect(new Set(pidsOf(demo)).size).toBe(4 + SERVICES.length);
    for (const { name, pid, opsUrl } of demo.services) {
      expect(await commandLineOf(pid)).toContain(join('apps', name, 'src', 'main.js'));
      for (const page of ['live', 'ready', 'startup']) expect([name, await health(opsUrl, page)]).toEqual([name, 200]);
      expect(await (await fetch(`${opsUrl}/metrics`)).text()).toContain('tranche_build_info');
    }
    expect(demo.apiUrls).toEqual([demo.apiUrl]);
    expect((await fetch(demo.docsUrl)).status).toBe(200);
  });

  it('starts a service again that dies, on its port, and says so in demo.json', async () => {
    const api = demo.services.find(({ name }) => name === 'api-gateway');
    if (api === undefined) throw new Error('There must be an API');
    process.kill(api.pid, 'SIGKILL');
    await until(async () => (await reread()).services.every(({ pid }) => pid !== api.pid));
    const next = demo.services.find(({ name }) => name === 'api-gateway');
    expect(next?.apiUrl).toBe(api.apiUrl);
    expect(await orders()).toEqual([]);
    expect(demo.metricsUrl).toBe(`${next?.opsUrl}/metrics`);
  });

  it('drains on Ctrl-C, leaves nothing running, and goes on with the same data as npm start', async () => {
    const placed = await fetch(`${demo.apiUrl}/api/orders/`, {
      method: 'POST',
      headers: { authorization: `Token ${demo.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        accounts: ['mock'],
        pair: 'ETH-USDT',
        side: 'buy',
        strategy: 'Market',
        base_asset_qty: 1,
      }),
    });
    expect(placed.status).toBe(200);
    const before = pidsOf(demo);
    launcher.signal('SIGINT');
    expect(await launcher.ended).toBe(0);
    expect((await Promise.all(before.map(isRunning))).filter(Boolean)).toEqual([]);

    launcher = startLauncher({ dataDir });
    const together = await launcher.ready();
    expect(together.token).toBe(demo.token);
    expect(new Set(together.services.map(({ pid }) => pid))).toEqual(new Set([launcher.pid]));
    demo = together;
    expect(await orders()).toHaveLength(1);
    launcher.signal('SIGINT');
    expect(await launcher.ended).toBe(0);
  });

  it('ends the services that a killed launcher left, and refuses what it cannot do in clear lines', async () => {
    launcher = startLauncher({ dataDir, args: APART });
    const left = pidsOf(await launcher.ready());
    launcher.signal('SIGKILL');
    await launcher.ended;
    launcher = startLauncher({ dataDir, args: APART });
    demo = await launcher.ready();
    expect((await Promise.all(left.map(isRunning))).filter(Boolean)).toEqual([]);
    expect(await orders()).toHaveLength(1);

    const other = await temporaryDataDir();
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const taken = startLauncher({ dataDir: other, args: ['--apart', '--port', String(port)] });
    const many = startLauncher({ dataDir: other, args: ['--apart', '--replicas', 'many'] });
    expect(await Promise.all([taken.ended, many.ended])).toEqual([1, 1]);
    squatter.close();
    expect(taken.output()).toMatch(new RegExp(`^tranche: port ${port} is taken[^\\n]*\\n$`));
    expect(many.output()).toContain('REPLICAS: must be');
    await removeDataDir(other);
  });
});
