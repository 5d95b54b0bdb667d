import type { EpochMs } from '#domain';
import type { StrategyMarket } from '../common/strategy-terms.js';
import type { BarSubclass, BarType } from './bar-types.js';

/** A strategy as it is stored. */
export interface ShownStrategy {
  readonly number: number;
  readonly createdAt: EpochMs;
  readonly name: string;
  /** As they were given; not empty. */
  readonly exchanges: readonly string[];
  readonly market: StrategyMarket;
  /** `ETH-USDT`. */
  readonly pairs: readonly string[];
}

/** The object Strategy, keys in the order of the contract; its id is a number. */
export function showStrategy({ number, createdAt, name, exchanges, market, pairs }: ShownStrategy) {
  return {
    strategy_id: number,
    creation_timestamp: createdAt,
    name,
    exchange: exchanges[0] ?? '',
    exchanges,
    market,
    symbols: pairs.map((pair) => {
      const { base, quote } = assetsOf(pair);
      return { base_asset: base, quote_asset: quote, symbol: `${base}${quote}` };
    }),
  };
}

/** By ascending id. */
export function showStrategies(strategies: readonly ShownStrategy[]) {
  return { strategies: strategies.toSorted((a, b) => a.number - b.number).map(showStrategy) };
}

export interface TradedPair {
  readonly pair: string;
  readonly market: StrategyMarket;
}

/** Rows of one market have `market`; without a choice of market each symbol has one row with its `markets`. */
export function showSymbols(traded: readonly TradedPair[], market: StrategyMarket | null) {
  const pairs = [...new Set(traded.filter((one) => market === null || one.market === market).map(({ pair }) => pair))];
  const symbols = pairs.map((pair) => {
    const { base, quote } = assetsOf(pair);
    const markets = traded.filter((one) => one.pair === pair).map((one) => one.market);
    const where = market === null ? { markets: inOrder(markets) } : { market };
    return { symbol: `${base}${quote}`, base_asset: base, quote_asset: quote, ...where };
  });
  return { symbols: symbols.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)) };
}

export function showExchanges(
  exchanges: readonly { readonly name: string; readonly markets: readonly StrategyMarket[] }[],
) {
  return { exchanges: exchanges.map(({ name, markets }) => ({ name, markets: inOrder(markets) })) };
}

export interface HeldBars {
  readonly barType: BarType;
  readonly barSubclass: BarSubclass;
  readonly pair: string;
  readonly exchange: string;
}

export function showBarTypes(held: readonly HeldBars[]) {
  return {
    bar_types: held.map(({ barType, barSubclass, pair, exchange }) => {
      const { base, quote } = assetsOf(pair);
      return { bar_type: barType, bar_subclass: barSubclass, base_asset: base, quote_asset: quote, exchange };
    }),
  };
}

export const PONG = { message: 'pong' } as const;
export const showServerTime = (now: EpochMs) => ({ server_time: now });

/** Spot first, each once. */
const inOrder = (markets: readonly StrategyMarket[]): readonly StrategyMarket[] =>
  (['SPOT', 'FUTURES'] as const).filter((market) => markets.includes(market));

function assetsOf(pair: string): { base: string; quote: string } {
  const [base = '', quote = ''] = pair.split('-');
  return { base, quote };
}
