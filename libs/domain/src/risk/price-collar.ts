import { Dec, type Decimal, type Price } from '../numeric/decimal.js';
import { collarPrice, type GateReference } from './gate-reference.js';
import type { RiskLimits } from './risk-limits.js';

/** Prices beyond which an order is worse than the controls of its account allow (reliability.md RC-03). */
export interface PriceBounds {
  readonly lowest: Price;
  readonly highest: Price;
}

/**
 * Part of the collar that is used: the gate measures by the market of a moment later, and what stands on its very edge
 * would be denied whenever that has moved the wrong way.
 */
const USED = new Dec('0.95');

/**
 * The bounds that keep the engine's orders inside RC-03: of the reference now, and of the one ten minutes ago. Null where the
 * account only reports, since nothing is stopped there, and where there is no reference to measure by.
 */
export function priceBounds(
  limits: Pick<RiskLimits, 'enforcement' | 'collarPct' | 'driftPct'>,
  reference: GateReference | null,
): PriceBounds | null {
  if (limits.enforcement !== 'strict' || reference === null) return null;
  const { bid, ask, windowMid } = reference;
  if (bid === null || ask === null || bid.gte(ask)) return null;
  const mid = bid.add(ask).div(2);
  const bound = (side: 'buy' | 'sell'): Decimal[] => [
    collarPrice(side, mid, limits.collarPct.mul(USED)),
    ...(windowMid === null ? [] : [collarPrice(side, windowMid, limits.driftPct.mul(USED))]),
  ];
  return { lowest: Dec.max(...bound('sell')) as Price, highest: Dec.min(...bound('buy')) as Price };
}
