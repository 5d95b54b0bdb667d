import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AccountId } from '#domain';
import { AccountRepository } from '#persistence';
import { SIM_VENUE_ID } from '#venues';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';
import { watchVenue, type SeenCall, type WatchedVenue } from '../../support/watched-venue.js';

const HEADER = 'x-test-address';
const OPEN_ORDERS = 'GET /api/v3/openOrders';
/** A call that had its permission when the refusal came may still leave; a busy machine needs this long for one. */
const UNDER_WAY_MS = 1_500;

let world: GatewayWorld;
let first: WatchedVenue;
let second: WatchedVenue;
/** By the first's address again. */
let late: WatchedVenue;

beforeAll(async () => {
  world = await openGatewayWorld({
    simEnv: { SIM_IP_HEADER: HEADER },
    // Often enough that there is always a call to be refused.
    env: { RECONCILE_ORDERS_EVERY_MS: '200', EGRESS_ID: 'first' },
    venueUrl: async (real) => {
      first = await watchVenue(real, HEADER, '192.0.2.1');
      return first.url;
    },
  });
  second = await watchVenue(world.sim.url, HEADER, '192.0.2.2');
  late = await watchVenue(world.sim.url, HEADER, '192.0.2.1');
});
afterAll(async () => {
  await world.close();
  await first.stop();
  await second.stop();
  await late.stop();
});

/** Has the exchange refuse one call for the first gateway's account, and tells which. */
async function refuse(status: 418 | 429, retryAfter: number): Promise<{ answeredAt: number }> {
  const match = { route: OPEN_ORDERS, account: 'mock' };
  await world.sim.control('POST', 'faults', { fault: 'limit', match, args: { status, retryAfter }, times: 1 });
  const answeredAt = () => first.calls.find((call) => call.status === status)?.answeredAt ?? null;
  await until(() => answeredAt() !== null, { what: `an answer ${status}` });
  return { answeredAt: answeredAt() ?? Infinity };
}

const routesAfter = (at: number, calls: readonly SeenCall[]): string[] =>
  calls.filter((call) => call.at > at).map(({ route }) => route);

it('VE-B37 after a 429 nothing leaves for as long as the venue said, then the cancel before the place', async () => {
  const resting = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(resting);
  await world.untilChild(resting, 'working');
  const waiting = await world.ledger.addParent({ symbol: 'TESTUSDT' });

  const refused = await refuse(429, 5);
  // The place asks first, and has to wait for the cancel all the same.
  await world.addChild(waiting);
  await world.cancel(resting);
  await world.untilChild(resting, 'closed canceled');
  await world.untilChild(waiting, 'working');

  const opensAt = refused.answeredAt + 5_000;
  const inBetween = first.calls.filter(({ at }) => at > refused.answeredAt + UNDER_WAY_MS && at < opensAt);
  expect(inBetween).toEqual([]);
  const since = routesAfter(refused.answeredAt, first.calls);
  const cancel = since.indexOf('DELETE /api/v3/order');
  const place = since.indexOf('POST /api/v3/order');
  expect(cancel).toBeGreaterThanOrEqual(0);
  expect(place).toBeGreaterThan(cancel);
  expect(first.calls.filter(({ status }) => status === 429)).toHaveLength(1);
});

it('VE-B37 after a 418 nothing leaves by that address, and a gateway behind another goes on', async () => {
  const resting = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  await world.addChild(resting);
  await world.untilChild(resting, 'working');
  const other = crypto.randomUUID() as AccountId;
  const { tenantId, userId } = world.ledger;
  await world.ledger.inTenant(async (tx) => {
    await new AccountRepository(tx).add({
      id: other,
      tenantId,
      userId: userId as never,
      name: 'behind-the-other',
      venue: SIM_VENUE_ID,
      exchange: 'MockExchange',
    });
    await tx.query(
      `UPDATE account_leases SET owner = 'test-gateway-2', lease_until = clock_timestamp() + interval '1 minute'
       WHERE account_id = $1`,
      [other],
    );
  });
  await world.storeKey(await world.sim.openAccount('other', { USDT: '1000000' }), other);
  // It has no orders: its calls are those of the comparison of everything.
  await world.startGateway({ EGRESS_ID: 'second', SIM_VENUE_URL: second.url, RECONCILE_ALL_EVERY_MS: '500' });
  const statusOf = async (accountId: string): Promise<string | undefined> => {
    const [row] = await world.ledger.inTenant((tx) =>
      tx.query<{ status: string }[]>('SELECT status FROM account_states WHERE account_id = $1', [accountId]),
    );
    return row?.status;
  };
  await until(async () => (await statusOf(other)) === 'trading', { what: 'the other trades' });

  const { answeredAt: bannedAt } = await refuse(418, 120);
  await until(async () => (await statusOf(world.ledger.accountId)) === 'banned', { what: 'the account is banned' });

  // A process that was not there asks what others know: it too leaves the venue alone.
  await world.startGateway({ EGRESS_ID: 'first', SIM_VENUE_URL: late.url });
  const startedAt = performance.now();
  const goesOn = () => second.calls.filter(({ at, status }) => at > startedAt && status === 200);
  await until(() => goesOn().length >= 10, { what: 'the other address is used' });
  expect(await statusOf(other)).toBe('trading');
  expect(routesAfter(bannedAt + UNDER_WAY_MS, first.calls)).toEqual([]);
  expect(late.calls).toEqual([]);
});
