import { signedDraw, draw } from '../execution/draw.js';
import { Dec, fromLots, wholeLots, type Decimal, type Quantity } from '../numeric/decimal.js';

/** The sampling of a plan: `count` slices of `intervalMs` active time each. */
export interface SliceGrid {
  readonly count: number;
  readonly intervalMs: number;
  readonly durationMs: number;
}

const TARGET_SLICES = 40;
const SHORTEST_INTERVAL_MS = 2_000;
const LONGEST_INTERVAL_MS = 30_000;

/**
 * About forty slices, each between 2 s and 30 s long, but never so many that a slice falls below twice
 * the minimum child (algorithms.md 4.1). Quantities in the target token.
 */
export function sliceGrid(durationMs: number, orderQty: Decimal, minimumChild: Decimal): SliceGrid {
  const byTime = slicesByTime(durationMs);
  const count = minimumChild.isZero()
    ? byTime
    : Math.max(1, Math.min(byTime, orderQty.divToInt(minimumChild.mul(2)).toNumber()));
  return { count, intervalMs: durationMs / count, durationMs };
}

/** ceil(D / clamp(D/40, 2 s, 30 s)), without the rounding of a quotient by a quotient. */
function slicesByTime(durationMs: number): number {
  if (durationMs <= TARGET_SLICES * SHORTEST_INTERVAL_MS) return Math.ceil(durationMs / SHORTEST_INTERVAL_MS);
  if (durationMs >= TARGET_SLICES * LONGEST_INTERVAL_MS) return Math.ceil(durationMs / LONGEST_INTERVAL_MS);
  return TARGET_SLICES;
}

const QUOTIENT_PLACES = 30;

/** Q/n, rounded up, so that three slices do not lose a lot at an exact boundary. */
export function evenSlice(orderQty: Decimal, grid: SliceGrid): Decimal {
  return orderQty.div(grid.count).toDecimalPlaces(QUOTIENT_PLACES, Dec.ROUND_UP);
}

/**
 * Deals a quantity over `count` slices in whole lots: slice i gets floor(Q(i+1)/n) - floor(Q*i/n) lots, so
 * that no lot is lost and no two slices differ by more than one.
 */
export function dealLots(orderQty: Quantity, lot: Quantity, count: number): readonly Quantity[] {
  const [lots, slices] = [wholeLots(orderQty, lot), BigInt(count)];
  return Array.from({ length: count }, (_, index) => {
    const i = BigInt(index);
    return fromLots((lots * (i + 1n)) / slices - (lots * i) / slices, lot);
  });
}

const TIME_JITTER = 0.25;
const LONGEST_PHASE_MS = 250;

/** Shift of all wake-ups of one order against the clock, so that many orders do not wake together. */
export function phaseMs(grid: SliceGrid, seed: string): number {
  return draw(seed, 'phase', 0) * Math.min(LONGEST_PHASE_MS, grid.intervalMs / 20);
}

/**
 * When slice `index` begins, in whole milliseconds of active time: jittered by a quarter of the interval
 * and shifted by the order's phase. The first slice begins at 0, the end of the last is not moved.
 */
export function sliceStartMs(grid: SliceGrid, seed: string, index: number): number {
  if (index <= 0) return 0;
  if (index >= grid.count) return grid.durationMs;
  const jitter = TIME_JITTER * grid.intervalMs * signedDraw(seed, 'time', index);
  return Math.ceil(index * grid.intervalMs + jitter + phaseMs(grid, seed));
}

/** The slice that is running at the active time `tau`. */
export function currentSlice(grid: SliceGrid, seed: string, tau: number): number {
  const nominal = Math.min(grid.count - 1, Math.floor(tau / grid.intervalMs));
  if (nominal + 1 < grid.count && sliceStartMs(grid, seed, nominal + 1) <= tau) return nominal + 1;
  return nominal > 0 && sliceStartMs(grid, seed, nominal) > tau ? nominal - 1 : nominal;
}

/** The first slice that begins at or after `tau` and after slice `current`; `count` is the end of the plan. */
export function nextSlice(grid: SliceGrid, seed: string, current: number, tau: number): number {
  let index = Math.max(current + 1, Math.min(grid.count, Math.floor(tau / grid.intervalMs)));
  while (index < grid.count && sliceStartMs(grid, seed, index) < tau) index += 1;
  return index;
}
