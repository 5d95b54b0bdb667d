import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { price, quantity, type ParentOrderId } from '#domain';
import { ChildAmendRepository, ChildOrderRepository } from '#persistence';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let parent: ParentOrderId;

beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.sim.control('DELETE', 'faults');
  parent = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(parent, { orderQty: quantity('5') });
  await world.untilChild(parent, 'working');
});

const amend = (orderQty: string, px = '98', sequence = 0) =>
  world.ledger.inTenant(async (tx) => {
    await new ChildOrderRepository(tx, world.ledger.tenantId).lockParent(parent);
    return new ChildAmendRepository(tx, world.ledger.tenantId).request(parent, sequence, '0'.repeat(32), {
      orderQty: quantity(orderQty),
      price: price(px),
    });
  });
const settled = async () => {
  await until(async () => (await world.child(parent)).amend === null, {
    what: 'the change is over',
  });
  return world.child(parent);
};
const atVenue = async () => {
  const { order } = await world.child(parent);
  return (await world.sim.orders()).filter((o) => o.clientOrderId === order.clientOrderId);
};
const trail = async () => {
  const { order } = await world.child(parent);
  const found = await world.ledger.inTenant((tx) =>
    tx.query<{ event: string }[]>(
      `SELECT event FROM audit_log WHERE entity_id = $1 AND event LIKE 'amend%' ORDER BY id`,
      [order.clientOrderId],
    ),
  );
  return found.map((row) => row.event);
};

it('VE-A22 takes quantity off in place, and for a price cancels, sees it gone, and leaves the new child to the engine', async () => {
  await world.sim.control('POST', 'faults', {
    match: { route: 'POST /api/v3/order/cancelReplace' },
    fault: 'status',
    args: { status: 500, when: 'before' },
  });
  const [before] = await atVenue();
  await world.addChild(parent, { sequence: 1, orderQty: quantity('3') }); // behind it in the queue
  await world.untilChild(parent, 'working', undefined, 1);
  expect(await amend('3')).toBe(true);
  const less = await settled();
  expect(less.order.orderQty.toFixed()).toBe('3');
  expect(less.order.state.status).toBe('working');
  expect(await trail()).toEqual(['amend_requested', 'amend_claimed', 'amended']);
  // The first in the queue is filled first: it kept its place, and its id.
  await world.sim.control('POST', 'markets/TESTUSDT/trade', { price: '98.00', qty: '2', side: 'sell' });
  await until(async () => (await world.child(parent)).order.cumQty.eq(2), { what: 'the first in the queue is filled' });
  expect((await world.child(parent, 1)).order.cumQty.isZero()).toBe(true);
  expect((await atVenue()).map((o) => o.orderId)).toEqual([before?.orderId]);

  expect(await amend('3', '97.5')).toBe(true);
  await world.untilChild(parent, 'closed canceled');
  expect((await atVenue()).map((o) => o.status)).toEqual(['CANCELED']);
  await world.addChild(parent, { sequence: 2, orderQty: quantity('1'), price: price('97.5') });
  const next = await world.untilChild(parent, 'working', undefined, 2);
  expect(next.order.clientOrderId).not.toBe(less.order.clientOrderId);
  const { faults } = await world.sim.control<{ faults: { fired: number }[] }>('GET', 'faults');
  expect(faults.map((f) => f.fired)).toEqual([0]);
});

it('finds out by comparing what came of a change whose reply was lost, and makes it once', async () => {
  await world.sim.control('POST', 'faults', {
    match: { route: 'PUT /api/v3/order/amend/keepPriority' },
    fault: 'drop_reply',
    args: {},
    times: 1,
  });
  await amend('3');
  const child = await settled();
  expect(child.order.orderQty.toFixed()).toBe('3');
  expect((await trail()).filter((event) => event === 'amend_claimed')).toHaveLength(1);
});

it('remembers that the venue refused a change, until one is made', async () => {
  const isRefused = () =>
    world.ledger.inTenant(async (tx) => {
      const [found] = await tx.query<{ amend_refused: boolean }[]>(
        'SELECT amend_refused FROM child_orders WHERE parent_order_id = $1',
        [parent],
      );
      return found?.amend_refused;
    });
  expect(await amend('0.0000001')).toBe(true); // no whole lot
  const refused = await settled();
  expect([refused.order.orderQty.toFixed(), refused.order.state.status]).toEqual(['5', 'working']);
  expect(await trail()).toEqual(['amend_requested', 'amend_claimed', 'amend_refused']);
  expect(await isRefused()).toBe(true);
  await amend('4');
  await settled();
  expect(await isRefused()).toBe(false);
});

it('counts a child that may grow with what it may become, and drops the wish with the order', async () => {
  await world.ledger.inTenant((tx) =>
    tx.query(
      `UPDATE child_orders SET amend_qty = 9, amend_price = 98, amend_status = 'requested' WHERE parent_order_id = $1`,
      [parent],
    ),
  );
  await world.addChild(parent, { sequence: 1, orderQty: quantity('2') });
  const denied = await world.untilChild(parent, 'closed denied', undefined, 1);
  expect(denied.order.state).toMatchObject({ code: 'PARENT_QUANTITY_EXCEEDED' });
  await world.cancel(parent);
  await world.untilChild(parent, 'closed canceled');
  expect(await amend('3')).toBe(false);
});
