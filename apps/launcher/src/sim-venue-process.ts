import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CannotStart } from './cannot-start.js';
import { rememberedPort } from './stores/remembered.js';
import { commandLineOf, endProcess, tailOf, watchEnd } from './stores/server-process.js';
import type { Supervisable } from './supervise.js';

const PROGRAM = fileURLToPath(new URL('../../sim-venue/src/main.js', import.meta.url));
const START_LIMIT_MS = 20_000;
/** A capture is read from end to end first: some 300,000 lines a second. */
const START_LIMIT_WITH_TAPE_MS = 300_000;
const STOP_STEPS = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const tape = z.object({
  product: z.enum(['spot', 'usdm']),
  file: z.string(),
  symbol: z.string(),
  lines: z.int(),
  skipped: z.int(),
  seconds: z.number(),
  speed: z.number(),
  end: z.string(),
});
const readyLine = z.object({
  ready: z.literal(true),
  controlUrl: z.url(),
  spotUrl: z.url(),
  usdmUrl: z.url(),
  pid: z.int(),
  tapes: z.array(tape).default([]),
});

/** The simulated exchange, running. */
export interface SimVenue extends Supervisable {
  readonly controlUrl: string;
  readonly spotUrl: string;
  readonly usdmUrl: string;
  /** The recorded captures that it replays. */
  readonly tapes: readonly z.output<typeof tape>[];
}

/**
 * Starts the simulated exchange as a process of its own, with its journal in `directory` and on the ports of last time,
 * so that it can be killed and started again under services that go on. One that a killed launcher left is ended first.
 * @throws Error with what it said when it does not get ready
 */
export async function startSimVenue(directory: string, env: NodeJS.ProcessEnv): Promise<SimVenue> {
  await mkdir(directory, { recursive: true });
  const pidFile = join(directory, 'process.pid');
  await endLeftOver(pidFile);
  const logFile = join(directory, 'process.log');
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM], {
    detached: true, // a Ctrl-C in the terminal is for us alone: the exchange ends last
    stdio: ['ignore', 'pipe', log],
    env: {
      ...env,
      SIM_DATA_DIR: directory,
      SIM_CONTROL_PORT: env['SIM_CONTROL_PORT'] ?? String(await rememberedPort(join(directory, 'control.port'))),
      SIM_SPOT_PORT: env['SIM_SPOT_PORT'] ?? String(await rememberedPort(join(directory, 'spot.port'))),
      SIM_USDM_PORT: env['SIM_USDM_PORT'] ?? String(await rememberedPort(join(directory, 'usdm.port'))),
    },
  });
  closeSync(log);
  const { ended, hasEnded } = watchEnd(child);
  const ready = await new Promise<z.output<typeof readyLine>>((resolve, reject) => {
    const refuse = (what: string): void => {
      void tailOf(logFile).then((tail) => {
        const tapeProblem = /sim-venue: (tape [^|]*)$/.exec(tail)?.[1];
        reject(
          tapeProblem === undefined
            ? new Error(`The simulated exchange ${what}: ${tail}`)
            : new CannotStart(`cannot replay ${tapeProblem}`),
        );
      });
    };
    const limitMs = (env['SIM_TAPE'] ?? '') === '' ? START_LIMIT_MS : START_LIMIT_WITH_TAPE_MS;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      refuse(`was not ready within ${limitMs} ms`);
    }, limitMs);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).once('line', (line) => {
        clearTimeout(timer);
        const parsed = readyLine.safeParse(jsonOf(line));
        if (parsed.success) resolve(parsed.data);
        else refuse('did not say where it is');
      });
    void ended.then(() => {
      clearTimeout(timer);
      refuse('did not start');
    });
  });
  await writeFile(pidFile, `${ready.pid}\n`, { mode: 0o600 });
  return {
    pid: ready.pid,
    controlUrl: ready.controlUrl,
    spotUrl: ready.spotUrl,
    usdmUrl: ready.usdmUrl,
    tapes: ready.tapes,
    ended,
    stop: () => endProcess(ready.pid, STOP_STEPS, hasEnded),
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function endLeftOver(pidFile: string): Promise<void> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1 || !(await commandLineOf(pid)).includes('sim-venue')) return;
  await endProcess(pid, STOP_STEPS, async () => (await commandLineOf(pid)) === '');
}

/** Lets the tapes run that stood still while everything else started. @throws Error when the exchange refuses */
export async function playTapes({ controlUrl, tapes }: SimVenue): Promise<void> {
  for (const { product, symbol } of tapes) {
    const response = await fetch(`${controlUrl}/control/markets/${symbol}/play?product=${product}`, {
      method: 'POST',
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) throw new Error(`The simulated exchange answered ${response.status} when asked to play its tape`);
  }
}
