import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AccountId } from '#domain';
import { T0, order } from '../../../../test/support/venue-packs/pack.js';
import { fenceAtT0, openPackWorld, type PackWorld } from '../../../../test/support/venue-packs/pack-world.js';
import { bybit } from '../bybit/protocol.js';
import { HYPERLIQUID } from '../hyperliquid/protocol.js';

const KEY = 'aKeyThatNobodyMaySee';
const account = { accountId: 'a' as AccountId, apiKey: KEY, apiSecret: 'aSecretOfThatKey' };

let world: PackWorld;
beforeAll(async () => {
  world = await openPackWorld();
});
afterAll(() => world.close());

it.each([
  ['whole', ''],
  ['across the length to which a text is cut', '-'.repeat(450)],
])('S-05 tells on nothing of a key that the vendor quotes: %s', async (_, before) => {
  const quote = `error sign! ${before}origin_string[${T0}${KEY}5000]`;
  world.server.answer = () => ({ status: 200, body: { retCode: 10_004, retMsg: quote, result: {} } });
  const session = await world.connect(bybit('spot'), account);

  const settings = await session.accountSettings();
  const placed = await session.place(order('BTCUSDT'), fenceAtT0());

  expect(settings).toMatchObject({ kind: 'failed', why: { code: '10004' } });
  expect(placed).toMatchObject({ kind: 'refused', why: { code: '10004' } });
  expect(settings.kind === 'failed' ? settings.why.text : '').toContain('error sign!');
  expect(JSON.stringify([settings, placed])).not.toContain(KEY.slice(0, 6));
});

it('S-05 tells on nothing of a key that a code is made of', async () => {
  const secret = `0x${'1'.repeat(64)}`;
  world.server.answer = () => ({ status: 200, body: { status: 'err', response: `Unknown signer ${secret}` } });
  const session = await world.connect(HYPERLIQUID, { ...account, apiSecret: secret });

  const balances = await session.balances();

  expect(balances).toMatchObject({ kind: 'failed', why: { code: 'Unknown signer [key]' } });
  expect(JSON.stringify(balances)).not.toContain(secret);
});
