import { Refusal } from '../floor/refusal.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import type { Params } from './params.js';

/** @throws Refusal -1121 */
export function marketOf(markets: ReadonlyMap<string, SymbolMarket>, params: Params): SymbolMarket {
  const market = markets.get(params.get('symbol') ?? '');
  if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
  return market;
}
