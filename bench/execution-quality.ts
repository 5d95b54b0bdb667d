/**
 * The production engine on recorded captures against three obvious ways of trading (algorithms.md 10): R1 equal market
 * slices, R2 capped IOC legs, R3 resting at the touch. Every window is run as buy and as sell.
 *
 * `npm run bench:execution -- [FILE...] [options]`; FILE is a gzip capture of Binance spot or USD-M, one message per line,
 * `<receive time in ns> <JSON>`. Without a file: the two captures of ../shared/data (another folder through TRANCHE_DATA).
 *
 *   --json FILE         also writes all figures as JSON
 *   --fills             also prints by purpose of the child what its fills were like: share, slippage, what they add to the
 *                       all-in cost, price after 1, 5 and 30 s
 *   --bound             also runs one clip at a time without a plan (`clip`): the most that the clip rule can make
 *   --symbol NAME       of a capture with several; default: the first one it names
 *   --strategies LIST   engine algorithms; default twap
 *   --durations LIST    seconds; default 60,120,240
 *   --sizes LIST        per cent of the tape's mean volume over the duration; default 1,2,5
 *   --cases LIST        A: no fees; B: maker 2, taker 5 bps; default A,B
 *   --every SECONDS     between two starts; default 5
 *   --warm-up SECONDS   of tape before the first start, until the engine's volatility is known; default 40
 *   --discretion D, --passiveness P   of the engine's orders; default 0.08 and 0.02, as of the API
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { decimal } from '#domain';
import { recordedMarket } from '../test/support/recorded-market.js';
import { instrumentOf } from './execution-quality/instrument-of.js';
import { readOptions, type BenchOptions } from './execution-quality/options.js';
import { replayTape } from './execution-quality/replay.js';
import { judge } from './execution-quality/report/judge.js';
import { fillTableOf, tableOf } from './execution-quality/report/print-table.js';
import { loadTape } from './execution-quality/tape/load-tape.js';
import { TapeError } from '../apps/sim-venue/src/market/replay/tape-error.js';

const GIVEN = ['binance-spot-btcusdt-20240808.gz', 'binance-usdm-btcusdt-20240808.gz'];

async function measure(file: string, options: BenchOptions) {
  const tape = await loadTape(file, options.symbol);
  const { symbol, product, readyAt, lastAt, trades, tradedLots, skipped, gaps } = tape;
  const instrument = instrumentOf(tape);
  const began = performance.now();
  const used = process.cpuUsage();
  const { runs, series, fills, decisions, decideMs } = replayTape(tape, instrument, options);
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - began) / 1_000;
  const halfSpreadBps = series.halfSpreadBps(readyAt, lastAt) ?? Number.NaN;
  const sigma1Bps = series.sigma1Bps(readyAt, lastAt) ?? Number.NaN;
  const rows = judge(runs, { halfSpreadBps, discretion: options.discretion, everyMs: options.everyMs });
  const volume = instrument.lot.mul(tradedLots).toFixed();
  const market = {
    ...{ file: basename(file), symbol, product, seconds: (lastAt - tape.firstAt) / 1e6, trades, volume },
    ...{ tick: instrument.tick.toFixed(), lot: instrument.lot.toFixed(), halfSpreadBps, sigma1Bps, skipped, gaps },
  };
  const processorSeconds = (user + system) / 1e6;
  const run = {
    seconds,
    processorSeconds,
    decisions,
    microsecondsPerDecision: (decideMs * 1_000) / Math.max(1, decisions),
  };
  return { market, run, rows, fills };
}

type Measured = Awaited<ReturnType<typeof measure>>;

function printMarket({ market, run, rows }: Measured, number: number): void {
  const { file, symbol, product, seconds, trades, volume, tick, lot, halfSpreadBps, sigma1Bps, gaps, skipped } = market;
  console.log(
    `tape ${number}: ${file}: ${symbol} ${product}, ${seconds.toFixed(0)} s, ${trades} trades of ${volume}, tick ${tick}, lot ${lot}, ` +
      `half-spread ${halfSpreadBps.toFixed(5)} bps, sigma_1 ${sigma1Bps.toFixed(3)} bps` +
      `${gaps > 0 ? `, ${gaps} gaps in its depth` : ''}${skipped > 0 ? `, ${skipped} lines skipped` : ''}; ` +
      `${run.decisions} decisions, ${run.microsecondsPerDecision.toFixed(0)} µs each, replayed in ${run.seconds.toFixed(0)} s ` +
      `(${run.processorSeconds.toFixed(0)} s of processor)`,
  );
  if (rows.length === 0) console.log(`FAILED: tape ${number} is too short for a single window`);
}

function printTable(tapes: readonly Measured[]): void {
  console.log('');
  for (const line of tableOf(tapes.map(({ rows }) => rows))) console.log(line);
  for (const [index, { fills }] of tapes.entries())
    if (fills.length > 0) for (const line of ['', `tape ${index + 1}`, ...fillTableOf(fills)]) console.log(line);
  console.log('');
  for (const [index, { rows }] of tapes.entries()) {
    const goals = rows.flatMap(({ goal }) => (goal === null ? [] : [goal]));
    const reached = goals.filter(({ isReached }) => isReached).length;
    console.log(`tape ${index + 1}: goal reached in ${reached} of ${goals.length} cells`);
  }
  if (tapes.some(({ rows }) => rows.some(({ blocks }) => blocks.isShortened)))
    console.log('~: blocks shortened, the tape is short for this duration');
}

/** What is wrong with the command line or with a capture is said in one line; anything else is a bug. */
function fail(error: unknown): void {
  if (!(error instanceof RangeError || error instanceof TapeError || isArgumentError(error))) throw error;
  console.error(`FAILED: ${error.message}`);
  process.exitCode = 1;
}

function isArgumentError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const files = options.files.length > 0 ? options.files : GIVEN.map((name) => recordedMarket(name).file);
  const measured: Measured[] = [];
  console.log(
    `engine ${options.algorithms.join(', ')}; discretion ${options.discretion}, passiveness ${decimal(String(options.passiveness)).toFixed()}; ` +
      'costs in bps, positive is worse; buy and sell of each window averaged; Node ' +
      process.version,
  );
  for (const file of files)
    try {
      measured.push(await measure(file, options));
      printMarket(measured.at(-1) as Measured, measured.length);
    } catch (error) {
      fail(error);
    }
  if (measured.length === 0) return;
  printTable(measured);
  if (options.json !== null)
    writeFileSync(options.json, `${JSON.stringify({ version: 1, options, tapes: measured }, null, 1)}\n`);
}

await run().catch(fail);
