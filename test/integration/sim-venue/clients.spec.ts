import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MainClient } from 'binance';
import ccxt from 'ccxt';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted, type Key } from './sim-client.js';

jest.setTimeout(30_000);

let venue: SimVenue;
let client: SimClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted();
  client = new SimClient(venue);
  key = await client.account('a', { USDT: '10000', TEST: '100' });
  await client.book([['99', '5']], [['101', '5']]);
});
afterAll(() => venue.stop());

/** Every address of the client, at any depth, points at the simulator. */
function pointAt(addresses: Record<string, unknown>, url: string): void {
  for (const [name, value] of Object.entries(addresses)) {
    if (typeof value === 'string') addresses[name] = value.replace(/^[a-z]+:\/\/[^/]+/, url);
    else if (typeof value === 'object' && value !== null) pointAt(value as Record<string, unknown>, url);
  }
}

describe('VE-C43 (spot REST) unmodified clients', () => {
  it('ccxt trades', async () => {
    const exchange = new ccxt.binance({
      apiKey: key.apiKey,
      secret: key.apiSecret,
      enableRateLimit: false,
      options: { fetchMargins: false, fetchCurrencies: false, fetchMarkets: { types: ['spot'] } },
    });
    exchange.has['fetchCurrencies'] = false;
    pointAt(exchange.urls['api'], venue.spotUrl);

    const markets = await exchange.loadMarkets();
    expect(Object.keys(markets)).toEqual(['BTC/USDT', 'ETH/USDT', 'TEST/USDT']);
    expect(markets['TEST/USDT']).toMatchObject({
      precision: { amount: 0.001, price: 0.01 },
      limits: { cost: { min: 5 } },
    });
    expect((await exchange.fetchOrderBook('TEST/USDT')).bids[0]).toEqual([99, 5]);

    const limit = await exchange.createOrder('TEST/USDT', 'limit', 'buy', 1, 98, { clientOrderId: 'from-ccxt' });
    expect(limit).toMatchObject({ status: 'open', clientOrderId: 'from-ccxt', amount: 1, price: 98 });
    const orderId = limit.id as string;
    expect((await exchange.fetchOrder(orderId, 'TEST/USDT')).status).toBe('open');
    expect(await exchange.fetchOpenOrders('TEST/USDT')).toHaveLength(1);
    expect((await exchange.cancelOrder(orderId, 'TEST/USDT')).status).toBe('canceled');
    await expect(exchange.cancelOrder(orderId, 'TEST/USDT')).rejects.toThrow(ccxt.OrderNotFound);
    await expect(exchange.createOrder('TEST/USDT', 'limit', 'buy', 1_000, 98)).rejects.toThrow(ccxt.InsufficientFunds);

    const market = await exchange.createOrder('TEST/USDT', 'market', 'buy', 2);
    expect(market).toMatchObject({ status: 'closed', filled: 2, average: 101, fee: { cost: 0.002, currency: 'TEST' } });
    const trades = await exchange.fetchMyTrades('TEST/USDT');
    expect(trades).toMatchObject([{ order: market.id, side: 'buy', takerOrMaker: 'taker', amount: 2, price: 101 }]);
    expect((await exchange.fetchBalance())['TEST']).toEqual({ free: 101.998, used: 0, total: 101.998 });
    expect((await exchange.fetchTicker('TEST/USDT')).last).toBe(101);
    expect((await exchange.fetchTrades('TEST/USDT')).at(-1)).toMatchObject({ amount: 2, price: 101, side: 'buy' });
    expect(await client.control('GET', 'unserved')).toEqual({});
  });

  it('binance trades', async () => {
    const api = new MainClient({ api_key: key.apiKey, api_secret: key.apiSecret, baseUrl: venue.spotUrl });
    expect((await api.getExchangeInfo()).symbols.map(({ symbol }) => symbol)).toContain('TESTUSDT');
    expect((await api.getOrderBook({ symbol: 'TESTUSDT' })).asks[0]?.[0]).toBe('101.00000000');
    const order = {
      symbol: 'TESTUSDT',
      side: 'BUY',
      quantity: 1,
      newClientOrderId: `${api.getOrderIdPrefix()}from-us`,
    } as const;
    const placed = await api.submitNewOrder({ ...order, type: 'LIMIT', timeInForce: 'GTC', price: 97 });
    expect(placed).toMatchObject({ clientOrderId: order.newClientOrderId, status: 'NEW' });
    const { orderId } = placed;
    expect(await api.getOrder({ symbol: 'TESTUSDT', orderId })).toMatchObject({ price: '97.00000000' });
    expect(await api.getOpenOrders({ symbol: 'TESTUSDT' })).toHaveLength(1);
    expect(await api.cancelOrder({ symbol: 'TESTUSDT', orderId })).toMatchObject({ status: 'CANCELED' });
    const market = await api.submitNewOrder({ ...order, type: 'MARKET', newOrderRespType: 'FULL' });
    expect(market).toMatchObject({ status: 'FILLED', fills: [{ price: '101.00000000' }] });
    expect((await api.getAccountTradeList({ symbol: 'TESTUSDT' })).at(-1)).toMatchObject({ orderId: market.orderId });
    expect((await api.getAccountInformation()).balances.map(({ asset }) => asset)).toEqual(['USDT', 'TEST']);
    expect(await client.control('GET', 'unserved')).toEqual({});
  });
});
