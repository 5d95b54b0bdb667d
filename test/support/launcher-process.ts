import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoFile } from '../../apps/launcher/src/demo-file.js';
import { isAlive } from '../../apps/launcher/src/stores/server-process.js';

const PROGRAM = 'dist/apps/launcher/src/main.js';
/** Generous: the first start makes a cluster, on a machine that does other things as well. */
const READY_LIMIT_MS = 110_000;

/** A launcher that ran, or still runs, as a process of its own from the build. */
export interface LauncherProcess {
  readonly pid: number;
  /** Exit code, null when killed by a signal. */
  readonly ended: Promise<number | null>;
  output(): string;
  /** What `demo.json` says once it is ready. @throws Error when it ends first or takes too long */
  ready(): Promise<DemoFile>;
  signal(signal: NodeJS.Signals): void;
}

export interface LauncherOptions {
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts what `npm start` starts, with any free port unless `args` say otherwise. Needs a build. */
export function startLauncher({ dataDir, args = ['--port', '0'], env = {} }: LauncherOptions): LauncherProcess {
  const child = spawn(process.execPath, [PROGRAM, '--data-dir', dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  let hasEnded = false;
  const ended = once(child, 'close').then(([code]) => {
    hasEnded = true;
    return code as number | null;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    ready: async () => {
      const deadline = performance.now() + READY_LIMIT_MS;
      while (!output.includes('Tranche is ready')) {
        if (hasEnded || performance.now() > deadline) throw new Error(`The launcher did not get ready: ${output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8')) as DemoFile;
    },
    signal: (signal) => child.kill(signal),
  };
}

export function temporaryDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tranche-e2e-'));
}

/** Of everything that was started, each once. */
export function pidsOf({ pids, services }: DemoFile): number[] {
  const all = [...Object.values(pids), ...services.map(({ pid }) => pid)];
  return [...new Set(all.filter((pid) => pid !== null))];
}

/** Kills whatever still runs on this directory and removes it: for `afterAll`, whatever happened before. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const demo = await readFile(join(dataDir, 'demo.json'), 'utf8').catch(() => undefined);
  const pids = demo === undefined ? [] : pidsOf(JSON.parse(demo) as DemoFile);
  for (const pid of pids) if (isAlive(pid)) killHard(pid);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself meanwhile
  }
}

export async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}
