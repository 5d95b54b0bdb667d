import { describe, expect, it } from '@jest/globals';
import { Dec, decimal, type AccountId, type Side } from '#domain';
import { INSTRUMENT } from '../../../../test/support/simulated-order.js';
import { accountMarket, type AccountMarketInputs } from './account-market.js';

const inputs = (side: Side, marketType: 'spot' | 'perp'): AccountMarketInputs => ({
  accountId: 'account' as AccountId,
  instrument: { ...INSTRUMENT, marketType },
  snapshot: null,
  state: null,
  balances: [
    { asset: 'BTC', free: decimal('2'), locked: decimal('1') },
    { asset: 'USDT', free: decimal('500'), locked: decimal('0') },
  ],
  side,
  budgetFree: 1,
  habits: { cancelP99Ms: 500, makerMarkout: { fills: 0, meanLossBps: new Dec(0) } },
  countedBefore: null,
  amend: 'none',
  priceCollar: null,
  reducible: null,
  keyRefused: null,
  positionSide: null,
});

describe('what the engine is told of an account', () => {
  it.each([
    ['buy', 'spot', '500', '500'],
    ['sell', 'spot', '2', '3'],
    ['buy', 'perp', '500', '500'],
    ['sell', 'perp', '500', '500'],
  ] as const)('a %s on %s is paid from %s of %s', (side, marketType, free, total) => {
    const told = accountMarket(inputs(side, marketType));
    expect([told.freeBalance?.toFixed(), told.totalBalance?.toFixed()]).toEqual([free, total]);
  });

  it.each([
    ['none', 'none'],
    ['quantity_down', 'shrink'],
    ['price_and_quantity', 'move'],
    ['size_or_price', 'move'],
    ['replace', 'move'],
  ] as const)('a venue that amends %s lets it %s', (amend, amends) => {
    expect(accountMarket({ ...inputs('buy', 'spot'), amend }).amends).toBe(amends);
  });

  it.each([
    // told of the position, a trade newer than that, what the engine is told
    ['sell', '0', true, undefined],
    ['sell', '0', false, '0'],
    ['sell', '-3', true, undefined],
    ['sell', '0.0001', true, undefined],
    ['sell', '3', true, '3'],
    ['buy', '3', true, undefined],
    ['buy', '-3', true, '-3'],
  ] as const)('to %s a position of %s, behind a trade: %s', (side, both, isBehind, told) => {
    const nothing = {
      long: decimal('0'),
      short: decimal('0'),
      reducingBuys: decimal('0'),
      reducingSells: decimal('0'),
    };
    const reducible = { ...nothing, both: decimal(both), isBehind };
    expect(accountMarket({ ...inputs(side, 'perp'), reducible }).position?.toFixed()).toBe(told);
  });
});
