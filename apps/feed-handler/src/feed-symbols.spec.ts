import { describe, expect, it } from '@jest/globals';
import { notional, price, quantity, type Instrument, type VenueId } from '#domain';
import { loadConfig } from '#config';
import { feedHandlerShape } from './config.js';
import { FeedSymbols } from './feed-symbols.js';

const { FEED_SYMBOLS, FEED_SYMBOLS_BY_VENUE } = feedHandlerShape;
const read = (env: Readonly<Record<string, string>>) => loadConfig({ FEED_SYMBOLS, FEED_SYMBOLS_BY_VENUE }, env);
const SIM = 'sim' as VenueId;
const OKX = 'okx' as VenueId;
const DERIBIT = 'deribit' as VenueId;

const listed = (symbol: string, base: string, quote: string, pair = `${base}-${quote}`): Instrument => ({
  venue: SIM,
  symbol,
  pair,
  marketType: 'spot',
  base,
  quote,
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
});
const OF_BINANCE = [listed('BTCUSDT', 'BTC', 'USDT'), listed('ETHUSDT', 'ETH', 'USDT')];
const OF_OKX = [
  listed('BTC-USDT', 'BTC', 'USDT'),
  listed('ETH-USDT', 'ETH', 'USDT'),
  listed('BTC-USDC', 'BTC', 'USDC'),
];
const OF_DERIBIT = [listed('BTC_USDC-PERPETUAL', 'BTC', 'USDC', 'BTC:PERP-USDC')];

const symbols = (env: Readonly<Record<string, string>>, venues = [SIM, OKX, DERIBIT]) =>
  new FeedSymbols(read(env), venues);
const found = (at: FeedSymbols, venue: VenueId, instruments: readonly Instrument[]) =>
  at.of(venue, instruments).found.map(({ symbol }) => symbol);

describe('FEED_SYMBOLS', () => {
  it('means the same instruments at every venue, whatever the venue calls them', () => {
    const at = symbols({});
    expect(found(at, SIM, OF_BINANCE)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(found(at, OKX, OF_OKX)).toEqual(['BTC-USDT', 'ETH-USDT']);
    expect(found(symbols({ FEED_SYMBOLS: 'ETH-USDT,ETHUSDT' }), SIM, OF_BINANCE)).toEqual(['ETHUSDT']);
    expect(found(symbols({ FEED_SYMBOLS: 'BTC:PERP-USDC' }), DERIBIT, OF_DERIBIT)).toEqual(['BTC_USDC-PERPETUAL']);
  });

  it('gives way to a venue’s own list', () => {
    const at = symbols({ FEED_SYMBOLS_BY_VENUE: 'okx=BTC-USDC;deribit=BTC_USDC-PERPETUAL' });
    expect(found(at, OKX, OF_OKX)).toEqual(['BTC-USDC']);
    expect(found(at, DERIBIT, OF_DERIBIT)).toEqual(['BTC_USDC-PERPETUAL']);
    expect(found(at, SIM, OF_BINANCE)).toEqual(['BTCUSDT', 'ETHUSDT']);
  });

  it('says what it found, what it expected and where, of names that mean none or several', () => {
    const at = symbols({ FEED_SYMBOLS_BY_VENUE: 'okx=BTCUSDX,ETH-USDT' });
    expect(at.of(OKX, OF_OKX)).toMatchObject({
      found: [{ symbol: 'ETH-USDT' }],
      problems: ['FEED_SYMBOLS_BY_VENUE: must name an instrument of okx, such as BTC-USDT, BTC-USDC, was "BTCUSDX"'],
    });
    expect(symbols({}).of(DERIBIT, OF_DERIBIT).problems).toEqual([
      'FEED_SYMBOLS: must name an instrument of deribit, such as BTC_USDC-PERPETUAL, was "BTCUSDT"',
      'FEED_SYMBOLS: must name an instrument of deribit, such as BTC_USDC-PERPETUAL, was "ETHUSDT"',
    ]);
    const twice = [listed('BTC-USDT', 'BTC', 'USDT'), listed('BTC-USDT-SWAP', 'BTC', 'USDT')];
    expect(symbols({ FEED_SYMBOLS: 'BTCUSDT' }).of(OKX, twice)).toEqual({
      found: [],
      problems: ['FEED_SYMBOLS: must name one instrument alone of okx, such as BTC-USDT, BTC-USDT-SWAP, was "BTCUSDT"'],
    });
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [{ FEED_SYMBOLS: 'BTCUSDT,' }, 'FEED_SYMBOLS: must be names of instruments separated by commas, .* was ""'],
    [{ FEED_SYMBOLS: 'BTC USDT' }, 'FEED_SYMBOLS: .* was "BTC USDT"'],
    [{ FEED_SYMBOLS: 'A,'.repeat(100) + 'A' }, 'FEED_SYMBOLS: must name at most 100 instruments, was 101'],
    [{ FEED_SYMBOLS_BY_VENUE: 'okx' }, 'FEED_SYMBOLS_BY_VENUE: must be venue=name,name pairs .* was "okx"'],
    [{ FEED_SYMBOLS_BY_VENUE: 'okx=BTC-USDT;okx=ETH-USDT' }, 'must name each venue once, was "okx" again'],
    [{ FEED_SYMBOLS_BY_VENUE: 'okx=BTC-USDT,*' }, 'of okx must be names of instruments .* was "\\*"'],
  ])('is refused at the start: %j', (env, problem) => {
    expect(() => read(env)).toThrow(new RegExp(problem));
  });

  it('is refused at the start for a venue that there is not', () => {
    expect(() => symbols({ FEED_SYMBOLS_BY_VENUE: 'okex=BTC-USDT' })).toThrow(
      'FEED_SYMBOLS_BY_VENUE: must name venues that are on (sim, okx, deribit), was "okex"',
    );
  });
});
