import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

const NAMED = { symbol: 'TESTUSDT', origClientOrderId: 'same' };
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
    balances: { USDT: '10000' },
    usdmBalances: { USDT: '10000' },
  });
  await spot.control('POST', 'faults', { fault: 'id_rules', args: { rule: 'none' } });
});

const place = async (price: string): Promise<number> =>
  (await spot.order(key, 'BUY', price, '1', { newClientOrderId: 'same' })).body.orderId;

it('VE-C46 none: open orders under one client id are found and cancelled one after the other', async () => {
  const [first, second] = [await place('90'), await place('91')];
  const cancel = () => spot.signed(key, 'DELETE', '/api/v3/order', NAMED);
  expect((await cancel()).body).toMatchObject({ orderId: second, status: 'CANCELED' });
  expect((await spot.signed(key, 'GET', '/api/v3/order', NAMED)).body).toMatchObject({ orderId: first, status: 'NEW' });
  await spot.control('DELETE', 'faults');
  expect((await spot.order(key, 'BUY', '92', '1', { newClientOrderId: 'same' })).body).toMatchObject({ code: -2010 });
  expect((await cancel()).body).toMatchObject({ orderId: first, status: 'CANCELED' });
  expect((await cancel()).body).toMatchObject({ code: -2011 });
});

it('VE-C46 none: an order that is amended to another client id leaves its namesake to be found', async () => {
  const [first, second] = [await place('90'), await place('91')];
  const amend = { symbol: 'TESTUSDT', orderId: second, newQty: '0.5', newClientOrderId: 'other' };
  expect((await spot.signed(key, 'PUT', '/api/v3/order/amend/keepPriority', amend)).status).toBe(200);
  expect((await spot.signed(key, 'GET', '/api/v3/order', NAMED)).body).toMatchObject({ orderId: first });
});

it('VE-C46 none: USD-M orders under one client id are cancelled one after the other', async () => {
  await usdm.book([['99', '50']], [['101', '50']]);
  const order = { symbol: 'TESTUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '1' };
  const named = async (price: string): Promise<unknown> =>
    (await usdm.signed(key, 'POST', '/fapi/v1/order', { ...order, price, newClientOrderId: 'same' })).body['orderId'];
  const [first, second] = [await named('97'), await named('98')];
  const cancel = async () => (await usdm.signed(key, 'DELETE', '/fapi/v1/order', NAMED)).body;
  expect(await cancel()).toMatchObject({ orderId: second, status: 'CANCELED' });
  expect(await cancel()).toMatchObject({ orderId: first, status: 'CANCELED' });
  expect(await cancel()).toMatchObject({ code: -2011 });
});
