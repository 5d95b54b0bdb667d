import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { startScripted, type Key } from './sim-client.js';
import { UsdmClient } from './usdm-client.js';

let directory: string;
let venue: SimVenue;
let client: UsdmClient;

const start = async (env: Record<string, string> = {}): Promise<void> => {
  venue = await startScripted({ SIM_DATA_DIR: directory, ...env });
  client = new UsdmClient(venue);
};
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sim-usdm-'));
  await start();
});
afterEach(async () => {
  await venue.stop();
  rmSync(directory, { recursive: true });
});

/** A position each way, and orders that rest, one of them only to reduce. */
async function traded(): Promise<Key> {
  const key = await client.account('a', '10000');
  const other = await client.account('b', '10000');
  await client.signed(key, 'POST', '/fapi/v1/marginType', { symbol: 'TESTUSDT', marginType: 'ISOLATED' });
  await client.order(other, 'SELL', '100', '7');
  await client.market(key, 'BUY', '3');
  await client.order(key, 'SELL', '110', '2', { reduceOnly: 'true', newClientOrderId: 'reduces' });
  await client.order(key, 'BUY', '90', '1', { newClientOrderId: 'opens' });
  await client.mark('101');
  await client.control('POST', 'funding', { symbol: 'TESTUSDT', rate: '0.0003' });
  return key;
}

const facts = async (key: Key): Promise<unknown> => ({
  account: (await client.signed(key, 'GET', '/fapi/v2/account')).body,
  risk: (await client.signed(key, 'GET', '/fapi/v2/positionRisk')).list,
  orders: (await client.signed(key, 'GET', '/fapi/v1/allOrders', { symbol: 'TESTUSDT' })).list,
  income: (await client.signed(key, 'GET', '/fapi/v1/income')).list,
  ledger: await client.control('GET', 'ledger?product=usdm'),
});

it('a restart knows wallets, positions, orders and the scripted mark, and trades on', async () => {
  const key = await traded();
  const before = await facts(key);
  await venue.stop();
  await start();
  expect(await facts(key)).toEqual(before);
  const placed = await client.market(key, 'BUY', '1');
  expect(placed.body).toMatchObject({ status: 'FILLED', avgPrice: '100.00' });
  await client.control('GET', 'invariants');
});

it('a restart may lose the open orders and keeps everything else', async () => {
  const key = await traded();
  await venue.stop();
  await start({ SIM_RESTORE_OPEN_ORDERS: 'false' });
  const orders = (await client.signed(key, 'GET', '/fapi/v1/allOrders', { symbol: 'TESTUSDT' })).list;
  expect(orders).toMatchObject([{ status: 'FILLED' }, { status: 'EXPIRED' }, { status: 'EXPIRED' }]);
  expect((await client.signed(key, 'GET', '/fapi/v3/positionRisk')).list).toMatchObject([{ positionAmt: '3.000' }]);
  await client.control('GET', 'invariants');
});

it('a dump of the state is taken back whole', async () => {
  const key = await traded();
  const before = await facts(key);
  const state = await client.control('GET', 'state');
  await client.control('POST', 'reset');
  expect((await client.control('GET', 'ledger?product=usdm'))['orders']).toEqual([]);
  await client.control('PUT', 'state', state);
  expect(await facts(key)).toEqual(before);
});
