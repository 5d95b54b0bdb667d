import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';
import { WsClient, type WsMessage } from './ws-client.js';

const HOUR = 3_600_000;
let ahead = 0;
const now = (): number => Date.now() + ahead;
let venue: SimVenue;
let client: UsdmClient;
let key: Key;
const sockets: WsClient[] = [];

beforeAll(async () => {
  venue = await startScripted({}, now);
  client = new UsdmClient(venue, now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', '10000');
  await client.book([['99', '50']], [['100', '50']]);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await client.control('DELETE', 'faults');
});

async function open(path: string): Promise<WsClient> {
  const socket = await WsClient.open(venue.usdmUrl, path);
  sockets.push(socket);
  return socket;
}

type Fields = Record<string, unknown>;
type Event = Fields & { e: string; o?: Fields; a?: Fields };
const event = (message: WsMessage): Event => message as unknown as Event;
const kinds = (socket: WsClient): unknown[] =>
  socket.messages.map((message) => [event(message).e, event(message).o?.['x'] ?? event(message).a?.['m']]);
const newKey = async (who = key): Promise<string> =>
  (await client.keyed(who, 'POST', '/fapi/v1/listenKey')).body['listenKey'] as string;

describe('addresses of USD-M streams', () => {
  it('serve public streams at /public, the others at /market, and all of them where no path is named', async () => {
    const streams = 'streams=testusdt@bookTicker/testusdt@aggTrade';
    const paths = ['', '/public', '/market'].map((prefix) => open(`${prefix}/stream?${streams}`));
    const [all, publicOnly, marketOnly] = (await Promise.all(paths)) as [WsClient, WsClient, WsClient];
    await client.book([['98', '50']], [['100', '50']]);
    await client.control('POST', 'markets/TESTUSDT/trade?product=usdm', { price: '99', qty: '1', side: 'sell' });
    await until(() => all.messages.length >= 2);
    await marketOnly.next(({ stream }) => stream === 'testusdt@aggTrade');
    await publicOnly.next(({ stream }) => stream === 'testusdt@bookTicker');
    const names = (socket: WsClient): unknown[] => [...new Set(socket.messages.map(({ stream }) => stream))].sort();
    expect(names(all)).toEqual(['testusdt@aggTrade', 'testusdt@bookTicker']);
    expect(names(publicOnly)).toEqual(['testusdt@bookTicker']);
    expect(names(marketOnly)).toEqual(['testusdt@aggTrade']);
  });

  it('take subscriptions, the mark price among them', async () => {
    const socket = await open('/market/ws');
    expect(await socket.ask('SUBSCRIBE', ['testusdt@markPrice@1s'])).toEqual({ result: null, id: 1 });
    await client.mark('99.5');
    const told = event(await socket.next((message) => event(message)['p'] === '99.50000000'));
    expect(told).toMatchObject({ e: 'markPriceUpdate', s: 'TESTUSDT', i: '99.50000000', r: '0.00010000' });
    expect(Number(told['T']) % (8 * HOUR)).toBe(0);
  });
});

describe('user events of USD-M', () => {
  it('come in the vendor’s order, through every address of a listen key', async () => {
    const listenKey = await newKey();
    const plain = await open(`/ws/${listenKey}`);
    const routed = await open(`/private/ws?listenKey=${listenKey}`);
    const wrapped = await open(`/private/stream?listenKey=${listenKey}`);
    const official = await open(`/private/stream?streams=${listenKey}`);
    const subscribed = await open('/private/ws');
    await subscribed.ask('SUBSCRIBE', [listenKey]);
    await client.order(key, 'BUY', '100', '2', { newClientOrderId: 'mine' });
    const filled = (message: WsMessage): boolean => event(message).o?.['X'] === 'FILLED';
    await plain.next(filled);
    expect(kinds(plain)).toEqual([
      ['ORDER_TRADE_UPDATE', 'NEW'],
      ['TRADE_LITE', undefined],
      ['ACCOUNT_UPDATE', 'ORDER'],
      ['ORDER_TRADE_UPDATE', 'TRADE'],
    ]);
    await routed.next(filled);
    expect(routed.messages).toEqual(plain.messages);
    await subscribed.next(filled);
    expect(subscribed.messages.slice(1)).toEqual(plain.messages);
    for (const socket of [wrapped, official]) {
      await until(() => socket.messages.length === 4);
      expect(socket.messages).toEqual(plain.messages.map((data) => ({ stream: listenKey, data })));
    }
  });

  it('can be picked by type', async () => {
    const listenKey = await newKey();
    const socket = await open(`/private/ws?listenKey=${listenKey}&events=ORDER_TRADE_UPDATE/ACCOUNT_CONFIG_UPDATE`);
    await client.order(key, 'BUY', '100', '1');
    await client.signed(key, 'POST', '/fapi/v1/leverage', { symbol: 'TESTUSDT', leverage: 7 });
    await socket.next((message) => event(message).e === 'ACCOUNT_CONFIG_UPDATE');
    expect(kinds(socket).map((kind) => (kind as unknown[])[0])).toEqual([
      'ORDER_TRADE_UPDATE',
      'ORDER_TRADE_UPDATE',
      'ACCOUNT_CONFIG_UPDATE',
    ]);
  });

  it('end with listenKeyExpired when the hour is over, and without a word when the key is closed', async () => {
    const listenKey = await newKey();
    const socket = await open(`/private/ws?listenKey=${listenKey}`);
    ahead += HOUR + 1_000;
    const expired = event(await socket.next((message) => event(message).e === 'listenKeyExpired'));
    expect(expired).toEqual({ e: 'listenKeyExpired', E: expect.any(Number), listenKey });
    await client.order(key, 'BUY', '90', '1');
    const second = await newKey();
    expect(second).not.toBe(listenKey);
    const after = await open(`/private/ws?listenKey=${second}`);
    await client.order(key, 'BUY', '91', '1');
    await after.next((message) => event(message).e === 'ORDER_TRADE_UPDATE');
    expect(socket.messages).toHaveLength(1);
    await client.keyed(key, 'DELETE', '/fapi/v1/listenKey');
    await client.order(key, 'BUY', '92', '1');
    const third = await open(`/private/ws?listenKey=${await newKey()}`);
    await client.order(key, 'BUY', '93', '1');
    await third.next((message) => event(message).e === 'ORDER_TRADE_UPDATE');
    expect(after.messages).toHaveLength(1);
  });

  it('tell the liquidation of a position to its owner', async () => {
    await client.signed(key, 'POST', '/fapi/v1/marginType', { symbol: 'TESTUSDT', marginType: 'ISOLATED' });
    await client.signed(key, 'POST', '/fapi/v1/leverage', { symbol: 'TESTUSDT', leverage: 10 });
    await client.market(key, 'BUY', '10');
    const owner = await open(`/private/ws?listenKey=${await newKey()}`);
    await client.book([['89', '50']], [['100', '50']]);
    await client.mark('90');
    const told = event(await owner.next((message) => event(message).o?.['x'] === 'CALCULATED'));
    expect(told.o).toMatchObject({ c: expect.stringMatching(/^autoclose-/), S: 'SELL', o: 'LIQUIDATION', L: '89.00' });
  });

  it('go on for others when one connection is gone, and reach who comes back', async () => {
    const listenKey = await newKey();
    const [first, second] = [await open(`/ws/${listenKey}`), await open(`/ws/${listenKey}`)];
    first.close();
    await first.closed();
    await client.order(key, 'BUY', '90', '1');
    await second.next((message) => event(message).e === 'ORDER_TRADE_UPDATE');
    second.close();
    await second.closed();
    await client.order(key, 'BUY', '91', '1');
    const third = await open(`/ws/${listenKey}`);
    await client.order(key, 'BUY', '92', '1');
    await third.next((message) => event(message).o?.['p'] === '92.00');
    expect(third.messages).toHaveLength(1);
  });

  it('can be made stale by a fault', async () => {
    const socket = await open(`/ws/${await newKey()}`);
    await client.control('POST', 'faults', {
      match: { product: 'usdm', route: 'userDataStream' },
      ...{ fault: 'stream', args: { how: 'stale_key', tell: true }, times: 1 },
    });
    await client.order(key, 'BUY', '90', '1');
    await socket.next((message) => event(message).e === 'listenKeyExpired');
    await client.order(key, 'BUY', '91', '1');
    const other = await open(`/ws/${await newKey()}`);
    await client.order(key, 'BUY', '92', '1');
    await other.next((message) => event(message).o?.['p'] === '92.00');
    expect(socket.messages).toHaveLength(1);
  });
});

describe('WebSocket API of USD-M', () => {
  it('places, changes, finds and cancels, and reads the account', async () => {
    const socket = await open('/ws-fapi/v1');
    const ask = (method: string, params: Record<string, string | number> = {}) =>
      socket.askSigned(key, method, params, now());
    const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '90', quantity: '1' };
    const placed = await ask('order.place', order);
    expect(placed).toMatchObject({ status: 200, result: { status: 'NEW', price: '90.00', avgPrice: '0.00' } });
    const { orderId } = placed.result as { orderId: number };
    const named = { symbol: 'TESTUSDT', orderId };
    expect((await ask('order.modify', { ...named, side: 'BUY', price: '91', quantity: '2' })).result).toMatchObject({
      ...{ orderId, price: '91.00', origQty: '2.000' },
    });
    expect((await ask('order.status', named)).result).toMatchObject({ orderId, price: '91.00' });
    expect((await ask('order.cancel', named)).result).toMatchObject({ status: 'CANCELED' });
    expect((await ask('order.cancel', named)).error).toMatchObject({ code: -2011 });
    expect((await ask('v2/account.balance')).result).toMatchObject([{ asset: 'USDT', balance: '10000.00000000' }]);
    expect((await ask('account.status')).result).toMatchObject({ totalWalletBalance: '10000.00000000' });
    expect((await ask('v2/account.position')).status).toBe(200);
    const started = await socket.ask('userDataStream.start', { apiKey: key.apiKey });
    expect(started.result).toEqual({ listenKey: await newKey() });
  });

  it('logs on with an Ed25519 key', async () => {
    const pair = generateKeyPairSync('ed25519');
    const apiSecret = pair.publicKey.export({ type: 'spki', format: 'pem' });
    const account = { name: 'ed', usdmBalances: { USDT: '70' }, keyType: 'ED25519', apiSecret };
    const { apiKey } = (await client.control('POST', 'accounts', account)) as unknown as Key;
    const socket = await open('/ws-fapi/v1');
    const timestamp = now();
    const signature = sign(null, Buffer.from(`apiKey=${apiKey}&timestamp=${timestamp}`), pair.privateKey);
    const params = { apiKey, timestamp, signature: signature.toString('base64') };
    expect((await socket.ask('session.logon', params)).result).toMatchObject({ apiKey });
    const balance = await socket.ask('v2/account.balance', { timestamp: now() });
    expect(balance.result).toMatchObject([{ asset: 'USDT', balance: '70.00000000' }]);
    expect((await socket.ask('session.logout')).result).toMatchObject({ apiKey: null });
    expect(await socket.ask('userDataStream.subscribe')).toMatchObject({ status: 404 });
  });
});
