import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoFile } from '../../apps/launcher/src/demo-file.js';
import { removeDataDir, startLauncher, temporaryDataDir, type LauncherProcess } from './launcher-process.js';
import { until } from './until.js';

type ProcessName = keyof DemoFile['pids'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a foreign client sees JSON, not our types
  readonly body: any;
}

/** The whole system as a user runs it, with its API and its exchange at hand: started, killed, started again. */
export class TrancheProcess {
  private launcher: LauncherProcess | undefined;
  private current: DemoFile | undefined;

  private constructor(
    readonly dataDir: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Starts a fresh system; `remove` it in the end. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<TrancheProcess> {
    const system = new TrancheProcess(await temporaryDataDir(), env);
    await system.start();
    return system;
  }

  get demo(): DemoFile {
    if (this.current === undefined) throw new Error('The system is not running');
    return this.current;
  }

  /** Starts it, again if need be, and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.launcher = startLauncher({ dataDir: this.dataDir, env: this.env });
    this.current = await this.launcher.ready();
  }

  /** kill -9 of each of these processes, as near to one instant as can be. */
  async kill(...names: ProcessName[]): Promise<void> {
    const pids = names.map((name) => this.demo.pids[name]).filter((pid) => pid !== null);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => pids.every((pid) => !isAlive(pid)), { timeoutMs: 10_000, what: 'the killed are dead' });
  }

  /** As Ctrl-C; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.launcher?.signal('SIGINT');
    return (await this.launcher?.ended) ?? null;
  }

  /** Ends whatever of it still lives, and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    await removeDataDir(this.dataDir);
  }

  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(new URL(path, this.demo.apiUrl), {
      method,
      headers: {
        authorization: `Token ${this.demo.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** @throws Error when the order cannot be read */
  async order(id: string): Promise<Answer['body']> {
    const answer = await this.call('GET', `/api/order/${id}`);
    if (answer.status !== 200) throw new Error(`GET order answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as unknown;
  }

  /** The simulated exchange's own word on everything. @throws Error when it refuses */
  async control(method: string, path: string, body?: object): Promise<Answer['body']> {
    const response = await fetch(new URL(`/control/${path}`, this.demo.simControlUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Control ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as unknown;
  }

  log(): Promise<string> {
    return readFile(join(this.dataDir, 'tranche.log'), 'utf8');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
