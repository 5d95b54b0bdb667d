import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { USDM_SYMBOLS } from '../../../apps/sim-venue/src/usdm/symbols.js';
import { DEFAULT_SYMBOLS } from '../../../apps/sim-venue/src/matching/symbol-spec.js';
import type { SymbolMarket } from '../../../apps/sim-venue/src/floor/symbol-market.js';
import type { TradingFloor } from '../../../apps/sim-venue/src/floor/trading-floor.js';
import { inspectTape, type TapeSummary } from '../../../apps/sim-venue/src/market/replay/inspect-tape.js';
import type { PlayerClock } from '../../../apps/sim-venue/src/market/replay/player-clock.js';
import { TapePlayer } from '../../../apps/sim-venue/src/market/replay/tape-player.js';
import { quietFloor } from '../../support/quiet-floor.js';
import { until } from '../../support/until.js';

/** The two captures of the same minutes, each with the product it was taken from; decimals as its symbol trades in. */
export const RECORDED = {
  spot: {
    file: 'binance-spot-btcusdt-20240808.gz',
    symbols: DEFAULT_SYMBOLS,
    decimals: { price: 2, qty: 5 },
    lines: 41_249,
    counts: { ticker: 28_040, trade: 9_757, depth: 3_451, snapshot: 1 },
  },
  usdm: {
    file: 'binance-usdm-btcusdt-20240808.gz',
    symbols: USDM_SYMBOLS,
    decimals: { price: 1, qty: 3 },
    lines: 93_954,
    counts: { ticker: 66_089, trade: 21_313, depth: 6_551, snapshot: 1 },
  },
} as const;

export interface ForTape {
  readonly floor: TradingFloor;
  readonly market: SymbolMarket;
  readonly summary: TapeSummary;
}

/** A floor of the product with nobody on it, and the tape read once through its symbols. */
export async function floorFor(product: keyof typeof RECORDED, file: string): Promise<ForTape> {
  const floor = quietFloor(RECORDED[product].symbols);
  const specs = new Map([...floor.markets].map(([name, { spec }]) => [name, spec]));
  const summary = await inspectTape(file, specs, null);
  return { floor, summary, market: floor.markets.get(summary.symbol) as SymbolMarket };
}

/** When each line was due and when it was applied, in ms since the market opened. */
export interface PlayedLine {
  readonly line: number;
  readonly dueMs: number;
  readonly appliedMs: number;
}

/** Receive time of each line in microseconds, from the text; one that steps back counts as the latest before it. */
function timesOf(file: string): number[] {
  let latest = 0;
  const text = gunzipSync(readFileSync(file)).toString('latin1').trimEnd();
  return text.split('\n').map((line) => (latest = Math.max(latest, Number(line.slice(0, 16)))));
}

/** Plays a whole capture by this clock, with nobody in the market. */
export async function playRecorded(
  product: keyof typeof RECORDED,
  file: string,
  speed: number,
  clock: PlayerClock,
): Promise<PlayedLine[]> {
  const { floor, market, summary } = await floorFor(product, file);
  const problems: unknown[] = [];
  const options = { speed, end: 'hold', queue: 'prorata', time: 'real', start: 'when_asked' } as const;
  const hooks = { clock, onProblem: (error: unknown) => problems.push(error) };
  const player = await TapePlayer.open(floor, market, summary, options, hooks);
  const at = (): { line: number; ended: boolean } => player.describe() as { line: number; ended: boolean };
  const times = timesOf(file);
  const openedMicros = times[at().line - 1] as number;
  const played: PlayedLine[] = [];
  const apply = floor.applyRecord.bind(floor);
  const began = clock.now();
  floor.applyRecord = (to, what, action) => {
    const { line } = at();
    const dueMs = ((times[line - 1] as number) - openedMicros) / 1_000 / speed;
    played.push({ line, dueMs, appliedMs: clock.now() - began });
    apply(to, what, action);
  };
  player.play();
  await until(() => at().ended, { timeoutMs: 100_000, everyMs: 5 });
  expect(problems).toEqual([]);
  expect(at().line).toBe(times.length);
  return played;
}

/**
 * Time taken as a share of the time due, in the middle of the second half: a machine that stands still for a moment makes
 * a few lines late, and the next ones catch up.
 */
export function medianShare(played: readonly PlayedLine[]): number {
  const shares = played.slice(Math.floor(played.length / 2)).map(({ dueMs, appliedMs }) => appliedMs / dueMs);
  return shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)] as number;
}
