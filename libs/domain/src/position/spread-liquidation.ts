import { Dec, floorTo, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { LegId } from './contract.js';

export interface HeldByLeg {
  readonly id: LegId;
  readonly held: Quantity;
}

/**
 * Spreads what a venue took of an account's position over its legs of that instrument and side, pro rata in whole lots;
 * the rest goes to the largest first (signal-apis.md 6.3). They add up to `qty`, or to all that is held if that is less.
 */
export function spreadLiquidation(
  legs: readonly HeldByLeg[],
  qty: Quantity,
  lot: Quantity,
): ReadonlyMap<LegId, Quantity> {
  const total = legs.reduce<Decimal>((sum, { held }) => sum.add(held), ZERO);
  const taken = Dec.min(qty, total);
  if (total.isZero()) return new Map();
  const shares = legs.map(({ id, held }) => {
    const share = taken.eq(total) ? held : floorTo(taken.mul(held).div(total) as Quantity, lot);
    return { id, held, share };
  });
  let rest = shares.reduce<Decimal>((left, { share }) => left.sub(share), taken);
  const largestFirst = shares.toSorted((a, b) => b.held.cmp(a.held) || (a.id < b.id ? -1 : 1));
  const spread = new Map<LegId, Quantity>();
  for (const { id, held, share } of largestFirst) {
    const more = Dec.min(rest, held.sub(share));
    rest = rest.sub(more);
    spread.set(id, share.add(more) as Quantity);
  }
  return spread;
}
