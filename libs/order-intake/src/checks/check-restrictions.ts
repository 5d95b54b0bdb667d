import type { Decimal, RestrictedTrade, TenantId, UserId } from '#domain';
import { RestrictionRepository, type Tx } from '#persistence';
import { OrderRefusal } from '../order-refusal.js';

/** What a new order, or what an amendment adds to one, would trade. */
export interface RestrictedOrder extends RestrictedTrade {
  readonly tenantId: TenantId;
  readonly userId: UserId;
  /** What an amendment adds to what is open already; absent: all of it is new. */
  readonly adds?: Decimal | null;
  /** Members of the same group that are stored with it. */
  readonly beside?: readonly RestrictedTrade[];
}

/**
 * Holds an order against the restrictions in force, to be called before it is stored.
 * @throws OrderRefusal `restricted` with the reason of the first that forbids it
 */
export async function assertUnrestricted(tx: Tx, order: RestrictedOrder): Promise<void> {
  const { tenantId, notional, adds = notional } = order;
  const refused = await new RestrictionRepository(tx, tenantId).refusal({ ...order, adds });
  if (refused === null) return;
  const { text, reason } = refused;
  throw new OrderRefusal('restricted', `${text}: ${reason}`, { extra: { reason } });
}
