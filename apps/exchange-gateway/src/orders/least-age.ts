import type { EpochMs } from '#domain';
import type { StoredChildOrder } from '#persistence';
import type { AccountSession } from '../accounts/account-sessions.js';

/**
 * How long ago, in ms and at the least, the venue has taken the last create or amend of an order: some charge a cancel or
 * an amend by it, a young order the most (venues.md B3). Only a venue that refuses late requests bounds it; 0 elsewhere,
 * and where it is not known.
 */
export function leastAgeMs(
  { lastValidUntil }: Pick<StoredChildOrder, 'lastValidUntil'>,
  {
    venue: { traits },
    offset,
  }: {
    readonly venue: { readonly traits: Pick<AccountSession['venue']['traits'], 'fence' | 'absenceMarginMs'> };
    readonly offset: Pick<AccountSession['offset'], 'isKnown' | 'errorMs'>;
  },
  now: EpochMs,
): number {
  if (lastValidUntil === null || traits.fence === null || !offset.isKnown()) return 0;
  return Math.max(0, now - lastValidUntil - traits.absenceMarginMs - offset.errorMs());
}
