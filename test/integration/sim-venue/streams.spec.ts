import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted, type Key, type VendorJson } from './sim-client.js';
import { WsClient } from './ws-client.js';

let venue: SimVenue;
let client: SimClient;
let key: Key;
const sockets: WsClient[] = [];

beforeAll(async () => {
  venue = await startScripted({ SIM_IP_HEADER: 'x-test-address' });
  client = new SimClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', { USDT: '10000', TEST: '100' });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function open(path: string, headers: Record<string, string> = {}): Promise<WsClient> {
  const socket = await WsClient.open(venue.spotUrl, path, headers);
  sockets.push(socket);
  return socket;
}

const trade = (price: string, qty: string, side: string) =>
  client.control('POST', 'markets/TESTUSDT/trade', { price, qty, side });

describe('market streams', () => {
  it('plain on /ws/<stream>, wrapped on /stream', async () => {
    const plain = await open('/ws/testusdt@trade');
    const wrapped = await open('/stream?streams=testusdt@trade/testusdt@bookTicker');
    await client.book([['99', '1']], [['101', '2']]);
    await trade('100', '1', 'sell');
    const event = await plain.next(({ e }) => e === 'trade');
    expect(event).toEqual({
      ...{ e: 'trade', E: expect.any(Number), s: 'TESTUSDT', t: expect.any(Number), p: '100.00000000' },
      ...{ q: '1.00000000', T: expect.any(Number), m: true, M: true },
    });
    expect((await wrapped.next(({ stream }) => stream === 'testusdt@trade')).data).toEqual(event);
    expect((await wrapped.next(({ stream }) => stream === 'testusdt@bookTicker')).data).toEqual({
      ...{
        u: expect.any(Number),
        s: 'TESTUSDT',
        b: '99.00000000',
        B: '1.00000000',
        a: '101.00000000',
        A: '2.00000000',
      },
    });
  });

  it('subscribes, lists and unsubscribes', async () => {
    const socket = await open('/ws');
    expect(await socket.ask('SUBSCRIBE', ['testusdt@trade', 'testusdt@depth5@100ms'])).toEqual({ result: null, id: 1 });
    expect((await socket.ask('LIST_SUBSCRIPTIONS')).result).toEqual(['testusdt@trade', 'testusdt@depth5@100ms']);
    expect((await socket.ask('UNSUBSCRIBE', ['testusdt@trade'])).result).toBeNull();
    await client.book([['99', '1']], [['101', '2']]);
    await trade('100', '1', 'sell');
    expect(await socket.next((message) => message.bids?.length === 1)).toEqual({
      lastUpdateId: expect.any(Number),
      bids: [['99.00000000', '1.00000000']],
      asks: [['101.00000000', '2.00000000']],
    });
    expect(socket.messages.some(({ e }) => e === 'trade')).toBe(false);
  });

  it('depth differences have no gap, and with the snapshot they make the book', async () => {
    const socket = await open('/ws/testusdt@depth@100ms');
    await client.book(
      [
        ['99', '1'],
        ['98', '1'],
      ],
      [['101', '2']],
    );
    await socket.next(({ e }) => e === 'depthUpdate');
    const snapshot = (await client.get('/api/v3/depth?symbol=TESTUSDT')).body;
    const books: [string, string][][] = [
      [['99', '3']],
      [
        ['98.5', '1'],
        ['98', '2'],
      ],
      [['97', '7']],
    ];
    for (const [i, bids] of books.entries()) {
      await client.book(bids, [['101', '2']]);
      await until(() => socket.messages.length > i + 1);
    }
    const final = (await client.get('/api/v3/depth?symbol=TESTUSDT')).body;
    await until(() => socket.messages.at(-1)?.u === final.lastUpdateId);
    const events = socket.messages;
    expect(events.slice(1).map(({ U }) => U)).toEqual(events.slice(0, -1).map(({ u }) => u + 1));
    const bids = new Map<string, string>(snapshot.bids);
    for (const { u, b } of events)
      if (u > snapshot.lastUpdateId)
        for (const [price, qty] of b) {
          if (Number(qty) === 0) bids.delete(price);
          else bids.set(price, qty);
        }
    expect([...bids]).toEqual(final.bids);
    expect(final.bids).toEqual([['97.00000000', '7.00000000']]);
  });

  it('closes on a client that sends more than five messages a second', async () => {
    const socket = await open('/ws');
    for (let i = 0; i < 12; i += 1) socket.send({ id: i, method: 'LIST_SUBSCRIPTIONS' });
    await socket.closed();
  });

  it('says what is wrong with a request', async () => {
    const socket = await open('/ws');
    socket.send('{');
    expect(await socket.next(({ error }) => error?.code === 3)).toBeDefined();
    expect((await socket.ask('SUBSCRIBE', 'testusdt@trade')).error?.msg).toContain('params must be a list');
  });
});

describe('WebSocket API', () => {
  it('answers ping, time and session.status with the weight used, that of connecting included', async () => {
    const socket = await open('/ws-api/v3', { 'x-test-address': '9' });
    expect(await socket.ask('ping')).toEqual({
      id: 1,
      status: 200,
      result: {},
      rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6_000, count: 3 }],
    });
    expect((await socket.ask('time')).result).toEqual({ serverTime: expect.any(Number) });
    expect((await socket.ask('session.status')).result).toMatchObject({ apiKey: null, userDataStream: false });
    expect(await socket.ask('nothing')).toMatchObject({ status: 404, error: { code: -1000 } });
  });

  it('places, finds and cancels', async () => {
    const socket = await open('/ws-api/v3');
    const params = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' };
    const placed = await socket.askSigned(key, 'order.place', params);
    expect(placed).toMatchObject({ status: 200, result: { status: 'NEW' } });
    expect(
      placed.rateLimits.map((limit: { interval: string; count: number }) => [limit.interval, limit.count]),
    ).toEqual([
      ['SECOND', 1],
      ['DAY', 1],
      ['MINUTE', expect.any(Number)],
    ]);
    const { orderId } = placed.result as VendorJson;
    const find = { symbol: 'TESTUSDT', orderId };
    expect((await socket.askSigned(key, 'order.status', find)).result).toMatchObject({ orderId, status: 'NEW' });
    expect((await socket.askSigned(key, 'order.cancel', find)).result).toMatchObject({ status: 'CANCELED' });
    expect(await socket.askSigned(key, 'order.cancel', find)).toMatchObject({ status: 400, error: { code: -2011 } });
    expect(await socket.askSigned({ ...key, apiSecret: 'wrong' }, 'order.status', find)).toMatchObject({
      error: { code: -1022 },
    });
  });

  it('VE-C48 shares weight and bans with REST', async () => {
    await until(() => Date.now() % 60_000 < 50_000);
    await client.control('PUT', 'limits', { weightPerMinute: 20 });
    const address = { 'x-test-address': '3' };
    const socket = await open('/ws-api/v3', address);
    await client.get('/api/v3/exchangeInfo', address);
    expect(await socket.ask('ping')).toMatchObject({
      status: 429,
      error: { code: -1003, data: { retryAfter: expect.any(Number) } },
    });
    for (let i = 0; i < 9; i += 1) await socket.ask('ping');
    expect(await socket.ask('ping')).toMatchObject({ status: 418 });
    expect((await client.get('/api/v3/ping', address)).status).toBe(418);
  });
});

describe('user data stream', () => {
  it('tells an order’s life and the balances after it', async () => {
    const socket = await open('/ws-api/v3');
    expect(await socket.askSigned(key, 'userDataStream.subscribe.signature')).toMatchObject({
      status: 200,
      result: { subscriptionId: 0 },
    });
    await client.order(key, 'BUY', '100', '2', { newClientOrderId: 'mine' });
    await trade('100', '0.5', 'sell');
    await client.signed(key, 'DELETE', '/api/v3/order', { symbol: 'TESTUSDT', origClientOrderId: 'mine' });
    await socket.next(({ event }) => event?.x === 'CANCELED');
    const events = socket.messages.flatMap(({ event }) => event ?? []);
    await until(() => socket.messages.at(-1)?.event?.e === 'outboundAccountPosition');
    expect(
      events.filter(({ e }) => e === 'executionReport').map(({ x, X, c, C, z }) => [x, X, c === 'mine' ? c : C, z]),
    ).toEqual([
      ['NEW', 'NEW', 'mine', '0.00000000'],
      ['TRADE', 'PARTIALLY_FILLED', 'mine', '0.50000000'],
      ['CANCELED', 'CANCELED', 'mine', '0.50000000'],
    ]);
    expect(socket.messages.at(-1)?.event?.B).toContainEqual({ a: 'USDT', f: '9950.00000000', l: '0.00000000' });
    expect(socket.messages.every(({ subscriptionId, id }) => id !== undefined || subscriptionId === 0)).toBe(true);
  });

  it('belongs to one account, and ends on request', async () => {
    const other = await client.account('b', { TEST: '5' });
    const socket = await open('/ws-api/v3');
    await socket.askSigned(key, 'userDataStream.subscribe.signature');
    await socket.askSigned(other, 'userDataStream.subscribe.signature');
    await client.order(other, 'SELL', '100', '1');
    expect((await socket.next(({ event }) => event?.x === 'NEW')).subscriptionId).toBe(1);
    expect(await socket.ask('userDataStream.unsubscribe', { subscriptionId: 1 })).toMatchObject({ status: 200 });
    expect((await socket.next(({ event }) => event?.e === 'eventStreamTerminated')).subscriptionId).toBe(1);
    await client.order(key, 'BUY', '90', '1');
    await socket.next(({ event, subscriptionId }) => event?.x === 'NEW' && subscriptionId === 0);
    expect(await socket.ask('userDataStream.unsubscribe', { subscriptionId: 1 })).toMatchObject({ status: 400 });
  });

  it('ends for everybody on reset', async () => {
    const socket = await open('/ws-api/v3');
    await socket.askSigned(key, 'userDataStream.subscribe.signature');
    await client.control('POST', 'reset');
    await socket.next(({ event }) => event?.e === 'eventStreamTerminated');
  });

  it('can be cut and made silent', async () => {
    const socket = await open('/ws-api/v3');
    await socket.askSigned(key, 'userDataStream.subscribe.signature');
    const silence = await client.control('POST', 'faults', {
      match: { route: 'userDataStream', account: 'a' },
      fault: 'stream',
      args: { how: 'silence' },
    });
    await client.order(key, 'BUY', '90', '1');
    await client.control('DELETE', `faults/${silence.id}`);
    await client.order(key, 'BUY', '91', '1');
    expect((await socket.next(({ event }) => event?.e === 'executionReport')).event?.p).toBe('91.00000000');
    await client.control('POST', 'faults', {
      match: { route: 'userDataStream' },
      fault: 'stream',
      args: { how: 'cut' },
    });
    await client.order(key, 'BUY', '92', '1');
    await socket.closed();
  });
});
