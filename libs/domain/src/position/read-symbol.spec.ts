import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { readSymbol, type SymbolContext } from './read-symbol.js';

const BTC = { base: 'BTC', quote: 'USDT', symbol: 'BTCUSDT' };
const FUTURES: SymbolContext = {
  market: 'FUTURES',
  symbols: [
    { base: 'BTC', quote: 'USDT' },
    { base: 'BTC', quote: 'USDC' },
    { base: 'ETH', quote: 'USDT' },
  ],
  defaultQuote: 'USDT',
};
const SPOT: SymbolContext = { ...FUTURES, market: 'SPOT' };

describe('readSymbol', () => {
  it.each([
    'BTCUSDT',
    'btcusdt',
    'BTC/USDT',
    'btc/usdt',
    'BTC-USDT',
    'BINANCE:BTCUSDT',
    'binance:btc/usdt',
    'BTC',
    'btc',
    ' BTCUSDT ',
  ])('takes %j in both markets', (text) => {
    for (const context of [FUTURES, SPOT]) expect(readSymbol(text, context)).toEqual({ ok: true, value: BTC });
  });

  it.each(['BTCUSDT.P', 'btcusdt.p', 'BINANCE:BTCUSDT.P', 'BTC/USDT.P', 'BTC.P', 'BTC:PERP-USDT'])(
    'takes %j as a perpetual, which no spot strategy trades',
    (text) => {
      expect(readSymbol(text, FUTURES)).toEqual({ ok: true, value: BTC });
      expect(readSymbol(text, SPOT)).toMatchObject({ ok: false, error: { code: 'other_market' } });
    },
  );

  it.each([
    ['BTCUSDC', 'USDC'],
    ['BTC-USDC', 'USDC'],
  ])('takes the quote that %s names, not the default one', (text, quote) => {
    expect(readSymbol(text, FUTURES)).toMatchObject({ ok: true, value: { base: 'BTC', quote } });
  });

  it('takes the quote of the strategy for a base alone', () => {
    expect(readSymbol('BTC', { ...FUTURES, defaultQuote: 'usdc' })).toMatchObject({ value: { symbol: 'BTCUSDC' } });
    expect(readSymbol('ETH', { ...FUTURES, defaultQuote: 'USDC' })).toEqual({
      ok: false,
      error: { code: 'not_listed', symbol: 'ETH' },
    });
  });

  it.each([
    ['DOGEUSDT', 'not_listed', 'DOGEUSDT'],
    ['DOGE/USDT', 'not_listed', 'DOGEUSDT'],
    ['BT/CUSDT', 'not_listed', 'BTCUSDT'],
    ['USDT', 'not_listed', 'USDT'],
    ['', 'malformed', ''],
    ['BTC USDT', 'malformed', 'BTC USDT'],
    ['BTC/USDT/PERP', 'malformed', 'BTC/USDT/PERP'],
    ['A:B:BTCUSDT', 'malformed', 'A:B:BTCUSDT'],
    ['BTCUSDT.X', 'malformed', 'BTCUSDT.X'],
    ['x'.repeat(100), 'malformed', 'x'.repeat(100)],
  ])('refuses %j as %s', (text, code, symbol) => {
    expect(readSymbol(text, FUTURES)).toEqual({ ok: false, error: { code, symbol } });
  });

  it('refuses what could be two, unless what stands between tells them apart', () => {
    const two = {
      ...FUTURES,
      symbols: [
        { base: 'AB', quote: 'USDT' },
        { base: 'A', quote: 'BUSDT' },
      ],
    };
    expect(readSymbol('ABUSDT', two)).toEqual({ ok: false, error: { code: 'ambiguous', symbol: 'ABUSDT' } });
    expect(readSymbol('AB/USDT', two)).toMatchObject({ ok: true, value: { base: 'AB' } });
    expect(readSymbol('A-BUSDT', two)).toMatchObject({ ok: true, value: { base: 'A' } });
  });

  it('reads a whole symbol before a base of the same name', () => {
    const odd = {
      ...FUTURES,
      symbols: [
        { base: 'BTC', quote: 'USDT' },
        { base: 'BTCUSDT', quote: 'USDT' },
      ],
    };
    expect(readSymbol('BTCUSDT', odd)).toEqual({ ok: true, value: BTC });
  });

  it('gives one of the list or a refusal, and the same for the same in any case', () => {
    const asset = fc.stringMatching(/^[A-Z0-9]{1,6}$/);
    const symbols = fc.array(fc.record({ base: asset, quote: asset }), { maxLength: 6 });
    const separator = fc.constantFrom('', '/', '-');
    let found = 0;
    fc.assert(
      fc.property(symbols, fc.nat(), separator, fc.string({ maxLength: 12 }), (list, at, between, other) => {
        const context: SymbolContext = { market: 'FUTURES', symbols: list, defaultQuote: 'USDT' };
        const chosen = list[at % Math.max(1, list.length)];
        const text = chosen === undefined ? other : `${chosen.base}${between}${chosen.quote}`;
        const read = readSymbol(text, context);
        if (chosen !== undefined && between !== '') expect(read).toMatchObject({ ok: true, value: chosen });
        if (read.ok) {
          found += 1;
          expect(list).toContainEqual({ base: read.value.base, quote: read.value.quote });
        }
        expect(readSymbol(text.toLowerCase(), context).ok).toBe(read.ok);
      }),
    );
    expect(found).toBeGreaterThan(20);
  });
});
