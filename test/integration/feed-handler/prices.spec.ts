import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs, isNextUpdate, price, type PriceKind, type PriceRange, type PriceUpdate, type VenueId } from '#domain';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { Database, FeedVolumeRepository, MarketPriceRepository } from '#persistence';
import { MarketDataReader, SIM_USDM_VENUE_ID, type PriceChange } from '#venues';
import { feedHandler } from '../../../apps/feed-handler/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { onServer } from '../../support/postgres-admin.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const SIM = 'sim' as VenueId;
let stores: TestDatabase;
let db: Database;
let redis: Redis;
let sim: SimExchange;
let reader: MarketDataReader;
let heard: PriceChange[];
const running = new Set<RunningService>();

beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 2, applicationName: 'test' });
  redis = new Redis(stores.redisUrl);
});
beforeEach(async () => {
  // Each exchange numbers its trades from one.
  await onServer(stores.ownerUrl, (owner) => owner.query('DELETE FROM feed_volumes'));
  await forgetRedis();
  sim = await startSimExchange();
  await setBook('59990.00', '60010.00');
  reader = new MarketDataReader({ url: stores.redisUrl, prefix: stores.redisPrefix, withPrices: true });
  heard = [];
  reader.onPrice((change) => heard.push(change));
  await reader.start();
});
afterEach(async () => {
  for (const service of running) await stop(service);
  await reader.close();
  await sim.stop();
});
afterAll(async () => {
  redis.disconnect();
  await db.close();
  await stores.drop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const config = loadConfig(feedHandler.shape, {
    DATABASE_URL: stores.appUrl,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    SIM_VENUE_URL: sim.url,
    SIM_USDM_URL: 'off',
    FEED_SYMBOLS: 'BTCUSDT',
    ...env,
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

async function forgetRedis(): Promise<void> {
  const names = await redis.keys(`${stores.redisPrefix}:*`);
  if (names.length > 0) await redis.del(...names);
}
const setBook = (bid: string, ask: string) =>
  sim.control('PUT', 'markets/BTCUSDT/book', { bids: [[bid, '3']], asks: [[ask, '4']] });
const trade = (px: string) => sim.control('POST', 'markets/BTCUSDT/trade', { price: px, qty: '0.01', side: 'BUY' });
const told = (kind: PriceKind, venue = SIM): PriceUpdate | null => reader.price(venue, 'BTCUSDT', kind);
const isAt = (kind: PriceKind, px: string) => until(() => told(kind)?.price.eq(px) === true, { what: `${kind} ${px}` });
const isLive = () => until(() => reader.get(SIM, 'BTCUSDT')?.status === 'live');
/** Trades until one is told and counted: from then on none is missing. */
async function firstTrade(px: string): Promise<void> {
  await until(async () => {
    await trade(px);
    return told('last')?.price.eq(px) === true && reader.get(SIM, 'BTCUSDT')?.lastTradeId !== null;
  });
}
const changes = (kind: PriceKind) => heard.filter((change) => change.kind === kind && change.venue === SIM);

it('tells each price with a number, and all between two in its highs and lows', async () => {
  await start();
  await isLive();
  await firstTrade('60000.00');
  await isAt('mid', '60000');
  const from = heard.length;
  await Promise.all(['60010.00', '59000.00', '61000.00'].map(trade));
  await trade('60020.00');
  await isAt('last', '60020');
  const updates = heard.slice(from).filter(({ kind }) => kind === 'last');
  expect(updates.map(({ update, before }) => isNextUpdate(before, update))).not.toContain(false);
  const lows = updates.map(({ update }) => update.low.toNumber());
  const highs = updates.map(({ update }) => update.high.toNumber());
  expect([Math.min(...lows), Math.max(...highs)]).toEqual([59_000, 61_000]);
  const { at = 0, from: since = 0 } = told('last') ?? {};
  expect(since).toBeLessThanOrEqual(at);
  expect((await db.serverTimeMs()) - at).toBeLessThan(5_000);

  await setBook('59980.00', '60000.00');
  await isAt('mid', '59990');
  const [mid] = changes('mid').slice(-1);
  expect(isNextUpdate(mid?.before ?? null, mid?.update as PriceUpdate)).toBe(true);
});

it('tells the mark of a perpetual', async () => {
  await sim.control('PUT', 'markets/BTCUSDT/book?product=usdm', {
    bids: [['59990.00', '3']],
    asks: [['60010.00', '4']],
  });
  await start({ SIM_USDM_URL: sim.usdmUrl });
  await until(() => told('mark', SIM_USDM_VENUE_ID)?.price.eq('60000') === true);
});

it('repeats its last word each second: a Redis that forgot has it again', async () => {
  await start();
  await isLive();
  await firstTrade('60000.00');
  await until(() => told('mid') !== null);
  const key = `${stores.redisPrefix}:px:{sim}`;
  await redis.del(key);
  await until(async () => (await redis.hlen(key)) === 2);
  const late = new MarketDataReader({ url: stores.redisUrl, prefix: stores.redisPrefix, withPrices: true });
  await late.start();
  expect(late.price(SIM, 'BTCUSDT', 'last')).toEqual(told('last'));
  await late.close();
});

it('leaves a number out where the book was lost, and tells of trades that were fetched afterwards', async () => {
  await start();
  await isLive();
  await firstTrade('60000.00');
  await isAt('mid', '60000');
  const from = heard.length;
  await sim.control('POST', 'faults', {
    fault: 'stream',
    match: { route: 'btcusdt*' },
    args: { how: 'cut' },
    times: 1,
  });
  await trade('58000.00');
  await trade('60005.00');
  await until(() => heard.slice(from).some(({ kind, update }) => kind === 'last' && update.low.eq('58000')));
  await isAt('last', '60005');
  await until(() => heard.slice(from).some(({ kind }) => kind === 'mid'));
  const after = heard.slice(from);
  const isNext = (kind: PriceKind) =>
    after.filter((one) => one.kind === kind).map(({ update, before }) => isNextUpdate(before, update));
  expect(isNext('last')).not.toContain(false);
  expect(isNext('mid')[0]).toBe(false);
});

describe('a reader', () => {
  it('sees that another process speaks, by a number that does not follow, and the price goes on', async () => {
    const first = await start();
    await isLive();
    await firstTrade('60000.00');
    await stop(first);
    const before = told('last') as PriceUpdate;
    await start();
    await until(() => (told('last')?.seq ?? 0) > before.seq);
    expect(told('last')?.seq).toBeGreaterThan(before.seq + 1);
    expect(told('last')?.price).toEqual(price('60000'));
    await firstTrade('60030.00');
  });
});

describe('the range of a price', () => {
  const now = async () => epochMs(Math.floor(await db.serverTimeMs()));
  const BTC = { venue: SIM, symbol: 'BTCUSDT' };
  const rangeOf = async (since: number, kind: PriceKind = 'last', seen?: number): Promise<string> => {
    const range = await reader.priceRange({ ...BTC, kind }, epochMs(since), seen);
    return shown(range);
  };
  const shown = (range: PriceRange | null): string =>
    range === null
      ? 'none'
      : `${range.low?.toFixed() ?? '-'} ${range.high?.toFixed() ?? '-'} ${range.isWhole ? 'whole' : 'in part'}`;

  it('is known from the moment that an update is told, by time and by number', async () => {
    const before = await now();
    await start();
    await isLive();
    await firstTrade('60000.00');
    const from = (await now()) + 1_000;
    await until(async () => (await now()) >= from);
    for (const px of ['60010.00', '59000.00', '61000.00', '60020.00']) await trade(px);
    await isAt('last', '60020');
    expect(await rangeOf(from)).toBe('59000 61000 whole');
    expect(await rangeOf(before - 2_000)).toBe('59000 61000 in part');
    expect(await rangeOf(before, 'mid')).toBe('60000 60000 in part');
    expect(await rangeOf(before, 'mark')).toBe('none');
    const seen = told('last')?.seq;
    expect(await rangeOf(from, 'last', seen)).toBe('- - whole');
    const range = await reader.priceRange({ ...BTC, kind: 'last' }, epochMs(from), seen);
    expect(range?.seq).toBe(seen);
    expect(range?.until).toBeGreaterThanOrEqual(from);
    // A quiet market is known as well as a busy one.
    const later = await now();
    await until(async () => ((await reader.priceRange({ ...BTC, kind: 'mid' }, later))?.until ?? 0) > later);
    expect(await rangeOf(later, 'mid')).toBe('- - whole');
  });

  it('holds what was traded while the feed handler was away, if the venue still lists it', async () => {
    const first = await start();
    await isLive();
    await firstTrade('60000.00');
    const from = (await now()) + 1_000;
    await until(async () => (await now()) >= from && (await rangeOf(from)).endsWith('whole'));
    await stop(first);
    await trade('57000.00');
    await trade('60005.00');
    await start();
    await until(async () => (await rangeOf(from)) === '57000 60005 whole');
    expect((await rangeOf(from, 'mid')).endsWith('in part')).toBe(true);
  });

  it('loses nothing when the speaker falls silent and its twin goes on', async () => {
    await start();
    await isLive();
    await firstTrade('60000.00');
    // A twin begins with what is written of the count: of before it would not know that it missed nothing.
    await until(() => db.inSystem(async (tx) => (await new FeedVolumeRepository(tx).load(SIM, 'BTCUSDT')) !== null));
    const twin = await start();
    const from = (await now()) + 1_000;
    await until(async () => (await now()) >= from);
    await trade('58500.00');
    await isAt('last', '58500');
    const lease = `${stores.redisPrefix}:md-lease:{sim}`;
    await redis.set(lease, 'somebody else', 'PX', 60_000);
    const seen = told('last')?.seq ?? 0;
    for (const px of ['61500.00', '60100.00']) await trade(px);
    const silentUntil = (await now()) + 1_500;
    await until(async () => (await now()) > silentUntil);
    expect(told('last')?.seq).toBe(seen);
    // The one that spoke goes, with what it knows: only what is kept and what its twin heard is left.
    const [speaker] = [...running].filter((service) => service !== twin);
    await stop(speaker as RunningService);
    await redis.del(lease);
    await until(() => (told('last')?.seq ?? 0) > seen + 1);
    expect(told('last')?.price).toEqual(price('60100'));
    await until(async () => (await rangeOf(from)) === '58500 61500 whole');
    expect((await rangeOf(from, 'last', seen)).split(' ').slice(0, 2)).toEqual(['58500', '61500']);
  });

  it('is whole again after Redis was wiped', async () => {
    await start();
    await isLive();
    await firstTrade('60000.00');
    const from = (await now()) + 1_000;
    await until(async () => (await now()) >= from);
    await trade('58000.00');
    await isAt('last', '58000');
    await trade('60000.00');
    await isAt('last', '60000');
    await until(async () => (await rangeOf(from)) === '58000 60000 whole');
    await forgetRedis();
    await until(async () => (await rangeOf(from)) === '58000 60000 whole');
  });
});

describe('the row of prices', () => {
  const at = (ms: number) => epochMs(1_764_000_000_000 + ms);
  const rowsOf = (...symbols: string[]) =>
    db.inSystem((tx) => new MarketPriceRepository(tx).of(symbols.map((symbol) => ({ venue: SIM, symbol }))));
  const stored = async (symbol = 'BTCUSDT') => (await rowsOf(symbol))[0];

  it('is written each second, and its mid is as young as the market is right', async () => {
    await start();
    await isLive();
    await firstTrade('60000.00');
    await until(async () => (await stored())?.last?.price.eq('60000') === true);
    await until(async () => (await stored())?.mid?.price.eq('60000') === true);
    expect((await stored())?.mark).toBeNull();
    const first = (await stored())?.mid?.at ?? Infinity;
    await setBook('59980.00', '60000.00');
    await trade('59985.00');
    await until(async () => (await stored())?.mid?.price.eq('59990') === true);
    await until(async () => (await stored())?.last?.price.eq('59985') === true);
    const changed = await stored();
    expect(changed?.mid?.at).toBeGreaterThan(first);
    // Nothing changes any more: the mid is still right, the trade is of then.
    await until(async () => ((await stored())?.mid?.at ?? 0) > (changed?.mid?.at ?? 0));
    expect((await stored())?.last).toEqual(changed?.last);
    expect(await rowsOf('BTCUSDT', 'ETHUSDT')).toHaveLength(1);
  });

  it('takes newer prices of each kind, and keeps what it has where there is none', async () => {
    const save = (
      symbol: string,
      last: [string, number] | null,
      mid: [string, number] | null,
      mark: [string, number] | null,
    ) => {
      const of = (one: [string, number] | null) => one && { price: price(one[0]), at: at(one[1]) };
      return { symbol, last: of(last), mid: of(mid), mark: of(mark) };
    };
    await db.inSystem(async (tx) => {
      const repository = new MarketPriceRepository(tx);
      await repository.save(SIM, []);
      await repository.save(SIM, [
        save('XUSDT', ['1', 1], ['2', 5], null),
        save('AUSDT', ['9.000000000000000001', 0], null, null),
      ]);
      await repository.save(SIM, [save('XUSDT', ['3', 1], ['4', 6], ['7', 0])]);
      await repository.save(SIM, [save('XUSDT', null, ['5', 5], ['8', 1]), save('AUSDT', null, null, null)]);
    });
    expect(await stored('XUSDT')).toEqual({
      venue: SIM,
      ...save('XUSDT', ['1', 1], ['4', 6], ['8', 1]),
    });
    expect((await stored('AUSDT'))?.last?.price.toFixed()).toBe('9.000000000000000001');
    expect((await rowsOf('XUSDT', 'NONE', 'AUSDT')).map(({ symbol }) => symbol).sort()).toEqual(['AUSDT', 'XUSDT']);
    expect(await rowsOf()).toEqual([]);
  });
});
