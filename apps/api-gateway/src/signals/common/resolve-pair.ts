import { err, ok, type Result } from '#domain';
import { showName } from '#order-intake';
import type { SignalFault } from './fault.js';
import type { StrategyTerms } from './strategy-terms.js';

/** Longer ones name nothing that is traded anywhere. */
export const MAX_SYMBOL = 64;

/**
 * The pair of the strategy, `BTC-USDT`, that a symbol names: `BTCUSDT`, `BTC/USDT`, `BTC-USDT`, `BINANCE:BTCUSDT`,
 * `BTCUSDT.P`, or a bare `BTC` of the default quote, in any case (signal-apis.md 0 rule 5). The exchange is not looked at:
 * charts are often of another one.
 */
export function resolvePair(text: string, terms: StrategyTerms): Result<string, SignalFault> {
  if (text.length > MAX_SYMBOL) return refuse(`${showName(text)} is not in this strategy`);
  const symbol = text
    .trim()
    .toUpperCase()
    .replace(/^[A-Z0-9_]+:/, '');
  const name = symbol.replace(/\.P$/, '');
  if (name !== symbol && terms.market === 'SPOT')
    return refuse(`${showName(symbol)} is a perpetual, this strategy trades SPOT`);
  const dashed = name.replace('/', '-');
  const pairs = terms.symbols.map(({ base, quote }) => `${base}-${quote}`);
  const isMeant = dashed.includes('-')
    ? (pair: string): boolean => pair === dashed
    : (pair: string): boolean => pair.replace('-', '') === name;
  const meant = pairs.filter(isMeant);
  const [found, other] = meant.length > 0 ? meant : pairs.filter((pair) => pair === `${name}-${terms.defaultQuote}`);
  if (found === undefined)
    return refuse(`${showName(dashed.replace('-', '')) || 'an empty symbol'} is not in this strategy`);
  if (other !== undefined) return refuse(`${name} may mean ${found} or ${other}: write it with a dash`);
  return ok(found);
}

const refuse = (message: string): Result<never, SignalFault> => err({ reason: 'rejected_symbol', message });
