import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ServerAccount } from './server-account.js';
import { giveTo } from './server-account.js';

const POLL_MS = 15;
const run = promisify(execFile);

/** A database or Redis server that we started. */
export interface EmbeddedServer {
  /** With user and password. */
  readonly url: string;
  readonly pid: number;
  /** In words, with the version: `PostgreSQL 18.4 (embedded)`. */
  readonly description: string;
  /** Whether what it holds is lost when it ends. */
  readonly isVolatile: boolean;
  /** Settles when the server has ended, wanted or not. */
  readonly ended: Promise<void>;
  /** Ends it in order; once is enough, twice does no harm. */
  stop(): Promise<void>;
}

export interface SpawnOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly logFile: string;
  readonly account: ServerAccount | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server in a process group of its own, so that a Ctrl-C in our terminal reaches only us. */
export function spawnServer(options: SpawnOptions): ChildProcess {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    giveTo(options.account, options.logFile);
    return spawn(options.program, options.args, {
      cwd: options.directory,
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', ...options.env },
      ...options.account,
    });
  } finally {
    closeSync(log);
  }
}

/** Whether and when a child ended or could not be started. */
export function watchEnd(child: ChildProcess): { ended: Promise<void>; hasEnded: () => boolean } {
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const onEnd = (): void => {
      isOver = true;
      resolve();
    };
    child.once('exit', onEnd);
    child.once('error', onEnd);
  });
  return { ended, hasEnded: () => isOver };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, empty when there is none or it is a zombie. */
export async function commandLineOf(pid: number): Promise<string> {
  if (!isAlive(pid)) return '';
  try {
    if (process.platform === 'linux')
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return (await run('ps', ['-p', String(pid), '-o', 'args='])).stdout.trim();
  } catch {
    return '';
  }
}

export interface Escalation {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/**
 * Sends one signal after another until the process is gone. `isGone` may know better than a look at the pid (a child
 * of ours stays visible until its end is collected).
 * @throws Error when it outlives the last signal
 */
export async function endProcess(
  pid: number,
  steps: readonly Escalation[],
  isGone: () => boolean | Promise<boolean> = () => !isAlive(pid),
): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (await isGone()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    if (await waitUntil(isGone, waitMs)) return;
  }
  throw new Error(`Process ${pid} must end and did not`);
}

/** Asks again and again until the answer is yes or the time is over; says which. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** The end of a log, for an error message. */
export async function tailOf(file: string, lines = 3): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-lines).join(' | ');
}
