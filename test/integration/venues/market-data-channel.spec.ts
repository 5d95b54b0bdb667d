import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  epochMs,
  isNextUpdate,
  notional,
  price,
  quantity,
  type MarketSnapshot,
  type PriceKind,
  type VenueId,
} from '#domain';
import { MarketDataPublisher, MarketDataReader, type PublishedPrice } from '#venues';
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
const priceOf = (seq: number, px: string, symbol = 'BTCUSDT', kind: PriceKind = 'last'): PublishedPrice => ({
  symbol,
  kind,
  update: { seq, price: price(px), low: price('1'), high: price('99'), from: epochMs(seq), at: epochMs(seq + 1) },
  seconds: [{ second: seq, low: price('1'), high: price(px), seq }],
  whole: [{ from: epochMs(0), to: epochMs(seq + 1) }],
});
async function reader(withPrices = false): Promise<MarketDataReader> {
  const made = new MarketDataReader({ ...options(), withPrices });
  open.push(made);
  await made.start();
  return made;
}
async function publisher(owner = 'test'): Promise<MarketDataPublisher> {
  const made = new MarketDataPublisher(options(), owner);
  open.push(made);
  await until(async () => (await made.hold(SIM, 60_000)) !== 'unreachable');
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

async function cutReaders(): Promise<void> {
  const mine = String(await redis.client('LIST'))
    .split('\n')
    .filter((line) => line.includes(` name=${stores.redisPrefix}:market-data-reader `))
    .map((line) => /^id=(\d+) /.exec(line)?.[1] ?? '');
  expect(mine).toHaveLength(2);
  for (const id of mine) await redis.client('KILL', 'ID', id);
}

it('subscribes and reads again after its connections were cut', async () => {
  const publish = await publisher();
  const read = await reader();
  await cutReaders();
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
  expect(await publish.hold(SIM, 60_000)).toBe('unreachable');
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
  expect(await second.hold(SIM, 60_000)).toBe('not_holder');
  expect(await first.hold(SIM, 60_000)).toBe('kept');
  expect(await second.publish(snapshot(21))).toBe('not_holder');
  await first.release(SIM);
  expect(await second.hold(SIM, 30)).toBe('taken');
  expect(await second.publish(snapshot(22))).toBe('published');
  await until(() => said() === 22);
  // The lease runs out; the one that had it wakes and finds that it has nothing to say.
  await until(async () => (await first.hold(SIM, 60_000)) === 'taken');
  expect(await second.publish(snapshot(23))).toBe('not_holder');
  expect(await first.publish(snapshot(24))).toBe('published');
  await until(() => said() === 24);
  expect((await reader()).get(SIM, 'BTCUSDT')?.seq).toBe(24);
  await first.release(SIM);
});

describe('prices', () => {
  it('come in order with the one before, also to whom is late, and only where they are asked for', async () => {
    const publish = await publisher();
    expect(await publish.publishPrices(SIM, [priceOf(5, '50'), priceOf(9, '51', 'BTCUSDT', 'mid')])).toBe('published');
    const [read, other] = [await reader(true), await reader()];
    expect(read.price(SIM, 'BTCUSDT', 'last')).toEqual(priceOf(5, '50').update);
    expect(read.price(SIM, 'BTCUSDT', 'mark')).toBeNull();
    const seen: string[] = [];
    const stop = read.onPrice(({ venue, symbol, kind, update, before }) =>
      seen.push([venue, symbol, kind, update.seq, before?.seq ?? '-', isNextUpdate(before, update)].join(' ')),
    );
    await publish.publishPrices(SIM, [priceOf(6, '52'), priceOf(1, '3', 'ETHUSDT')]);
    await publish.publishPrices(SIM, [priceOf(6, '52'), priceOf(8, '53')]);
    await until(() => seen.length === 3);
    expect(seen).toEqual(['sim BTCUSDT last 6 5 true', 'sim ETHUSDT last 1 - false', 'sim BTCUSDT last 8 6 false']);
    stop();
    await publish.publishPrices(SIM, [priceOf(9, '54')]);
    await until(() => read.price(SIM, 'BTCUSDT', 'last')?.seq === 9);
    expect([seen.length, other.price(SIM, 'BTCUSDT', 'last'), read.invalid]).toEqual([3, null, 0]);
    expect(new Set((await publish.toldPrices(SIM)).map(({ update }) => update.seq))).toEqual(new Set([9, 1]));
  });

  it('keep the last ten minutes of each, which are forgotten when nobody writes them', async () => {
    const publish = await publisher();
    const read = await reader();
    const name = { venue: SIM, symbol: 'BTCUSDT', kind: 'mark' } as const;
    expect(await read.priceRange(name, epochMs(0))).toBeNull();
    const marks = [priceOf(5, '50', 'BTCUSDT', 'mark'), priceOf(700, '51', 'BTCUSDT', 'mark')];
    for (const mark of marks) await publish.publishPrices(SIM, [mark, priceOf(9, '99')]);
    const range = { low: price('1'), high: price('51'), seq: 700, until: epochMs(701), isWhole: true };
    expect(await read.priceRange(name, epochMs(0))).toEqual(range);
    expect(await read.priceRange(name, epochMs(700_999), 699)).toEqual(range);
    expect(await read.priceRange(name, epochMs(0), 700)).toEqual({ ...range, low: null, high: null });
    expect(await read.priceRange(name, epochMs(701_000))).toMatchObject({ low: null, high: null, seq: 700 });
    await publish.publishPrices(SIM, [{ ...priceOf(701, '52', 'BTCUSDT', 'mark'), whole: null }]);
    expect(await read.priceRange(name, epochMs(0))).toEqual({ ...range, high: price('52') });
    expect((await read.priceHistory(name, epochMs(700_000)))?.seconds.map(({ second }) => second)).toEqual([700, 701]);
    expect(await publish.priceHistory(SIM, 'BTCUSDT', 'mark')).toMatchObject({ seq: 700, whole: marks[1]?.whole });
    const kept = await redis.pttl(`${stores.redisPrefix}:px-seconds:{sim}:BTCUSDT:mark`);
    expect(kept).toBeGreaterThan(600_000);
    expect(kept).toBeLessThanOrEqual(900_000);
  });

  it('that went by while the reader was away leave a gap in the numbers', async () => {
    const publish = await publisher();
    await publish.publishPrices(SIM, [priceOf(20, '50', 'CUTUSDT')]);
    const read = await reader(true);
    const gaps: boolean[] = [];
    read.onPrice(({ symbol, update, before }) => symbol === 'CUTUSDT' && gaps.push(!isNextUpdate(before, update)));
    await cutReaders();
    for (let seq = 21; seq <= 400; seq += 1) await publish.publishPrices(SIM, [priceOf(seq, '50', 'CUTUSDT')]);
    await until(() => read.price(SIM, 'CUTUSDT', 'last')?.seq === 400);
    expect(gaps).toContain(true);
  });

  it('are told by the holder of the lease alone, and what is no price changes nothing', async () => {
    const first = await publisher();
    const second = await publisher('twin');
    const read = await reader(true);
    await first.publishPrices(SIM, [priceOf(500, '50')]);
    expect(await second.publishPrices(SIM, [priceOf(501, '51')])).toBe('not_holder');
    await redis.publish(`${stores.redisPrefix}:px:{sim}`, '{"v":2}');
    await until(() => read.invalid === 1);
    expect(read.price(SIM, 'BTCUSDT', 'last')?.seq).toBe(500);
    await first.release(SIM);
  });
});
