import { USDMClient } from 'binance';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

let venue: SimVenue;
let key: Key;
let foreign: USDMClient;

beforeAll(async () => {
  venue = await startScripted();
  const client = new UsdmClient(venue);
  key = await client.account('a', '10000');
  await client.book([['99', '50']], [['100', '50']]);
  foreign = new USDMClient({ api_key: key.apiKey, api_secret: key.apiSecret, baseUrl: venue.usdmUrl });
});
afterAll(() => venue.stop());

it('the npm client binance trades, asks for its position and reads what it paid', async () => {
  await foreign.setLeverage({ symbol: 'TESTUSDT', leverage: 10 });
  const order = await foreign.submitNewOrder({
    symbol: 'TESTUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: 2,
    newOrderRespType: 'RESULT',
  });
  expect(order).toMatchObject({ status: 'FILLED', executedQty: '2.000' });
  const resting = await foreign.submitNewOrder({
    symbol: 'TESTUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 1,
    price: 90,
  });
  await foreign.modifyOrder({
    symbol: 'TESTUSDT',
    side: 'BUY',
    orderId: resting.orderId,
    quantity: 2,
    price: 91,
  });
  expect(await foreign.getAllOpenOrders({ symbol: 'TESTUSDT' })).toMatchObject([{ price: '91.00', origQty: '2.000' }]);
  await foreign.cancelOrder({ symbol: 'TESTUSDT', orderId: resting.orderId });
  expect(await foreign.getPositionsV3({ symbol: 'TESTUSDT' })).toMatchObject([
    { positionAmt: '2.000', entryPrice: '100.0' },
  ]);
  expect(await foreign.getAccountTrades({ symbol: 'TESTUSDT' })).toMatchObject([{ commission: '0.10000000' }]);
  expect(await foreign.getIncomeHistory({ incomeType: 'COMMISSION' })).toMatchObject([{ income: '-0.10000000' }]);
  expect((await foreign.getExchangeInfo()).symbols).toHaveLength(3);
});
