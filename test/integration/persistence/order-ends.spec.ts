import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ParentOrderId, UserId } from '#domain';
import { ChainedOrderRepository, ExecutionOrderRepository, ManyOrdersRepository, type Tx } from '#persistence';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld('app');
});
afterAll(() => world.close());

const userId = (): UserId => world.userId as UserId;
const inFull = { status: 'COMPLETE', reason: 'filled' } as const;
const ends: [string, (tx: Tx, id: ParentOrderId) => Promise<unknown>][] = [
  ['a decision', (tx, id) => new ExecutionOrderRepository(tx, world.tenantId).end(id, world.clock.now(), inFull)],
  [
    'its owner',
    async (tx, id) => {
      const many = new ManyOrdersRepository(tx, world.tenantId, userId());
      await many.cancel(await many.lock([id]));
    },
  ],
  [
    'its group',
    (tx, id) =>
      new ChainedOrderRepository(tx, world.tenantId).endMember(id, { reason: 'chain_stopped', text: 'it ends' }),
  ],
];

it.each(ends)('an order that is ended by %s gives up a quantity that waited', async (_, end) => {
  const id = await world.addParent();
  await world.inTenant((tx) => tx.query('UPDATE parent_orders SET amend_pending = 3 WHERE id = $1', [id]));
  await world.inTenant((tx) => end(tx, id));
  const [row] = await world.inTenant((tx) =>
    tx.query<object[]>('SELECT ended_at IS NOT NULL AS ended, amend_pending FROM parent_orders WHERE id = $1', [id]),
  );
  expect(row).toEqual({ ended: true, amend_pending: null });
});
