import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type ParentOrderId, type VenueId } from '#domain';
import pLimit from 'p-limit';
import { createLogger, Metrics } from '#observability';
import { ChildOrderRepository } from '#persistence';
import {
  BINANCE_SPOT_TRAITS,
  BinanceSpotVenue,
  type Fence,
  type PlaceRequest,
  type VenueSession,
  type VenueTraits,
} from '#venues';
import type { AccountSession, AccountSessions } from '../../../apps/exchange-gateway/src/accounts/account-sessions.js';
import { gatewayMetrics } from '../../../apps/exchange-gateway/src/gateway-metrics.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { OrderGate } from '../../../apps/exchange-gateway/src/orders/order-gate.js';
import { SubmitChild } from '../../../apps/exchange-gateway/src/orders/submit-child.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { reference } from '../../support/gate-input.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const TRACE = '0'.repeat(32);
const ID = 'sim' as VenueId;
const NOTHING_LISTENS = 'http://127.0.0.1:1';

let ledger: LedgerWorld;
let sim: SimExchange;
let submit: SubmitChild;
let parent: ParentOrderId;
let venues: BinanceSpotVenue[];
let live: VenueSession;
let refused: VenueSession;
let asleep: VenueSession;
/** How a request gets from the claim to the venue. */
let place: (request: PlaceRequest, fence: Fence) => ReturnType<VenueSession['place']>;
let released: string[];
/** Of the venue, as far as sending goes by them. */
let traits: VenueTraits;

beforeAll(async () => {
  ledger = await openLedgerWorld('gateway');
  sim = await startSimExchange();
  await sim.control('PUT', 'markets/TESTUSDT/book', { bids: [['99.00', '50']], asks: [['101.00', '50']] });
  const key = await sim.openAccount('mock', { USDT: '1000000', TEST: '10000' });
  const { db, clock } = ledger;
  const offset = { now: () => clock.now(), offsetMs: () => 0, errorMs: () => 0, isKnown: () => true };
  venues = [sim.url, NOTHING_LISTENS].map((baseUrl) => new BinanceSpotVenue({ id: ID, baseUrl, clock }));
  const [near, far] = venues as [BinanceSpotVenue, BinanceSpotVenue];
  const ref = { accountId: ledger.accountId, apiKey: key.apiKey, apiSecret: key.apiSecret };
  live = await near.connect(ref, offset);
  refused = await far.connect(ref, offset);
  await live.openOrders('TESTUSDT');
  const then = { now: () => epochMs(clock.now() - 20_000) };
  const late = new BinanceSpotVenue({ id: ID, baseUrl: sim.url, clock: then });
  venues.push(late);
  asleep = await late.connect(ref, { ...offset, ...then });
  const account = {
    get venue() {
      return { id: ID, traits };
    },
    offset,
    session: {
      reserve: () => Promise.resolve({ granted: true, permit: { token: 't' } }),
      release: ({ token }: { token: string }) => Promise.resolve(void released.push(token)),
      place: (request: PlaceRequest, fence: Fence) => place(request, fence),
    },
  } as unknown as AccountSession;
  const metrics = gatewayMetrics(new Metrics());
  const logger = createLogger('test', 'silent');
  const booking = new Booking(db, clock, new InstrumentCache(db), metrics, logger);
  const market = { of: () => reference({ bid: price('99'), ask: price('101'), at: clock.now() }), rateOf: () => null };
  submit = new SubmitChild(
    db,
    clock,
    { get: () => Promise.resolve(account) } as unknown as AccountSessions,
    booking,
    new OrderGate(clock, market, () => true, metrics, logger),
    metrics,
    logger,
    'test',
    pLimit(4),
  );
  await ledger.inTenant(async (tx) => {
    await tx.query(`UPDATE account_states SET status = 'trading', reason = '' WHERE account_id = $1`, [
      ledger.accountId,
    ]);
    await tx.query(`UPDATE account_leases SET owner = 'test', lease_until = now() + interval '1 hour'`);
  });
});
afterAll(async () => {
  await live.close();
  await refused.close();
  await asleep.close();
  await Promise.all(venues.map((venue) => venue.close()));
  await sim.stop();
  ledger.clock.stop();
  await ledger.close();
});
beforeEach(async () => {
  released = [];
  traits = BINANCE_SPOT_TRAITS;
  parent = await addChild();
});

/** A child of a parent of its own, waiting to be sent. */
async function addChild(): Promise<ParentOrderId> {
  const { accountId, tenantId, clock } = ledger;
  const id = await ledger.addParent({ symbol: 'TESTUSDT' });
  await ledger.inTenant((tx) =>
    new ChildOrderRepository(tx, tenantId).add(
      id,
      TRACE,
      [
        {
          sequence: 0,
          accountId,
          venue: ID,
          symbol: 'TESTUSDT',
          side: 'buy',
          purpose: 'clip',
          timeInForce: 'gtx',
          price: price('98'),
          orderQty: quantity('1'),
        },
      ],
      clock.now(),
    ),
  );
  return id;
}

const child = async () => {
  const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(parent, 0));
  if (found === null) throw new Error('the child must be there');
  return found;
};
/** Runs the work now, whenever it is due. */
const run = async () => {
  await ledger.db.inSystem((tx) => tx.query('UPDATE due_work SET due_at = now() WHERE parent_order_id = $1', [parent]));
  await submit.run({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, TRACE);
  return child();
};
const placements = () =>
  ledger.inTenant((tx) =>
    tx.query<{ epoch: number; outcome: string; code: string }[]>(
      'SELECT epoch, outcome, code FROM placements WHERE parent_order_id = $1 ORDER BY epoch',
      [parent],
    ),
  );
const atVenue = async () => {
  const { order } = await child();
  return (await sim.orders()).filter((o) => o.clientOrderId === order.clientOrderId);
};

it('VE-A4 puts a child back when nobody takes the connection, and its claim never reaches the venue', async () => {
  place = (request, fence) => refused.place(request, fence);
  const back = await run();
  expect(back.order).toMatchObject({ epoch: 1, state: { status: 'pending' } });
  expect(await placements()).toMatchObject([{ epoch: 1, outcome: 'not_sent' }]);
  expect(await atVenue()).toEqual([]);
  const claims: number[] = [];
  place = (request, fence) => {
    claims.push(fence.claimEpoch);
    return live.place(request, fence);
  };
  expect((await run()).order).toMatchObject({ epoch: 2, state: { status: 'working' } });
  expect(claims).toEqual([2]);
  expect(await atVenue()).toHaveLength(1);
});

it('VE-A8 sends nothing when the process stood still between claim and send', async () => {
  place = async (request, { sendByMonotonicMs = 0, ...fence }) =>
    // 20 s later by the monotonic clock, which is all that the check looks at.
    live.place(request, { ...fence, sendByMonotonicMs: sendByMonotonicMs - 20_000 });
  expect((await run()).order).toMatchObject({ epoch: 1, state: { status: 'pending' } });
  expect(await placements()).toMatchObject([{ outcome: 'not_sent' }]);
  expect(await atVenue()).toEqual([]);
});

it('VE-A8 is refused by the venue when it stood still past that check, and goes back to pending', async () => {
  // Asleep after both of our own checks: its clock says what it said 20 s ago.
  place = (request, { claimedAt, validUntil, claimEpoch }) =>
    asleep.place(request, {
      claimEpoch,
      claimedAt: epochMs(claimedAt - 20_000),
      validUntil: epochMs(validUntil - 20_000),
    });
  expect((await run()).order).toMatchObject({ epoch: 1, state: { status: 'pending' } });
  expect(await placements()).toMatchObject([{ outcome: 'refused', code: '-1021' }]);
  expect(await atVenue()).toEqual([]);
  const due = await ledger.db.inSystem((tx) =>
    tx.query<{ kind: string }[]>(`SELECT kind FROM due_work WHERE parent_order_id = $1 AND kind LIKE 'child.%'`, [
      parent,
    ]),
  );
  expect(due).toEqual([{ kind: 'child.submit' }]);
});

it('claims an order only when the one before it was answered, where calls leave one after another', async () => {
  traits = { ...BINANCE_SPOT_TRAITS, leaseOnlyPrivateCalls: true };
  const parents = [parent, await addChild(), await addChild()];
  const claims = async () =>
    (
      await ledger.inTenant((tx) =>
        tx.query<object[]>('SELECT epoch FROM placements WHERE parent_order_id = ANY($1)', [parents]),
      )
    ).length;
  let answered = 0;
  const underWay: number[] = [];
  place = async (request, fence) => {
    // A venue so slow that a claim made before this call would be too old after it.
    await until(() => performance.now() > (fence.sendByMonotonicMs ?? 0), { what: 'the claim is old' });
    underWay.push((await claims()) - answered - released.length);
    const { sendByMonotonicMs: _, ...atLeisure } = fence;
    const sent = await live.place(request, atLeisure);
    answered += 1;
    return sent;
  };
  await Promise.all(
    parents.map((id) => submit.run({ tenantId: ledger.tenantId, parentOrderId: id, sequence: 0 }, TRACE)),
  );
  expect(underWay.length).toBeGreaterThan(0);
  expect(underWay).toEqual(underWay.map(() => 1));
  expect(answered + released.length).toBe(parents.length);
});
