import {
  readSymbol,
  type Instrument,
  type StrategyMarket,
  type StrategySymbol,
  type SymbolFault,
  type VenueId,
} from '#domain';
import { shown } from '#order-intake';
import type { FieldReader } from './field-reader.js';

/** Where symbols must exist. */
export interface SymbolPlaces {
  readonly market: StrategyMarket;
  readonly defaultQuote: string;
  /** The exchanges of the strategy and the venue that each is. */
  readonly places: readonly { readonly exchange: string; readonly venue: VenueId }[];
  readonly instruments: readonly Instrument[];
}

const MARKET_TYPE = { SPOT: 'spot', FUTURES: 'perp' } as const;
export const MAX_SYMBOLS = 500;

/**
 * Reads `symbols` of a strategy, each of which must exist on every one of its exchanges; twice the same counts once.
 * Undefined where it is absent or wrong, which is then recorded.
 */
export function readSymbols(
  reader: FieldReader,
  { market, defaultQuote, places, instruments }: SymbolPlaces,
): readonly StrategySymbol[] | undefined {
  const { faults } = reader;
  const lists = places.map(({ exchange, venue }) => ({
    exchange,
    symbols: instruments.filter((one) => one.venue === venue && one.marketType === MARKET_TYPE[market]),
  }));
  const read = reader.list('symbols', [1, MAX_SYMBOLS], (raw, path) => {
    if (typeof raw !== 'string') return faults.fail(path, `${path} must be text such as BTCUSDT, was ${shown(raw)}`);
    let found: StrategySymbol | undefined;
    for (const { exchange, symbols } of lists) {
      if (symbols.length === 0)
        return faults.fail(
          path,
          `${path} ${shown(raw)}: no ${market} instrument of ${exchange} is known at the moment`,
        );
      const text: string = found === undefined ? raw : `${found.base}/${found.quote}`;
      const one = readSymbol(text, { market, symbols, defaultQuote });
      if (!one.ok) return faults.fail(path, `${path} ${textOf(one.error.code, raw, market, exchange)}`);
      found ??= one.value;
    }
    return found;
  });
  if (read === undefined) return undefined;
  return [...new Map(read.map((one) => [`${one.base}/${one.quote}`, one])).values()];
}

function textOf(code: SymbolFault['code'], raw: string, market: StrategyMarket, exchange: string): string {
  switch (code) {
    case 'malformed':
      return `must look like BTCUSDT, BTC/USDT, BTC-USDT or BTC, was ${shown(raw)}`;
    case 'other_market':
      return `must be of the market ${market}, ${shown(raw)} is a perpetual`;
    case 'ambiguous':
      return `must be written BASE/QUOTE: ${shown(raw)} could be several instruments of ${exchange}`;
    case 'not_listed':
      return `must be a ${market} instrument of ${exchange}, was ${shown(raw)}`;
  }
}
