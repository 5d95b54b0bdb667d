import { price, quantity, type ParentOrderId, type VenueId } from '#domain';
import { ChildOrderRepository, type NewChildOrder, type Tx } from '#persistence';
import type { LedgerWorld } from './ledger-world.js';

/** Adds a child as the scheduler decides it: buys 1 at 98, post-only, unless told otherwise. */
export async function decideChild(
  tx: Tx,
  { tenantId, accountId, clock }: Pick<LedgerWorld, 'tenantId' | 'accountId' | 'clock'>,
  parent: ParentOrderId,
  over: Partial<NewChildOrder> = {},
): Promise<void> {
  const child: NewChildOrder = {
    sequence: 0,
    accountId,
    venue: 'sim' as VenueId,
    symbol: 'TESTUSDT',
    side: 'buy',
    purpose: 'clip',
    timeInForce: 'gtx',
    price: price('98'),
    orderQty: quantity('1'),
    ...over,
  };
  await new ChildOrderRepository(tx, tenantId).add(parent, '0'.repeat(32), [child], clock.now());
}
