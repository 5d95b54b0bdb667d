import type { ParentOrderId } from '#domain';
import { unknownAccount } from '#order-intake';
import { AccountViewRepository, type TokenOwner, type Tx } from '#persistence';
import { ApiError } from '../http/api-error.js';

/**
 * To be called before an order is let trade more than it would: a user from whom an account was taken back may only
 * take risk away from it. @throws ApiError naming every account of the orders that is not shared with the caller any more
 */
export async function requireReach(
  tx: Tx,
  { tenantId, userId }: TokenOwner,
  orderIds: readonly ParentOrderId[],
): Promise<void> {
  const lost = await new AccountViewRepository(tx, tenantId).outOfReach(userId, orderIds);
  if (lost.length > 0) throw ApiError.ofFields({ accounts: lost.map((name) => unknownAccount(name)) });
}
