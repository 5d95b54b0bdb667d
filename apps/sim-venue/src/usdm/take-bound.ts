import type { SymbolSpec } from '../matching/symbol-spec.js';
import type { Side } from '../matching/book.js';

/** How far from the mark an order without a price trades, in percent: the `marketTakeBound` of exchange info. */
export const TAKE_BOUND_PERCENT = 5n;

/** The worst price, in ticks, at which an order without one may trade; null while the symbol has no mark. */
export function takeBound(spec: SymbolSpec, side: Side, markUnits: bigint): number | null {
  if (markUnits === 0n) return null;
  const step = spec.tickUnits * 100n;
  if (side === 'BUY') return Number((markUnits * (100n + TAKE_BOUND_PERCENT)) / step);
  return Number((markUnits * (100n - TAKE_BOUND_PERCENT) + step - 1n) / step);
}
