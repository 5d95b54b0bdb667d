import { describe, expect, it } from '@jest/globals';
import type { Instrument } from '#domain';
import { priceSources } from './price-sources.js';

const listed = (venue: string, pair: string): Instrument =>
  ({ venue, pair, symbol: pair.replace(/:PERP|-/g, '') }) as Instrument;
const SIM = [
  { venue: 'sim', exchange: 'MockExchange' },
  { venue: 'sim-usdm', exchange: 'MockExchange' },
];
const INSTRUMENTS = [
  listed('sim', 'BTC-USDT'),
  listed('sim-usdm', 'BTC:PERP-USDT'),
  listed('binance-spot', 'BTC-USDT'),
  listed('bybit', 'Abc-USDT'),
  listed('bybit', 'ABC-USDT'),
];

describe('where prices of conditions come from', () => {
  it('takes the simulated exchange for Binance where there is no Binance', () => {
    const { find } = priceSources(INSTRUMENTS, SIM);
    expect(find('BTC-USDT', 'Binance')).toEqual({ ok: true, value: { venue: 'sim', symbol: 'BTCUSDT' } });
    expect(find('BTC:PERP-USDT', 'binance')).toEqual({ ok: true, value: { venue: 'sim-usdm', symbol: 'BTCUSDT' } });
    expect(find('BTC-USDT', 'Bybit')).toEqual({ ok: false, error: "unknown exchange 'Bybit'" });
  });

  it('takes Binance itself where there is one', () => {
    const { find } = priceSources(INSTRUMENTS, [...SIM, { venue: 'binance-spot', exchange: 'Binance' }]);
    expect(find('BTC-USDT', 'BINANCE')).toMatchObject({ value: { venue: 'binance-spot' } });
    expect(find('BTC-USDT', 'MockExchange')).toMatchObject({ value: { venue: 'sim' } });
    expect(find('BTC:PERP-USDT', 'Binance')).toEqual({ ok: false, error: "no pair 'BTC:PERP-USDT' on 'Binance'" });
  });

  it('finds a pair exactly, else whatever the case if that is unique', () => {
    const { find } = priceSources(INSTRUMENTS, [...SIM, { venue: 'bybit', exchange: 'Bybit' }]);
    expect(find('btc-usdt', 'MockExchange')).toMatchObject({ ok: true });
    expect(find('ABC-USDT', 'Bybit')).toMatchObject({ ok: true });
    expect(find('abc-usdt', 'Bybit')).toEqual({ ok: false, error: "no pair 'abc-usdt' on 'Bybit'" });
  });
});
