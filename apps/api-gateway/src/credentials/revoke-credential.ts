import type { AccountId, TenantId, VenueId } from '#domain';
import {
  audit,
  CredentialFactsRepository,
  CredentialIntakeRepository,
  type CredentialFacts,
  type Tx,
  type VenueAccount,
} from '#persistence';
import { submissionIds } from './submission-ids.js';

export interface Revoked {
  /** Undefined when the row has no such key. */
  readonly facts: CredentialFacts | undefined;
  /** Where the same key is still being judged, and may be taken in yet. */
  readonly stillJudged: readonly VenueId[];
}

/**
 * Ends a key at a venue of the account. At the account's own it also ends what was handed in together with it for the
 * further venues, whose versions may be others.
 */
export async function revokeCredential(
  tx: Tx,
  tenantId: TenantId,
  account: VenueAccount,
  venue: VenueId,
  version: number,
): Promise<Revoked> {
  const repository = new CredentialFactsRepository(tx);
  const of = account.routes.find((route) => route.venue === venue)?.accountId;
  if (of === undefined) return { facts: undefined, stillJudged: [] };
  const revoke = async (accountId: AccountId, known: number): Promise<void> => {
    if (await repository.revoke(accountId, known))
      await audit(tx, tenantId, [
        { entity: 'account', entityId: accountId, event: 'credential_revoked', data: { version: known } },
      ]);
  };
  await revoke(of, version);
  const together = of === account.id ? await handedInWith(tx, account, version) : [];
  for (const { accountId, outcome } of together)
    if (typeof outcome?.version === 'number') await revoke(accountId, outcome.version);
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
