import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { isNextUpdate, price, type PriceKind, type PriceUpdate, type VenueId } from '#domain';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { Database } from '#persistence';
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
