import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { deriveClientOrderId, epochMs, price, quantity, type AccountId, type VenueId } from '#domain';
import { AccountRepository, ChildOrderRepository, HaltRepository } from '#persistence';
import {
  BinanceSpotVenue,
  BudgetReader,
  SIM_VENUE_ID,
  shippedLimits,
  type VenueClock,
  type VenueSession,
} from '#venues';
import { Redis } from 'ioredis';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import type { SimAccount } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';
import { watchVenue, type WatchedVenue } from '../../support/watched-venue.js';

jest.setTimeout(240_000);

const ACCOUNTS = 5;
/** As many as the exchange lets rest in one symbol. */
const PER_ACCOUNT = 200;
const COUNT = ACCOUNTS * PER_ACCOUNT;
const PER_PARENT = 10;
const CANCEL = 'DELETE /api/v3/order';
const PLACE = 'POST /api/v3/order';
const HEADER = 'x-test-address';

let world: GatewayWorld;
let way: WatchedVenue;
let venue: BinanceSpotVenue;
let offset: VenueClock;
let redis: Redis;

beforeAll(async () => {
  world = await openGatewayWorld({
    simEnv: { SIM_IP_HEADER: HEADER },
    venueUrl: async (real) => {
      way = await watchVenue(real, HEADER, '192.0.2.1');
      return way.url;
    },
  });
  redis = new Redis(world.ledger.stores.redisUrl);
  const { clock } = world.ledger;
  offset = { now: () => clock.now(), offsetMs: () => 0, errorMs: () => 0 };
  venue = new BinanceSpotVenue({ id: 'sim' as VenueId, baseUrl: world.sim.url, clock });
});
afterAll(async () => {
  await venue.close();
  redis.disconnect();
  await world.close();
  await way.stop();
});

async function addAccount(name: string): Promise<{ accountId: AccountId; key: SimAccount }> {
  const accountId = crypto.randomUUID() as AccountId;
  const { tenantId, userId } = world.ledger;
  await world.ledger.inTenant((tx) =>
    new AccountRepository(tx).add({
      id: accountId,
      tenantId,
      userId: userId as never,
      name,
      venue: 'sim' as VenueId,
      exchange: 'MockExchange',
    }),
  );
  const key = await world.sim.openAccount(name, { USDT: '1000000' });
  await world.storeKey(key, accountId);
  return { accountId, key };
}

/** One parent with its share of the children, each working at the venue as the gateway would have left it. */
async function placeByHand(session: VenueSession, accountId: AccountId): Promise<void> {
  const { ledger } = world;
  const parent = await ledger.addParent({ symbol: 'TESTUSDT', orderQty: '100' });
  const children = Array.from({ length: PER_PARENT }, (_, sequence) => ({
    sequence,
    accountId,
    venue: 'sim' as VenueId,
    symbol: 'TESTUSDT',
    side: 'buy' as const,
    purpose: 'clip' as const,
    timeInForce: 'gtx' as const,
    price: price('98'),
    orderQty: quantity('1'),
  }));
  await ledger.inTenant((tx) =>
    new ChildOrderRepository(tx, ledger.tenantId).add(parent, '0'.repeat(32), children, ledger.clock.now()),
  );
  const ids: string[] = [];
  for (const child of children) {
    const now = ledger.clock.now();
    const sent = await session.place(
      { ...child, clientOrderId: deriveClientOrderId(parent, child.sequence) },
      { claimEpoch: 1, claimedAt: now, validUntil: epochMs(now + 3_000) },
    );
    if (sent.kind !== 'done') throw new Error(`a place must be done, was ${sent.kind}: ${sent.why.text}`);
    ids.push(sent.value.venueOrderId);
  }
  await ledger.inTenant(async (tx) => {
    await tx.query(
      `UPDATE child_orders c SET status = 'working', epoch = 1, claimed_at = now(), valid_until = now(), venue_order_id = v.id
       FROM unnest($2::text[]) WITH ORDINALITY AS v(id, n) WHERE c.parent_order_id = $1 AND c.sequence = v.n - 1`,
      [parent, ids],
    );
    await tx.query('DELETE FROM due_work WHERE parent_order_id = $1', [parent]);
    await tx.query('DELETE FROM outbox');
  });
}

const open = async () => {
  const [found] = await world.ledger.inTenant((tx) =>
    tx.query<{ working: number; waiting: number }[]>(
      `SELECT count(*) FILTER (WHERE status = 'working')::integer AS working,
              count(*) FILTER (WHERE status NOT IN ('working', 'closed'))::integer AS waiting FROM child_orders`,
    ),
  );
  return found;
};

it('P-18 VE-B34 with the places’ part of the budget used up, 1,000 cancels of a halt start at once and all leave', async () => {
  // What is measured is cancelling: the orders are placed by hand, past the venue's limits of places.
  await world.stopGateways();
  await world.sim.control('PUT', 'limits', { ordersPer10Seconds: 100_000, weightPerMinute: 100_000 });
  const others = [];
  for (let n = 1; n < ACCOUNTS; n += 1) others.push(await addAccount(`mock-${n}`));
  for (const { accountId, key } of [{ accountId: world.ledger.accountId, key: world.key }, ...others]) {
    const session = await venue.connect({ ...key, accountId }, offset);
    for (let n = 0; n < PER_ACCOUNT; n += PER_PARENT) await placeByHand(session, accountId);
    await session.close();
  }
  await world.sim.control('PUT', 'limits', { ordersPer10Seconds: 100, weightPerMinute: 6_000 });
  await world.startGateway();
  const trading = async () => {
    const [found] = await world.ledger.inTenant((tx) =>
      tx.query<{ count: number }[]>("SELECT count(*)::integer AS count FROM account_states WHERE status = 'trading'"),
    );
    return found?.count;
  };
  await until(async () => (await trading()) === ACCOUNTS, { what: 'all accounts trade' });
  expect((await open())?.working).toBe(COUNT);

  // Others behind the address use what places may, 70 %: the venue says so, and the next place waits.
  const budget = new BudgetReader(redis, shippedLimits(SIM_VENUE_ID, 'binance-spot'), world.ledger.stores.redisPrefix);
  const used = async () => (await budget.usage()).find(({ limit }) => limit === 'bs.weight')?.used ?? 0;
  const foreignWeight = Math.max(1, 4_250 - (await used()));
  await world.sim.control('POST', 'faults', { fault: 'limit', args: { foreignWeight } });
  await until(async () => (await used()) >= 4_200, {
    everyMs: 50,
    what: 'the venue’s count is read',
  });
  const waiting = await world.ledger.addParent({ symbol: 'TESTUSDT' });
  const placed = async () => (await world.sim.orders()).length;
  const placedBefore = await placed();
  await world.addChild(waiting);

  const haltedAt = performance.now();
  const add = (tx: Parameters<Parameters<typeof world.ledger.inTenant>[0]>[0]) =>
    new HaltRepository(tx, world.ledger.tenantId).add(
      { level: 'tenant', scope: '', mode: 'HALTED', cancelOpen: true, reason: 'drill' },
      world.ledger.userId as never,
    );
  const id = await world.ledger.inTenant(add);
  await until(async () => (await open())?.working === 0, {
    timeoutMs: 120_000,
    everyMs: 250,
    what: 'all are cancelled',
  });
  const [timing] = await world.ledger.inTenant((tx) =>
    tx.query<{ asked: number; last: number }[]>(
      `SELECT extract(epoch FROM min(c.cancel_requested_at) - h.created_at)::double precision * 1000 AS asked,
              extract(epoch FROM max(c.closed_at) - h.created_at)::double precision * 1000 AS last
       FROM trading_halts h, child_orders c WHERE h.id = $1 GROUP BY h.created_at`,
      [id],
    ),
  );
  const cancels = way.calls.filter(({ at, route }) => at >= haltedAt && route === CANCEL);
  const left = { first: cancels[0]?.at ?? Infinity, last: cancels.at(-1)?.at ?? Infinity };
  const ms = (value: number | undefined) => Math.round(value ?? Infinity);
  process.stdout.write(
    `kill switch: ${COUNT} cancels asked for after ${ms(timing?.asked)} ms, the first left after ${ms(left.first - haltedAt)} ms, ` +
      `the last after ${ms(left.last - haltedAt)} ms, booked after ${ms(timing?.last)} ms; ` +
      `${cancels.length - COUNT} were sent again\n`,
  );
  // Nothing was refused for a limit. A cancel that a busy machine holds up is sent again, and finds its order gone: 400.
  expect(cancels.filter(({ status }) => status === 200)).toHaveLength(COUNT);
  expect(cancels.filter(({ status }) => status !== 200 && status !== 400)).toEqual([]);
  expect(way.calls.filter(({ at, route }) => at >= haltedAt && route === PLACE)).toEqual([]);
  expect(await placed()).toBe(placedBefore);
  expect((await world.sim.orders()).filter((o) => o.status === 'NEW')).toEqual([]);
  expect((await world.child(waiting)).order.state).toMatchObject({ status: 'closed' });
  // Exchange, gateway and test share one process here: docs/performance.md has the figures.
  expect(left.first - haltedAt).toBeLessThan(5_000);
  expect(left.last - haltedAt).toBeLessThan(50_000);
});
