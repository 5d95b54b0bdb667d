import type { TenantId } from '#domain';
import {
  ChainedOrderRepository,
  MultiOrderRepository,
  type LockedChain,
  type LockedMulti,
  type Tx,
} from '#persistence';
import type { Whereabouts } from '../wake/order-whereabouts.js';

/** What an order belongs to, locked before the order itself; null when it stands for itself. */
export type OrderGroup =
  | { readonly kind: 'multi'; readonly multi: LockedMulti }
  | { readonly kind: 'chain'; readonly chain: LockedChain }
  | null;

/**
 * Locks the group of an order. Called before the order is locked: whoever changes several members holds the group's row,
 * so members never wait for each other.
 */
export async function lockGroup(tx: Tx, tenantId: TenantId, ahead: Whereabouts): Promise<OrderGroup> {
  if (ahead.multiOrderId !== null) {
    const multi = await new MultiOrderRepository(tx, tenantId).lock(ahead.multiOrderId);
    return multi === null ? null : { kind: 'multi', multi };
  }
  if (ahead.chainId === null) return null;
  const chain = await new ChainedOrderRepository(tx, tenantId).lock(ahead.chainId);
  return chain === null ? null : { kind: 'chain', chain };
}
