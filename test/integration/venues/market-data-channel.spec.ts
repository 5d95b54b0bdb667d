import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { epochMs, price, quantity, notional, type MarketSnapshot, type VenueId } from '#domain';
import { MarketDataPublisher, MarketDataReader } from '#venues';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

const SIM = 'sim' as VenueId;
let stores: TestDatabase;
let redis: Redis;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  stores = await createTestDatabase();
  redis = new Redis(stores.redisUrl);
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
afterAll(async () => {
  redis.disconnect();
  await stores.drop();
});

const snapshot = (seq: number, symbol = 'BTCUSDT'): MarketSnapshot => ({
  venue: SIM,
  symbol,
  pair: 'BTC-USDT',
  status: 'live',
  reason: null,
  at: epochMs(seq),
  seq,
  bids: [{ price: price('1'), qty: quantity('2') }],
  asks: [],
  mid: null,
  bbo: null,
  mark: null,
  sigma1Bps: null,
  sigma5Bps: null,
  sigma10Bps: null,
  medianMid60: null,
  lastTradeId: null,
  cumBaseVolume: quantity('0'),
  cumQuoteVolume: notional('0'),
});

const options = () => ({ url: stores.redisUrl, prefix: stores.redisPrefix });
async function reader(): Promise<MarketDataReader> {
  const made = new MarketDataReader(options());
  open.push(made);
  await made.start();
  return made;
}
async function publisher(owner = 'test'): Promise<MarketDataPublisher> {
  const made = new MarketDataPublisher(options(), owner);
  open.push(made);
  await until(async () => (await made.hold(SIM, 60_000)) !== null);
  await made.publish(snapshot(0, 'WARMUP'));
  return made;
}

it('gives the last value to a reader that comes later, and every later one to its listeners', async () => {
  const publish = await publisher();
  await publish.publish(snapshot(1));
  const read = await reader();
  expect(read.get(SIM, 'BTCUSDT')).toEqual(snapshot(1));
  expect(read.get(SIM, 'ETHUSDT')).toBeNull();

  const seen: (number | null)[] = [];
  const stop = read.onChange((change) => seen.push(change.seq));
  await publish.publish(snapshot(2));
  await publish.publish(snapshot(3, 'ETHUSDT'));
  await until(() => seen.length === 2);
  stop();
  await publish.publish(snapshot(4));
  await until(() => read.get(SIM, 'BTCUSDT')?.seq === 4);
  expect(seen).toEqual([2, 3]);
  expect(
    read
      .all()
      .map((s) => s.symbol)
      .sort(),
  ).toEqual(['BTCUSDT', 'ETHUSDT', 'WARMUP']);
});

it('keeps what it knows when Redis is wiped, and hears the publisher afterwards', async () => {
  const publish = await publisher();
  const read = await reader();
  await publish.publish(snapshot(5));
  await until(() => read.get(SIM, 'BTCUSDT')?.seq === 5);
  await redis.del(`${stores.redisPrefix}:md:{sim}:BTCUSDT`);
  expect(read.get(SIM, 'BTCUSDT')?.seq).toBe(5);
  await publish.publish(snapshot(6));
  await until(() => read.get(SIM, 'BTCUSDT')?.seq === 6);
  expect((await reader()).get(SIM, 'BTCUSDT')?.seq).toBe(6);
});

it('subscribes and reads again after its connections were cut', async () => {
  const publish = await publisher();
  const read = await reader();
  const mine = String(await redis.client('LIST'))
    .split('\n')
    .filter((line) => line.includes(` name=${stores.redisPrefix}:market-data-reader `))
    .map((line) => /^id=(\d+) /.exec(line)?.[1] ?? '');
  expect(mine).toHaveLength(2);
  for (const id of mine) await redis.client('KILL', 'ID', id);
  await until(async () => {
    await publish.publish(snapshot(7));
    return read.get(SIM, 'BTCUSDT')?.seq === 7;
  });
});

it('says so when Redis is away, and waits no longer than asked', async () => {
  const nowhere = { url: 'redis://127.0.0.1:1', prefix: stores.redisPrefix };
  const publish = new MarketDataPublisher(nowhere, 'test');
  const read = new MarketDataReader(nowhere);
  open.push(publish, read);
  expect(await publish.publish(snapshot(1))).toBe('unreachable');
  expect(await publish.hold(SIM, 60_000)).toBeNull();
  await read.start(50);
  expect(read.all()).toEqual([]);
});

it('counts what is no snapshot and keeps the last that was', async () => {
  const publish = await publisher();
  const read = await reader();
  await publish.publish(snapshot(8));
  await until(() => read.get(SIM, 'BTCUSDT')?.seq === 8);
  await redis.publish(`${stores.redisPrefix}:md:{sim}:BTCUSDT`, '{"v":2}');
  await until(() => read.invalid === 1);
  expect(read.get(SIM, 'BTCUSDT')?.seq).toBe(8);
});

it('lets only the holder of the venue’s lease speak, and another when it lets go or falls silent', async () => {
  const first = await publisher();
  const second = await publisher('twin');
  const read = await reader();
  const said = () => read.get(SIM, 'BTCUSDT')?.seq;
  expect(await first.publish(snapshot(20))).toBe('published');
  await until(() => said() === 20);
  expect(await second.hold(SIM, 60_000)).toBe(false);
  expect(await second.publish(snapshot(21))).toBe('not_holder');
  await first.release(SIM);
  expect(await second.hold(SIM, 30)).toBe(true);
  expect(await second.publish(snapshot(22))).toBe('published');
  await until(() => said() === 22);
  // The lease runs out; the one that had it wakes and finds that it has nothing to say.
  await until(async () => (await first.hold(SIM, 60_000)) === true);
  expect(await second.publish(snapshot(23))).toBe('not_holder');
  expect(await first.publish(snapshot(24))).toBe('published');
  await until(() => said() === 24);
  expect((await reader()).get(SIM, 'BTCUSDT')?.seq).toBe(24);
  await first.release(SIM);
});
