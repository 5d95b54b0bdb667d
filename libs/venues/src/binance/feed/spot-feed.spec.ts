import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WebSocket } from 'ws';
import { epochMs, OrderBook, price, quantity, toDecimalString, type VenueId } from '#domain';
import { holdTime, letTimeGo } from '../../../../../test/support/held-time.js';
import { VenueServer, type Answer } from '../../../../../test/support/venue-server.js';
import { until } from '../../../../../test/support/until.js';
import type { FeedMessage, FeedStatus } from '../../feed-port.js';
import type { BinanceFeed, BinanceFeedOptions } from './binance-feed.js';
import { spotFeed } from './spot-wire.js';
import { FEED_TIMING } from './symbol-feed.js';

const T0 = 1_764_000_000_000;
const clock = { now: () => epochMs(T0) };

let server: VenueServer;
let feed: BinanceFeed;
let depth: Answer;
let trades: Answer;

beforeEach(async () => {
  server = await VenueServer.start();
  depth = { status: 200, body: { lastUpdateId: 100, bids: [['10.0', '1']], asks: [['11.0', '2']] } };
  trades = { status: 200, body: [] };
  server.answer = ({ path }) =>
    path === '/api/v3/depth'
      ? depth
      : path === '/api/v3/trades'
        ? trades
        : { status: 200, body: JSON.parse(readFileSync('test/fixtures/binance-spot/exchange-info.json', 'utf8')) };
  feed = makeFeed();
});
afterEach(async () => {
  letTimeGo();
  await feed.close();
  await server.stop();
});

function makeFeed(
  timing: BinanceFeedOptions['timing'] = {},
  spend: Pick<BinanceFeedOptions, 'spend'> = {},
): BinanceFeed {
  return spotFeed({
    venue: 'sim' as VenueId,
    baseUrl: server.url,
    clock,
    random: () => 0,
    pingEveryMs: 20,
    firstRetryMs: 20,
    timing,
    ...spend,
  });
}

/** A feed whose snapshots and connections wait for the budget, each until it is let go. */
async function feedThatWaits() {
  await feed.close();
  const waiting: Record<string, (() => void)[]> = { 'GET /api/v3/depth': [], 'WS connect': [] };
  let answered = 0;
  feed = makeFeed(
    {},
    {
      spend: async (call) => {
        await new Promise<void>((resolve) => waiting[call]?.push(resolve));
        return () => {
          if (call === 'GET /api/v3/depth') answered += 1;
          return Promise.resolve();
        };
      },
    },
  );
  /** Lets the nth call of its kind go. */
  const letGo = async (call: string, nth: number): Promise<void> => {
    await until(() => (waiting[call]?.length ?? 0) >= nth);
    waiting[call]?.[nth - 1]?.();
  };
  return { waiting, letGo, answered: () => answered };
}

/** Follows one symbol the way a consumer does. */
function follow(symbol = 'BTCUSDT', channels: readonly ('book' | 'trades')[] = ['book', 'trades']) {
  const messages: FeedMessage[] = [];
  const book = new OrderBook();
  const subscription = feed.subscribe(symbol, channels, (message) => {
    messages.push(message);
    if (message.type === 'snapshot') book.applySnapshot(message.seq, message.bids, message.asks);
    if (message.type === 'delta') book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks);
    if (message.type === 'resync') book.clear();
  });
  const statuses = (): FeedStatus[] => messages.flatMap((m) => (m.type === 'status' ? [m.to] : []));
  return {
    messages,
    subscription,
    statuses,
    book,
    status: () => statuses().at(-1),
    top: () => {
      const { bids, asks } = book.top(10);
      return { bids: bids.map(shown), asks: asks.map(shown) };
    },
  };
}
const shown = (level: { price: Parameters<typeof toDecimalString>[0]; qty: Parameters<typeof toDecimalString>[0] }) =>
  `${toDecimalString(level.price)}x${toDecimalString(level.qty)}`;

const socket = async (index = 0): Promise<WebSocket> => {
  await until(() => server.sockets.length > index);
  return server.sockets[index] as WebSocket;
};
const event = (ws: WebSocket, stream: string, data: object): void => ws.send(JSON.stringify({ stream, data }));
const depthEvent = (
  ws: WebSocket,
  U: number,
  u: number,
  b: [string, string][],
  a: [string, string][] = [],
  s = 'BTCUSDT',
) => event(ws, `${s.toLowerCase()}@depth@100ms`, { e: 'depthUpdate', E: T0, s, U, u, b, a });

it('lists the instruments that have every rule we need', async () => {
  expect(await feed.instruments()).toMatchObject({
    kind: 'ok',
    value: [
      {
        venue: 'sim',
        symbol: 'BTCUSDT',
        pair: 'BTC-USDT',
        marketType: 'spot',
        base: 'BTC',
        quote: 'USDT',
        tick: price('0.01'),
        lot: quantity('0.00001'),
        minQty: quantity('0.00001'),
        minNotional: quantity('5'),
        status: 'trading',
      },
      { symbol: 'SHIBUSDT', status: 'halted', minNotional: quantity('1') },
    ],
  });
});

describe('book', () => {
  it('carries all symbols over one connection and stitches each', async () => {
    const btc = follow('BTCUSDT');
    const eth = follow('ETHUSDT');
    await until(() => btc.status() === 'live' && eth.status() === 'live');
    expect(server.streamUrls).toEqual([
      '/stream?streams=btcusdt@depth@100ms/btcusdt@trade/ethusdt@depth@100ms/ethusdt@trade',
    ]);
    expect(btc.statuses()).toEqual(['syncing', 'live']);
    const ws = await socket();
    depthEvent(ws, 99, 101, [['10.5', '3']]);
    depthEvent(ws, 101, 103, [['10.0', '0']], [['10.9', '1']], 'ETHUSDT');
    await until(() => btc.book.seq === 101 && eth.book.seq === 103);
    expect(btc.top()).toEqual({ bids: ['10.5x3', '10x1'], asks: ['11x2'] });
    expect(eth.top()).toEqual({ bids: [], asks: ['10.9x1', '11x2'] });
    expect(server.connections).toBeLessThan(5);
  });

  it('asks for the streams of a later symbol on the same connection', async () => {
    const btc = follow('BTCUSDT');
    await until(() => btc.status() === 'live');
    const asked: unknown[] = [];
    (await socket()).on('message', (data: Buffer) => asked.push(JSON.parse(data.toString())));
    const eth = follow('ETHUSDT', ['book']);
    await until(() => eth.status() === 'live');
    await until(() => asked.length === 1);
    expect(asked).toEqual([{ method: 'SUBSCRIBE', params: ['ethusdt@depth@100ms'], id: 1 }]);
    expect(server.sockets).toHaveLength(1);
  });

  it('VE-A20 a delta that begins at held + 2 leaves no book until a new snapshot is stitched', async () => {
    const btc = follow();
    await until(() => btc.status() === 'live');
    const ws = await socket();
    depthEvent(ws, 101, 101, [['10.1', '1']]);
    await until(() => btc.book.seq === 101);
    depth = 'hang';
    depthEvent(ws, 103, 104, [['10.2', '1']]);
    await until(() => btc.status() === 'resyncing');
    const from = btc.messages.findIndex((m) => m.type === 'resync');
    depthEvent(ws, 105, 105, [['10.3', '1']]);
    await until(() => server.of('GET', '/api/v3/depth').length === 2);
    expect(btc.messages.slice(from + 1).filter((m) => m.type === 'snapshot' || m.type === 'delta')).toEqual([]);
    expect(btc.book.seq).toBeNull();
  });

  it('VE-A20 has the venue’s book again after a gap', async () => {
    const btc = follow();
    await until(() => btc.status() === 'live');
    const ws = await socket();
    depth = { status: 200, body: { lastUpdateId: 104, bids: [['10.2', '7']], asks: [['11.0', '2']] } };
    depthEvent(ws, 102, 103, [['10.1', '1']]);
    depthEvent(
      ws,
      104,
      105,
      [['10.2', '8']],
      [
        ['11.0', '0'],
        ['12.0', '4'],
      ],
    );
    await until(() => btc.status() === 'live' && btc.book.seq === 105);
    expect(btc.statuses()).toEqual(['syncing', 'live', 'resyncing', 'live']);
    expect(btc.top()).toEqual({ bids: ['10.2x8'], asks: ['12x4'] });
  });

  it('holds the best 1,000 levels a side, of a snapshot as of what comes after it', async () => {
    const levels = (from: number, step: number, count: number): [string, string][] =>
      Array.from({ length: count }, (_, n) => [(from + n * step).toFixed(1), '1']);
    depth = {
      status: 200,
      body: { lastUpdateId: 100, bids: levels(5_000, -1, 1_200), asks: levels(6_000, 1, 1_200) },
    };
    const btc = follow();
    await until(() => btc.status() === 'live');
    const [told] = btc.messages.filter((message) => message.type === 'snapshot');
    expect([told?.bids.length, told?.asks.length]).toEqual([1_000, 1_000]);
    depthEvent(await socket(), 101, 101, levels(5_000.5, -1, 300), levels(5_999.5, 1, 300));
    await until(() => btc.book.seq === 101);
    const { bids, asks } = btc.book.top(2_000);
    expect([bids.length, asks.length]).toEqual([1_000, 1_000]);
    expect([bids[0]?.price.toFixed(), asks[0]?.price.toFixed()]).toEqual(['5000.5', '5999.5']);
    expect([bids.at(-1)?.price.toFixed(), asks.at(-1)?.price.toFixed()]).toEqual(['4301', '6699']);
  });

  it('keeps asking while the snapshot fails, and is not live before', async () => {
    depth = { status: 500, body: 'oops' };
    const btc = follow();
    await until(() => server.of('GET', '/api/v3/depth').length >= 3);
    expect(btc.status()).toBe('syncing');
    depth = { status: 200, body: { lastUpdateId: 100, bids: [['10', '1']], asks: [['11', '1']] } };
    await until(() => btc.status() === 'live');
  });

  it('asks nothing while the venue wants silence', async () => {
    trades = { status: 429, body: { code: -1003, msg: 'Too many requests.' }, headers: { 'retry-after': '600' } };
    // The answer has been heard when the call returns: what is asked after it must not leave.
    expect(await feed.recentTrades('BTCUSDT')).toMatchObject({ kind: 'failed' });
    const btc = follow();
    const ws = await socket();
    depthEvent(ws, 101, 101, [['10.1', '1']]);
    let pings = 0;
    ws.on('ping', () => (pings += 1));
    await until(() => pings >= 3); // a book of which a snapshot may be asked has asked by now, and again
    expect(await feed.recentTrades('BTCUSDT')).toMatchObject({ kind: 'failed', why: { code: 'RATE_CLOSED' } });
    expect(btc.status()).toBe('syncing');
    expect(server.requests.map(({ path }) => path)).toEqual(['/api/v3/trades']);
  });

  it('finds by comparison that a silent channel lost something', async () => {
    await feed.close();
    feed = makeFeed({ compareAfterMs: 100 });
    const btc = follow();
    await until(() => btc.status() === 'live');
    depth = { status: 200, body: { lastUpdateId: 120, bids: [['10.4', '1']], asks: [['11.0', '2']] } };
    await until(() => btc.book.seq === 120);
    expect(btc.top().bids).toEqual(['10.4x1']);
    expect(btc.statuses()).toEqual(['syncing', 'live', 'resyncing', 'live']);
  });

  it('leaves a silent channel alone that lost nothing', async () => {
    await feed.close();
    feed = makeFeed({ compareAfterMs: 100 });
    const btc = follow();
    await until(() => server.of('GET', '/api/v3/depth').length >= 3);
    expect(btc.statuses()).toEqual(['syncing', 'live']);
  });
});

describe('status', () => {
  it('stays live in a quiet market as long as pings are answered', async () => {
    await feed.close();
    const pass = holdTime();
    feed = makeFeed({ staleAfterMs: 150, reconnectAfterMs: 1_000 });
    const btc = follow();
    pass(0);
    await until(() => btc.status() === 'live');
    for (let pongs = 1; pongs <= 30; pongs += 1) {
      pass(20);
      await until(() => btc.messages.filter((m) => m.type === 'alive').length === pongs);
    }
    expect(btc.statuses()).toEqual(['syncing', 'live']);
    expect(server.sockets).toHaveLength(1);
  });

  it('is stale when nothing is heard, and connects anew when that lasts', async () => {
    await feed.close();
    const pass = holdTime();
    feed = makeFeed({ staleAfterMs: 100, reconnectAfterMs: 300 });
    server.onSocket = (ws) => {
      if (server.sockets.length === 1) Object.assign(ws, { _autoPong: false });
    };
    const btc = follow();
    pass(0);
    await until(() => btc.status() === 'live');
    pass(260);
    expect(btc.statuses()).toEqual(['syncing', 'live', 'stale']);
    pass(440);
    await until(() => server.sockets.length === 2 && btc.status() === 'live');
    expect(btc.statuses()).toEqual(['syncing', 'live', 'stale', 'connecting', 'syncing', 'live']);
  });

  it('of best quotes is stale sooner than that of the book, and each says so by itself', async () => {
    await feed.close();
    const pass = holdTime();
    feed = makeFeed({ quotesStaleAfterMs: 60, staleAfterMs: 600 });
    server.onSocket = (ws) => {
      if (server.sockets.length === 1) Object.assign(ws, { _autoPong: false });
    };
    const changes: string[] = [];
    for (const channels of [['bbo'], ['book', 'trades']] as const) {
      feed.subscribe('BTCUSDT', channels, (message) => {
        if (message.type === 'status') changes.push(`${channels[0]} ${message.to} ${message.reason.slice(0, 13)}`);
      });
    }
    pass(0);
    await until(() => changes.some((change) => change.startsWith('book live')));
    const silent = [
      'bbo live subscribed',
      'book syncing waiting for t',
      'book live stitched',
      'bbo stale nothing heard',
    ];
    pass(300);
    expect(changes).toEqual(silent);
    pass(700);
    expect(changes).toEqual([...silent, 'book stale nothing heard']);
  });

  it('takes 2 s of silence for quotes, and 5 s for books, unless told otherwise', () => {
    expect(FEED_TIMING).toMatchObject({ quotesStaleAfterMs: 2_000, staleAfterMs: 5_000 });
  });

  it('is stale while the book stays crossed', async () => {
    await feed.close();
    feed = makeFeed({ crossedAfterMs: 50 });
    const btc = follow();
    await until(() => btc.status() === 'live');
    const ws = await socket();
    depthEvent(ws, 101, 101, [['11.5', '1']]);
    await until(() => btc.status() === 'stale');
    depthEvent(ws, 102, 102, [['11.5', '0']]);
    await until(() => btc.status() === 'live');
  });

  it('has no market while the connection is lost, and stitches anew after it', async () => {
    const btc = follow();
    await until(() => btc.status() === 'live');
    (await socket()).terminate();
    await until(() => btc.statuses().length >= 5);
    expect(btc.statuses()).toEqual(['syncing', 'live', 'connecting', 'syncing', 'live']);
  });

  it('is not live by a snapshot that comes when the connection is lost', async () => {
    const { waiting, letGo, answered } = await feedThatWaits();
    const btc = follow();
    await letGo('WS connect', 1);
    await until(() => waiting['GET /api/v3/depth']?.length === 1);
    (await socket()).terminate();
    await until(() => btc.status() === 'connecting');
    await letGo('GET /api/v3/depth', 1);
    await until(() => answered() === 1);
    await new Promise(setImmediate);
    expect(btc.statuses()).toEqual(['syncing', 'connecting']);
    expect(btc.book.seq).toBeNull();
    await letGo('WS connect', 2);
    await letGo('GET /api/v3/depth', 2);
    await until(() => btc.status() === 'live');
  });

  it('takes no snapshot that was asked for on the connection before', async () => {
    const { waiting, letGo, answered } = await feedThatWaits();
    const btc = follow();
    await letGo('WS connect', 1);
    await until(() => waiting['GET /api/v3/depth']?.length === 1);
    (await socket()).terminate();
    await letGo('WS connect', 2);
    await until(() => btc.statuses().length === 3);
    await letGo('GET /api/v3/depth', 1);
    await until(() => answered() === 1);
    await new Promise(setImmediate);
    expect(btc.statuses()).toEqual(['syncing', 'connecting', 'syncing']);
    await letGo('GET /api/v3/depth', 2);
    await until(() => btc.status() === 'live');
    expect(answered()).toBe(2);
  });

  it('is down after five failed connects and comes back by itself', async () => {
    server.isAway = true;
    const btc = follow();
    await until(() => btc.status() === 'down');
    expect(server.connections).toBe(5);
    server.isAway = false;
    await until(() => btc.status() === 'live');
    expect(btc.statuses()).toEqual(['down', 'connecting', 'syncing', 'live']);
  });
});

describe('trades', () => {
  it('tells who took', async () => {
    const btc = follow('BTCUSDT', ['trades']);
    await until(() => btc.status() === 'live');
    event(await socket(), 'btcusdt@trade', {
      e: 'trade',
      E: T0,
      s: 'BTCUSDT',
      t: 5,
      p: '10.5',
      q: '2',
      T: T0 + 1,
      m: true,
    });
    await until(() => btc.messages.some((m) => m.type === 'trade'));
    expect(btc.messages.find((m) => m.type === 'trade')).toEqual({
      type: 'trade',
      id: '5',
      price: price('10.5'),
      qty: quantity('2'),
      aggressor: 'sell',
      venueAt: T0 + 1,
    });
    expect(server.of('GET', '/api/v3/depth')).toEqual([]);
  });

  it('gives the newest trades, oldest first', async () => {
    const row = (id: number) => ({
      id,
      price: '10',
      qty: '1',
      quoteQty: '10',
      time: T0,
      isBuyerMaker: false,
      isBestMatch: true,
    });
    trades = { status: 200, body: [row(8), row(6), row(7)] };
    const read = await feed.recentTrades('BTCUSDT');
    expect(read.kind === 'ok' && read.value.map(({ id, aggressor }) => [id, aggressor])).toEqual([
      ['6', 'buy'],
      ['7', 'buy'],
      ['8', 'buy'],
    ]);
  });
});

it('S-13 survives frames that make no sense', async () => {
  const btc = follow();
  await until(() => btc.status() === 'live');
  const ws = await socket();
  const nonsense = [
    '',
    'null',
    '{',
    '[]',
    '{"stream":1}',
    '{"stream":"x","data":{"e":"depthUpdate"}}',
    '{"result":null,"id":1}',
  ];
  for (const text of nonsense) ws.send(text);
  ws.send(Buffer.from([1, 2, 3]));
  depthEvent(ws, 101, 101, [['0.0', '1']]); // a price that is none
  depthEvent(ws, 101, 101, [['1e3', '1']]);
  event(ws, 'btcusdt@trade', { e: 'trade', E: T0, s: 'BTCUSDT', t: 5, p: '0', q: '2', T: T0, m: true });
  depthEvent(ws, 101, 102, [['10.7', '1']]);
  await until(() => btc.book.seq === 102);
  expect(btc.top().bids).toEqual(['10.7x1', '10x1']);
});
