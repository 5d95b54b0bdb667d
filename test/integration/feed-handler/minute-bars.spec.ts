import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { epochMs, notional, price, quantity, sampleSecond, toDecimalString, type VenueId } from '#domain';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { Database, FeedVolumeRepository, MarketSampleRepository, MinuteBarRepository } from '#persistence';
import { feedHandler } from '../../../apps/feed-handler/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const SIM = 'sim' as VenueId;
const MINUTE = 60_000;
const DAY = 86_400_000;
let stores: TestDatabase;
let db: Database;
let sim: SimExchange;
const running = new Set<RunningService>();

beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 2, applicationName: 'test' });
  sim = await startSimExchange();
});
afterAll(async () => {
  for (const service of running) await stop(service);
  await sim.stop();
  await db.close();
  await stores.drop();
});

async function start(): Promise<RunningService> {
  const config = loadConfig(feedHandler.shape, {
    DATABASE_URL: stores.appUrl,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    SIM_VENUE_URL: sim.url,
    SIM_USDM_URL: 'off',
    FEED_SYMBOLS: 'BTCUSDT',
  });
  const logger = createLogger('feed-handler', 'silent');
  const service = await feedHandler.start(config, { logger, metrics: new Metrics(), health: new HealthRegistry() });
  running.add(service);
  return service;
}
async function stop(service: RunningService): Promise<void> {
  running.delete(service);
  await service.stop();
}

const addToItsClock = (ms: number) =>
  sim.control('POST', 'faults', { fault: 'clock', args: { how: 'offset', ms: Math.round(ms) } });
const trade = (price: string, qty: string, side = 'BUY') =>
  sim.control('POST', 'markets/BTCUSDT/trade', { price, qty, side });
const volume = () => db.inSystem((tx) => new FeedVolumeRepository(tx).load(SIM, 'BTCUSDT'));
const counted = async (): Promise<string> => toDecimalString((await volume())?.cumBase ?? quantity('0'));
const newestId = async (): Promise<string> => {
  const reply = await fetch(`${sim.url}/api/v3/trades?symbol=BTCUSDT&limit=1`);
  return String(((await reply.json()) as readonly { readonly id: number }[])[0]?.id);
};
const isCounted = (base: string) => until(async () => (await counted()) === base);
const stored = (from: number) =>
  db.inSystem((tx) => new MinuteBarRepository(tx).between(SIM, 'BTCUSDT', epochMs(from), epochMs(from + 10 * MINUTE)));

it('keeps a row for each minute, with each trade in it once though the feed was started again in its middle', async () => {
  const first = Math.floor((await db.serverTimeMs()) / MINUTE) * MINUTE;
  // Half a minute before the next begins.
  await addToItsClock(first + MINUTE / 2 - (await db.serverTimeMs()));
  const service = await start();
  await until(async () => {
    await trade('60000.00', '1');
    return (await counted()) !== '0';
  });
  const last = await newestId();
  await until(async () => (await volume())?.lastTradeId === last);
  await addToItsClock(MINUTE);
  const before = Number(await counted());
  await trade('60010.00', '0.25');
  await trade('60030.00', '0.25', 'SELL');
  await isCounted(String(before + 0.5));
  await stop(service);
  await trade('59990.00', '0.5');
  const again = await start();
  await isCounted(String(before + 1));
  await trade('60020.00', '1');
  const lastId = await newestId();
  await isCounted(String(before + 2));
  await addToItsClock(MINUTE);
  await trade('60040.00', '4');
  await until(async () => (await stored(first)).length === 2);
  const minutes = await stored(first);
  const bars = minutes.map(({ minute, open, high, low, close, base, quote, trades, complete }) => [
    minute - first,
    ...[open, high, low, close, base, quote].map(toDecimalString),
    trades,
    complete,
  ]);
  // 0.25 × 60,010 + 0.25 × 60,030 + 0.5 × 59,990 + 1 × 60,020
  expect(bars[1]).toEqual([MINUTE, '60010', '60030', '59990', '60020', '2', '120025', 4, true]);
  const { bought, first: begin, last: end } = minutes[1] ?? {};
  // All but 0.25 × 60,030.
  expect([bought?.base.toFixed(), bought?.quote.toFixed(), bought?.trades]).toEqual(['1.75', '105017.5', 3]);
  expect([Number(begin?.id), end?.id]).toEqual([Number(lastId) - 3, lastId]);
  expect(begin?.at).toBeGreaterThanOrEqual(first + MINUTE);
  expect(end?.at).toBeLessThan(first + 2 * MINUTE);
  // The first minute, of which we heard a part, says so.
  expect(bars[0]?.at(-1)).toBe(false);
  await stop(again);
});

it('replaces a bar by one of more trades only, and forgets bars that are too old', async () => {
  const now = Math.floor((await db.serverTimeMs()) / MINUTE) * MINUTE;
  const kept = {
    open: price('1'),
    high: price('1'),
    low: price('1'),
    close: price('1'),
    base: quantity('1'),
    quote: notional('1'),
    bought: null,
    first: null,
    last: null,
    complete: true,
  };
  await db.inSystem(async (tx) => {
    const repository = new MinuteBarRepository(tx);
    const at = (minute: number, trades: number) => ({
      venue: SIM,
      symbol: 'OLDUSDT',
      bar: { ...kept, minute: epochMs(minute), trades },
    });
    await repository.save([at(now - 61 * DAY, 5), at(now - 59 * DAY, 5)]);
    await repository.save([at(now - 59 * DAY, 4), at(now - 61 * DAY, 6)]);
  });
  const old = () => db.inSystem((tx) => new MinuteBarRepository(tx).between(SIM, 'OLDUSDT', epochMs(0), epochMs(now)));
  expect((await old()).map(({ trades }) => trades)).toEqual([6, 5]);
  await stop(await start());
  await until(async () => (await old()).length === 1);
  expect((await old()).map(({ trades }) => trades)).toEqual([5]);
});

it('keeps the market of each second, a part of ten when it is stopped, and forgets what is older than eight days', async () => {
  const now = async () => epochMs(Math.floor(await db.serverTimeMs()));
  const from = await now();
  const samples = async (seconds: readonly number[]) =>
    db.inSystem((tx) => new MarketSampleRepository(tx).at(SIM, 'BTCUSDT', seconds));
  const unseen = { bid: null, ask: null, cumBase: null, cumQuote: null };
  const old = { chunk: 1, samples: [{ ...unseen, bid: price('1') }, ...Array.from({ length: 9 }, () => null)] };
  await db.inSystem((tx) => new MarketSampleRepository(tx).save([{ venue: SIM, symbol: 'BTCUSDT', ...old }]));
  expect((await samples([10, 11])).get(10)).toEqual({ ...unseen, bid: price('1') });

  const service = await start();
  const before = await counted();
  await trade('60050.00', '2');
  await isCounted(String(Number(before) + 2));
  const since = sampleSecond(await now());
  await until(async () => sampleSecond(await now()) > since + 1);
  await until(async () => (await samples([10])).size === 0);
  await stop(service);
  const seconds = Array.from({ length: 30 }, (_, n) => sampleSecond(from) + n);
  const seen = [...(await samples(seconds)).values()].filter(({ cumBase }) => cumBase?.eq(Number(before) + 2));
  expect(seen.length).toBeGreaterThan(0);
  for (const { cumQuote } of seen) expect(cumQuote?.gt(Number(before) * 1_000)).toBe(true);

  // Another process saw other seconds of the same ten: each keeps what it has.
  const chunk = Math.floor(sampleSecond(from) / 10);
  const other = { ...unseen, ask: price('7'), bid: price('7') };
  const all = { venue: SIM, symbol: 'BTCUSDT', chunk, samples: Array.from({ length: 10 }, () => other) };
  const known = await samples(seconds);
  await db.inSystem((tx) => new MarketSampleRepository(tx).save([all]));
  const merged = await samples(seconds);
  for (const [second, sample] of known)
    expect(merged.get(second)).toEqual(sample.bid === null ? expect.anything() : sample);
  expect([...merged.values()].some(({ bid }) => bid?.eq(7))).toBe([...known.values()].some(({ bid }) => bid === null));
});
