import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

/** In the middle of a ten-second span and of a minute, so that no count starts anew on its own. */
const START = Date.UTC(2026, 0, 5, 9, 0, 22);
const LIMIT = 5;
let now = START;
let venue: SimVenue;
let spot: SimClient;
let usdm: UsdmClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted({}, () => now);
  spot = new SimClient(venue, () => now);
  usdm = new UsdmClient(venue, () => now);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  now = START;
  await spot.control('POST', 'reset');
  key = await spot.control('POST', 'accounts', {
    name: 'a',
    balances: { USDT: '100000', TEST: '100' },
    usdmBalances: { USDT: '100000' },
  });
  await usdm.book([['99', '50']], [['101', '50']]);
});

const limitTo = async (ordersPer10Seconds: number): Promise<void> => {
  await spot.control('PUT', 'limits', { ordersPer10Seconds });
  await spot.control('PUT', 'limits?product=usdm', { ordersPer10Seconds });
};
const waiting = (route: string, times: number, ms = 100) =>
  spot.control('POST', 'faults', { match: { route }, fault: 'latency', args: { ms, when: 'queue' }, times });
const ORDER = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '98', quantity: '1' };
const statuses = (replies: readonly { readonly status: number }[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const count = async (): Promise<number | undefined> =>
  (await spot.signed(key, 'GET', '/api/v3/rateLimit/order')).list[0]?.count;
const times = <T>(length: number, action: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length }, () => action()));

it('VE-C47 orders that wait in a queue count from when they were let in', async () => {
  await limitTo(LIMIT);
  await waiting('POST /api/v3/order', 20);
  const replies = await times(20, () => spot.order(key, 'BUY', '98', '1'));
  expect(statuses(replies)).toEqual({ 200: LIMIT, 429: 15 });
  expect(replies.find(({ status }) => status === 429)?.body).toMatchObject({ code: -1015 });
  expect(await count()).toBe(LIMIT);
});

it('VE-C47 an order that is refused after it waited is not counted', async () => {
  await spot.order(key, 'SELL', '200', '1', { newClientOrderId: 'same' });
  await waiting('POST /api/v3/order', 1);
  expect((await spot.order(key, 'SELL', '200', '1', { newClientOrderId: 'same' })).body).toMatchObject({ code: -2010 });
  expect(await count()).toBe(1);
  await waiting('POST /api/v3/order', 1);
  const late = spot.order(key, 'BUY', '98', '1', { recvWindow: 1 });
  await spot.get('/api/v3/time');
  now += 100;
  expect((await late).body).toMatchObject({ code: -1021 });
  expect(await count()).toBe(1);
});

it('replacements that wait count as well, and not when the exchange refuses their order', async () => {
  const { orderId } = (await spot.order(key, 'BUY', '98', '1')).body;
  await limitTo(LIMIT);
  const route = 'POST /api/v3/order/cancelReplace';
  await waiting(route, 12);
  const replace = (quantity: string) =>
    spot.signed(key, 'POST', '/api/v3/order/cancelReplace', {
      ...ORDER,
      quantity,
      cancelReplaceMode: 'ALLOW_FAILURE',
      cancelOrderId: 999,
    });
  expect(statuses(await times(2, () => replace('9000')))).toEqual({ 400: 2 });
  expect(await count()).toBe(0);
  expect(statuses(await times(10, () => replace('1')))).toEqual({ 409: LIMIT, 429: 5 });
  expect(await count()).toBe(LIMIT);
  expect((await spot.signed(key, 'GET', '/api/v3/order', { symbol: 'TESTUSDT', orderId })).body.status).toBe('NEW');
});

it('orders, amendments and batches of USD-M count from when they were let in', async () => {
  await limitTo(LIMIT);
  await waiting('POST /fapi/v1/order', 20);
  const replies = await times(20, () => usdm.signed(key, 'POST', '/fapi/v1/order', ORDER));
  expect(statuses(replies)).toEqual({ 200: LIMIT, 429: 15 });
  await limitTo(10);
  await waiting('POST /fapi/v1/batchOrders', 6);
  const batch = { batchOrders: JSON.stringify([ORDER]) };
  expect(statuses(await times(6, () => usdm.signed(key, 'POST', '/fapi/v1/batchOrders', batch)))).toEqual({
    200: 2,
    429: 4,
  });
});

it('no more orders come to be open than may be, however many wait', async () => {
  await limitTo(1_000);
  await times(198, () => spot.order(key, 'BUY', '98', '1'));
  await waiting('POST /api/v3/order', 4);
  const replies = await times(4, () => spot.order(key, 'BUY', '98', '1'));
  expect(statuses(replies)).toEqual({ 200: 2, 400: 2 });
  expect(replies.find(({ status }) => status === 400)?.body).toMatchObject({
    code: -1013,
    msg: 'Filter failure: MAX_NUM_ORDERS',
  });
});
