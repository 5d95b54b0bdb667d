import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { epochMs, type AccountId } from '#domain';
import { OFFSET, T0, VENUE, order } from '../../../../test/support/venue-packs/pack.js';
import { VenueServer } from '../../../../test/support/venue-server.js';
import { bybit } from '../bybit/protocol.js';
import { HYPERLIQUID } from '../hyperliquid/protocol.js';
import type { VenueClock } from '../ports.js';
import { CcxtVenue } from './ccxt-venue.js';

const KEY = 'aKeyThatNobodyMaySee';
const clock = { now: () => epochMs(T0) };
const venueClock: VenueClock = { now: () => epochMs(T0 + OFFSET), offsetMs: () => OFFSET, errorMs: () => 5 };
const account = { accountId: 'a' as AccountId, apiKey: KEY, apiSecret: 'aSecretOfThatKey' };
const fence = { claimEpoch: 1, claimedAt: epochMs(T0), validUntil: epochMs(T0 + 3_000) };

let server: VenueServer;
beforeAll(async () => {
  server = await VenueServer.start();
});
afterAll(() => server.stop());

it.each([
  ['whole', ''],
  ['across the length to which a text is cut', '-'.repeat(450)],
])('S-05 tells on nothing of a key that the vendor quotes: %s', async (_, before) => {
  const quote = `error sign! ${before}origin_string[${T0}${KEY}5000]`;
  server.answer = () => ({ status: 200, body: { retCode: 10_004, retMsg: quote, result: {} } });
  const venue = new CcxtVenue({ id: VENUE, protocol: bybit('spot'), baseUrl: server.url, clock });
  const session = await venue.connect(account, venueClock);

  const settings = await session.accountSettings();
  const placed = await session.place(order('BTCUSDT'), fence);
  await venue.close();

  expect(settings).toMatchObject({ kind: 'failed', why: { code: '10004' } });
  expect(placed).toMatchObject({ kind: 'refused', why: { code: '10004' } });
  expect(settings.kind === 'failed' ? settings.why.text : '').toContain('error sign!');
  expect(JSON.stringify([settings, placed])).not.toContain(KEY.slice(0, 6));
});

it('S-05 tells on nothing of a key that a code is made of', async () => {
  const secret = `0x${'1'.repeat(64)}`;
  server.answer = () => ({ status: 200, body: { status: 'err', response: `Unknown signer ${secret}` } });
  const venue = new CcxtVenue({ id: VENUE, protocol: HYPERLIQUID, baseUrl: server.url, clock });
  const session = await venue.connect({ ...account, apiSecret: secret }, venueClock);

  const balances = await session.balances();
  await venue.close();

  expect(balances).toMatchObject({ kind: 'failed', why: { code: 'Unknown signer [key]' } });
  expect(JSON.stringify(balances)).not.toContain(secret);
});
