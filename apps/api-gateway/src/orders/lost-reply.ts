import { setTimeout } from 'node:timers/promises';
import { OrderIntakeRepository, type DatabaseUnavailableError, type TokenOwner, type Tx } from '#persistence';
import { ApiError } from '../http/api-error.js';
import type { RequestDatabase } from '../http/request-database.js';

/** How long something is looked for whose commit nobody answered. */
const LOOK_AGAIN_FOR_MS = 1_000;
const LOOK_AGAIN_EVERY_MS = 50;

/**
 * The connection broke: the commit may or may not have happened, so its outcome is looked up (reliability.md D-08).
 * `begin` waits for whatever still runs for this user; after it, what is not there will never be.
 * @param find what was to be stored; null while it is not there
 * @throws DatabaseUnavailableError when it was not stored, ApiError while nobody knows
 */
export async function findAfterLostReply<T>(
  db: RequestDatabase,
  { tenantId, userId }: TokenOwner,
  error: DatabaseUnavailableError,
  find: (tx: Tx) => Promise<T | null>,
): Promise<T> {
  const until = performance.now() + LOOK_AGAIN_FOR_MS;
  for (;;) {
    try {
      const found = await db.inTenant(tenantId, async (tx) => {
        await new OrderIntakeRepository(tx, tenantId, userId).begin();
        return find(tx);
      });
      if (found === null) throw error;
      return found;
    } catch (again) {
      // Other connections of the pool may be broken too; a new one is made for each that fails.
      if (again === error) throw error;
      if (performance.now() > until) throw unknownOutcome(error);
      await setTimeout(LOOK_AGAIN_EVERY_MS);
    }
  }
}

function unknownOutcome(cause: DatabaseUnavailableError): ApiError {
  const text = 'the outcome is not known yet: look for the order, or try again with the same Idempotency-Key';
  return ApiError.retryLater('unavailable', text, 1, cause);
}
