import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';
import { WsClient, type WsMessage } from './ws-client.js';

let venue: SimVenue;
let client: UsdmClient;
let key: Key;

beforeAll(async () => {
  venue = await startScripted();
  client = new UsdmClient(venue);
});
afterAll(() => venue.stop());
beforeEach(async () => {
  await client.control('POST', 'reset');
  key = await client.account('a', '100');
  await client.book([['99', '50']], [['100', '50']]);
});

const named = (socket: WsClient, event: string): WsMessage[] => socket.messages.filter(({ e }) => e === event);

it('the public hears of a liquidation, the account of all that came with it', async () => {
  const { listenKey } = (await client.keyed(key, 'POST', '/fapi/v1/listenKey')).body;
  const user = await WsClient.open(venue.usdmUrl, `/ws/${String(listenKey)}`);
  const open = await Promise.all(
    ['testusdt@forceOrder', '!forceOrder@arr'].map((stream) => WsClient.open(venue.usdmUrl, `/ws/${stream}`)),
  );
  await client.signed(key, 'POST', '/fapi/v1/leverage', { symbol: 'TESTUSDT', leverage: 50 });
  await client.market(key, 'BUY', '20');
  await client.book([['95', '50']], [['95.5', '50']]);
  await client.mark('95.3');
  for (const socket of open) await until(() => named(socket, 'forceOrder').length === 1);
  expect(named(open[0] as WsClient, 'forceOrder')[0]).toEqual({
    e: 'forceOrder',
    E: expect.any(Number),
    o: {
      ...{ s: 'TESTUSDT', S: 'SELL', o: 'LIMIT', f: 'IOC', q: '20.000', p: '95.00', ap: '95.00', X: 'FILLED' },
      ...{ l: '20.000', z: '20.000', T: expect.any(Number) },
    },
  });
  await until(() => named(user, 'ORDER_TRADE_UPDATE').length === 4);
  const orders = named(user, 'ORDER_TRADE_UPDATE') as unknown as { o: Record<string, unknown> }[];
  expect(orders.map(({ o }) => [o['x'], o['X'], o['o']])).toEqual([
    ['NEW', 'NEW', 'MARKET'],
    ['TRADE', 'FILLED', 'MARKET'],
    ['NEW', 'NEW', 'LIQUIDATION'],
    ['CALCULATED', 'FILLED', 'LIQUIDATION'],
  ]);
  expect(named(user, 'ACCOUNT_CONFIG_UPDATE')).toMatchObject([{ ac: { s: 'TESTUSDT', l: 50 } }]);
  expect(named(user, 'ACCOUNT_UPDATE').at(-1)).toMatchObject({
    a: { m: 'ORDER', B: [{ a: 'USDT', cw: '0.00000000' }], P: [{ s: 'TESTUSDT', pa: '0.000', cr: '-100.00000000' }] },
  });
  for (const socket of [user, ...open]) socket.close();
});
