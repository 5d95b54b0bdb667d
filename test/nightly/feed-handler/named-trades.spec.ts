import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { VenueId } from '#domain';
import { loadConfig } from '#config';
import { createLogger, HealthRegistry, Metrics, type RunningService } from '#observability';
import { Database, FeedVolumeRepository } from '#persistence';
import { feedHandler } from '../../../apps/feed-handler/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';
import { bybitPack } from '../../support/venue-packs/bybit.js';
import { recorded } from '../../support/venue-packs/pack.js';
import { VenueServer } from '../../support/venue-server.js';

interface Trade {
  readonly execId: string;
  readonly size: string;
  readonly time: string;
}

const BYBIT = 'bybit' as VenueId;
const TRADES = '/v5/market/recent-trade';
let stores: TestDatabase;
let db: Database;
let server: VenueServer;
let service: RunningService;
const reply = structuredClone(recorded('bybit', 'trades')) as { result: { list: Trade[] } };

beforeAll(async () => {
  stores = await createTestDatabase();
  db = await Database.connect({ url: stores.appUrl, poolSize: 2, applicationName: 'test' });
  server = await VenueServer.start();
  server.answer = ({ path }) => ({
    status: 200,
    body: path === TRADES ? reply : recorded('bybit', path.endsWith('/orderbook') ? 'book' : 'instruments'),
  });
});
afterAll(async () => {
  await service.stop();
  await server.stop();
  await db.close();
  await stores.drop();
});

const start = async (): Promise<void> => {
  const config = loadConfig(feedHandler.shape, {
    DATABASE_URL: stores.appUrl,
    REDIS_URL: stores.redisUrl,
    REDIS_PREFIX: stores.redisPrefix,
    SIM_VENUE_URL: 'http://127.0.0.1:1',
    SIM_USDM_URL: 'off',
    VENUE_BYBIT_ENABLED: 'true',
    VENUE_BYBIT_URL: server.url,
    FEED_SYMBOLS_BY_VENUE: 'bybit=BTC-USDT',
  });
  const logger = createLogger('feed-handler', 'silent');
  service = await feedHandler.start(config, { logger, metrics: new Metrics(), health: new HealthRegistry() });
};
/** Newest first, as the venue lists them. */
const trade = (execId: string, size: string, afterMs = 0): void => {
  const [newest] = reply.result.list;
  if (newest === undefined) throw new Error('the recorded reply must have a trade');
  reply.result.list.unshift({ ...newest, execId, size, time: String(Number(newest.time) + afterMs) });
};
const volume = () => db.inSystem((tx) => new FeedVolumeRepository(tx).load(BYBIT, bybitPack.symbol));

const isCounted = (base: string) => until(async () => (await volume())?.cumBase.toFixed() === base);

// Its limits are cold at first and the venue announces none: that alone takes a quarter of a minute.
it('counts trades whose ids are no numbers once each, those of one millisecond and of a restart included', async () => {
  await start();
  // What was traded before we listened is not counted, and the mark that says so is written.
  await isCounted('0');
  trade('ffffffff-aaaa-4000-8000-000000000001', '0.5', 1);
  trade('00000000-aaaa-4000-8000-000000000002', '0.25');
  await isCounted('0.75');
  await service.stop();
  trade('88888888-aaaa-4000-8000-000000000003', '2');
  trade('44444444-aaaa-4000-8000-000000000004', '4', 1);
  await start();
  await isCounted('6.75');
  const looks = server.of('GET', TRADES).length;
  await until(() => server.of('GET', TRADES).length > looks);
  expect(await volume()).toMatchObject({ lastTradeId: '44444444-aaaa-4000-8000-000000000004' });
  await isCounted('6.75');
});
