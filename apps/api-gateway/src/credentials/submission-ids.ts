import { createHash } from 'node:crypto';
import { asUuid, type AccountId } from '#domain';
import type { VenueAccount } from '#persistence';

/**
 * The id of the submission by which a key that was handed in for an account reaches a further venue of it: derived, so
 * that what was handed in together is found together, whatever version each row came to.
 * @param first the submission for the account itself
 */
export function furtherSubmissionId(first: string, accountId: AccountId): string {
  const hex = createHash('sha256').update(first).update('\0').update(accountId).digest('hex');
  return asUuid(`${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`);
}

/** Every submission that was handed in with one of these for the account itself, those included. */
export function submissionIds({ routes }: VenueAccount, firsts: readonly string[]): string[] {
  const further = routes.slice(1).map(({ accountId }) => accountId);
  return firsts.flatMap((first) => [first, ...further.map((id) => furtherSubmissionId(first, id))]);
}
