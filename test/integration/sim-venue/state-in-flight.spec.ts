import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { until } from '../../support/until.js';
import { SimClient, startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

const REFUSED = {
  status: 401,
  body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
};

let venue: SimVenue;
let client: SimClient;

beforeEach(async () => {
  venue = await startScripted();
  client = new SimClient(venue);
});
afterEach(() => venue.stop());

/** Orders are checked, and then wait before they are matched. */
const queue = (product: string): Promise<unknown> =>
  client.control('POST', 'faults', { match: { product }, fault: 'latency', args: { ms: 500, when: 'queue' } });
const queued = (): Promise<void> =>
  until(async () => (await client.control('GET', 'faults')).faults.some(({ fired }) => fired > 0));
const rich = async (): Promise<{ key: Key; poor: unknown }> => {
  const key = await client.account('a', { USDT: '10' });
  const poor = await client.control('GET', 'state');
  await client.control('POST', 'accounts/a/deposits', { asset: 'USDT', amount: '990' });
  return { key, poor };
};

it('an order that was queued when the state was replaced is refused, and touches no money', async () => {
  const { key, poor } = await rich();
  await queue('spot');
  const order = client.order(key, 'BUY', '100', '1');
  await queued();
  await client.control('PUT', 'state', poor);
  expect(await order).toMatchObject(REFUSED);
  expect((await client.control('GET', 'ledger')).orders).toEqual([]);
  expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
  await client.control('DELETE', 'faults');
  expect((await client.order(key, 'BUY', '5', '1')).status).toBe(200);
});

it('an order that was queued when everything was forgotten is refused', async () => {
  const { key } = await rich();
  await queue('spot');
  const order = client.order(key, 'BUY', '100', '1');
  await queued();
  await client.control('POST', 'reset');
  expect(await order).toMatchObject(REFUSED);
  expect((await client.control('GET', 'ledger')).orders).toEqual([]);
});

it('a queued USD-M order is refused as well', async () => {
  const usdm = new UsdmClient(venue);
  const key = await usdm.account('a', '1');
  await usdm.book([['99', '5']], [['101', '5']]);
  const poor = await client.control('GET', 'state');
  await client.control('POST', 'accounts/a/deposits', { product: 'usdm', asset: 'USDT', amount: '5000' });
  await queue('usdm');
  const order = usdm.order(key, 'BUY', '100', '1');
  await queued();
  await client.control('PUT', 'state', poor);
  expect(await order).toMatchObject(REFUSED);
  expect((await client.control('GET', 'ledger?product=usdm')).orders).toEqual([]);
});

it('what was to happen later to the old state does not happen to the new one', async () => {
  const { key, poor } = await rich();
  await client.control('POST', 'faults', { fault: 'acceptance', args: { how: 'asynchronous', ms: 100 } });
  expect((await client.order(key, 'BUY', '100', '1', { newClientOrderId: 'old' })).status).toBe(200);
  await client.control('PUT', 'state', poor);
  await client.order(key, 'BUY', '5', '1', { newClientOrderId: 'new' });
  await until(async () => (await client.control('GET', 'ledger')).orders.length > 0);
  expect((await client.control('GET', 'ledger')).orders).toMatchObject([{ clientOrderId: 'new' }]);
  expect(await client.control('GET', 'invariants')).toEqual({ hold: true });
});
