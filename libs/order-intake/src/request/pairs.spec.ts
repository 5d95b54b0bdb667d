import { expect, it } from '@jest/globals';
import { marketTypeOfPair } from './pairs.js';

it.each([
  ['ETH-USDT', 'spot'],
  ['ETH:PERP-USDT', 'perp'],
  ['BTC:FUTURE_2028.02.29-USD', 'future'],
  ['BTC:CALL@60000.5_2026.06.26-USD', 'option'],
  ['BTC:PUT@60000_2026.06.26-USD', 'option'],
  ['BTC:FUTURE_2026.02.29-USD', null],
  ['ETH-USDT-X', null],
  ['ETH:SPOT-USDT', null],
  [`${'A'.repeat(21)}-USDT`, null],
  ['ETH-USDT\nX', null],
])('knows the market of %s', (pair, marketType) => {
  expect(marketTypeOfPair(pair)).toBe(marketType);
});
