import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { price, quantity, toDecimalString, type MarketSnapshot, type VenueId } from '#domain';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { Database, FeedVolumeRepository, InstrumentRepository } from '#persistence';
import { feedStatusBroadcast, openQueryClient, openQueryServer, orderBookQuery, type MessageOf } from '#queues';
import { MarketDataReader, SIM_USDM_VENUE_ID } from '#venues';
import { feedHandler } from '../../../apps/feed-handler/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { onServer } from '../../support/postgres-admin.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';

const SIM = 'sim' as VenueId;
const GAP_OF_USDM = /^tranche_feed_gaps_total\{[^}]*sim-usdm[^}]*\} [1-9]/m;
const GAP_COUNTED = /^tranche_feed_gaps_total\{[^}]*\} [1-9]/m;
let stores: TestDatabase;
let db: Database;
let sim: SimExchange;
let reader: MarketDataReader;
let health: HealthRegistry;
let metrics: Metrics;
const running = new Set<RunningService>();
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 2, applicationName: 'test' });
});
beforeEach(async () => {
  sim = await startSimExchange();
  await setBook('59990.00', '60010.00');
  reader = new MarketDataReader({ url: stores.redisUrl, prefix: stores.redisPrefix });
  await reader.start();
});
afterEach(async () => {
  for (const service of running) await stop(service);
  for (const one of open.splice(0)) await one.close();
  await reader.close();
  await sim.stop();
});
afterAll(async () => {
  await db.close();
  await stores.drop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  health = new HealthRegistry();
  metrics = new Metrics();
  const config = loadConfig(feedHandler.shape, {
    DATABASE_URL: stores.appUrl,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    SIM_VENUE_URL: sim.url,
    SIM_USDM_URL: 'off',
    FEED_SYMBOLS: 'BTCUSDT,ETHUSDT',
    ...env,
  });
  const service = await feedHandler.start(config, {
    logger: createLogger('feed-handler', 'silent'),
    metrics,
    health,
  });
  running.add(service);
  return service;
}
async function stop(service: RunningService): Promise<void> {
  running.delete(service);
  await service.stop();
}

const setBook = (bid: string, ask: string) =>
  sim.control('PUT', 'markets/BTCUSDT/book', { bids: [[bid, '3']], asks: [[ask, '4']] });
const trade = (qty: string) => sim.control('POST', 'markets/BTCUSDT/trade', { price: '60010.00', qty, side: 'BUY' });
const btc = (): MarketSnapshot | null => reader.get(SIM, 'BTCUSDT');
const isLive = () => until(() => btc()?.status === 'live');

it('saves the instruments and publishes each market by the database’s clock', async () => {
  const service = await start();
  await isLive();
  expect(await health.ready()).toMatchObject({ status: 'ok' });
  expect(btc()).toMatchObject({
    venue: 'sim',
    symbol: 'BTCUSDT',
    pair: 'BTC-USDT',
    bids: [{ price: price('59990'), qty: quantity('3') }],
    asks: [{ price: price('60010'), qty: quantity('4') }],
    mid: price('60000'),
    sigma1Bps: null,
  });
  const stored = await db.inSystem((tx) => new InstrumentRepository(tx).all());
  expect(stored.map((one) => one.pair)).toEqual(expect.arrayContaining(['BTC-USDT', 'ETH-USDT']));

  await setBook('59991.00', '60011.00');
  await until(() => btc()?.mid?.eq('60001') === true);
  const age = (await db.serverTimeMs()) - (btc()?.at ?? 0);
  expect(age).toBeLessThan(5_000);
  await stop(service);
});

it('pays its calls and its connection from the budget that the gateways draw on', async () => {
  await start();
  await isLive();
  const redis = new Redis(stores.redisUrl);
  /** In all windows: one may have ended meanwhile. */
  const used = async (limit: string): Promise<number> => {
    const text = await redis.get(`${stores.redisPrefix}:{b:sim}:${limit}:shared`);
    const { windows } = JSON.parse(text ?? '{}') as { windows?: Record<string, { used?: number }> };
    return Object.values(windows ?? {}).reduce((sum, window) => sum + (window.used ?? 0), 0);
  };
  // Instruments 20, the connection 2, and a depth of 1,000 levels 50 for each of two books.
  const isPaid = async () => (await used('bs.weight')) >= 122 && (await used('bs.connections')) >= 1;
  await until(isPaid, { what: 'all of it is counted' }).finally(() => redis.disconnect());
});

it('says each second that a quiet market is still right', async () => {
  await start();
  await isLive();
  const first = btc()?.at ?? 0;
  await until(() => (btc()?.at ?? 0) >= first + 2_000);
  const age = (await db.serverTimeMs()) - (btc()?.at ?? 0);
  expect(age).toBeLessThan(5_000);
});

it('counts volume through a restart and the trades of the time between', async () => {
  const before =
    (await db.inSystem((tx) => new FeedVolumeRepository(tx).load(SIM, 'BTCUSDT')))?.cumBase ?? quantity('0');
  const volume = () => toDecimalString(btc()?.cumBaseVolume.sub(before) ?? quantity('0'));
  const service = await start();
  await isLive();
  await trade('0.25');
  await until(() => volume() === '0.25');
  await stop(service);
  expect(btc()).toMatchObject({ status: 'down', reason: 'the feed handler stopped', bids: [], mid: null });
  await trade('0.5');
  await start();
  await isLive();
  await until(() => volume() === '0.75');
  await trade('0.125');
  await until(() => volume() === '0.875');
  expect(btc()?.cumQuoteVolume.gt(0)).toBe(true);
});

it('says that there is no market while the venue is away, with a row and a broadcast of each change', async () => {
  const said: MessageOf<typeof feedStatusBroadcast>[] = [];
  const server = openQueryServer({ url: stores.redisUrl, prefix: stores.redisPrefix });
  const client = openQueryClient({ url: stores.redisUrl, prefix: stores.redisPrefix });
  open.push(server, client);
  server.hear(feedStatusBroadcast, (message) => said.push(message)).start();
  // Who listens late hears less: a word of our own tells when it has begun.
  const change = { channel: 'book', from: 'live', to: 'stale', reason: 'a test', at: 0 } as const;
  await until(async () => {
    await client.say(feedStatusBroadcast, { venue: 'none', symbol: 'NONE', ...change }, '0'.repeat(32));
    return said.length > 0;
  });
  await start();
  await isLive();
  await sim.control('POST', 'faults', {
    fault: 'stream',
    match: { route: 'btcusdt*' },
    args: { how: 'cut' },
    times: 1,
  });
  await setBook('59980.00', '60010.00');
  await until(() => btc()?.mid?.eq('59995') === true && btc()?.status === 'live');
  const of = ({ channel, to, reason, at }: (typeof said)[number]) => `${channel} ${to} ${reason} ${at}`;
  const rows = () =>
    onServer(stores.ownerUrl, async (db) => {
      const found = await db.query<{ channel: 'book'; to: 'live'; reason: string; at: string }>(
        `SELECT channel, to_status AS to, reason, floor(extract(epoch FROM at) * 1000) AS at FROM feed_status_log
         WHERE venue = 'sim' AND symbol = 'BTCUSDT' AND channel = 'book' ORDER BY id DESC LIMIT 5`,
      );
      return found.rows.reverse();
    });
  await until(async () => (await rows()).map(({ to }) => to).join() === 'syncing,live,connecting,syncing,live');
  const told = () => said.filter(({ symbol, channel }) => symbol === 'BTCUSDT' && channel === 'book');
  await until(() => told().length >= 5);
  expect(told().map(of)).toEqual((await rows()).map((row) => of({ ...row, at: Number(row.at) } as never)));
  expect(told().map(({ reason }) => reason)).toEqual([
    'waiting for the snapshot',
    'stitched',
    expect.stringMatching(/^closed by the other end/),
    'waiting for the snapshot',
    'stitched',
  ]);
  expect(btc()).toMatchObject({ status: 'live', reason: 'stitched' });
});

it('VE-C57 takes a new snapshot when events of the book are missing, and is right again', async () => {
  await start();
  await isLive();
  await sim.control('POST', 'faults', {
    fault: 'stream',
    match: { route: 'btcusdt@depth@100ms' },
    args: { how: 'gap', count: 3 },
    times: 1,
  });
  // A level in each of the events: those that were lost must be in the book as well.
  const bids: [string, string][] = [];
  await until(
    async () => {
      bids.push([`${59_980 - bids.length}.00`, '1']);
      await sim.control('PUT', 'markets/BTCUSDT/book', { bids, asks: [['60010.00', '4']] });
      return GAP_COUNTED.test(await metrics.text());
    },
    { everyMs: 40 },
  );
  const top = bids.slice(0, 10).map(([at]) => ({ price: price(at), qty: quantity('1') }));
  await until(() => btc()?.status === 'live' && (btc()?.bids.length ?? 0) >= top.length);
  expect(btc()?.bids.slice(0, top.length)).toEqual(top);
});

it('VE-A20 has the book of USD-M right again after a gap, and tells best quotes, mark price and funding', async () => {
  const perp = (): MarketSnapshot | null => reader.get(SIM_USDM_VENUE_ID, 'BTCUSDT');
  const bids: [string, string][] = [['59990.00', '3']];
  const publish = () => sim.control('PUT', 'markets/BTCUSDT/book?product=usdm', { bids, asks: [['60010.00', '4']] });
  await publish();
  await start({ SIM_USDM_URL: sim.usdmUrl });
  await until(() => perp()?.status === 'live' && perp()?.mark?.price.eq('60000') === true);
  // Best quotes are told when they change.
  bids[0] = ['59991.00', '3'];
  await publish();
  const best = { bid: { price: price('59991'), qty: quantity('3') }, ask: { price: price('60010') } };
  await until(() => perp()?.bbo?.bid?.price.eq('59991') === true && perp()?.bids[0]?.price.eq('59991') === true);
  expect(perp()).toMatchObject({ pair: 'BTC:PERP-USDT', bids: [best.bid], bbo: best });
  expect(perp()?.mark?.fundingRate).not.toBeNull();
  expect(perp()?.mark?.nextFundingAt).toBeGreaterThan(await db.serverTimeMs());

  await sim.control('POST', 'faults', {
    fault: 'stream',
    match: { product: 'usdm', route: 'btcusdt@depth@100ms' },
    args: { how: 'gap', count: 3 },
    times: 1,
  });
  await until(
    async () => {
      bids.push([`${59_980 - bids.length}.00`, '1']);
      await publish();
      return GAP_OF_USDM.test(await metrics.text());
    },
    { everyMs: 40 },
  );
  const top = bids.slice(0, 10).map(([at, qty]) => ({ price: price(at), qty: quantity(qty) }));
  await until(() => perp()?.status === 'live' && (perp()?.bids.length ?? 0) >= top.length);
  expect(perp()?.bids.slice(0, top.length)).toEqual(top);

  const client = openQueryClient({ url: stores.redisUrl, prefix: stores.redisPrefix });
  open.push(client);
  const question = { venue: SIM_USDM_VENUE_ID, symbol: 'BTCUSDT', levels: 1 };
  const answer = await client.ask(orderBookQuery, question, '0'.repeat(32));
  expect(answer).toMatchObject({ status: 'live', bids: [['59991', '3']], mark: { price: expect.any(String) } });
  const channels = () =>
    onServer(stores.ownerUrl, async (log) => {
      const found = await log.query<{ name: string }>(
        `SELECT DISTINCT channel || ' ' || to_status AS name FROM feed_status_log WHERE venue = 'sim-usdm'`,
      );
      return found.rows.map(({ name }) => name);
    });
  await until(async () => (await channels()).includes('book resyncing'));
  expect(await channels()).toEqual(expect.arrayContaining(['book live', 'bbo live', 'mark live']));
});

it('publishes again after Redis was wiped', async () => {
  await start();
  await isLive();
  const redis = new Redis(stores.redisUrl);
  const key = `${stores.redisPrefix}:md:{sim}:BTCUSDT`;
  await redis.del(key);
  await until(async () => (await redis.exists(key)) === 1);
  redis.disconnect();
});

it('waits for a venue that starts later', async () => {
  const { url } = sim;
  await sim.stop();
  await start({ SIM_VENUE_URL: url });
  expect(await health.ready()).toMatchObject({
    status: 'unavailable',
    checks: { 'feed-handler': 'no instruments from sim yet' },
  });
  sim = await startSimExchange({ SIM_SPOT_PORT: new URL(url).port });
  await setBook('59990.00', '60010.00');
  await until(async () => (await health.ready()).status === 'ok');
  await isLive();
});

describe('two of them', () => {
  const eth = (): MarketSnapshot | null => reader.get(SIM, 'ETHUSDT');
  const setEth = (bid: string) =>
    sim.control('PUT', 'markets/ETHUSDT/book', { bids: [[bid, '3']], asks: [['3000.00', '40']] });
  const tradeEth = (qty: string) =>
    sim.control('POST', 'markets/ETHUSDT/trade', { price: '3000.00', qty, side: 'BUY' });
  const stored = async (): Promise<string> => {
    const row = await db.inSystem((tx) => new FeedVolumeRepository(tx).load(SIM, 'ETHUSDT'));
    return toDecimalString(row?.cumBase ?? quantity('0'));
  };

  it('speak with one voice, count each trade once, and go on within seconds when the speaker falls silent', async () => {
    await start();
    await setEth('2990.00');
    await until(() => eth()?.status === 'live');
    const before = eth()?.cumBaseVolume ?? quantity('0');
    const volume = () => toDecimalString(eth()?.cumBaseVolume.sub(before) ?? quantity('0'));
    const twin = await start();
    await until(async () => (await health.ready()).status === 'ok');
    await tradeEth('0.25');
    await until(() => volume() === '0.25');
    // The twin knows the lease's name; another owner in its place is what a paused speaker meets when it wakes.
    const redis = new Redis(stores.redisUrl);
    open.push({ close: () => Promise.resolve(redis.disconnect()) });
    const lease = `${stores.redisPrefix}:md-lease:{sim}`;
    const speaker = await redis.get(lease);
    await redis.set(lease, 'somebody else', 'PX', 60_000);
    const silentFrom = eth()?.seq;
    await setEth('2980.00');
    await tradeEth('0.5');
    // Whoever may speak does so each second.
    await until(async () => (await db.serverTimeMs()) - (eth()?.at ?? 0) > 1_500, { everyMs: 50 });
    expect(eth()?.seq).toBe(silentFrom);
    await redis.del(lease);
    await until(() => volume() === '0.75' && eth()?.bids[0]?.price.eq('2980') === true);
    await tradeEth('0.125');
    await until(() => volume() === '0.875');
    const next = await redis.get(lease);
    expect(next).not.toBe('somebody else');
    await until(async () => toDecimalString(quantity(await stored()).sub(before)) === '0.875');
    // Whoever speaks now goes; the other must go on with the same count.
    const [first] = [...running].filter((service) => service !== twin);
    await stop(next === speaker && first !== undefined ? first : twin);
    await tradeEth('1');
    await until(() => volume() === '1.875' && eth()?.status === 'live');
  });
});
