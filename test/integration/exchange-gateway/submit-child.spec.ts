import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, price, quantity, type OpenOrderRule, type ParentOrderId, type VenueId } from '#domain';
import pLimit from 'p-limit';
import { createLogger, Metrics } from '#observability';
import {
  ChildAmendRepository,
  ChildOrderRepository,
  countOpenOrders,
  lockExposure,
  type NewChildOrder,
  requestCancelOfParents,
} from '#persistence';
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
import { AccountTurns } from '../../../apps/exchange-gateway/src/orders/account-turns.js';
import { AmendChild } from '../../../apps/exchange-gateway/src/orders/amend-child.js';
import { Booking } from '../../../apps/exchange-gateway/src/orders/booking.js';
import { OrderGate } from '../../../apps/exchange-gateway/src/orders/order-gate.js';
import { SubmitChild } from '../../../apps/exchange-gateway/src/orders/submit-child.js';
import { InstrumentCache } from '../../../apps/exchange-gateway/src/venue/instrument-cache.js';
import { OpenOrderRoom } from '../../../apps/exchange-gateway/src/venue/open-order-room.js';
import { reference } from '../../support/gate-input.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const TRACE = '0'.repeat(32);
const ID = 'sim' as VenueId;
const NOTHING_LISTENS = 'http://127.0.0.1:1';

let ledger: LedgerWorld;
let sim: SimExchange;
let submit: SubmitChild;
let amend: AmendChild;
let parent: ParentOrderId;
let venues: BinanceSpotVenue[];
let live: VenueSession;
let refused: VenueSession;
let asleep: VenueSession;
/** How a request gets from the claim to the venue. */
let place: (request: PlaceRequest, fence: Fence) => ReturnType<VenueSession['place']>;
let change: VenueSession['amend'];
let released: string[];
/** What happens while the budget is asked. */
let meanwhile: () => Promise<unknown>;
/** Of the venue, as far as sending goes by them. */
let traits: VenueTraits;
/** How many orders the venue lets be open; unset: it does not say. */
let rule: OpenOrderRule | undefined;
let room: OpenOrderRoom | undefined;
let held: number;
/** What the room takes for the time, in ms. */
let now: number;
let reserved: number;
let lastAbout: unknown;

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
  const metrics = gatewayMetrics(new Metrics());
  const logger = createLogger('test', 'silent');
  const account = {
    get venue() {
      return { id: ID, traits };
    },
    get room() {
      return (room ??= new OpenOrderRoom({
        tenantId: ledger.tenantId,
        accountId: ledger.accountId,
        limits: { definitions: [], ...(rule === undefined ? {} : { openOrders: { ...rule, source: '' } }) },
        budget: { figureOf: () => Promise.resolve(null) },
        counts: { add: () => void (held += 1) },
        metrics,
        logger,
        monotonicMs: () => now,
      }));
    },
    offset,
    session: {
      reserve: async (...how: Parameters<AccountSession['session']['reserve']>) => {
        reserved += 1;
        lastAbout = how[2];
        await meanwhile();
        return { granted: true, permit: { token: 't' } };
      },
      release: ({ token }: { token: string }) => Promise.resolve(void released.push(token)),
      place: (request: PlaceRequest, fence: Fence) => place(request, fence),
      amend: (...asked: Parameters<VenueSession['amend']>) => change(...asked),
    },
  } as unknown as AccountSession;
  const booking = new Booking(db, clock, new InstrumentCache(db), metrics, logger);
  const market = { of: () => reference({ bid: price('99'), ask: price('101'), at: clock.now() }), rateOf: () => null };
  const sessions = { get: () => Promise.resolve(account) } as unknown as AccountSessions;
  const gate = new OrderGate(clock, market, () => true, metrics, logger);
  const turns = new AccountTurns();
  submit = new SubmitChild(db, clock, sessions, booking, gate, metrics, logger, 'test', pLimit(4), turns);
  amend = new AmendChild(db, clock, sessions, booking, gate, metrics, logger, turns);
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
  rule = room = undefined;
  held = now = reserved = 0;
  meanwhile = () => Promise.resolve();
  traits = BINANCE_SPOT_TRAITS;
  parent = await decided();
});

/** A parent with one child that waits to be sent. */
async function decided(over: Partial<NewChildOrder> = {}): Promise<ParentOrderId> {
  const { symbol = 'TESTUSDT' } = over;
  const id = await ledger.addParent({ symbol: symbol as 'TESTUSDT' | 'ETHUSDT' });
  await ledger.inTenant((tx) => decideChild(tx, ledger, id, { venue: ID, ...over }));
  return id;
}

const child = async (of = parent) => {
  const found = await ledger.inTenant((tx) => new ChildOrderRepository(tx, ledger.tenantId).find(of, 0));
  if (found === null) throw new Error('the child must be there');
  return found;
};
/** Runs the work now, whenever it is due. */
const run = async (of = parent) => {
  await ledger.db.inSystem((tx) => tx.query('UPDATE due_work SET due_at = now() WHERE parent_order_id = $1', [of]));
  await submit.run({ tenantId: ledger.tenantId, parentOrderId: of, sequence: 0 }, TRACE);
  return child(of);
};
/** Asks for another quantity of the order. */
const wish = (orderQty: string) =>
  ledger.inTenant(async (tx) => {
    await new ChildOrderRepository(tx, ledger.tenantId).lockParent(parent);
    const change = { orderQty: quantity(orderQty), price: price('98') };
    return new ChildAmendRepository(tx, ledger.tenantId).request(parent, 0, TRACE, change);
  });
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

it('B6 a cancel that overtook its order is due at once when the venue has the order', async () => {
  place = async (request, fence) => {
    await ledger.inTenant(async (tx) => {
      await new ChildOrderRepository(tx, ledger.tenantId).lockParent(parent);
      await requestCancelOfParents(tx, ledger.tenantId, [parent], 'test');
      // It was sent, found no such order, and is to be tried again later.
      await tx.query(`UPDATE due_work SET due_at = now() + interval '1 hour' WHERE kind = 'child.cancel'`);
    });
    return live.place(request, fence);
  };
  expect((await run()).order).toMatchObject({ state: { status: 'working' } });
  const [due] = await ledger.inTenant((tx) =>
    tx.query<{ now: boolean }[]>(
      `SELECT due_at <= now() AS now FROM due_work WHERE kind = 'child.cancel' AND parent_order_id = $1`,
      [parent],
    ),
  );
  expect(due).toEqual({ now: true });
});

it('claims an order only when the one before it was answered, where calls leave one after another', async () => {
  traits = { ...BINANCE_SPOT_TRAITS, leaseOnlyPrivateCalls: true };
  const parents = [parent, await decided(), await decided()];
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

it('claims no change of an order while another call of the account is under way, where they leave one by one', async () => {
  expect((await run()).order.state.status).toBe('working');
  expect(await wish('0.5')).toBe(true);
  traits = { ...BINANCE_SPOT_TRAITS, leaseOnlyPrivateCalls: true };
  const other = await decided();
  const claims = async () => {
    const [row] = await ledger.inTenant((tx) =>
      tx.query<{ n: string }[]>(
        `SELECT sum(epoch + coalesce(amend_epoch, 0)) AS n FROM child_orders WHERE parent_order_id = ANY($1)`,
        [[parent, other]],
      ),
    );
    return Number(row?.n) - 1; // the order to be changed was claimed before
  };
  let answered = 0;
  const underWay: number[] = [];
  const atLeisure = async ({ sendByMonotonicMs = 0, ...fence }: Fence): Promise<Fence> => {
    await until(() => performance.now() > sendByMonotonicMs, { what: 'the claim is old' });
    underWay.push((await claims()) - answered);
    return fence;
  };
  place = async (request, fence) => {
    const sent = await live.place(request, await atLeisure(fence));
    answered += 1;
    return sent;
  };
  change = async (request, fence) => {
    const sent = await live.amend(request, await atLeisure(fence));
    answered += 1;
    return sent;
  };
  const key = { tenantId: ledger.tenantId, sequence: 0 };
  await Promise.all([
    submit.run({ ...key, parentOrderId: other }, TRACE),
    amend.run({ ...key, parentOrderId: parent }, TRACE),
  ]);
  expect(underWay).toEqual([1, 1]);
  const changed = await child();
  expect([changed.amend, changed.order.orderQty.toFixed()]).toEqual([null, '0.5']);
});

it('claims no change that was replaced by another after it was paid for: what is checked is what is sent', async () => {
  expect((await run()).order.state.status).toBe('working');
  expect(await wish('0.5')).toBe(true);
  let sent = 0;
  change = (...asked) => ((sent += 1), live.amend(...asked));
  meanwhile = () => wish('40'); // more than the parent has
  await amend.run({ tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 }, TRACE);
  const { amend: left } = await child();
  expect([sent, released, left?.status, left?.orderQty.toFixed()]).toEqual([0, ['t'], 'requested', '40']);
});

it('B6 asks for the budget in the name of the strategy that the parent is of', async () => {
  const key = { tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 };
  place = (request, fence) => live.place(request, fence);
  await submit.run(key, TRACE);
  expect(lastAbout).toMatchObject({ parentId: parent });
  expect(lastAbout).not.toHaveProperty('strategyId');
  parent = await decided();
  await ledger.inTenant((tx) => tx.query(`UPDATE parent_orders SET strategy_id = 's1' WHERE id = $1`, [parent]));
  await submit.run({ ...key, parentOrderId: parent }, TRACE);
  // An algorithm of the strategy places it, so that it is no direct order.
  expect(lastAbout).toMatchObject({ parentId: parent, strategyId: 's1', isDirect: false });
});

describe('B3 open orders', () => {
  const open = (symbol: string | null = 'TESTUSDT') =>
    ledger.inTenant((tx) => countOpenOrders(tx, ledger.tenantId, ledger.accountId, symbol));
  const allow = async (more: number) => {
    rule = { scope: ['account', 'pair'], limit: (await open()) + more };
    room = undefined;
  };
  const become = (id: ParentOrderId, state: string) =>
    ledger.inTenant((tx) =>
      tx.query(
        `UPDATE child_orders SET status = $2, claimed_at = now(), valid_until = now(),
                close_reason = CASE WHEN $2 = 'closed' THEN 'canceled' END,
                closed_at = CASE WHEN $2 = 'closed' THEN now() END
         WHERE parent_order_id = $1`,
        [id, state],
      ),
    );
  beforeEach(() => {
    place = (request, fence) => live.place(request, fence);
  });

  it('are those claimed and not ended, of the instrument where they count so, and those of others', async () => {
    const [before, inAll] = [await open(), await open(null)];
    for (const state of ['claimed', 'submitted', 'working', 'unknown', 'closed']) await become(await decided(), state);
    await decided(); // it has not left us
    await become(await decided({ symbol: 'ETHUSDT' }), 'working');
    await ledger.inTenant((tx) =>
      tx.query(
        `INSERT INTO external_orders (account_id, symbol, venue_order_id, tenant_id, side, status, order_qty, cum_qty, venue_at)
         SELECT $1, 'TESTUSDT', status, $2, 'buy', status, 1, 0, now() FROM unnest(ARRAY['working', 'canceled']) AS status`,
        [ledger.accountId, ledger.tenantId],
      ),
    );
    expect([await open(), await open(null)]).toEqual([before + 5, inAll + 6]);
  });

  it('hold a place up while there is no room: pending, due a second later, its budget given back', async () => {
    const last = await decided();
    await become(last, 'working');
    await allow(0);
    const key = { tenantId: ledger.tenantId, parentOrderId: parent, sequence: 0 };
    expect(await submit.run(key, TRACE)).toEqual({ againInMs: 1_000 });
    expect((await child()).order).toMatchObject({ epoch: 0, state: { status: 'pending' } });
    expect(await placements()).toEqual([]);
    expect(await atVenue()).toEqual([]);
    expect([released, held]).toEqual([['t'], 1]);
    await become(last, 'closed');
    now += 1_000;
    expect((await run()).order.epoch).toBe(1);
  });

  it('are not looked at for each place that waits: others stay pending for a moment without budget or locks', async () => {
    const last = await decided();
    await become(last, 'working');
    await allow(0);
    await run();
    const next = { tenantId: ledger.tenantId, parentOrderId: await decided(), sequence: 0 };
    await become(last, 'closed');
    expect(await submit.run(next, TRACE)).toEqual({ againInMs: 750 });
    expect((await child(next.parentOrderId)).order).toMatchObject({ epoch: 0, state: { status: 'pending' } });
    expect([reserved, held]).toEqual([1, 2]);
    now += 250;
    expect((await run(next.parentOrderId)).order.epoch).toBe(1);
  });

  it('hold up nothing that only shrinks a position', async () => {
    await allow(0);
    place = () => Promise.resolve({ kind: 'not_sent', why: { code: 'TEST', text: '' } });
    expect((await run(await decided())).order.epoch).toBe(0);
    expect((await run(await decided({ reduceOnly: true }))).order.epoch).toBe(1);
  });

  it('are counted one claim after another: the last room is given once', async () => {
    const first = await decided();
    await allow(1);
    const gates = { taken: (): void => undefined, commit: (): void => undefined };
    const taken = new Promise<void>((resolve) => (gates.taken = resolve));
    const mayCommit = new Promise<void>((resolve) => (gates.commit = resolve));
    // Another process claims the last room, and has not committed yet.
    const claiming = ledger.inTenant(async (tx) => {
      await lockExposure(tx, ledger.tenantId, false);
      await tx.query(
        `UPDATE child_orders SET status = 'claimed', claimed_at = now(), valid_until = now() WHERE parent_order_id = $1`,
        [first],
      );
      gates.taken();
      await mayCommit;
    });
    await taken;
    const running = run();
    const waiting = () =>
      ledger.db.inSystem((tx) =>
        tx.query<unknown[]>(
          `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
           WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
        ),
      );
    await until(async () => (await waiting()).length > 0, { what: 'the claim waits for the other' }).finally(
      gates.commit,
    );
    await claiming;
    expect((await running).order).toMatchObject({ epoch: 0, state: { status: 'pending' } });
    expect(held).toBe(1);
  });
});
