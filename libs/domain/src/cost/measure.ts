import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';

/** A figure, or the reason why there is none: a missing input never counts as zero. */
export type Measure =
  { readonly value: Decimal; readonly missing: null } | { readonly value: null; readonly missing: string };

export const known = (value: Decimal): Measure => ({ value, missing: null });
export const unknown = (missing: string): Measure => ({ value: null, missing });

/** What is known, or that it is not. @param name of the input, after "no" */
export function given(value: Decimal | null, name: string): Measure {
  return value === null ? unknown(`no ${name}`) : known(value);
}

/** Computes with measures that are all known; else the first reason why not. */
export function combine(parts: readonly Measure[], compute: (...values: Decimal[]) => Measure | Decimal): Measure {
  const values: Decimal[] = [];
  for (const part of parts) {
    if (part.value === null) return part;
    values.push(part.value);
  }
  const result = compute(...values);
  return result instanceof Dec ? known(result) : result;
}

const BPS = new Dec(10_000);

/** A measure in quote as bps of the shortfall's basis. */
export function inBps(measure: Measure, basis: Measure): Measure {
  return combine([measure, basis], (value = ZERO, base = ZERO) => value.mul(BPS).div(base));
}

/**
 * The notional-weighted mean of a figure over several orders (algorithms.md 9). Orders that lack it have no part in
 * it; where all lack it, the first reason why is told.
 */
export function weightedMean(orders: readonly { readonly measure: Measure; readonly notional: Decimal }[]): Measure {
  let [sum, weight]: [Decimal, Decimal] = [ZERO, ZERO];
  for (const { measure, notional } of orders) {
    if (measure.value === null) continue;
    sum = sum.add(measure.value.mul(notional));
    weight = weight.add(notional);
  }
  if (weight.gt(ZERO)) return known(sum.div(weight));
  const reason = orders.find(({ measure }) => measure.missing !== null)?.measure.missing;
  return unknown(reason ?? 'nothing was executed');
}
