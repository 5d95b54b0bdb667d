import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { hyperliquidPack } from '../../../../test/support/venue-packs/hyperliquid.js';
import { okxPack } from '../../../../test/support/venue-packs/okx.js';
import { holdTime, letTimeGo } from '../../../../test/support/held-time.js';
import { T0, VENUE, recorded } from '../../../../test/support/venue-packs/pack.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { until } from '../../../../test/support/until.js';
import type { FeedMessage } from '../feed-port.js';
import { CcxtFeed } from './ccxt-feed.js';

const SYMBOL = okxPack.symbol;
let server: VenueServer;
let feed: CcxtFeed;
let book: unknown;
let trades: { data: Record<string, string>[] };
let spent: string[];
let heard: FeedMessage[];

beforeEach(async () => {
  server = await VenueServer.start();
  book = recorded('okx', 'book');
  trades = structuredClone(recorded('okx', 'trades')) as typeof trades;
  spent = [];
  heard = [];
  server.answer = ({ path }) => {
    if (path.endsWith('/instruments')) return { status: 200, body: recorded('okx', 'instruments') };
    const body = path.endsWith('/books') ? book : trades;
    return body === null ? { status: 503, body: '' } : { status: 200, body };
  };
  feed = new CcxtFeed({
    venue: VENUE,
    protocol: okxPack.protocol,
    baseUrl: server.url,
    clock: { now: () => epochMs(T0) },
    bookEveryMs: 1, // not less than 100 is taken
    tradesEveryMs: 10,
    spend: (call) => {
      spent.push(call);
      return Promise.resolve(undefined);
    },
  });
});
afterEach(async () => {
  letTimeGo();
  await feed.close();
  await server.stop();
});

const listen = (...channels: ('book' | 'trades' | 'bbo')[]) =>
  feed.subscribe(SYMBOL, channels, (message) => heard.push(message));
const of = <T extends FeedMessage['type']>(type: T) =>
  heard.filter((one): one is Extract<FeedMessage, { type: T }> => one.type === type);

it('lists instruments, paid for', async () => {
  expect(await feed.instruments()).toMatchObject({ kind: 'ok', value: okxPack.instruments.gives });
  expect(spent).toEqual(['GET /api/v5/public/instruments']);
});

describe('books', () => {
  it('gives whole books, not more often than every 100 ms, and the best prices when they change', async () => {
    const began = performance.now();
    const stream = listen('book', 'bbo');
    await until(() => of('snapshot').length >= 3);
    expect(performance.now() - began).toBeGreaterThanOrEqual(195); // a timer may go off a little early
    expect(stream.live).toBe(true);
    expect(
      of('snapshot')
        .slice(0, 3)
        .map(({ seq }) => seq),
    ).toEqual([1, 2, 3]);
    expect(of('snapshot')[0]).toMatchObject({ bids: okxPack.book.gives.bids, asks: okxPack.book.gives.asks });
    expect(of('bbo')).toHaveLength(1);
    expect(of('status').map(({ to }) => to)).toEqual(['live']);
    expect(spent).toEqual(Array.from({ length: spent.length }, () => 'GET /api/v5/market/books'));
  });

  it('publishes no crossed book and nothing that cannot be read, and says when it is down', async () => {
    book = {
      code: '0',
      data: [{ bids: [['60002', '1', '0', '1']], asks: [['60001', '1', '0', '1']], ts: String(T0) }],
    };
    listen('book');
    await until(() => server.requests.length >= 2);
    book = { code: '0', data: [{ bids: [['NaN', '1']], asks: [], ts: '1' }] };
    await until(() => of('status').some(({ to }) => to === 'down'));
    expect(of('snapshot')).toEqual([]);
    book = recorded('okx', 'book');
    await until(() => of('snapshot').length > 0);
    expect(of('status').map(({ to }) => to)).toEqual(['down', 'live']);
  });
});

it('gives each trade once, and says when some may have gone by', async () => {
  listen('trades');
  await until(() => server.requests.length >= 2);
  expect(of('trade')).toEqual([]);
  const [newest] = trades.data;
  trades.data.unshift({ ...newest, tradeId: '242720722' });
  await until(() => of('trade').length > 0);
  trades.data = [{ ...newest, tradeId: '242720799' }];
  await until(() => of('trade').length > 1);
  expect(of('trade').map(({ id }) => id)).toEqual(['242720722', '242720799']);
  expect(of('trade_gap')).toHaveLength(1);
  expect(of('status').map(({ to }) => to)).toEqual(['live']);
});

describe('marks', () => {
  const marked = (marksEveryMs: number) =>
    new CcxtFeed({
      venue: VENUE,
      protocol: hyperliquidPack.protocol,
      baseUrl: server.url,
      clock: { now: () => epochMs(T0) },
      marksEveryMs,
      spend: (call) => {
        spent.push(call);
        return Promise.resolve(undefined);
      },
    });

  it('are told again and again, of all symbols by one paid call where the venue tells them together', async () => {
    server.answer = () => ({ status: 200, body: recorded('hyperliquid', 'instruments') });
    const perps = marked(50);
    try {
      expect(perps.channels.has('mark')).toBe(true);
      const second: FeedMessage[] = [];
      const stream = perps.subscribe('BTC', ['mark'], (message) => heard.push(message));
      perps.subscribe('DOGE', ['mark'], (message) => second.push(message));
      await until(() => of('mark').length >= 2 && second.some(({ type }) => type === 'mark'));
      expect(of('mark')[0]).toEqual({ type: 'mark', ...hyperliquidPack.mark?.gives });
      expect(stream.live).toBe(true);
      expect(new Set(spent)).toEqual(new Set(['POST /info (metaAndAssetCtxs)']));
      expect(spent.length).toBeLessThan(of('mark').length + second.filter(({ type }) => type === 'mark').length);
    } finally {
      await perps.close();
    }
  });

  it('that are not told leave their channel without a market, and spot has none', async () => {
    server.answer = () => ({ status: 200, body: recorded('hyperliquid', 'instruments') });
    const perps = marked(5);
    try {
      perps.subscribe('NONE', ['mark'], (message) => heard.push(message));
      await until(() => of('status').some(({ to }) => to === 'down'));
      expect(of('status')).toMatchObject([{ to: 'down', reason: `NO_MARK: ${VENUE} tells no mark of NONE` }]);
      expect(of('mark')).toEqual([]);
    } finally {
      await perps.close();
    }
    expect(feed.channels.has('mark')).toBe(false);
  });
});

it('is stale while what it asks waits for the budget, says why, and is live again with the next book', async () => {
  const pass = holdTime();
  const waiting: (() => void)[] = [];
  const late = new CcxtFeed({
    venue: VENUE,
    protocol: okxPack.protocol,
    baseUrl: server.url,
    clock: { now: () => epochMs(T0) },
    spend: async (call, _params, onWait) => {
      onWait?.(`${call} waits`);
      await new Promise<void>((resolve) => waiting.push(resolve));
      return undefined;
    },
  });
  try {
    const stream = late.subscribe(SYMBOL, ['book'], (message) => heard.push(message));
    pass(0);
    waiting[0]?.();
    await until(() => stream.live);
    pass(5_000);
    expect(waiting).toHaveLength(2);
    expect(stream.live).toBe(true);
    pass(1_000);
    expect(of('status')).toEqual([
      { type: 'status', from: 'connecting', to: 'live', reason: 'polled' },
      { type: 'status', from: 'live', to: 'stale', reason: 'GET /api/v5/market/books waits' },
    ]);
    waiting[1]?.();
    await until(() => stream.live);
  } finally {
    await late.close();
  }
});

it('asks nothing that is not paid for', async () => {
  const poor = new CcxtFeed({
    venue: VENUE,
    protocol: okxPack.protocol,
    baseUrl: server.url,
    clock: { now: () => epochMs(T0) },
    spend: () => Promise.reject(new Error('no budget')),
  });
  expect(await poor.recentTrades(SYMBOL)).toMatchObject({ kind: 'failed', why: { code: 'BUDGET' } });
  expect(server.requests).toEqual([]);
  await poor.close();
});
