import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { send, SimClient, startScripted, type Key, type Reply } from './sim-client.js';

let venue: SimVenue;
let client: SimClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted({ SIM_IP_HEADER: 'X-Test-Address' });
  client = new SimClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', { USDT: '10000', TEST: '100' });
});

const failure = (code: number, msg: string) => ({ code, msg });

describe('security', () => {
  it('VE-C42 refuses a timestamp from the future, an old one, and one that waited too long inside', async () => {
    const now = Date.now();
    const place = (more: Record<string, number>) => client.order(key, 'BUY', '100', '1', more);
    expect((await place({ timestamp: now + 2_500 })).body).toEqual(
      failure(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
    );
    const late = failure(-1021, 'Timestamp for this request is outside of the recvWindow.');
    expect((await place({ timestamp: now - 5_001 })).body).toEqual(late);
    await client.control('POST', 'faults', { fault: 'latency', args: { ms: 3_100, when: 'queue' }, times: 1 });
    expect((await place({ timestamp: Date.now(), recvWindow: 3_000 })).body).toEqual(late);
    expect((await client.control('GET', 'ledger?account=a')).orders).toEqual([]);
  });

  it('checks in the vendor’s order', async () => {
    const query = 'symbol=NOPE&side=BUY&type=LIMIT&timestamp=1&signature=00';
    const url = (text: string) => `${venue.spotUrl}/api/v3/order?${text}`;
    const headers = { 'X-MBX-APIKEY': key.apiKey };
    expect((await send('POST', url(query))).body).toEqual(failure(-2014, 'API-key format invalid.'));
    expect((await send('POST', url(query), { headers: { 'X-MBX-APIKEY': 'x'.repeat(64) } })).body).toMatchObject({
      code: -2015,
    });
    expect((await send('POST', url('side=BUY'), { headers })).body).toEqual(
      failure(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
    );
    expect((await send('POST', url(`${query}&what=1`), { headers })).body).toEqual(
      failure(-1104, "Not all sent parameters were read; read '5' parameter(s) but was sent '6'."),
    );
    expect(
      (await send('POST', url(query.replace('type=LIMIT', 'type=LIMIT&price=1e-7')), { headers })).body,
    ).toMatchObject({
      code: -1100,
      msg: expect.stringContaining("Illegal characters found in parameter 'price'"),
    });
    expect((await send('POST', url(query), { headers })).body).toMatchObject({ code: -1021 });
    const timely = query.replace('timestamp=1', `timestamp=${Date.now()}`);
    expect((await send('POST', url(timely), { headers })).body).toMatchObject({ code: -1022 });
    expect((await client.order(key, 'BUY', '100', '1', { symbol: 'NOPE' })).body).toEqual(
      failure(-1121, 'Invalid symbol.'),
    );
  });

  it('takes parameters from query and body; the query wins', async () => {
    const query = 'symbol=TESTUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=90';
    const body = `price=95&quantity=1&timestamp=${Date.now()}`;
    const signature = createHmac('sha256', key.apiSecret)
      .update(query + body)
      .digest('hex');
    const reply = await send('POST', `${venue.spotUrl}/api/v3/order?${query}`, {
      headers: { 'X-MBX-APIKEY': key.apiKey, 'content-type': 'application/x-www-form-urlencoded' },
      body: `${body}&signature=${signature}`,
    });
    expect(reply.body).toMatchObject({ status: 'NEW', price: '90.00000000' });
  });

  it('a key may do what its restrictions say', async () => {
    await client.control('PUT', 'accounts/a/restrictions', {
      enableSpotAndMarginTrading: false,
      enableWithdrawals: true,
    });
    expect(await client.order(key, 'BUY', '100', '1')).toMatchObject({ status: 401, body: { code: -2015 } });
    expect((await client.signed(key, 'GET', '/sapi/v1/account/apiRestrictions')).body).toMatchObject({
      ipRestrict: true,
      enableReading: true,
      enableSpotAndMarginTrading: false,
      enableFutures: true,
      enableWithdrawals: true,
    });
  });
});

describe('orders', () => {
  it.each([
    ['VE-C44 a price off the tick', { price: '100.001' }, -1013, 'Filter failure: PRICE_FILTER'],
    ['VE-C44 a small notional', { quantity: '0.04' }, -1013, 'Filter failure: NOTIONAL'],
    ['a quantity off the step', { quantity: '1.0001' }, -1013, 'Filter failure: LOT_SIZE'],
    ['nine decimals', { quantity: '1.000000001' }, -1111, "Parameter 'quantity' has too much precision."],
    ['a strange side', { side: 'HOLD' }, -1117, 'Invalid side.'],
    ['a stop order', { type: 'STOP_LOSS_LIMIT' }, -1116, 'Invalid orderType.'],
    ['a strange time in force', { timeInForce: 'DAY' }, -1115, 'Invalid timeInForce.'],
    ['a market order with a price', { type: 'MARKET' }, -1106, "Parameter 'timeInForce' sent when not required."],
    ['too much money', { quantity: '101' }, -2010, 'Account has insufficient balance for requested action.'],
  ])('%s is refused', async (_what, change, code, msg) => {
    expect(await client.order(key, 'BUY', '100', '1', change)).toMatchObject({ status: 400, body: failure(code, msg) });
    expect((await client.signed(key, 'GET', '/api/v3/account')).body.balances[0]).toEqual({
      asset: 'USDT',
      free: '10000.00000000',
      locked: '0.00000000',
    });
  });

  it('place, look up, list, cancel', async () => {
    const placed = await client.order(key, 'BUY', '100', '1', { newClientOrderId: 'mine' });
    expect(placed.body).toEqual({
      symbol: 'TESTUSDT',
      orderId: expect.any(Number),
      orderListId: -1,
      clientOrderId: 'mine',
      transactTime: expect.any(Number),
      price: '100.00000000',
      origQty: '1.00000000',
      executedQty: '0.00000000',
      origQuoteOrderQty: '0.00000000',
      cummulativeQuoteQty: '0.00000000',
      status: 'NEW',
      timeInForce: 'GTC',
      type: 'LIMIT',
      side: 'BUY',
      workingTime: expect.any(Number),
      selfTradePreventionMode: 'EXPIRE_MAKER',
      fills: [],
    });
    const { orderId } = placed.body;
    const found = await client.signed(key, 'GET', '/api/v3/order', { symbol: 'TESTUSDT', origClientOrderId: 'mine' });
    expect(found.body).toMatchObject({ orderId, isWorking: true, stopPrice: '0.00000000', icebergQty: '0.00000000' });
    expect((await client.signed(key, 'GET', '/api/v3/openOrders')).body).toEqual([found.body]);
    const canceled = await client.signed(key, 'DELETE', '/api/v3/order', {
      symbol: 'TESTUSDT',
      orderId,
      newClientOrderId: 'no',
    });
    expect(canceled.body).toMatchObject({
      origClientOrderId: 'mine',
      clientOrderId: 'no',
      status: 'CANCELED',
      orderId,
    });
    const again = await client.signed(key, 'DELETE', '/api/v3/order', { symbol: 'TESTUSDT', orderId });
    expect(again).toMatchObject({ status: 400, body: failure(-2011, 'Unknown order sent.') });
    const unknown = await client.signed(key, 'GET', '/api/v3/order', { symbol: 'TESTUSDT', orderId: 999_999 });
    expect(unknown).toMatchObject({ status: 400, body: failure(-2013, 'Order does not exist.') });
    expect((await client.signed(key, 'GET', '/api/v3/allOrders', { symbol: 'TESTUSDT' })).body).toHaveLength(1);
  });

  it('a market order reports its fills, and so do trades and balances', async () => {
    await client.book(
      [],
      [
        ['100', '1'],
        ['101', '5'],
      ],
    );
    const params = { symbol: 'TESTUSDT', side: 'BUY', type: 'MARKET', quantity: '2' };
    const { body } = await client.signed(key, 'POST', '/api/v3/order', params);
    expect(body).toMatchObject({ status: 'FILLED', executedQty: '2.00000000', cummulativeQuoteQty: '201.00000000' });
    expect(body.fills).toEqual([
      {
        price: '100.00000000',
        qty: '1.00000000',
        commission: '0.00100000',
        commissionAsset: 'TEST',
        tradeId: expect.any(Number),
      },
      {
        price: '101.00000000',
        qty: '1.00000000',
        commission: '0.00100000',
        commissionAsset: 'TEST',
        tradeId: expect.any(Number),
      },
    ]);
    const trades = (await client.signed(key, 'GET', '/api/v3/myTrades', { symbol: 'TESTUSDT' })).list;
    expect(trades.map((trade) => trade.id)).toEqual(body.fills.map((fill) => fill.tradeId));
    expect(trades[1]).toMatchObject({ orderId: body.orderId, quoteQty: '101.00000000', isBuyer: true, isMaker: false });
    const { balances } = (await client.signed(key, 'GET', '/api/v3/account')).body;
    expect(balances).toEqual([
      { asset: 'USDT', free: '9799.00000000', locked: '0.00000000' },
      { asset: 'TEST', free: '101.99800000', locked: '0.00000000' },
    ]);
    const ledger = await client.control('GET', 'ledger?account=a');
    expect(ledger.fills).toHaveLength(2);
    expect(ledger.orders[0]).toMatchObject({ requestSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
  });

  it.each([
    ['ACK', ['symbol', 'orderId', 'orderListId', 'clientOrderId', 'transactTime']],
    ['RESULT', expect.not.arrayContaining(['fills'])],
  ])('newOrderRespType %s', async (newOrderRespType, keys) => {
    expect(Object.keys((await client.order(key, 'BUY', '100', '1', { newOrderRespType })).body)).toEqual(keys);
  });

  it('VE-C46 a client id is unique among open orders only', async () => {
    const place = () => client.order(key, 'BUY', '100', '1', { newClientOrderId: 'same' });
    const first = (await place()).body;
    expect((await place()).body).toEqual(failure(-2010, 'Duplicate order sent.'));
    await client.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '1', side: 'sell' });
    const second = (await place()).body;
    expect(second).toMatchObject({ status: 'NEW', clientOrderId: 'same' });
    expect(second.orderId).not.toBe(first.orderId);
  });
});

describe('limits', () => {
  it('VE-C47 counts unfilled orders and says when there are too many', async () => {
    await client.control('PUT', 'limits', { ordersPer10Seconds: 5 });
    const counts = async () =>
      (await client.signed(key, 'GET', '/api/v3/rateLimit/order')).list.map(({ count }) => count);
    // All five must fall into one 10 s window.
    await until(() => Date.now() % 10_000 < 6_000);
    const replies: Reply[] = [];
    for (let i = 0; i < 5; i += 1) replies.push(await client.order(key, 'BUY', `${100 - i}`, '1'));
    expect(replies.map(({ headers }) => headers['x-mbx-order-count-10s'])).toEqual(['1', '2', '3', '4', '5']);
    const refused = await client.order(key, 'BUY', '90', '1');
    expect(refused).toMatchObject({ status: 429, body: { code: -1015 } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await client.signed(key, 'DELETE', '/api/v3/order', { symbol: 'TESTUSDT', orderId: replies[4]?.body.orderId ?? 0 });
    expect(await counts()).toEqual([5, 5]);
    await client.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '1', side: 'sell' });
    await until(async () => (await counts())[1] === 0);
  });

  it('VE-C48 weighs calls, refuses over the limit with 429 and bans with 418', async () => {
    await client.control('PUT', 'limits', { weightPerMinute: 30 });
    const from = (address: string) => ({ 'X-Test-Address': address });
    await until(() => Date.now() % 60_000 < 50_000);
    expect((await client.get('/api/v3/exchangeInfo', from('1'))).headers['x-mbx-used-weight-1m']).toBe('20');
    expect((await client.get('/api/v3/depth?symbol=TESTUSDT', from('1'))).headers['x-mbx-used-weight-1m']).toBe('25');
    const placed = await client.signed(
      key,
      'POST',
      '/api/v3/order',
      { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '100', quantity: '1' },
      from('1'),
    );
    expect(placed.headers['x-mbx-used-weight-1m']).toBe('25');
    const refused = await client.get('/api/v3/exchangeInfo', from('1'));
    expect(refused).toMatchObject({ status: 429, body: { code: -1003 } });
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    for (let i = 0; i < 9; i += 1) expect((await client.get('/api/v3/ping', from('1'))).status).toBe(429);
    const banned = await client.get('/api/v3/ping', from('1'));
    expect(banned).toMatchObject({ status: 418, headers: { 'retry-after': '120' } });
    expect((await client.get('/api/v3/ping', from('2'))).status).toBe(200);
  });
});

describe('market data', () => {
  it('serves the vendor’s shapes', async () => {
    await client.book([['99.5', '2']], [['100.5', '3']]);
    await client.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '1.5', side: 'buy' });
    const info = (await client.get('/api/v3/exchangeInfo?symbol=TESTUSDT')).body;
    expect(info.symbols).toHaveLength(1);
    expect(info.symbols[0]?.filters).toContainEqual({
      filterType: 'PRICE_FILTER',
      minPrice: '0.01000000',
      maxPrice: '1000000.00000000',
      tickSize: '0.01000000',
    });
    expect((await client.get('/api/v3/depth?symbol=TESTUSDT&limit=5')).body).toEqual({
      lastUpdateId: expect.any(Number),
      bids: [['99.50000000', '2.00000000']],
      asks: [['100.50000000', '3.00000000']],
    });
    const trade = {
      price: '100.00000000',
      qty: '1.50000000',
      quoteQty: '150.00000000',
      isBuyerMaker: false,
      isBestMatch: true,
    };
    expect((await client.get('/api/v3/trades?symbol=TESTUSDT')).body).toEqual([expect.objectContaining(trade)]);
    expect((await client.get('/api/v3/aggTrades?symbol=TESTUSDT')).body).toEqual([
      expect.objectContaining({ p: '100.00000000', q: '1.50000000', m: false }),
    ]);
    expect((await client.get('/api/v3/ticker/price?symbol=TESTUSDT')).body).toEqual({
      symbol: 'TESTUSDT',
      price: '100.00000000',
    });
    expect((await client.get('/api/v3/ticker/bookTicker?symbol=TESTUSDT')).body).toMatchObject({
      bidPrice: '99.50000000',
      askQty: '3.00000000',
    });
    expect((await client.get('/api/v3/avgPrice?symbol=TESTUSDT')).body).toMatchObject({
      mins: 5,
      price: '100.00000000',
    });
    expect((await client.get('/api/v3/ticker/24hr?symbol=TESTUSDT')).body).toMatchObject({
      volume: '1.50000000',
      count: 1,
    });
    const rows = JSON.parse((await client.get('/api/v3/klines?symbol=TESTUSDT&interval=1m')).text) as unknown[][];
    const price = '100.00000000';
    expect(rows.map((row) => row.slice(1, 6))).toEqual([[price, price, price, price, '1.50000000']]);
  });

  it('counts its answers by status and code', async () => {
    await client.get('/api/v3/time');
    await client.get('/api/v3/time');
    await client.get('/api/v3/depth?symbol=NOTHING');
    expect(await client.control('GET', 'answers')).toEqual({ 200: 2, '400 -1121': 1 });
    await client.control('POST', 'reset', {});
    expect(await client.control('GET', 'answers')).toEqual({});
  });

  it('counts what it does not serve, and calls the old user stream gone', async () => {
    expect((await client.get('/api/v3/nothing')).status).toBe(404);
    expect((await client.get('/api/v3/userDataStream')).status).toBe(410);
    expect(await client.control('GET', 'unserved')).toEqual({ 'GET /api/v3/nothing': 1 });
  });
});

describe('control', () => {
  it('finds the account of a name again, with its balances, and refuses another key', async () => {
    await client.book([], [['100', '1']]);
    await client.order(key, 'BUY', '100', '1');
    const again = await client.control('POST', 'accounts', {
      name: 'a',
      balances: { USDT: '5' },
      apiKey: key.apiKey,
      apiSecret: key.apiSecret,
    });
    expect(again).toMatchObject({ accountId: key.accountId, balances: { USDT: { free: '9900.00000000' } } });
    await expect(client.control('POST', 'accounts', { name: 'a', apiKey: 'x'.repeat(64) })).rejects.toThrow('409');
  });

  it('dumps its state and takes it back', async () => {
    await client.book([], [['100', '1']]);
    await client.order(key, 'BUY', '100', '1');
    await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'open' });
    const before = await client.control('GET', 'ledger');
    const state = await client.control('GET', 'state');
    await client.control('POST', 'reset');
    expect((await client.control('GET', 'ledger')).orders).toEqual([]);
    await client.control('PUT', 'state', state);
    expect(await client.control('GET', 'ledger')).toEqual(before);
    const open = await client.signed(key, 'GET', '/api/v3/openOrders');
    expect(open.body).toMatchObject([{ clientOrderId: 'open', status: 'NEW' }]);
  });

  it('VE-C52 a manual synthetic market with the same operations has the same log hash', async () => {
    const source = (seed: number) =>
      client.control('PUT', 'markets/BTCUSDT/source', { source: 'synthetic', time: 'manual', seed });
    const run = async (): Promise<unknown> => {
      await client.control('POST', 'reset');
      const trader = await client.account('trader', { USDT: '1000000' });
      const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.5' };
      for (let i = 0; i < 5; i += 1) {
        await client.control('POST', 'markets/BTCUSDT/advance', { steps: 2_000 });
        expect((await client.signed(trader, 'POST', '/api/v3/order', order)).body.status).toBe('FILLED');
      }
      return client.control('GET', 'log-hash');
    };
    await source(5);
    const first = await run();
    expect(first).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), events: expect.any(Number) });
    expect(await run()).toEqual(first);
    await source(6);
    expect(await run()).not.toEqual(first);
    await client.control('PUT', 'markets/BTCUSDT/source', { source: 'scripted' });
  });

  it.each([
    ['PUT', 'markets/TESTUSDT/book', { bids: [['100', '1']], asks: [['100', '1']] }, 'BOOK_CROSSED'],
    [
      'PUT',
      'markets/TESTUSDT/book',
      { bids: [['100.001', '1']], asks: [] },
      'must be a positive multiple of 0.01, was 100.001',
    ],
    ['PUT', 'markets/TESTUSDT/book', { bids: [] }, 'asks: '],
    ['PUT', 'markets/NOPE/book', { bids: [], asks: [] }, 'SYMBOL_UNKNOWN'],
    ['PUT', 'markets/TESTUSDT/source', { source: 'synthetic' }, 'must be scripted for TESTUSDT'],
    ['POST', 'faults', { fault: 'drop' }, 'fault: '],
    ['GET', 'ledger?account=nobody', undefined, 'ACCOUNT_UNKNOWN'],
    ['DELETE', 'accounts', undefined, 'METHOD_NOT_ALLOWED'],
  ])('%s %s says what is wrong', async (method, path, body, text) => {
    await expect(client.control(method, path, body)).rejects.toThrow(text);
  });
});
