/**
 * The production engine on recorded captures against three obvious ways of trading (algorithms.md 10): R1 equal market
 * slices, R2 capped IOC legs, R3 resting at the touch. Every window is run as buy and as sell.
 *
 * `npm run bench:execution -- [FILE...] [options]`; FILE is a gzip capture of Binance spot or USD-M, one message per line,
 * `<receive time in ns> <JSON>`. Without a file: the two captures of ../shared/data (another folder through TRANCHE_DATA).
 *
 *   --json FILE         also writes all figures as JSON
 *   --fills             also prints what the fills of each purpose were like: share, slippage, price after 1, 5 and 30 s
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
import { judge, type Row } from './execution-quality/report/judge.js';
import { fillTableOf, tableOf } from './execution-quality/report/print-table.js';
import { loadTape } from './execution-quality/tape/load-tape.js';

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

function print({ market, run, rows, fills }: Measured): void {
  console.log(
    `${market.file}: ${market.symbol} ${market.product}, ${market.seconds.toFixed(0)} s, ${market.trades} trades of ${market.volume}, ` +
      `tick ${market.tick}, lot ${market.lot}, half-spread ${market.halfSpreadBps.toFixed(5)} bps, sigma_1 ${market.sigma1Bps.toFixed(3)} bps` +
      `${market.gaps > 0 ? `, ${market.gaps} gaps in its depth` : ''}${market.skipped > 0 ? `, ${market.skipped} lines skipped` : ''}`,
  );
  if (rows.length === 0) console.log('FAILED: too short for a single window');
  for (const line of tableOf(rows)) console.log(line);
  if (fills.length > 0) for (const line of ['', ...fillTableOf(fills)]) console.log(line);
  const goals = rows.flatMap(({ goal }) => (goal === null ? [] : [goal]));
  const reached = goals.filter(({ isReached }) => isReached).length;
  console.log(
    `goal reached in ${reached} of ${goals.length} cells; ${run.decisions} decisions, ${run.microsecondsPerDecision.toFixed(0)} µs each, ` +
      `replayed in ${run.seconds.toFixed(0)} s (${run.processorSeconds.toFixed(0)} s of processor)${rows.some(shortened) ? '; ~: blocks shortened, the tape is short for this duration' : ''}\n`,
  );
}

const shortened = ({ blocks }: Row): boolean => blocks.isShortened;

const options = readOptions(process.argv.slice(2));
const files = options.files.length > 0 ? options.files : GIVEN.map((name) => recordedMarket(name).file);
const measured: Measured[] = [];
console.log(
  `engine ${options.algorithms.join(', ')}; discretion ${options.discretion}, passiveness ${decimal(String(options.passiveness)).toFixed()}; ` +
    'costs in bps, positive is worse; buy and sell of each window averaged; Node ' +
    `${process.version}\n`,
);
for (const file of files) {
  const one = await measure(file, options);
  measured.push(one);
  print(one);
}
if (options.json !== null)
  writeFileSync(options.json, `${JSON.stringify({ version: 1, options, tapes: measured }, null, 1)}\n`);
