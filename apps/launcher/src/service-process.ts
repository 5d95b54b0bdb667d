import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { commandLineOf, endProcess, tailOf, watchEnd } from './stores/server-process.js';
import type { Supervisable } from './supervise.js';

/** Generous: all processes of a machine start at the same time. */
const START_LIMIT_MS = 90_000;
const KILL_WAIT_MS = 5_000;
/** One that a killed launcher left: it may hold what its successor needs. */
const LEFT_OVER_STEPS = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGCONT', waitMs: 1_000 },
  { signal: 'SIGKILL', waitMs: KILL_WAIT_MS },
] as const;

const readyMessage = z.object({ ready: z.literal(true), opsUrl: z.url(), urls: z.record(z.string(), z.url()) });

/** A service that runs as a process of its own. */
export interface ServiceProcess extends Supervisable {
  readonly opsUrl: string;
  readonly urls: Readonly<Record<string, string>>;
  /** Drains it, and kills it when it takes longer than this. */
  stopWithin(limitMs: number): Promise<void>;
}

export interface ServiceProcessOptions {
  /** As the app's folder. */
  readonly app: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  readonly pidFile: string;
}

const programOf = (app: string): string => fileURLToPath(new URL(`../../${app}/src/main.js`, import.meta.url));

/**
 * Starts an app by its own `main.js` and waits until it says where it is. One that a killed launcher left is ended first.
 * @throws Error with what it logged last when it does not start
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { app, env, logFile, pidFile } = options;
  await endLeftOver(pidFile);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, ['--enable-source-maps', programOf(app)], {
    detached: true, // a Ctrl-C in the terminal is for the launcher alone, which ends them in order
    stdio: ['ignore', log, log, 'ipc'],
    env,
  });
  closeSync(log);
  const { ended, hasEnded } = watchEnd(child);
  if (child.pid !== undefined) await writeFile(pidFile, `${child.pid}\n`, { mode: 0o600 });
  const ready = await new Promise<z.output<typeof readyMessage>>((resolve, reject) => {
    const refuse = (what: string): void => {
      clearTimeout(timer);
      void tailOf(logFile, 1).then((tail) => {
        reject(new Error(`${app} ${what}: ${tail}`));
      });
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      refuse(`did not start within ${START_LIMIT_MS} ms`);
    }, START_LIMIT_MS);
    child.once('message', (message) => {
      clearTimeout(timer);
      const parsed = readyMessage.safeParse(message);
      if (parsed.success) resolve(parsed.data);
      else refuse('did not say where it is');
    });
    void ended.then(() => {
      refuse('did not start');
    });
  });
  const pid = child.pid ?? 0;
  const stopWithin = (limitMs: number): Promise<void> =>
    endProcess(
      pid,
      [
        { signal: 'SIGTERM', waitMs: limitMs },
        { signal: 'SIGKILL', waitMs: KILL_WAIT_MS },
      ],
      hasEnded,
    );
  return { pid, opsUrl: ready.opsUrl, urls: ready.urls, ended, stopWithin, stop: () => stopWithin(KILL_WAIT_MS) };
}

/** Ends the process that wrote this file, if it is still one of ours. */
export async function endLeftOver(pidFile: string): Promise<void> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1 || !/apps\/[\w-]+\/src\/main\.js/.test(await commandLineOf(pid))) return;
  await endProcess(pid, LEFT_OVER_STEPS, async () => (await commandLineOf(pid)) === '');
}
