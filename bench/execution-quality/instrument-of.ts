import { Dec, type Instrument, type Notional, type Price, type Quantity, type VenueId } from '#domain';
import type { Tape } from './tape/tape.js';

const UNITS = 100_000_000;
const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'BTC', 'ETH', 'EUR', 'USD'];

/** Least notional of an order at Binance: 5 USDT on spot; on USD-M by instrument, 5 where it is not listed here. */
const USDM_MIN_NOTIONAL: Readonly<Record<string, string>> = { BTCUSDT: '100', ETHUSDT: '20' };
const MIN_NOTIONAL = '5';

/** The instrument of a tape; its steps are those that the tape shows. */
export function instrumentOf({ symbol, product, tickUnits, lotUnits }: Tape): Instrument {
  const quote = QUOTES.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length) ?? '';
  const base = symbol.slice(0, symbol.length - quote.length);
  const lot = new Dec(lotUnits).div(UNITS) as Quantity;
  const minNotional = product === 'usdm' ? (USDM_MIN_NOTIONAL[symbol] ?? MIN_NOTIONAL) : MIN_NOTIONAL;
  return {
    venue: 'tape' as VenueId,
    ...{ symbol, pair: `${base}-${quote}`, base, quote, lot, minQty: lot },
    marketType: product === 'spot' ? 'spot' : 'perp',
    tick: new Dec(tickUnits).div(UNITS) as Price,
    minNotional: new Dec(minNotional) as Notional,
    status: 'trading',
  };
}
