import { err, ok, type Result } from '../errors/result.js';
import type { Decimal } from '../numeric/decimal.js';

export type RestrictionType = 'PAIR_BLOCK' | 'MAX_ORDER_NOTIONAL' | 'MAX_OPEN_NOTIONAL';

/** What staff forbid (order-api.md 3.7), as far as it decides about an order; null concerns everything. */
export interface RestrictionRule {
  readonly type: RestrictionType;
  /** In quote; null for a block. */
  readonly limit: Decimal | null;
  readonly pair: string | null;
  /** A venue's id, or the name of an exchange. */
  readonly venue: string | null;
}

/** All of a restriction; whom and what it concerns is everyone and everything where it is null. */
export interface RestrictionContent extends RestrictionRule {
  readonly username: string | null;
  readonly reason: string;
}

/** What is to be another way; what is not named stays as it is found when the change is made. */
export type RestrictionChange = Partial<RestrictionContent>;

/** Why a restriction cannot be so. */
export interface RestrictionFault {
  readonly field: keyof RestrictionContent;
  readonly text: string;
}

/** Makes a change. A block has no limit: one that becomes a block loses it, one that is no block any more needs one. */
export function changeRestriction(
  before: RestrictionContent,
  change: RestrictionChange,
): Result<RestrictionContent, RestrictionFault> {
  const after = { ...before, ...change };
  const given = change.limit ?? null;
  if (after.type === 'PAIR_BLOCK')
    return given === null
      ? ok({ ...after, limit: null })
      : err({ field: 'limit', text: `limit is not of PAIR_BLOCK, was ${given.toFixed()}` });
  const limit = given ?? before.limit;
  if (limit === null) return err({ field: 'limit', text: 'limit must be greater than 0, was missing' });
  return ok({ ...after, limit });
}

/** What an order would trade. */
export interface RestrictedTrade {
  readonly pair: string;
  /** Ids of its venues, and names of their exchanges. */
  readonly places: readonly string[];
  /** In quote; null while there is no price to tell it by. */
  readonly notional: Decimal | null;
}

/** True when the rule has a say about such a trade, whatever the case of its names. */
export function concernsTrade({ pair, venue }: RestrictionRule, trade: RestrictedTrade): boolean {
  const isPair = pair === null || pair.toLowerCase() === trade.pair.toLowerCase();
  return isPair && (venue === null || trade.places.some((place) => place.toLowerCase() === venue.toLowerCase()));
}

/**
 * Why a rule that concerns a trade forbids it; null when it does not. Where a notional is limited, one that cannot be
 * told is refused.
 * @param openAfter what would be open together with the trade, in quote; null while it cannot be told. Only a rule about
 *   open notional looks at it.
 */
export function restrictionText(
  { type, limit }: RestrictionRule,
  { pair, notional }: RestrictedTrade,
  openAfter: Decimal | null,
): string | null {
  if (type === 'PAIR_BLOCK' || limit === null) return `${pair} is blocked`;
  if (notional === null || (type === 'MAX_OPEN_NOTIONAL' && openAfter === null))
    return `the notional of ${pair} cannot be told without a price, and must be at most ${limit.toFixed()}`;
  if (type === 'MAX_ORDER_NOTIONAL')
    return notional.gt(limit) ? `notional must be at most ${limit.toFixed()}, was ${notional.toFixed()}` : null;
  return openAfter?.gt(limit) === true
    ? `open notional must stay at most ${limit.toFixed()}, would be ${openAfter.toFixed()}`
    : null;
}
