import { expect, it } from '@jest/globals';
import { defaultLimits } from '../ccxt/default-limits.js';
import { anyProfile } from '../ccxt/generic/profile.js';
import { HYPERLIQUID_LIMITS } from '../hyperliquid/limits.js';
import { HYPERLIQUID_PROFILE } from '../hyperliquid/traits.js';
import { KRAKEN_LIMITS } from '../kraken/limits.js';
import { KRAKEN_PROFILE } from '../kraken/traits.js';
import { OKX_LIMITS } from '../okx/limits.js';
import { OKX_PROFILE } from '../okx/traits.js';
import { listsAllAtOnce, pollEveryMs } from './poll-period.js';

const generic = (product: 'spot' | 'linear') => anyProfile({ exchange: 'bitstamp', product }).calls;

it('polls as seldom as a quarter of the tightest limit allows', () => {
  // Open orders 1, fills 2, balances 1; a quarter of 0.33 a second.
  expect(pollEveryMs(KRAKEN_LIMITS, KRAKEN_PROFILE.calls)).toBe(Math.ceil(4 / ((0.33 / 1_000) * 0.25)));
  expect(pollEveryMs(KRAKEN_LIMITS, KRAKEN_PROFILE.calls, 3)).toBe(Math.ceil(8 / ((0.33 / 1_000) * 0.25)));
  // 20 + 120 + 2 + 2 of a quarter of 1,200 a minute.
  expect(pollEveryMs(HYPERLIQUID_LIMITS, HYPERLIQUID_PROFILE.calls)).toBe(28_800);
  expect(pollEveryMs(OKX_LIMITS, OKX_PROFILE.calls)).toBeLessThan(5_000);
});

it('polls an exchange that nobody has described within its guessed limits, and slower where ccxt is slow', () => {
  // 1 + 1 + 3 of a quarter of 20 in 10 s; perpetuals 3 more for positions.
  expect(pollEveryMs(defaultLimits('any'), generic('spot'))).toBe(10_000);
  expect(pollEveryMs(defaultLimits('any'), generic('linear'))).toBe(16_000);
  // 1 + 1 + 1 of a quarter of 2 in 10 s.
  expect(pollEveryMs(defaultLimits('any', 2_000), generic('spot'))).toBe(60_000);
});

it('follows limits that were overridden', () => {
  const pro = {
    ...KRAKEN_LIMITS,
    definitions: KRAKEN_LIMITS.definitions.map((one) =>
      one.kind === 'decaying_counter' && one.id === 'kr.calls' ? { ...one, params: { ...one.params, decay: 1 } } : one,
    ),
  };
  expect(pollEveryMs(pro, KRAKEN_PROFILE.calls)).toBe(16_000);
});

it('asks for all open orders at once where that costs no more than one symbol after another', () => {
  expect(listsAllAtOnce(KRAKEN_LIMITS, KRAKEN_PROFILE.calls, 1)).toBe(true);
  expect(listsAllAtOnce(HYPERLIQUID_LIMITS, HYPERLIQUID_PROFILE.calls, 2)).toBe(true);
});
