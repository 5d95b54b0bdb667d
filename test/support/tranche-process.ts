import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const LAUNCHER = 'dist/apps/launcher/src/main.js';

interface Demo {
  readonly apiUrl: string;
  readonly token: string;
  readonly metricsUrl: string;
  readonly simVenueUrl: string;
  readonly simControlUrl: string;
  readonly pids: Readonly<Record<'launcher' | 'simVenue' | 'postgres' | 'redis', number>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a foreign client sees JSON, not our types
  readonly body: any;
}

/** The whole system as a user runs it: one launcher process with its stores and its exchange, in a folder of its own. */
export class TrancheProcess {
  private child: ChildProcess | undefined;
  private current: Demo | undefined;
  private output = '';

  private constructor(
    readonly dataDir: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Starts a fresh system; `stop` it and `remove` its folder. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<TrancheProcess> {
    const system = new TrancheProcess(await mkdtemp(join(tmpdir(), 'tranche-e2e-')), env);
    await system.start();
    return system;
  }

  get demo(): Demo {
    if (this.current === undefined) throw new Error('The system is not running');
    return this.current;
  }

  /** Starts it, again if need be, and waits until it says that it is ready. */
  async start(): Promise<void> {
    if (!existsSync(LAUNCHER)) throw new Error(`${LAUNCHER} is missing: npm run build`);
    this.output = '';
    const child = spawn(process.execPath, [LAUNCHER, '--port', '0', '--data-dir', this.dataDir], {
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const collect = (chunk: Buffer): void => void (this.output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    await until(() => this.output.includes('is ready after') || child.exitCode !== null, {
      timeoutMs: 60_000,
      what: 'the system is ready',
    });
    if (child.exitCode !== null) throw new Error(`The system ended with ${child.exitCode}: ${this.output}`);
    await this.readDemo();
  }

  /** Process ids change when the launcher restarts a store or the exchange. */
  async readDemo(): Promise<Demo> {
    this.current = JSON.parse(await readFile(join(this.dataDir, 'demo.json'), 'utf8')) as Demo;
    return this.current;
  }

  /** kill -9 of each process of the list, as near to one instant as can be. */
  async kill(...names: (keyof Demo['pids'])[]): Promise<void> {
    const pids = names.map((name) => this.demo.pids[name]);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => pids.every((pid) => !isAlive(pid)), { timeoutMs: 10_000, what: 'the killed are dead' });
  }

  /** As Ctrl-C; resolves with the exit code. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill('SIGINT');
    await until(() => child.exitCode !== null || child.signalCode !== null, {
      timeoutMs: 40_000,
      what: 'the system has drained',
    });
    return child.exitCode;
  }

  /** Ends whatever of it still lives, and removes its folder. */
  async remove(): Promise<void> {
    await this.stop().catch(() => null);
    if (this.current !== undefined)
      for (const pid of Object.values(this.current.pids)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await rm(this.dataDir, { recursive: true, force: true });
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

  async order(id: string): Promise<Answer['body']> {
    const answer = await this.call('GET', `/api/order/${id}`);
    if (answer.status !== 200) throw new Error(`GET order answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as unknown;
  }

  /** The simulated exchange's own word on everything. */
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

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
