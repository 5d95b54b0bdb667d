import { Dec, type Decimal, type Price } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { Position, PriceGate } from './contract.js';
import { closePosition } from './end-position.js';
import { DIGITS, ONE } from './size.js';
import { holdsAt } from './watched-item.js';

/** Maintenance rate of a paper position whose venue does not tell one (signal-apis.md 6.3). */
export const PAPER_MAINTENANCE_RATE = new Dec('0.005');

/**
 * The mark price at which a paper position would be liquidated: entry x (1 -/+ (1/L - m)) for long/short
 * (signal-apis.md 6.3). Null for one with legs, without a holding, or a long without leverage.
 */
export function paperLiquidation(position: Position, rate: Decimal = PAPER_MAINTENANCE_RATE): PriceGate | null {
  const { legs, averageEntry, size, side } = position;
  if (legs !== 0 || averageEntry === null || size.isZero()) return null;
  if (position.state !== 'opening' && position.state !== 'open') return null;
  const leverage = position.leverage ?? ONE;
  if (side === 'long' && leverage.lte(ONE)) return null;
  const distance = ONE.div(leverage).sub(rate);
  const factor = side === 'long' ? ONE.sub(distance) : ONE.add(distance);
  const price = averageEntry.mul(factor).toDecimalPlaces(DIGITS, Dec.ROUND_HALF_EVEN) as Price;
  return { op: side === 'long' ? '<=' : '>=', price };
}

/** Ends a paper position at its liquidation price once the mark price is there; the same object before. */
export function liquidateOnPaper(
  position: Position,
  mark: Price,
  at: EpochMs,
  rate: Decimal = PAPER_MAINTENANCE_RATE,
): Position {
  const gate = paperLiquidation(position, rate);
  if (gate === null || !holdsAt(gate, mark)) return position;
  return closePosition(position, 'liquidated', { at, quote: gate.price });
}
