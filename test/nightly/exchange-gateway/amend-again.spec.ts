import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { price, quantity, type ParentOrderId } from '#domain';
import { ChildAmendRepository, ChildOrderRepository } from '#persistence';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let parent: ParentOrderId;

beforeAll(async () => {
  world = await openGatewayWorld();
  parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(parent, { orderQty: quantity('5') });
  await world.untilChild(parent, 'working');
});
afterAll(() => world.close());

it('tries a change again only once the first can no longer arrive', async () => {
  await world.sim.control('POST', 'faults', {
    match: { route: 'PUT /api/v3/order/amend/keepPriority' },
    fault: 'status',
    args: { status: 503, when: 'before' },
    times: 1,
  });
  const began = performance.now();
  await world.ledger.inTenant(async (tx) => {
    await new ChildOrderRepository(tx, world.ledger.tenantId).lockParent(parent);
    const amends = new ChildAmendRepository(tx, world.ledger.tenantId);
    await amends.request(parent, 0, '0'.repeat(32), { orderQty: quantity('3'), price: price('98') });
  });
  await until(async () => (await world.child(parent)).amend === null, {
    what: 'the change is over',
  });
  const child = await world.child(parent);
  expect(child.order.orderQty.toFixed()).toBe('3');
  // The window of the request and the venue's margin, 3 s and 10 s, and the 1.5 s between two looks.
  expect(performance.now() - began).toBeGreaterThanOrEqual(14_500);
  const trail = await world.ledger.inTenant((tx) =>
    tx.query<{ event: string }[]>(
      `SELECT event FROM audit_log WHERE entity_id = $1 AND event LIKE 'amend%' ORDER BY id`,
      [child.order.clientOrderId],
    ),
  );
  expect(trail.map((row) => row.event)).toEqual([
    'amend_requested',
    'amend_claimed',
    'amend_unknown',
    'amend_unchanged',
    'amend_released',
    'amend_claimed',
    'amended',
  ]);
});
