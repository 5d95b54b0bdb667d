import { err, ok, type Result } from '../errors/result.js';
import { strategySymbol, type StrategyMarket, type StrategySymbol } from '../strategy/strategy.js';

/** What a symbol is read for. */
export interface SymbolContext {
  readonly market: StrategyMarket;
  /** What it must be one of; twice the same counts once. */
  readonly symbols: readonly Pick<StrategySymbol, 'base' | 'quote'>[];
  /** Quote of a base alone. */
  readonly defaultQuote: string;
}

/** Why a text is no symbol of the strategy. */
export interface SymbolFault {
  /** `other_market`: it says perpetual and the strategy trades spot. */
  readonly code: 'malformed' | 'other_market' | 'not_listed' | 'ambiguous';
  /** As `BTCUSDT` where it could be read, else the text itself. */
  readonly symbol: string;
}

/** `BTCUSDT`, `BTC/USDT`, `BTC-USDT` or `BTC`, maybe of an exchange, maybe a perpetual. */
const FORM = /^(?:[A-Z0-9_]{1,20}:)?([A-Z0-9]{1,40})(?:[-/]([A-Z0-9]{1,20}))?(\.P)?$/;
/** As the order API names a perpetual. */
const ORDER_API_PERPETUAL = /^([A-Z0-9]{1,20}):PERP-([A-Z0-9]{1,20})$/;

/**
 * Finds the one symbol of a strategy that a signal means (signal-apis.md 0, rule 5), whatever the case. An exchange in
 * front is not looked at: charts are often of another one. Pure.
 */
export function readSymbol(text: string, context: SymbolContext): Result<StrategySymbol, SymbolFault> {
  const parts = partsOf(text.trim().toUpperCase());
  if (parts === null) return err({ code: 'malformed', symbol: text });
  const { name, quote, isPerpetual } = parts;
  const symbol = `${name}${quote ?? ''}`;
  if (isPerpetual && context.market === 'SPOT') return err({ code: 'other_market', symbol: `${symbol}.P` });
  const found =
    quote === null
      ? ofOneName(name, context.symbols, context.defaultQuote.toUpperCase())
      : distinct(context.symbols.filter((one) => isNamed(one.base, name) && isNamed(one.quote, quote)));
  const [first] = found;
  if (first === undefined) return err({ code: 'not_listed', symbol });
  return found.length > 1 ? err({ code: 'ambiguous', symbol }) : ok(first);
}

function partsOf(text: string): { name: string; quote: string | null; isPerpetual: boolean } | null {
  const perpetual = ORDER_API_PERPETUAL.exec(text);
  if (perpetual !== null) return { name: perpetual[1] ?? '', quote: perpetual[2] ?? '', isPerpetual: true };
  const match = FORM.exec(text);
  if (match === null) return null;
  return { name: match[1] ?? '', quote: match[2] ?? null, isPerpetual: match[3] !== undefined };
}

/** Without anything between it is a whole symbol first, and a base alone where it is none. */
function ofOneName(name: string, symbols: SymbolContext['symbols'], defaultQuote: string): StrategySymbol[] {
  const whole = symbols.filter(
    ({ base, quote }) => base.length + quote.length === name.length && isNamed(`${base}${quote}`, name),
  );
  if (whole.length > 0) return distinct(whole);
  return distinct(symbols.filter(({ base, quote }) => isNamed(base, name) && isNamed(quote, defaultQuote)));
}

/** Venues write some assets with small letters. */
function isNamed(asset: string, name: string): boolean {
  return asset === name || (asset.length === name.length && asset.toUpperCase() === name);
}

function distinct(symbols: SymbolContext['symbols']): StrategySymbol[] {
  const all = symbols.map(({ base, quote }) => strategySymbol(base, quote));
  return [...new Map(all.map((one) => [`${one.base}/${one.quote}`, one])).values()];
}
