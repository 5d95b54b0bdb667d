import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  epochMs,
  notional,
  price,
  quantity,
  TIME_BAR_MINUTES,
  type MinuteBar,
  type TimeBar,
  type TimeBarSubclass,
  type VenueId,
} from '#domain';
import { Database, MinuteBarRepository, TimeBarRepository } from '#persistence';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { onServer } from '../../support/postgres-admin.js';
import { SeededRandom } from '../../support/seeded-random.js';

const SIM = 'sim' as VenueId;
const MINUTE = 60_000;
const DAY = 86_400_000;
/** A midnight, UTC. */
const T0 = 1_764_028_800_000;
let stores: TestDatabase;
let db: Database;

beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 2, applicationName: 'test' });
});
beforeEach(() => onServer(stores.ownerUrl, (owner) => owner.query('DELETE FROM minute_bars')));
afterAll(async () => {
  await db.close();
  await stores.drop();
});

const minute = (n: number, more: Partial<MinuteBar> = {}): MinuteBar => ({
  minute: epochMs(T0 + n * MINUTE),
  open: price(String(100 + n)),
  high: price(String(110 + n)),
  low: price(String(90 + n)),
  close: price(String(101 + n)),
  base: quantity('4'),
  quote: notional('400'),
  trades: 10,
  bought: { base: quantity('1'), quote: notional('100'), trades: 3 },
  first: { id: String(n * 10), at: epochMs(T0 + n * MINUTE + 7) },
  last: { id: String(n * 10 + 9), at: epochMs(T0 + n * MINUTE + 59_007) },
  complete: true,
  ...more,
});
const save = (...bars: MinuteBar[]): Promise<void> =>
  db.inSystem((tx) => new MinuteBarRepository(tx).save(bars.map((bar) => ({ venue: SIM, symbol: 'BTCUSDT', bar }))));
const read = (
  subclass: TimeBarSubclass,
  from: number,
  { to, limit = 500, symbol = 'BTCUSDT' }: { to?: number; limit?: number; symbol?: string } = {},
): Promise<TimeBar[]> =>
  db.inSystem((tx) =>
    new TimeBarRepository(tx).bars({
      venue: SIM,
      symbol,
      subclass,
      from: epochMs(from),
      to: to === undefined ? null : epochMs(to),
      limit,
    }),
  );
const shown = (bar: TimeBar | undefined) =>
  bar && [
    (bar.at - T0) / MINUTE,
    ...[bar.open, bar.high, bar.low, bar.close, bar.base, bar.quote].map((one) => one.toFixed()),
    bar.trades,
    bar.bought && [bar.bought.base.toFixed(), bar.bought.quote.toFixed(), bar.bought.trades].join(' '),
    bar.sold && [bar.sold.base.toFixed(), bar.sold.quote.toFixed(), bar.sold.trades].join(' '),
    [bar.firstAt - T0, bar.lastAt - T0, bar.firstTradeId, bar.lastTradeId].join(' '),
  ];
const begins = (bars: readonly TimeBar[]) => bars.map(({ at }) => (at - T0) / MINUTE);

it('makes bars of the minutes that there are', async () => {
  await save(minute(0), minute(1), minute(4, { high: price('900') }), minute(5), minute(12));
  expect((await read('5min', 0)).map(shown)).toEqual([
    [0, '100', '900', '90', '105', '12', '1200', 30, '3 300 9', '9 900 21', '7 299007 0 49'],
    [5, '105', '115', '95', '106', '4', '400', 10, '1 100 3', '3 300 7', '300007 359007 50 59'],
    [10, '112', '122', '102', '113', '4', '400', 10, '1 100 3', '3 300 7', '720007 779007 120 129'],
  ]);
  expect(begins(await read('1min', 0))).toEqual([0, 1, 4, 5, 12]);
});

it('begins with the bar that begins at the start or after it, and ends with the one at the end', async () => {
  await save(...Array.from({ length: 20 }, (_, n) => minute(n)));
  expect(begins(await read('5min', T0 + 5 * MINUTE))).toEqual([5, 10, 15]);
  expect(begins(await read('5min', T0 + 5 * MINUTE + 1))).toEqual([10, 15]);
  expect(begins(await read('5min', T0, { to: T0 + 10 * MINUTE }))).toEqual([0, 5, 10]);
  expect((await read('5min', T0, { to: T0 + 10 * MINUTE })).at(-1)?.trades).toBe(50);
  expect(begins(await read('5min', T0, { to: T0 + 10 * MINUTE - 1 }))).toEqual([0, 5]);
  expect(begins(await read('5min', T0, { limit: 2 }))).toEqual([0, 5]);
  expect((await read('5min', T0, { limit: 2 })).map(({ trades }) => trades)).toEqual([50, 50]);
});

it('SA-40 gives at most 500, at least one', async () => {
  await save(...Array.from({ length: 620 }, (_, n) => minute(n)));
  expect(begins(await read('1min', T0 + 60_000, { limit: 5_000 }))).toEqual(
    Array.from({ length: 500 }, (_, n) => n + 1),
  );
  expect(begins(await read('1min', 0, { limit: 0 }))).toEqual([0]);
  expect(begins(await read('1min', 0, { limit: 2.9 }))).toEqual([0, 1]);
});

it('gives the last bar when the range is exhausted, whole, and nothing when there is nothing', async () => {
  await save(...Array.from({ length: 12 }, (_, n) => minute(n)));
  expect((await read('5min', T0 + 15 * MINUTE)).map(shown)).toEqual([
    [10, '110', '121', '100', '112', '8', '800', 20, '2 200 6', '6 600 14', '600007 719007 100 119'],
  ]);
  expect(begins(await read('5min', T0 + 30 * DAY, { to: T0 + 31 * DAY }))).toEqual([10]);
  expect(begins(await read('5min', T0 + 8 * MINUTE, { to: T0 + 7 * MINUTE }))).toEqual([5]);
  expect(await read('5min', T0 - DAY, { to: T0 - MINUTE })).toEqual([]);
  expect(await read('D', 0, { symbol: 'NONE' })).toEqual([]);
  expect(begins(await read('D', 8_000_000_000_000_000))).toEqual([0]);
});

it('fills in what is not known as of plain klines', async () => {
  const unknown = { first: null, last: null } as const;
  await save(
    minute(0, unknown),
    minute(1, { ...unknown, bought: null }),
    minute(2, { first: { id: 'a1', at: epochMs(T0 + 120_001) } }),
  );
  // Of a minute that only tells how much takers bought: a quarter of the volume, a quarter of ten trades.
  await onServer(stores.ownerUrl, (owner) => owner.query('UPDATE minute_bars SET taker_buy_trades = NULL'));
  expect((await read('1min', 0)).map((bar) => shown(bar)?.slice(-3))).toEqual([
    ['1 100 3', '3 300 7', `0 59999 ${T0} ${T0 + 59_999}`],
    [null, null, `60000 119999 ${T0 + MINUTE} ${T0 + MINUTE + 59_999}`],
    ['1 100 3', '3 300 7', `120001 179007 ${T0 + 2 * MINUTE} 29`],
  ]);
  // One minute that does not tell it is enough: nothing is made up.
  expect((await read('3min', 0)).map((bar) => shown(bar)?.slice(-3))).toEqual([[null, null, `0 179007 ${T0} 29`]]);
});

it('agrees with the minutes for every subclass', async () => {
  const random = new SeededRandom(12);
  const bars = Array.from({ length: 3 * 1_440 }, (_, n) => n)
    .filter(() => random.between(1, 10) <= 7)
    .map((n) => minute(n, { trades: random.between(3, 9), high: price(String(random.between(5_000, 5_900))) }));
  for (let at = 0; at < bars.length; at += 1_000) await save(...bars.slice(at, at + 1_000));
  for (const subclass of Object.keys(TIME_BAR_MINUTES) as TimeBarSubclass[]) {
    const length = TIME_BAR_MINUTES[subclass] * MINUTE;
    const expected = new Map<number, MinuteBar[]>();
    for (const bar of bars) {
      const at = bar.minute - ((bar.minute - T0) % length);
      expected.set(at, [...(expected.get(at) ?? []), bar]);
    }
    const found = await read(subclass, T0);
    expect(
      found.map(({ at, open, high, close, trades }) => [at, open.toFixed(), high.toFixed(), close.toFixed(), trades]),
    ).toEqual(
      [...expected]
        .slice(0, 500)
        .map(([at, own]) => [
          at,
          own[0]?.open.toFixed(),
          String(Math.max(...own.map(({ high }) => high.toNumber()))),
          own.at(-1)?.close.toFixed(),
          own.reduce((sum, { trades }) => sum + trades, 0),
        ]),
    );
  }
});
