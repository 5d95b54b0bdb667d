import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted, type Key } from './sim-client.js';
import { WsClient, type WsMessage } from './ws-client.js';

let venue: SimVenue;
let client: SimClient;
let hmac: Key;
let ed: Key;
const pair = generateKeyPairSync('ed25519');
const sockets: WsClient[] = [];

beforeAll(async () => {
  venue = await startScripted({ SIM_IP_HEADER: 'x-test-address' });
  client = new SimClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  hmac = await client.account('hmac', { USDT: '10000', TEST: '100' });
  ed = await client.control('POST', 'accounts', {
    name: 'ed',
    balances: { USDT: '10000', TEST: '100' },
    keyType: 'ED25519',
    apiSecret: pair.publicKey.export({ type: 'spki', format: 'pem' }),
  });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function open(query = '', headers: Record<string, string> = {}): Promise<WsClient> {
  const socket = await WsClient.open(venue.spotUrl, `/ws-api/v3${query}`, headers);
  sockets.push(socket);
  return socket;
}

function logOn(socket: WsClient, timestamp = Date.now()): Promise<WsMessage> {
  const params = { apiKey: ed.apiKey, timestamp };
  const text = `apiKey=${ed.apiKey}&timestamp=${timestamp}`;
  const signature = sign(null, Buffer.from(text), pair.privateKey).toString('base64');
  return socket.ask('session.logon', { ...params, signature });
}

const reports = (socket: WsClient): unknown[] =>
  socket.messages.flatMap(({ event }) =>
    event === undefined ? [] : [event.e === 'executionReport' ? event.x : event.e],
  );
const LIMIT = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' };

describe('sessions of the WebSocket API', () => {
  it('are for Ed25519 keys, and need a right signature', async () => {
    const socket = await open();
    expect(await socket.askSigned(hmac, 'session.logon')).toMatchObject({
      status: 400,
      error: { code: -4056, msg: 'HMAC_SHA256 API key is not supported.' },
    });
    expect(await logOn(socket, Date.now() - 60_000)).toMatchObject({ status: 400, error: { code: -1021 } });
    const text = `apiKey=${ed.apiKey}&timestamp=1`;
    const signature = sign(null, Buffer.from(text), pair.privateKey).toString('base64');
    const wrong = await socket.ask('session.logon', { apiKey: ed.apiKey, timestamp: Date.now(), signature });
    expect(wrong).toMatchObject({ status: 400, error: { code: -1022 } });
    expect((await socket.ask('session.status')).result).toMatchObject({ apiKey: null, authorizedSince: null });
  });

  it('spare requests key and signature, but not the timestamp, until they end', async () => {
    const socket = await open();
    const state = {
      ...{ apiKey: ed.apiKey, authorizedSince: expect.any(Number), connectedAt: expect.any(Number) },
      ...{ returnRateLimits: true, serverTime: expect.any(Number), userDataStream: false },
    };
    expect(await logOn(socket)).toMatchObject({ status: 200, result: state, rateLimits: [{ interval: 'MINUTE' }] });
    expect((await socket.ask('session.status')).result).toEqual(state);
    const placed = await socket.ask('order.place', { ...LIMIT, timestamp: Date.now() });
    expect(placed).toMatchObject({ status: 200, result: { status: 'NEW' } });
    expect(placed.rateLimits.map(({ interval }) => interval)).toEqual(['SECOND', 'DAY', 'MINUTE']);
    expect(await socket.ask('order.place', LIMIT)).toMatchObject({ status: 400, error: { code: -1102 } });
    expect(await socket.ask('order.place', { ...LIMIT, timestamp: 5 })).toMatchObject({ error: { code: -1021 } });
    const { result } = await socket.ask('account.status', { timestamp: Date.now() });
    expect(result).toMatchObject({ uid: ed.accountId });
    // Another key may still speak for itself.
    expect((await socket.askSigned(hmac, 'account.status')).result).toMatchObject({ uid: hmac.accountId });
    expect((await socket.ask('session.logout')).result).toMatchObject({ apiKey: null, authorizedSince: null });
    const late = await socket.ask('order.place', { ...LIMIT, timestamp: Date.now() });
    expect(late).toMatchObject({ status: 401, error: { code: -2014 } });
  });

  it('carry user events until they end', async () => {
    const socket = await open();
    expect(await socket.ask('userDataStream.subscribe')).toMatchObject({ status: 401 });
    await logOn(socket);
    expect((await socket.ask('userDataStream.subscribe')).result).toEqual({ subscriptionId: 0 });
    expect((await socket.ask('userDataStream.subscribe')).error).toMatchObject({ code: -2035 });
    expect((await socket.askSigned(hmac, 'userDataStream.subscribe.signature')).result).toEqual({ subscriptionId: 1 });
    expect((await socket.ask('session.subscriptions')).result).toEqual([{ subscriptionId: 0 }, { subscriptionId: 1 }]);
    expect((await socket.ask('session.status')).result).toMatchObject({ userDataStream: true });
    await socket.ask('order.place', { ...LIMIT, timestamp: Date.now() });
    await socket.next(({ event }) => event?.e === 'outboundAccountPosition');
    await socket.ask('session.logout');
    const ended = await socket.next(({ event }) => event?.e === 'eventStreamTerminated');
    expect(ended).toEqual({ subscriptionId: 0, event: { e: 'eventStreamTerminated', E: expect.any(Number) } });
    await client.order(hmac, 'BUY', '90', '1');
    await socket.next(({ subscriptionId, event }) => subscriptionId === 1 && event?.x === 'NEW');
    expect((await socket.ask('userDataStream.unsubscribe')).result).toEqual({});
    expect((await socket.ask('userDataStream.unsubscribe')).error).toMatchObject({ code: -2036 });
    expect((await socket.ask('session.status')).result).toMatchObject({ userDataStream: false });
  });
});

describe('requests of the WebSocket API', () => {
  it('are signed over their parameters sorted by name, numbers and text alike (the vendor’s example)', async () => {
    const example = await client.control('POST', 'accounts', {
      name: 'example',
      apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A',
      apiSecret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
    });
    const socket = await open();
    const params = {
      ...{ symbol: 'BTCUSDT', side: 'SELL', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01000000' },
      ...{ price: '52000.00', newOrderRespType: 'ACK', recvWindow: 100, timestamp: 1645423376532 },
      apiKey: example.apiKey,
      signature: 'cc15477742bd704c29492d96c7ead9414dfd8e0ec4a00f947bb5bb454ddbd08a',
    };
    // Its time is over, so the clock refuses it; with the check of time off, the signature is found right.
    expect(await socket.ask('order.place', params)).toMatchObject({ error: { code: -1021 } });
    await client.control('POST', 'faults', {
      match: { route: '*' },
      ...{ fault: 'acceptance', args: { how: 'no_expiry' } },
    });
    expect(await socket.ask('order.place', params)).toMatchObject({ error: { code: -2010 } });
    expect(await socket.ask('order.place', { ...params, price: '52000.0' })).toMatchObject({ error: { code: -1022 } });
    await client.control('DELETE', 'faults');
  });

  it('hide the limits where that is wished, of one request or of a connection', async () => {
    const shown = await open();
    expect(await shown.ask('ping', { returnRateLimits: false })).toEqual({ id: 1, status: 200, result: {} });
    expect((await shown.ask('ping')).rateLimits).toHaveLength(1);
    const hidden = await open('?returnRateLimits=false');
    expect(await hidden.ask('ping')).toEqual({ id: 1, status: 200, result: {} });
    expect((await hidden.ask('ping', { returnRateLimits: true })).rateLimits).toHaveLength(1);
    expect((await hidden.ask('v3/time')).result).toEqual({ serverTime: expect.any(Number) });
  });

  it('cost what they cost over REST, and connecting two', async () => {
    const address = { 'x-test-address': '77' };
    await until(() => Date.now() % 60_000 < 50_000);
    const socket = await open('', address);
    const used = async (): Promise<number> =>
      Number((await client.get('/api/v3/ping', address)).headers['x-mbx-used-weight-1m']);
    expect(await used()).toBe(3);
    await socket.ask('depth', { symbol: 'TESTUSDT', limit: 5_000 });
    expect(await used()).toBe(254);
    await socket.ask('klines', { symbol: 'TESTUSDT', interval: '1m' });
    await socket.ask('session.status');
    expect(await used()).toBe(259);
  });

  it('tell of a deposit as balanceUpdate, then of the balances', async () => {
    const socket = await open();
    await socket.askSigned(hmac, 'userDataStream.subscribe.signature');
    await client.control('POST', 'accounts/hmac/deposits', { asset: 'TEST', amount: '2.5' });
    await socket.next(({ event }) => event?.e === 'outboundAccountPosition');
    expect(reports(socket)).toEqual(['balanceUpdate', 'outboundAccountPosition']);
    expect(socket.messages.find(({ event }) => event?.e === 'balanceUpdate')?.event).toEqual({
      ...{ e: 'balanceUpdate', E: expect.any(Number), a: 'TEST', d: '2.50000000', T: expect.any(Number) },
    });
  });

  it('report every field of an order, new before traded and the balances last', async () => {
    const socket = await open();
    await socket.askSigned(hmac, 'userDataStream.subscribe.signature');
    await client.book([['99', '5']], [['100', '5']]);
    await client.order(hmac, 'BUY', '100', '2', { newClientOrderId: 'mine' });
    await socket.next(({ event }) => event?.e === 'outboundAccountPosition');
    expect(reports(socket)).toEqual(['NEW', 'TRADE', 'outboundAccountPosition']);
    const [placed, traded] = socket.messages.flatMap(({ event }) => (event?.e === 'executionReport' ? [event] : []));
    const common = {
      ...{ e: 'executionReport', E: expect.any(Number), s: 'TESTUSDT', c: 'mine', S: 'BUY', o: 'LIMIT', f: 'GTC' },
      ...{ q: '2.00000000', p: '100.00000000', P: '0.00000000', F: '0.00000000', g: -1, C: '', r: 'NONE' },
      ...{ i: expect.any(Number), T: expect.any(Number), I: expect.any(Number), O: expect.any(Number) },
      ...{ Q: '0.00000000', W: expect.any(Number), V: expect.any(String) },
    };
    expect(placed).toEqual({
      ...common,
      ...{ x: 'NEW', X: 'NEW', l: '0.00000000', z: '0.00000000', L: '0.00000000', n: '0', N: null, t: -1 },
      ...{ w: true, m: false, M: false, Z: '0.00000000', Y: '0.00000000' },
    });
    expect(traded).toEqual({
      ...common,
      ...{ x: 'TRADE', X: 'FILLED', l: '2.00000000', z: '2.00000000', L: '100.00000000', n: '0.00200000' },
      ...{ N: 'TEST', t: expect.any(Number), w: false, m: false, M: true, Z: '200.00000000', Y: '200.00000000' },
    });
  });
});

describe('legacy listen keys of spot', () => {
  it('carry user events plain and wrapped, until they expire', async () => {
    await client.control('PUT', 'settings', { legacyListenKey: true });
    const reply = await fetch(`${venue.spotUrl}/api/v3/userDataStream`, {
      method: 'POST',
      headers: { 'X-MBX-APIKEY': hmac.apiKey },
    });
    const { listenKey } = (await reply.json()) as { listenKey: string };
    const plain = await WsClient.open(venue.spotUrl, `/ws/${listenKey}`);
    const wrapped = await WsClient.open(venue.spotUrl, `/stream?streams=${listenKey}/testusdt@trade`);
    sockets.push(plain, wrapped);
    await client.order(hmac, 'BUY', '90', '1');
    await plain.next(({ e }) => e === 'executionReport');
    await until(() => plain.messages.length === 2 && wrapped.messages.length === 2);
    expect(plain.messages.map(({ e }) => e)).toEqual(['executionReport', 'outboundAccountPosition']);
    expect(wrapped.messages).toEqual(plain.messages.map((data) => ({ stream: listenKey, data })));
  });
});
