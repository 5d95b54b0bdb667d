import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  addMs,
  applyEvent,
  decimal,
  notional,
  price,
  quantity,
  ZERO,
  type AccountId,
  type MarketSnapshot,
  type ParentOrderId,
  type TradeId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import {
  AccountLeaseRepository,
  AccountRepository,
  AccountStateRepository,
  ChildOrderRepository,
  ExecutionOrderRepository,
  FillRepository,
  MarketSampleRepository,
  OwnVolumeRepository,
  PositionRepository,
  scheduleWork,
  type AccountStatus,
} from '#persistence';
import { settledAt } from '../../../apps/order-scheduler/src/costs/settled-at.js';
import { AccountHabits, NOTHING_MET } from '../../../apps/order-scheduler/src/market/account-habits.js';
import { countVolume } from '../../../apps/order-scheduler/src/market/order-volume.js';
import { decideChild } from '../../support/ledger-child.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

const SIM = 'sim' as VenueId;
const OTHER = 'other' as VenueId;
const SYMBOL = 'TESTUSDT';
let world: LedgerWorld;
/** Of the same owner, at the other venue. */
let second: AccountId;

beforeEach(async () => {
  world = await openLedgerWorld();
  const { tenantId, userId } = world;
  second = await world.inTenant((tx) =>
    new AccountRepository(tx).add({
      ...{ id: randomUUID() as AccountId, tenantId, userId: userId as never, name: 'second', venue: OTHER },
      exchange: 'Other',
    }),
  );
  await hold([SIM, OTHER]);
  for (const account of [world.accountId, second]) await say(account, 'trading');
});
afterEach(() => world.close());

const hold = (venues: readonly VenueId[], leaseMs = 3_600_000): Promise<unknown> =>
  world.db.inSystem((tx) => new AccountLeaseRepository(tx).acquire('test', venues, leaseMs));
const say = (account: AccountId, status: AccountStatus): Promise<unknown> =>
  world.inTenant((tx) => new AccountStateRepository(tx, world.tenantId).setStatus(account, status, 'test'));
const sql = <T>(text: string, parameters: readonly unknown[]): Promise<T[]> =>
  world.inTenant((tx) => tx.query<T[]>(text, [...parameters]));

/** What the feeds have counted on both venues. */
const publicly = (here: string, there: string): ReadonlyMap<string, MarketSnapshot> => {
  const snapshot = (venue: VenueId, base: string): MarketSnapshot =>
    ({
      ...{ venue, symbol: SYMBOL, status: 'live', at: world.clock.now(), lastTradeId: '1000' },
      ...{ cumBaseVolume: quantity(base), cumQuoteVolume: notional(decimal(base).mul(100).toFixed()) },
    }) as MarketSnapshot;
  return new Map([
    [`${SYMBOL}.${SIM}`, snapshot(SIM, here)],
    [`${SYMBOL}.${OTHER}`, snapshot(OTHER, there)],
  ]);
};

/** An order over both venues that follows the volume of others. */
async function follower(): Promise<ParentOrderId> {
  const id = await world.addParent({ symbol: SYMBOL });
  await sql(
    `UPDATE parent_orders SET account_ids = $2, venues = $3, symbols = $4, params = params || '{"povLimit":"0.1"}' WHERE id = $1`,
    [id, [world.accountId, second], [SIM, OTHER], [SYMBOL, SYMBOL]],
  );
  const work = { kind: 'parent.wake', tenantId: world.tenantId, parentOrderId: id, sequence: -1 } as const;
  await world.inTenant((tx) => scheduleWork(tx, work, world.clock.now()));
  return id;
}

/** V_o and what is kept of it, as a wake-up counts them; base units as numbers. */
async function look(id: ParentOrderId, seen: ReadonlyMap<string, MarketSnapshot>, now = world.clock.now()) {
  const { others, all, counts } = await world.inTenant(async (tx) => {
    const orders = new ExecutionOrderRepository(tx, world.tenantId);
    const locked = await orders.lock(id);
    if (locked === null) throw new Error(`No order ${id}`);
    const own = await new OwnVolumeRepository(tx, world.tenantId).read(id, locked.order.legs);
    const volume = await countVolume(tx, locked.order, seen, own, now);
    await orders.saveVolumeCounts(id, volume.counts);
    return volume;
  });
  const ofVenue = (key: string): number => counts.get(key)?.highest.toNumber() ?? -1;
  const highest = [SIM, OTHER].map((venue) => ofVenue(`${SYMBOL}.${venue}`));
  return { others: others?.toNumber(), all: all?.toNumber(), highest };
}

const child = (parent: ParentOrderId, account: AccountId, sequence: number, orderQty: string): Promise<void> =>
  world.inTenant((tx) =>
    decideChild(tx, world, parent, {
      ...{ accountId: account, venue: account === second ? OTHER : SIM, sequence, orderQty: quantity(orderQty) },
    }),
  );

/** Books a fill as the gateway does. */
const fill = (parent: ParentOrderId, sequence: number, tradeId: string, qty: string): Promise<void> =>
  world.inTenant(async (tx) => {
    const repository = new ChildOrderRepository(tx, world.tenantId);
    const found = await repository.find(parent, sequence);
    if (found === null) throw new Error(`No child ${sequence}`);
    const told = {
      ...{ venueOrderId: `v${sequence}` as VenueOrderId, tradeId: tradeId as TradeId, role: 'maker' as const },
      ...{ lastQty: quantity(qty), lastPx: price('98'), fee: ZERO, feeAsset: 'USDT', tradedAt: world.clock.now() },
    };
    const moved = applyEvent(found.order, { type: 'filled', fill: told, alreadyBooked: false });
    if (moved.kind !== 'applied') throw new Error(moved.kind);
    const fills = new FillRepository(tx, world.tenantId);
    await fills.takeKey(found.accountId, SYMBOL, told, parent);
    await fills.book(found, moved.order, told, ZERO, undefined);
    await repository.save(found, moved.order);
  });

it('counts what others trade on all venues of an order, without what its owner trades or may', async () => {
  const [id, beside] = [await follower(), await world.addParent({ symbol: SYMBOL })];
  expect(await look(id, publicly('100', '50'))).toMatchObject({ others: 0, all: 0 });
  await child(id, world.accountId, 0, '2');
  await child(id, second, 1, '3');
  await child(beside, world.accountId, 0, '4');
  // 30 and 20 were printed, of which 2 + 4 and 3 may be ours.
  expect(await look(id, publicly('130', '70'))).toEqual({ others: 24 + 17, all: 50, highest: [24, 17] });
  await fill(id, 0, '901', '2');
  await fill(beside, 0, '902', '1');
  await fill(id, 1, '903', '0.5');
  // What was booked is ours as it was when it worked.
  expect(await look(id, publicly('130', '70'))).toMatchObject({ highest: [24, 17] });
  expect(await look(id, publicly('140', '75'))).toMatchObject({ others: 34 + 22, highest: [34, 22] });
});

it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
  ['degraded', () => say(second, 'degraded'), () => say(second, 'trading')],
  ['being reconciled', () => say(second, 'reconciling'), () => say(second, 'trading')],
  [
    'without anybody who looks after it',
    () => sql('UPDATE account_leases SET lease_until = clock_timestamp() WHERE account_id = $1', [second]),
    () => hold([OTHER]),
  ],
])('adds nothing of a venue where an account with open orders is %s, until it is over', async (_, breaks, mends) => {
  const id = await follower();
  await look(id, publicly('100', '50'));
  await child(id, world.accountId, 0, '2');
  await child(id, second, 1, '3');
  expect(await look(id, publicly('110', '60'))).toMatchObject({ highest: [8, 7] });
  await breaks();
  expect(await look(id, publicly('120', '90'))).toMatchObject({ others: 18 + 7, all: 60, highest: [18, 7] });
  await mends();
  expect(await look(id, publicly('120', '90'))).toMatchObject({ highest: [18, 37] });
  // Without open orders nothing of ours can be on its way.
  await breaks();
  await fill(id, 1, '904', '3');
  expect(await look(id, publicly('120', '95'))).toMatchObject({ highest: [18, 42] });
});

it('looks up what was traded until an end once it is written down, our own last prints included, and keeps it then', async () => {
  const id = await follower();
  const begun = world.clock.now();
  await look(id, publicly('100', '50'), begun);
  await child(id, world.accountId, 0, '2');
  await fill(id, 0, '906', '2');
  const endAt = addMs(begun, 2_000);
  await sql(
    `UPDATE parent_orders SET status = 'CANCELED', ended_at = to_timestamp($2::double precision / 1000) WHERE id = $1`,
    [id, endAt],
  );
  const [later, soon] = [publicly('200', '90'), addMs(endAt, 5_000)];
  expect((await look(id, later, soon)).all).toBeUndefined();

  const after = Math.ceil(endAt / 1_000);
  const from = Math.floor(after / 10) - 1;
  const sample = (second: number, base: readonly [string, string]) => {
    const count = second < after ? base[0] : base[1];
    return { bid: price('98'), ask: price('99'), cumBase: quantity(count), cumQuote: notional(`${count}00`) };
  };
  const chunks = ([SIM, OTHER] as const).flatMap((venue) =>
    [0, 1, 2].map((n) => ({
      ...{ venue, symbol: SYMBOL, chunk: from + n },
      samples: Array.from({ length: 10 }, (_, i) =>
        sample((from + n) * 10 + i, venue === SIM ? ['101', '110'] : ['51', '54']),
      ),
    })),
  );
  await world.db.inSystem((tx) => new MarketSampleRepository(tx).save(chunks));
  expect(await look(id, later, soon)).toMatchObject({ all: 14, others: 12 });
  expect(await look(id, later, settledAt(endAt))).toMatchObject({ all: 14, others: 12 });
  // It is settled: what is traded later changes nothing.
  expect(await look(id, publicly('300', '95'), addMs(endAt, 60_000))).toMatchObject({ all: 14, others: 12 });
});

it('tells what of a position others may reduce: signed, on both sides, without the order that asks', async () => {
  const mine = await world.addParent({ symbol: SYMBOL });
  const beside = await world.addParent({ symbol: SYMBOL });
  const read = () =>
    world.inTenant((tx) => new PositionRepository(tx, world.tenantId).reducible(world.accountId, SYMBOL, mine));
  expect(await read()).toEqual({
    ...{ both: null, long: null, short: null },
    ...{ reducingBuys: ZERO, reducingSells: ZERO, isBehind: false },
  });
  const [lease] = await sql<{ epoch: string }>('SELECT epoch FROM account_leases WHERE account_id = $1', [
    world.accountId,
  ]);
  const report = (side: 'both' | 'long' | 'short', qty: string, at = world.clock.now()) => {
    const none = { entryPx: null, markPx: null, unrealizedPnl: null, leverage: null, marginType: null };
    const told = [{ symbol: SYMBOL, side, qty: decimal(qty), ...none }];
    return world.inTenant((tx) =>
      new PositionRepository(tx, world.tenantId).save(world.accountId, told, 'stream', at, Number(lease?.epoch)),
    );
  };
  await report('long', '5');
  await report('short', '-2');
  for (const [parent, sequence, side, qty] of [
    [mine, 0, 'sell', '1'],
    [beside, 0, 'sell', '1.5'],
    [beside, 1, 'buy', '0.7'],
  ] as const)
    await world.inTenant((tx) =>
      decideChild(tx, world, parent, { sequence, side, orderQty: quantity(qty), reduceOnly: true }),
    );
  await child(beside, world.accountId, 2, '9'); // not one that reduces
  await sql(
    `UPDATE child_orders SET amend_qty = 2, amend_price = 98, amend_status = 'requested', cum_qty = 0.5
     WHERE parent_order_id = $1 AND sequence = 0`,
    [beside],
  );
  const found = await read();
  expect([found.both, found.long, found.short].map((qty) => qty?.toFixed())).toEqual(['0', '5', '-2']);
  expect([found.reducingBuys, found.reducingSells].map((qty) => qty.toFixed())).toEqual(['0.7', '1.5']);
  // A trade is booked that the venue's last word on the position may lack.
  await fill(beside, 2, '905', '1');
  expect((await read()).isBehind).toBe(true);
  await report('long', '6', addMs(world.clock.now(), 1));
  expect((await read()).isBehind).toBe(false);
});

it('learns from maker fills and cancels of an account, and asks again only after a minute', async () => {
  let time = 0;
  const habits = new AccountHabits(world.db, () => time);
  const leg = { accountId: world.accountId, venue: SIM, symbol: SYMBOL };
  const now = async () => {
    habits.of(world.tenantId, leg);
    await habits.settled();
    return habits.of(world.tenantId, leg);
  };
  expect(habits.of(world.tenantId, leg)).toEqual(NOTHING_MET);
  await habits.settled();
  expect(await now()).toEqual(NOTHING_MET);

  const parent = await world.addParent({ symbol: SYMBOL });
  const add = (n: number, over: string): Promise<unknown> =>
    sql(
      `INSERT INTO child_orders (parent_order_id, sequence, tenant_id, account_id, venue, symbol, client_order_id, side,
         purpose, time_in_force, price, order_qty, cum_qty, cum_notional, status, close_reason, closed_at, cancel_requested_at)
       SELECT $1, n, $2, $3, 'sim', '${SYMBOL}', lpad(to_hex(n), 32, '0'), 'buy', 'clip', 'gtx', 100, 1, ${over}
       FROM generate_series($4::integer, $5::integer) n`,
      [parent, world.tenantId, world.accountId, n, n + 19],
    );
  // Bought at 100 when the mid five seconds later was 99, ten times, and 101 once; a newer fill is not known yet.
  const second5 = Math.floor(Date.now() / 1_000) - 40;
  await add(0, `1, 100, 'closed', 'filled', now() - interval '30 s', NULL`);
  await sql(
    `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty, last_px,
       role, fee, fee_asset, fee_quote, traded_at)
     SELECT $1, n, $2, $3, '${SYMBOL}', 'v' || n, 't' || n, 1, 100, CASE n WHEN 12 THEN 'taker' ELSE 'maker' END, 0, 'USDT', 0,
            CASE n WHEN 11 THEN now() ELSE to_timestamp($4::bigint - CASE n WHEN 10 THEN 15 ELSE 5 END) END
     FROM generate_series(0, 12) n`,
    [parent, world.tenantId, world.accountId, second5],
  );
  const sample = (mid: number) => ({
    ...{ bid: price(String(mid - 1)), ask: price(String(mid + 1)), cumBase: quantity('1'), cumQuote: notional('1') },
  });
  const chunkOf = (second: number) => Math.floor(second / 10);
  const from = chunkOf(second5 - 20);
  const chunks = [0, 1, 2, 3].map((n) => ({
    ...{ venue: SIM, symbol: SYMBOL, chunk: from + n },
    samples: Array.from({ length: 10 }, (_, i) => sample((from + n) * 10 + i < second5 ? 101 : 99)),
  }));
  await world.db.inSystem((tx) => new MarketSampleRepository(tx).save(chunks));
  expect(await now()).toEqual(NOTHING_MET); // within the minute
  time += 60_000;
  const { makerMarkout } = await now();
  expect(makerMarkout.fills).toBe(11);
  expect(makerMarkout.meanLossBps.toNumber()).toBeCloseTo(
    ((10 * Math.log(100 / 99) + Math.log(100 / 101)) / 11) * 10_000,
    5,
  );

  // 20 cancels of 310 to 500 ms: their 99th percentile is the longest.
  await add(100, `0, 0, 'closed', 'canceled', now(), now() - (300 + 10 * (n - 99)) * interval '1 ms'`);
  time += 60_000;
  expect((await now()).cancelP99Ms).toBe(500);
  await add(200, `0, 0, 'closed', 'canceled', now(), now() - interval '1 hour'`);
  time += 60_000;
  expect((await now()).cancelP99Ms).toBe(10_000);
});
