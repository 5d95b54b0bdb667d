import { MAX_FAIR_WEIGHT, type ReserveRequest } from '#domain';
import type { ReserveOptions } from './budget.js';

/** Whose turn it is, as the script is told. */
export type Sharing = Pick<ReserveRequest, 'parent' | 'direct'>;

/** A direct order's part of the place ceiling in thousandths. @throws RangeError when it cannot be one */
export function directShareOf(share = 0.5): number {
  if (!(share > 0 && share <= 1)) throw new RangeError(`directShare must be above 0 and at most 1, was ${share}`);
  return Math.floor(share * 1_000);
}

/** @throws RangeError when a name or a weight cannot be */
export function sharingOf(
  { parentId, turnOf, weight = 1, strategyId }: Pick<ReserveOptions, 'parentId' | 'turnOf' | 'weight' | 'strategyId'>,
  directShare: number,
): Sharing {
  if (!Number.isInteger(weight) || weight < 1 || weight > MAX_FAIR_WEIGHT) {
    throw new RangeError(`Weight must be a whole number from 1 to ${MAX_FAIR_WEIGHT}, was ${weight}`);
  }
  const id = parentId ?? turnOf;
  if (id === '') throw new RangeError('Whoever takes turns must have an id, was ""');
  return {
    ...(id === undefined ? {} : { parent: { id, weight } }),
    ...(strategyId === undefined ? {} : { direct: { strategyId, share: directShare } }),
  };
}
