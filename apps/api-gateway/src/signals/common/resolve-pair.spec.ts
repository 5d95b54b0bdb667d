import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { resolvePair } from './resolve-pair.js';

const symbolsOf = (...pairs: readonly string[]) =>
  pairs.map((pair) => ({ base: pair.split('-')[0] ?? '', quote: pair.split('-')[1] ?? '' }));
const terms = {
  market: 'FUTURES',
  symbols: symbolsOf('BTC-USDT', 'ETH-USDT', 'ETH-BTC'),
  defaultQuote: 'USDT',
} as const;

it.each([
  ['BTCUSDT', 'BTC-USDT'],
  ['BTC/USDT', 'BTC-USDT'],
  ['BTC-USDT', 'BTC-USDT'],
  ['BINANCE:BTCUSDT', 'BTC-USDT'],
  ['BTCUSDT.P', 'BTC-USDT'],
  ['binance:btcusdt.p', 'BTC-USDT'],
  ['BTC', 'BTC-USDT'],
  ['eth', 'ETH-USDT'],
  [' ethbtc ', 'ETH-BTC'],
])('SA-27 reads the symbol %s as %s', (symbol, pair) => {
  expect(resolvePair(symbol, terms)).toEqual({ ok: true, value: pair });
});

it.each([
  ['DOGE', 'DOGE is not in this strategy'],
  ['DOGE/USDT', 'DOGEUSDT is not in this strategy'],
  ['BYBIT:DOGEUSDT.P', 'DOGEUSDT is not in this strategy'],
  ['BTCUSD', 'BTCUSD is not in this strategy'],
  ['', 'an empty symbol is not in this strategy'],
  ['BTC-USDT-X', 'BTCUSDT-X is not in this strategy'],
])('SA-49 refuses %j', (symbol, message) => {
  expect(resolvePair(symbol, terms)).toEqual({ ok: false, error: { reason: 'rejected_symbol', message } });
});

it('takes the default quote of the strategy for a bare base', () => {
  expect(resolvePair('ETH', { ...terms, defaultQuote: 'BTC' })).toEqual({ ok: true, value: 'ETH-BTC' });
  expect(resolvePair('BTC', { ...terms, defaultQuote: 'EUR' })).toMatchObject({ ok: false });
});

it('refuses what may mean two pairs', () => {
  const twins = { ...terms, symbols: symbolsOf('ABC-DUSD', 'ABCD-USD') };
  expect(resolvePair('ABCDUSD', twins)).toEqual({
    ok: false,
    error: { reason: 'rejected_symbol', message: 'ABCDUSD may mean ABC-DUSD or ABCD-USD: write it with a dash' },
  });
  expect(resolvePair('ABC/DUSD', twins)).toEqual({ ok: true, value: 'ABC-DUSD' });
});

it('knows that perpetuals are not traded on spot', () => {
  const spot = { ...terms, market: 'SPOT' } as const;
  expect(resolvePair('BINANCE:BTCUSDT.P', spot)).toEqual({
    ok: false,
    error: { reason: 'rejected_symbol', message: 'BTCUSDT.P is a perpetual, this strategy trades SPOT' },
  });
  expect(resolvePair('BINANCE:BTCUSDT', spot)).toEqual({ ok: true, value: 'BTC-USDT' });
});

it('never throws, and says why it refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (symbol) => {
      const pair = resolvePair(symbol, terms);
      if (!pair.ok) expect(pair.error.message).toMatch(/^.+ is not in this strategy$/);
    }),
  );
});
