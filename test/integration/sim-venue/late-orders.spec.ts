import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

let venue: SimVenue;
let spot: SimClient;
let usdm: UsdmClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted();
  spot = new SimClient(venue);
  usdm = new UsdmClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await spot.control('POST', 'reset');
  key = await spot.control('POST', 'accounts', {
    name: 'a',
    balances: { USDT: '10000', TEST: '100' },
    usdmBalances: { USDT: '10000' },
  });
  await spot.control('POST', 'faults', {
    match: { clientOrderId: 'slow' },
    fault: 'acceptance',
    args: { how: 'asynchronous', ms: 50 },
    times: 2,
  });
});

const TEST = { symbol: 'TESTUSDT' };

/** A slow order and then two that come to life before it. @returns numbers, the slow one's first */
async function threeOrders(): Promise<number[]> {
  const ids: number[] = [];
  for (const newClientOrderId of ['slow', 'fast', 'faster'])
    ids.push((await spot.order(key, 'BUY', '100', '2', { newClientOrderId })).body.orderId);
  await until(async () => (await spot.signed(key, 'GET', '/api/v3/openOrders', TEST)).list.length === 3);
  return ids;
}

describe('an order of spot that began to live after later ones', () => {
  it('is found, amended, replaced and cancelled by its number', async () => {
    const [orderId] = await threeOrders();
    expect((await spot.signed(key, 'GET', '/api/v3/order', { ...TEST, orderId: orderId ?? 0 })).body).toMatchObject({
      orderId,
      clientOrderId: 'slow',
    });
    const amend = { ...TEST, orderId: orderId ?? 0, newQty: '1', newClientOrderId: 'amended' };
    expect((await spot.signed(key, 'PUT', '/api/v3/order/amend/keepPriority', amend)).status).toBe(200);
    const amendments = await spot.signed(key, 'GET', '/api/v3/order/amendments', { ...TEST, orderId: orderId ?? 0 });
    expect(amendments.list).toMatchObject([{ orderId, newQty: '1.00000000' }]);
    const replaced = await spot.order(key, 'BUY', '99', '1', {});
    expect(replaced.status).toBe(200);
    const cancel = await spot.signed(key, 'DELETE', '/api/v3/order', { ...TEST, orderId: orderId ?? 0 });
    expect(cancel.body).toMatchObject({ orderId, status: 'CANCELED' });
    expect((await spot.signed(key, 'GET', '/api/v3/openOrders', TEST)).list).toHaveLength(3);
  });

  it('is cancelled for another one by its number, and its trades are listed by it', async () => {
    const [orderId] = await threeOrders();
    await spot.book([], []);
    await spot.control('POST', 'markets/TESTUSDT/trade', { price: '100', qty: '5', side: 'SELL' });
    const trades = await spot.signed(key, 'GET', '/api/v3/myTrades', { ...TEST, orderId: orderId ?? 0 });
    expect(trades.list).toMatchObject([{ orderId, qty: '1.00000000' }]);
    const replace = { cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: orderId ?? 0 };
    const params = { ...TEST, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '99', quantity: '1', ...replace };
    expect((await spot.signed(key, 'POST', '/api/v3/order/cancelReplace', params)).body).toMatchObject({
      cancelResult: 'SUCCESS',
      cancelResponse: { orderId },
    });
  });

  it('stands in lists of all orders by its number', async () => {
    const ids = await threeOrders();
    const listed = async (params: Record<string, number>): Promise<number[]> =>
      (await spot.signed(key, 'GET', '/api/v3/allOrders', { ...TEST, ...params })).list.map((order) => order.orderId);
    expect(await listed({})).toEqual(ids);
    expect(await listed({ orderId: ids[0] ?? 0, limit: 1 })).toEqual([ids[0]]);
    expect(await listed({ orderId: (ids[0] ?? 0) + 1 })).toEqual(ids.slice(1));
    expect(await listed({ limit: 2 })).toEqual(ids.slice(1));
    expect(await listed({ startTime: 0 })).toEqual(ids);
  });

  it("is not another account's or another symbol's", async () => {
    const [orderId] = await threeOrders();
    const other = await spot.account('b', { USDT: '1' });
    const status = async (who: Key, symbol: string): Promise<unknown> =>
      (await spot.signed(who, 'GET', '/api/v3/order', { symbol, orderId: orderId ?? 0 })).body;
    expect(await status(other, 'TESTUSDT')).toMatchObject({ code: -2013 });
    expect(await status(key, 'BTCUSDT')).toMatchObject({ code: -2013 });
  });
});

it('a USD-M order that began to live after later ones is cancelled and listed by its number', async () => {
  await usdm.book([['99', '50']], [['101', '50']]);
  const ids: unknown[] = [];
  for (const newClientOrderId of ['slow', 'fast', 'faster']) {
    const limit = { ...TEST, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '98', quantity: '1' };
    ids.push((await usdm.signed(key, 'POST', '/fapi/v1/order', { ...limit, newClientOrderId })).body['orderId']);
  }
  await until(async () => (await usdm.signed(key, 'GET', '/fapi/v1/openOrders', TEST)).list.length === 3);
  const all = async (params: Record<string, number>): Promise<unknown[]> =>
    (await usdm.signed(key, 'GET', '/fapi/v1/allOrders', { ...TEST, ...params })).list.map((order) => order['orderId']);
  expect(await all({})).toEqual(ids);
  expect(await all({ limit: 2 })).toEqual(ids.slice(1));
  expect(await all({ orderId: Number(ids[0]), limit: 1 })).toEqual(ids.slice(0, 1));
  const cancel = await usdm.signed(key, 'DELETE', '/fapi/v1/order', { ...TEST, orderId: Number(ids[0]) });
  expect(cancel.body).toMatchObject({ orderId: ids[0], status: 'CANCELED' });
});
