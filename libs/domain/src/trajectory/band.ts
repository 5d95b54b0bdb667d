import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';

export interface Band {
  /** Below it a taker catches up. */
  readonly lower: Decimal;
  /** Executed plus working never passes it. */
  readonly upper: Decimal;
}

const ONE = new Dec(1);
const TEN = new Dec(10);

/**
 * How far the executed quantity may stray from its target (algorithms.md 3). Only the lower edge
 * converges, over the last tenth, so that neither edge ever decreases and the plan ends at Q.
 * All quantities in the target token; `u` in [0, 1].
 */
export function band(orderQty: Decimal, target: Decimal, discretion: Decimal, u: Decimal): Band {
  const width = discretion.mul(orderQty);
  const left = ONE.sub(u).mul(TEN);
  const lower = target.sub(left.gte(ONE) ? width : width.mul(Dec.max(ZERO, left)));
  return { lower: Dec.max(ZERO, lower), upper: Dec.min(orderQty, target.add(width)) };
}

const QUARTER = new Dec('0.25');

/** The band of a POV order: half as wide as min(d*Q, T/4 + m), and nothing converges (algorithms.md 3). */
export function participationBand(orderQty: Decimal, target: Decimal, discretion: Decimal, minimum: Decimal): Band {
  const width = Dec.min(discretion.mul(orderQty), target.mul(QUARTER).add(minimum));
  return { lower: Dec.max(ZERO, target.sub(width)), upper: Dec.min(orderQty, target.add(width)) };
}

/** The edges in floating point, as functions of u: for finding the instant at which one is crossed. */
export function approximateBand(
  orderQty: number,
  target: (u: number) => number,
  discretion: number,
): { readonly lower: (u: number) => number; readonly upper: (u: number) => number } {
  const width = discretion * orderQty;
  return {
    lower: (u) => Math.max(0, target(u) - width * Math.min(1, Math.max(0, (1 - u) * 10))),
    upper: (u) => Math.min(orderQty, target(u) + width),
  };
}

/** The same for a POV order; `minimum` is m. */
export function approximateParticipationBand(
  orderQty: number,
  target: (u: number) => number,
  discretion: number,
  minimum: number,
): { readonly lower: (u: number) => number; readonly upper: (u: number) => number } {
  const width = (at: number): number => Math.min(discretion * orderQty, at / 4 + minimum);
  return {
    lower: (u) => Math.max(0, target(u) - width(target(u))),
    upper: (u) => Math.min(orderQty, target(u) + width(target(u))),
  };
}

const BISECTION_STEPS = 40;

/**
 * The first u in [from, 1] at which a never-decreasing function exceeds `level`, by bisection; null when
 * it does not get there.
 */
export function firstAbove(rises: (u: number) => number, level: number, from: number): number | null {
  if (rises(from) > level) return from;
  if (!(rises(1) > level)) return null;
  let [below, above] = [from, 1];
  for (let step = 0; step < BISECTION_STEPS; step += 1) {
    const middle = (below + above) / 2;
    if (rises(middle) > level) above = middle;
    else below = middle;
  }
  return above;
}
