import type { AccountId, TenantId, VenueId } from '#domain';
import {
  audit,
  CredentialFactsRepository,
  CredentialIntakeRepository,
  type CredentialFacts,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { furtherSubmissionId, submissionIds } from './submission-ids.js';

export interface Revoked {
  /** Undefined when the row has no such key. */
  readonly facts: CredentialFacts | undefined;
  /** Where the same key is still being judged, and may be taken in yet. */
  readonly stillJudged: readonly VenueId[];
}

/**
 * Ends a key of the account at every venue, whose versions may be others: what was handed in together with it, and what
 * nothing ties to a key of the account and ends alike.
 * @param only the venue whose key of that version alone is meant; null: that of the account, and all others with it
 */
export async function revokeCredential(
  tx: Tx,
  tenantId: TenantId,
  account: VenueAccount,
  only: VenueId | null,
  version: number,
): Promise<Revoked> {
  const repository = new CredentialFactsRepository(tx);
  const of = only === null ? account.id : account.routes.find((route) => route.venue === only)?.accountId;
  if (of === undefined) return { facts: undefined, stillJudged: [] };
  const revoke = async (accountId: AccountId, known: number): Promise<void> => {
    if (await repository.revoke(accountId, known))
      await audit(tx, tenantId, [
        { entity: 'account', entityId: accountId, event: 'credential_revoked', data: { version: known } },
      ]);
  };
  await revoke(of, version);
  const together = only === null ? await handedInWith(tx, account, version) : [];
  for (const { accountId, outcome } of together)
    if (typeof outcome?.version === 'number') await revoke(accountId, outcome.version);
  if (only === null) for (const alike of await endingAlike(tx, account, version)) await revoke(...alike);
  const waiting = together.filter(({ outcome }) => outcome === null).map(({ accountId }) => accountId);
  return {
    facts: (await repository.of(of)).find((known) => known.version === version),
    stillJudged: account.routes.filter(({ accountId }) => waiting.includes(accountId)).map((route) => route.venue),
  };
}

async function handedInWith(tx: Tx, account: VenueAccount, version: number) {
  const intake = new CredentialIntakeRepository(tx);
  return intake.standings(submissionIds(account, await intake.keptAs(account.id, version)));
}

/**
 * Keys of the further venues that are this one by their last characters, and that were not handed in with a key of the
 * account itself: they are of before keys were handed in for all venues together, or an operator's. None for a key too short
 * to be told by its end, nor while the account has a newer key that ends alike, as it is that one's then.
 */
async function endingAlike(tx: Tx, { id, routes }: VenueAccount, version: number): Promise<[AccountId, number][]> {
  const [facts, intake] = [new CredentialFactsRepository(tx), new CredentialIntakeRepository(tx)];
  const own = await facts.of(id);
  const hint = own.find((key) => key.version === version)?.keyHint ?? '';
  const isAlike = (key: CredentialFacts): boolean => key.keyHint === hint && key.revokedAt === null;
  if (hint === '' || own.some((key) => key.version > version && isAlike(key))) return [];
  const firsts = await intake.submissionsOf(id);
  const found: [AccountId, number][] = [];
  for (const { accountId } of routes.slice(1)) {
    const tied = await intake.standings(firsts.map((first) => furtherSubmissionId(first, accountId)));
    const versions = new Set(tied.map(({ outcome }) => outcome?.version));
    for (const key of await facts.of(accountId))
      if (isAlike(key) && !versions.has(key.version)) found.push([accountId, key.version]);
  }
  return found;
}
