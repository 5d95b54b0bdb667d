/**
 * The matching core of the simulated exchange alone (venues.md C10): operations per second with 5,000 resting orders,
 * beside a floor and another library on the same operations; what a million resting orders weigh, in the core and as orders
 * of accounts, and how fast it adds and cancels among them. `npm run bench:sim-core`, about a minute;
 * `-- --quick` looks in seconds whether it works: one short round, no million.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { allocatedPerFill } from './sim-core/fill-allocation.js';
import { runCore, runFloor, runLibrary, type StreamRun } from './sim-core/run-stream.js';
import { drawStream } from './sim-core/stream.js';
import type { Weighed } from './sim-core/weigh.js';

const IS_QUICK = process.argv.includes('--quick');
const ROUNDS = IS_QUICK ? 1 : 5;
const RESTING = 5_000;
const OPERATIONS = IS_QUICK ? 50_000 : 1_000_000;
const TARGET_OPS = 200_000;
const TARGET_MB = 1_024;
/** Of each process that holds a million orders. */
const LIMIT_MS = 180_000;

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

function best(runs: readonly StreamRun[]): StreamRun {
  return runs.reduce((fastest, run) => (run.opsPerSecond > fastest.opsPerSecond ? run : fastest));
}

function throughput(): void {
  const mix = `60 % limit, 30 % cancel, 10 % market; about ${whole(RESTING)} resting`;
  console.log(`Node ${process.version}; ${mix}; ${whole(OPERATIONS)} operations, best of ${ROUNDS}`);
  const stream = drawStream(7, RESTING, OPERATIONS);
  const runs = { floor: [] as StreamRun[], core: [] as StreamRun[], library: [] as StreamRun[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.floor.push(runFloor(stream));
    runs.core.push(runCore(stream));
    runs.library.push(runLibrary(stream));
  }
  const [floor, core, library] = [best(runs.floor), best(runs.core), best(runs.library)];
  const rows = [
    ['floor: objects and Maps, no matching', floor, ''],
    ['core', core, `target ${whole(TARGET_OPS)}: ${verdict(core.opsPerSecond >= TARGET_OPS)}`],
    ['nodejs-order-book', library, ''],
  ] as const;
  for (const [name, { opsPerSecond }, note] of rows)
    console.log(
      `${name.padEnd(38)}${whole(opsPerSecond).padStart(10)} ops/s${(floor.opsPerSecond / opsPerSecond).toFixed(1).padStart(7)} x floor  ${note}`,
    );
  const results = [core, library].map(({ fills, tradedLots, resting }) => ({ fills, tradedLots, resting }));
  if (JSON.stringify(results[0]) !== JSON.stringify(results[1]))
    throw new Error(`Core and library must agree, were ${JSON.stringify(results)}`);
  console.log(`${whole(core.fills)} fills, ${whole(core.resting)} orders left, in core and library alike`);
  const fill = allocatedPerFill();
  console.log(
    `a fill takes ${fill.nanoseconds.toFixed(0)} ns and ${fill.bytes.toFixed(1)} bytes of heap beyond its event\n`,
  );
}

async function weigh(script: string, ...args: readonly string[]): Promise<Weighed> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      './test/support/typescript.mjs',
      fileURLToPath(new URL(script, import.meta.url)),
      ...args,
    ],
    { timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  return JSON.parse(stdout) as Weighed;
}

async function million(): Promise<void> {
  console.log(`a million resting orders, each in a process of its own; target below ${whole(TARGET_MB)} MB`);
  const rows = [
    ['core, 2,000 prices', './sim-core/million-core.ts', '2000'],
    ['core, 200,000 prices', './sim-core/million-core.ts', '200000'],
    ['core, 2,000,000 prices', './sim-core/million-core.ts', '2000000'],
    ['orders of accounts, 20,000 prices', './sim-core/million-accounts.ts'],
  ] as const;
  for (const [name, script, ...args] of rows) {
    const { residentMb, peakMb, bytesPerOrder, fillPerSecond, opsPerSecond } = await weigh(script, ...args);
    console.log(
      `${name.padEnd(38)}${whole(residentMb).padStart(5)} MB (peak ${whole(peakMb)}): ${verdict(peakMb < TARGET_MB)}; ` +
        `${whole(bytesPerOrder)} bytes each; filled at ${whole(fillPerSecond)}/s, then add and cancel ${whole(opsPerSecond)} ops/s`,
    );
  }
}

throughput();
if (!IS_QUICK) await million();
