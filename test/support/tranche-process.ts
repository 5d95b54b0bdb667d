import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoFile } from '../../apps/launcher/src/demo-file.js';
import type { ServiceEntry } from '../../apps/launcher/src/running-services.js';
import { removeDataDir, startLauncher, temporaryDataDir, type LauncherProcess } from './launcher-process.js';
import { until } from './until.js';

type ProcessName = keyof DemoFile['pids'];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a foreign client sees JSON, not our types
  readonly body: any;
}

/** All services in one process, or two processes of each. */
export type Layout = 'together' | 'apart';

const ARGS: Readonly<Record<Layout, readonly string[]>> = {
  together: ['--port', '0'],
  apart: ['--port', '0', '--apart', '--replicas', '2'],
};
/** An API that does not answer in this time is stopped or overloaded: another is asked. */
const ANSWER_LIMIT_MS = 5_000;
const CALL_ATTEMPTS = 6;

/** The whole system as a user runs it, with its API and its exchange at hand: started, killed, started again. */
export class TrancheProcess {
  private launcher: LauncherProcess | undefined;
  private current: DemoFile | undefined;

  private constructor(
    readonly dataDir: string,
    private readonly env: Readonly<Record<string, string>>,
    readonly layout: Layout,
    private readonly moreArgs: readonly string[],
  ) {}

  private calls = 0;

  /** Starts a fresh system; `remove` it in the end. */
  static async create(
    env: Readonly<Record<string, string>> = {},
    layout: Layout = 'together',
    moreArgs: readonly string[] = [],
  ): Promise<TrancheProcess> {
    const system = new TrancheProcess(await temporaryDataDir(), env, layout, moreArgs);
    try {
      await system.start();
    } catch (error) {
      // Nobody else can: left running it would slow down whatever is tested next.
      await system.remove();
      throw error;
    }
    return system;
  }

  get demo(): DemoFile {
    if (this.current === undefined) throw new Error('The system is not running');
    return this.current;
  }

  /** Starts it, again if need be, and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.launcher = startLauncher({
      dataDir: this.dataDir,
      args: [...ARGS[this.layout], ...this.moreArgs],
      env: this.env,
    });
    this.current = await this.launcher.ready();
  }

  /** kill -9 of each of these processes, as near to one instant as can be. */
  async kill(...names: ProcessName[]): Promise<void> {
    const pids = names.map((name) => this.demo.pids[name]).filter((pid) => pid !== null);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => pids.every((pid) => !isAlive(pid)), { what: 'the killed are dead' });
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

  /**
   * One request, each to the next of the APIs. What only reads is asked of another when one is down; what changes
   * something is tried once.
   */
  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await this.callOnce(method, path, body, headers);
      } catch (error) {
        if (method !== 'GET' || attempt === CALL_ATTEMPTS) throw error;
      }
  }

  private async callOnce(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const apis = this.demo.apiUrls;
    const response = await fetch(new URL(path, apis[this.calls++ % apis.length]), {
      method,
      headers: {
        authorization: `Token ${this.demo.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(method === 'GET' ? { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) } : {}),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  /** The processes as they are now: one that was started again has another pid. */
  async services(): Promise<readonly ServiceEntry[]> {
    this.current = JSON.parse(await readFile(join(this.dataDir, 'demo.json'), 'utf8')) as DemoFile;
    return this.current.services;
  }

  /** A counter or gauge, summed over all processes and labels; those that do not answer count nothing. */
  async metric(name: string): Promise<number> {
    const urls = new Set((await this.services()).map(({ opsUrl }) => opsUrl));
    const texts = await Promise.all(
      [...urls].map((url) =>
        fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })
          .then((response) => response.text())
          .catch(() => ''),
      ),
    );
    const values = texts.flatMap((text) => [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]);
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** As a client does that a busy machine tells to try again; what it sends carries a key, so it is done once. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const key = body === undefined ? {} : { 'idempotency-key': randomUUID() };
    let answer = await this.call(method, path, body, key);
    const isAnswered = async (): Promise<boolean> => {
      if (answer.status === 503) answer = await this.call(method, path, body, key);
      return answer.status !== 503;
    };
    await until(isAnswered, { everyMs: 200, what: `${method} ${path} is answered` });
    return answer;
  }

  /** @throws Error unless it is answered with 200 */
  async done<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.ask(method, path, body);
    if (answer.status !== 200)
      throw new Error(`${method} ${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** @throws Error when the order cannot be read */
  order(id: string): Promise<Answer['body']> {
    return this.done('GET', `/api/order/${id}`);
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

  /** Of the launcher and of all services, one after the other. */
  async log(): Promise<string> {
    const apart = await readdir(join(this.dataDir, 'logs')).catch(() => []);
    const files = ['tranche.log', ...apart.map((name) => join('logs', name))];
    const texts = await Promise.all(files.map((name) => readFile(join(this.dataDir, name), 'utf8')));
    return texts.join('\n');
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
