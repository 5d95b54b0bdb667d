import { setTimeout } from 'node:timers/promises';
import type { AccountId } from '#domain';
import { AccountCommandRepository, type AccountCommand, type TokenOwner } from '#persistence';
import type { RequestDatabase } from '../http/request-database.js';

/** The gateway that holds the account carries it out; whoever asked waits for as long as this. */
const WAIT_MS = 8_000;
const LOOK_EVERY_MS = 100;

/**
 * Asks for a change at a venue account and waits for what comes of it. One that takes longer stays asked for.
 * @returns why it was not done, in the venue's words where it has any; null when it is done
 */
export async function carryOut(
  db: RequestDatabase,
  { tenantId, userId }: TokenOwner,
  accountId: AccountId,
  change: Pick<AccountCommand, 'kind' | 'symbol' | 'argument'>,
): Promise<string | null> {
  const until = performance.now() + WAIT_MS;
  let command = await db.inTenant(tenantId, (tx) =>
    new AccountCommandRepository(tx, tenantId).add(accountId, userId, change),
  );
  while (command.outcome === null && performance.now() < until) {
    await setTimeout(LOOK_EVERY_MS);
    const { id } = command;
    command = (await db.inTenant(tenantId, (tx) => new AccountCommandRepository(tx, tenantId).find(id))) ?? command;
  }
  const { outcome, outcomeText } = command;
  if (outcome === 'done') return null;
  return outcome === null ? `not carried out yet${outcomeText === '' ? '' : `: ${outcomeText}`}` : outcomeText;
}
