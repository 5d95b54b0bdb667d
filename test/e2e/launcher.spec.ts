import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DemoFile } from '../../apps/launcher/src/demo-file.js';
import { commandLineOf } from '../../apps/launcher/src/stores/server-process.js';
import {
  type LauncherProcess,
  modeOf,
  pidsOf,
  removeDataDir,
  startLauncher,
  temporaryDataDir,
} from '../support/launcher-process.js';

jest.setTimeout(90_000); // whole processes start and end, perhaps on a busy machine

/** Those that still run; one that has ended but whose end nobody has collected does not count. */
async function runningOf(pids: readonly number[]): Promise<number[]> {
  const lines = await Promise.all(pids.map(commandLineOf));
  return pids.filter((_, i) => lines[i] !== '');
}

describe('npm start', () => {
  let dataDir = '';
  let launcher: LauncherProcess;
  let demo: DemoFile;

  const get = (path: string, token = demo.token): Promise<Response> =>
    fetch(`${demo.apiUrl}${path}`, { headers: { authorization: `Token ${token}` } });

  beforeAll(async () => {
    dataDir = await temporaryDataDir();
    launcher = startLauncher({ dataDir });
    demo = await launcher.ready();
  });

  afterAll(async () => {
    launcher.signal('SIGKILL');
    await removeDataDir(dataDir);
  });

  it('says what is where, on screen and in a file that only its user can read', async () => {
    for (const url of [demo.apiUrl, demo.docsUrl, demo.metricsUrl, demo.simVenueUrl, demo.token])
      expect(launcher.output()).toContain(url);
    expect(await modeOf(join(dataDir, 'demo.json'))).toBe('600');
    expect(await modeOf(join(dataDir, 'secrets.json'))).toBe('600');
    expect(await runningOf(pidsOf(demo))).toEqual(pidsOf(demo));
    expect(new Set(pidsOf(demo)).size).toBe(4);
  });

  it('serves the API to its token, the docs to everyone, and metrics of every part', async () => {
    expect((await get('/api/orders/')).status).toBe(200);
    expect((await get('/api/orders/', 'f'.repeat(40))).status).toBe(401);
    expect((await fetch(demo.docsUrl)).status).toBe(200);
    expect(await (await fetch(demo.metricsUrl)).text()).toContain('tranche_build_info');
    const ready = await fetch(demo.metricsUrl.replace('/metrics', '/health/ready'));
    expect(await ready.json()).toMatchObject({ status: 'ok' });
  });

  it('adds users with money of their own, and tokens that may do less', async () => {
    /** What it prints, and its exit code. */
    const user = async (...args: string[]): Promise<readonly [string, unknown]> => {
      const child = spawn(process.execPath, ['dist/apps/launcher/src/user.js', ...args, '--data-dir', dataDir]);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (output += String(chunk)));
      const [code] = (await once(child, 'close')) as unknown[];
      return [output, code];
    };
    const tokenOf = (output: string): string => /^Token {2}([0-9a-f]{40})$/m.exec(output)?.[1] ?? output;
    const [added, code] = await user('add', 'alice');
    expect([added, code]).toEqual([expect.stringMatching(/^User {3}alice\nScopes read,trade,cancel\nToken {2}/), 0]);
    const money = async (): Promise<number> => {
      const balances = (await (await get('/api/balances/', tokenOf(added))).json()) as {
        mock?: { assets: { symbol: string; market_type: string; size: number }[] };
      };
      const usdt = balances.mock?.assets.filter(({ symbol }) => symbol === 'USDT') ?? [];
      return usdt.reduce((sum, { size }) => sum + size, 0);
    };
    while ((await money()) < 20_000_000) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await money()).toBe(20_000_000);
    expect(await user('add', 'alice')).toEqual([
      'tranche: the name must be free, alice is a user already; another token: npm run user -- token alice\n',
      1,
    ]);
    const [narrow] = await user('token', 'alice', '--scopes', 'cancel,read');
    expect((await get('/api/orders/', tokenOf(narrow))).status).toBe(200);
    const post = await fetch(`${demo.apiUrl}/api/orders/`, {
      method: 'POST',
      headers: { authorization: `Token ${tokenOf(narrow)}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(post.status).toBe(403);
    expect(await user('token', 'nobody')).toEqual([
      'tranche: the user must be there already, was nobody: npm run user -- add nobody\n',
      1,
    ]);
  });

  it('refuses a second launcher on the same data, in one line', async () => {
    const second = startLauncher({ dataDir });
    expect(await second.ended).toBe(1);
    expect(second.output().trim().split('\n')).toHaveLength(1);
    expect(second.output()).toContain(`is in use by process ${launcher.pid}`);
  });

  it('refuses a taken port, an unknown flag and wrong settings, in clear lines', async () => {
    const other = await temporaryDataDir();
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    const taken = startLauncher({ dataDir: other, args: ['--port', String(port)] });
    const unknown = startLauncher({ dataDir: other, args: ['--prot', '1'] });
    const wrong = startLauncher({
      dataDir: other,
      env: { LOG_LEVEL: 'loud-7', OPS_PORT: '-7', SCHEDULER_CONCURRENCY: 'many-7' },
    });
    expect(await Promise.all([taken.ended, unknown.ended, wrong.ended])).toEqual([1, 1, 1]);
    squatter.close();
    expect(taken.output()).toMatch(new RegExp(`^tranche: port ${port} is taken[^\\n]*\\n$`));
    expect(unknown.output()).toMatch(/^tranche: Unknown option '--prot'[^\n]*\n$/);
    for (const name of ['LOG_LEVEL', 'OPS_PORT', 'SCHEDULER_CONCURRENCY'])
      expect(wrong.output()).toContain(`${name}: must be`);
    expect(wrong.output()).not.toContain('-7');
    await removeDataDir(other);
  });

  it('starts the simulated exchange again when it is killed, with its data and on its ports', async () => {
    const before = demo.pids.simVenue;
    process.kill(before, 'SIGKILL');
    for (;;) {
      const health = await fetch(`${demo.simControlUrl}/control/health`).catch(() => undefined);
      if (health?.ok === true && (await commandLineOf(before)) === '') break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { accounts } = (await (await fetch(`${demo.simControlUrl}/control/accounts`)).json()) as {
      accounts: { name: string }[];
    };
    expect(accounts.map(({ name }) => name)).toContain('mock');
  });

  it('drains on Ctrl-C, leaves nothing running, and continues at the next start', async () => {
    launcher.signal('SIGINT');
    expect(await launcher.ended).toBe(0);
    expect(await runningOf(pidsOf(demo))).toEqual([]);
    launcher = startLauncher({ dataDir });
    const next = await launcher.ready();
    expect(next.token).toBe(demo.token);
    demo = next;
    expect((await get('/api/orders/')).status).toBe(200);
  });

  it('starts after everything was killed at once', async () => {
    for (const pid of pidsOf(demo)) process.kill(pid, 'SIGKILL');
    await launcher.ended;
    launcher = startLauncher({ dataDir });
    demo = await launcher.ready();
    expect((await get('/api/orders/')).status).toBe(200);
  });

  it('starts after it alone was killed, and ends the servers that it left', async () => {
    const left = pidsOf(demo);
    launcher.signal('SIGKILL');
    await launcher.ended;
    launcher = startLauncher({ dataDir });
    demo = await launcher.ready();
    expect(await runningOf(left)).toEqual([]);
    expect((await get('/api/orders/')).status).toBe(200);
  });
});
