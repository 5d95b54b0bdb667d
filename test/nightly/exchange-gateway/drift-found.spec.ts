import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { price, type ParentOrderId } from '#domain';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

jest.setTimeout(180_000);

/** reliability.md P-13: orders and their fills, and balances, by the periods of venues.md A7. */
const ORDERS_WITHIN_MS = 15_000;
const BALANCES_WITHIN_MS = 75_000;
const ALL_EVERY_MS = 60_000;

let world: GatewayWorld;
beforeAll(async () => {
  world = await openGatewayWorld();
});
afterAll(() => world.close());

const query = <T>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  world.ledger.inTenant((tx) => tx.query<T[]>(sql, parameters));

/** Calls the exchange with the account's own key, as its owner does in another program. */
async function owner(method: string, path: string, params: Record<string, string>): Promise<void> {
  const text = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
  const signature = createHmac('sha256', world.key.apiSecret).update(text).digest('hex');
  const reply = await fetch(`${world.sim.url}/api/v3/${path}?${text}&signature=${signature}`, {
    method,
    headers: { 'x-mbx-apikey': world.key.apiKey },
  });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
}

/** Our row of the child has not changed for so long that no event of it can still be under way. */
const untilSettled = (parent: ParentOrderId) =>
  until(
    async () => {
      const sql = `SELECT updated_at < now() - interval '5 seconds' AS ok FROM child_orders WHERE parent_order_id = $1`;
      return (await query<{ ok: boolean }>(sql, [parent]))[0]?.ok === true;
    },
    { timeoutMs: 60_000, everyMs: 100, what: 'the order rests' },
  );
const closedAt = async (parent: ParentOrderId): Promise<number> => {
  const sql = 'SELECT closed_at FROM child_orders WHERE parent_order_id = $1';
  return (await query<{ closed_at: Date }>(sql, [parent]))[0]?.closed_at.getTime() ?? Infinity;
};
const silence = () =>
  world.sim.control('POST', 'faults', {
    match: { route: 'userDataStream' },
    fault: 'stream',
    args: { how: 'silence' },
  });

it('P-13 finds within 15 s, without a stream, that an order was cancelled or filled at the venue', async () => {
  const [canceled, filled] = [
    await world.ledger.addParent({ symbol: 'TESTUSDT' }),
    await world.ledger.addParent({ symbol: 'TESTUSDT' }),
  ];
  await world.addChild(canceled, { price: price('97') });
  await world.addChild(filled);
  for (const parent of [canceled, filled]) await world.untilChild(parent, 'working', 30_000);
  await silence();
  for (const parent of [canceled, filled]) await untilSettled(parent);
  const { clientOrderId } = (await world.child(canceled)).order;

  const drifted = world.ledger.clock.now();
  await owner('DELETE', 'order', { symbol: 'TESTUSDT', origClientOrderId: clientOrderId });
  await world.sim.control('POST', 'markets/TESTUSDT/trade', { price: '98.00', qty: '500', side: 'sell' });
  await world.untilChild(canceled, 'closed canceled', 60_000);
  await world.untilChild(filled, 'closed filled', 60_000);
  expect((await closedAt(canceled)) - drifted).toBeLessThanOrEqual(ORDERS_WITHIN_MS);
  expect((await closedAt(filled)) - drifted).toBeLessThanOrEqual(ORDERS_WITHIN_MS);
  expect(await query('SELECT 1 FROM fills WHERE parent_order_id = $1 AND NOT inferred', [filled])).toHaveLength(1);
});

it('P-13 finds balances that changed at the venue with the next whole comparison, 75 s at the period of 60 s', async () => {
  // A shorter period, of which the rest of the 75 s is left as it is.
  const everyMs = 5_000;
  await world.stopGateways();
  await world.startGateway({ RECONCILE_ALL_EVERY_MS: String(everyMs) });
  await world.untilTrading();
  const held = async () => {
    const sql = `SELECT free::float8 AS free, updated_at FROM balances WHERE account_id = $1 AND asset = 'TEST'`;
    return (await query<{ free: number; updated_at: Date }>(sql, [world.ledger.accountId]))[0];
  };
  const before = (await held())?.free ?? 0;
  const drifted = world.ledger.clock.now();
  await owner('POST', 'order', { symbol: 'TESTUSDT', side: 'BUY', type: 'MARKET', quantity: '2' });
  await until(async () => ((await held())?.free ?? 0) > before, { timeoutMs: 60_000, what: 'the balance is found' });
  const found = (await held())?.updated_at.getTime() ?? Infinity;
  expect(found - drifted).toBeLessThanOrEqual(BALANCES_WITHIN_MS - ALL_EVERY_MS + everyMs);
});
