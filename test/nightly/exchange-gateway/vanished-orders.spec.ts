import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { price, type ParentOrderId } from '#domain';
import type { NewChildOrder } from '#persistence';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';
import type { UsdmDesk } from '../../support/usdm-desk.js';

jest.setTimeout(120_000);

let world: GatewayWorld;
let desk: UsdmDesk;

beforeAll(async () => {
  world = await openGatewayWorld({
    usdm: '100000',
    env: { RECONCILE_ORDERS_EVERY_MS: '1000', RECONCILE_ALL_EVERY_MS: '3000' },
  });
  if (world.usdm === null) throw new Error('the world must have a USD-M account');
  desk = world.usdm;
});
afterAll(() => world.close());

const query = <T>(sql: string, parameters: unknown[]): Promise<T[]> =>
  world.ledger.inTenant((tx) => tx.query<T[]>(sql, parameters));
const fault = (product: string, name: string, args: object, over: object = {}) =>
  world.sim.control('POST', 'faults', { match: { product }, fault: name, args, ...over });
async function futuresOrder(over: Partial<NewChildOrder> = {}): Promise<ParentOrderId> {
  const parent = await desk.addParent({ orderQty: '1' });
  await world.addChild(parent, { ...desk.place, ...over });
  return parent;
}
const statusesAt = async (product: string, parent: ParentOrderId, sequence = 0): Promise<string[]> => {
  const { clientOrderId } = (await world.child(parent, sequence)).order;
  const { orders } = await world.sim.control<{ orders: { clientOrderId: string; status: string }[] }>(
    'GET',
    `ledger?product=${product}`,
  );
  return orders.filter((one) => one.clientOrderId === clientOrderId).map(({ status }) => status);
};
const auditOf = async (parent: ParentOrderId): Promise<string[]> =>
  (
    await query<{ event: string }>(
      `SELECT event FROM audit_log WHERE entity = 'child_order' AND entity_id = $1 ORDER BY id`,
      [(await world.child(parent)).order.clientOrderId],
    )
  ).map(({ event }) => event);
const sentOf = (parent: ParentOrderId) =>
  query<{ sequence: number }>(
    `SELECT sequence FROM placements WHERE parent_order_id = $1 AND outcome IS DISTINCT FROM 'not_sent'`,
    [parent],
  );

it('V7 an order that was acknowledged and then vanished is lost on proof alone, or waits for a person where look-ups do not last', async () => {
  await fault('spot', 'acceptance', { how: 'silent_drop' }, { times: 1 });
  await fault('usdm', 'acceptance', { how: 'silent_drop' }, { times: 1 });
  const spot = await world.ledger.addParent({ symbol: 'TESTUSDT', orderQty: '1' });
  await world.addChild(spot);
  const futures = await futuresOrder();
  for (const parent of [spot, futures]) await world.untilChild(parent, 'working');

  // Whether a futures order that is found no more was filled, nobody can tell: nothing is decided, and nothing sent.
  await until(async () => (await world.child(futures)).parkedAt !== null, { what: 'the futures order is parked' });
  const parked = await world.child(futures);
  expect(parked.order).toMatchObject({ epoch: 1, state: { status: 'unknown', code: 'VANISHED' } });
  expect(parked.absentLookups).toBe(2);
  expect(Date.now() - (parked.claimedAt ?? Infinity)).toBeGreaterThanOrEqual(3_000 + 5_000 + 1_500);
  expect(await auditOf(futures)).toEqual(['decided', 'claimed', 'working', 'unknown', 'parked']);
  await world.addChild(futures, { ...desk.place, sequence: 1 });
  const denied = await world.untilChild(futures, 'closed denied', 20_000, 1);
  expect(denied.order.state).toMatchObject({ code: 'PARENT_QUANTITY_EXCEEDED' });

  const child = await world.untilChild(spot, 'closed expired', 60_000);
  expect(child.order).toMatchObject({ epoch: 1, state: { code: 'LOST_BY_VENUE' } });
  const { state } = child.order;
  const tookMs = state.status === 'closed' ? state.closedAt - (child.claimedAt ?? Infinity) : 0;
  expect(tookMs).toBeGreaterThanOrEqual(3_000 + 10_000 + 1_500);
  expect(child.absentLookups).toBe(2);
  expect(await auditOf(spot)).toEqual(['decided', 'claimed', 'working', 'closed']);
  // What was never executed may be tried again, under another id.
  await world.addChild(spot, { sequence: 1 });
  await world.untilChild(spot, 'working', 20_000, 1);
  for (const [product, parent, sent] of [
    ['usdm', futures, 1],
    ['spot', spot, 2],
  ] as const) {
    expect(await statusesAt(product, parent)).toEqual([]);
    expect(await sentOf(parent)).toHaveLength(sent);
  }
});

it('V8 an order that a venue without an expiry takes in after its absence was proven is cancelled there, and its fill is booked', async () => {
  await world.sim.control('DELETE', 'faults');
  await fault('usdm', 'acceptance', { how: 'no_expiry' });
  await world.sim.control('POST', 'faults', {
    match: { product: 'usdm', route: 'POST /fapi/v1/order' },
    fault: 'latency',
    args: { when: 'before', ms: 18_000 },
    times: 2,
  });
  const resting = await futuresOrder();
  const taking = await futuresOrder({ timeInForce: 'ioc', price: price('101') });
  for (const parent of [resting, taking]) {
    const child = await world.untilChild(parent, 'closed expired', 60_000);
    expect(child.order).toMatchObject({ epoch: 1, state: { code: 'NEVER_ARRIVED' } });
    expect(await sentOf(parent)).toHaveLength(1);
  }
  await until(async () => (await statusesAt('usdm', resting)).join() === 'CANCELED', {
    timeoutMs: 60_000,
    what: 'the late order is cancelled at the venue',
  });
  const cumOf = async (parent: ParentOrderId): Promise<number[]> =>
    (
      await query<{ base: string; qty: string }>(
        `SELECT p.cum_base AS base, c.cum_qty AS qty FROM parent_orders p JOIN child_orders c ON c.parent_order_id = p.id
         WHERE p.id = $1`,
        [parent],
      )
    ).flatMap(({ base, qty }) => [Number(base), Number(qty)]);
  await until(async () => (await cumOf(taking)).join() === '1,1', {
    timeoutMs: 60_000,
    what: 'the late fill is booked',
  });
  expect(await query('SELECT anomaly FROM fills WHERE parent_order_id = $1', [taking])).toEqual([
    { anomaly: 'fill_after_close' },
  ]);
  expect(await cumOf(resting)).toEqual([0, 0]);
  for (const parent of [resting, taking])
    expect((await world.child(parent)).order.state).toMatchObject({ status: 'closed', code: 'NEVER_ARRIVED' });
  // Written down with the end of the comparison that found it, later than what was done about it.
  await until(
    async () =>
      (
        await query<{ data: { subject: string } }>(
          `SELECT data FROM audit_log WHERE event = 'RECONCILE_MISMATCH' AND data ->> 'subject' = $1`,
          [(await world.child(resting)).order.clientOrderId],
        )
      ).length > 0,
    { what: 'the difference is written down' },
  );
});
