/**
 * What one call takes of one limit (venues.md B2).
 * - `byParam`: the cost of the first step whose bound the parameter does not pass; `fallback` is the
 *   parameter where it is not given.
 * - `perOrder`: times the number of orders.
 * - `byAge`: for each order the cost of the first step whose bound in seconds its age is under, none beyond
 *   the last, and `plus`.
 * - `floor_n`: `plus` and the whole part of orders / `div`.
 */
export type Cost =
  | number
  | { readonly byParam: string; readonly fallback: number; readonly steps: readonly (readonly [number, number])[] }
  | { readonly perOrder: number; readonly plus?: number }
  | { readonly byAge: readonly (readonly [sec: number, cost: number])[]; readonly plus: number }
  | { readonly expr: 'floor_n'; readonly div: number; readonly plus: number };

export interface CallCost {
  readonly limit: string;
  /** Held from the reservation on, and charged unless one of the others applies. */
  readonly cost: Cost;
  /** What the venue counts instead when the call succeeded. */
  readonly onSuccess?: Cost;
  /** What the venue counts instead when it refused the call. */
  readonly onFailure?: Cost;
}

/** Per call, written `<verb> <path>`, what it takes of which limit. */
export type EndpointCosts = Readonly<Record<string, readonly CallCost[]>>;

/** What costs depend on. */
export interface CostBasis {
  readonly params?: Readonly<Record<string, number>>;
  /** Orders in the call; default as many as there are ages, else 1. */
  readonly orders?: number;
  /**
   * For each order, how long ago its last create or amend was answered, in ms: the least that its age can
   * be when the call arrives, so that the cost is the highest possible. An order without counts as new.
   */
  readonly agesMs?: readonly number[];
}

/** @throws RangeError when the parameter lies above the last step, or the number of orders is not a whole one */
export function costOf(cost: Cost, input: CostBasis = {}): number {
  if (typeof cost === 'number') return cost;
  if ('byParam' in cost) return costByParam(cost, input);
  const ages = input.agesMs ?? [];
  const orders = input.orders ?? Math.max(1, ages.length);
  if (!Number.isSafeInteger(orders) || orders < 1) {
    throw new RangeError(`Number of orders must be a whole number of at least 1, was ${orders}`);
  }
  if ('perOrder' in cost) return orders * cost.perOrder + (cost.plus ?? 0);
  if ('expr' in cost) return Math.floor(orders / cost.div) + cost.plus;
  let sum = cost.plus;
  for (let i = 0; i < Math.max(orders, ages.length); i += 1) sum += ageCost(cost.byAge, ages[i] ?? 0);
  return sum;
}

function costByParam(cost: Extract<Cost, { byParam: string }>, { params = {} }: CostBasis): number {
  const value = params[cost.byParam] ?? cost.fallback;
  const step = cost.steps.find(([bound]) => value <= bound);
  if (!step) throw new RangeError(`Parameter ${cost.byParam} must be at most ${cost.steps.at(-1)?.[0]}, was ${value}`);
  return step[1];
}

/** An age that is not a number counts as none: the youngest order costs the most. */
function ageCost(steps: readonly (readonly [number, number])[], ageMs: number): number {
  const age = Number.isFinite(ageMs) ? ageMs : 0;
  return steps.find(([sec]) => age < sec * 1_000)?.[1] ?? 0;
}
