import { Dec, floorTo, ZERO_QUANTITY, type Decimal, type Quantity } from '../numeric/decimal.js';
import { withoutStub } from './minimum-child.js';

const QUARTER = new Dec('0.25');

export interface CatchUpState {
  /** X, T, lower edge, Q and the nominal slice S, all in the same unit. */
  readonly executed: Decimal;
  readonly target: Decimal;
  readonly lower: Decimal;
  readonly orderQty: Decimal;
  readonly nominalSlice: Decimal;
  readonly minimum: Decimal;
}

/** What all takers of one slice interval may add up to: max(3S, m) (algorithms.md 4.5). */
export function takerCap(nominalSlice: Decimal, minimum: Decimal): Decimal {
  return Dec.max(nominalSlice.mul(3), minimum);
}

/** How much a taker wants to bring back: to a quarter of the way from the lower edge to the target, at least m. */
export function catchUpGoal(state: CatchUpState): Decimal {
  const { executed, target, lower, minimum } = state;
  return Dec.max(minimum, lower.add(target.sub(lower).mul(QUARTER)).sub(executed));
}

/**
 * Size of a catch-up taker (algorithms.md 4.5) before depth, ceiling and budget: zero inside the band; the
 * rest of the order in the last step of FINISHER.
 */
export function takerSize(state: CatchUpState, lot: Quantity, takesAll: boolean): Quantity {
  const rest = state.orderQty.sub(state.executed) as Quantity;
  const minimum = state.minimum as Quantity;
  if (takesAll) {
    const all = floorTo(rest, lot);
    return all.lt(minimum) ? ZERO_QUANTITY : all;
  }
  if (state.executed.gte(state.lower)) return ZERO_QUANTITY;
  const cap = takerCap(state.nominalSlice, state.minimum) as Quantity;
  return withoutStub(catchUpGoal(state) as Quantity, { rest, cap, minimum, lot });
}
