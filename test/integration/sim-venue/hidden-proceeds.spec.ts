import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted } from './sim-client.js';

let venue: SimVenue;
let client: SimClient;

beforeAll(async () => {
  venue = await startScripted();
  client = new SimClient(venue);
});
afterAll(() => venue.stop());

it('an account is never shown less than nothing, though it spent what a hidden fill brought', async () => {
  const key = await client.account('a', { USDT: '1000' });
  await client.book([], [['100', '5']]);
  await client.control('POST', 'faults', { fault: 'fill', args: { how: 'delay', ms: 600_000 }, times: 1 });
  await client.order(key, 'BUY', '100', '1');
  expect((await client.order(key, 'SELL', '200', '0.5')).status).toBe(200);
  const shown = async (params: Record<string, string>) =>
    (await client.signed(key, 'GET', '/api/v3/account', params)).body.balances;
  const balances = [
    { asset: 'USDT', free: '900.00000000', locked: '100.00000000' },
    { asset: 'TEST', free: '0.00000000', locked: '0.50000000' },
  ];
  expect(await shown({})).toEqual(balances);
  expect(await shown({ omitZeroBalances: 'true' })).toEqual(balances);
});
