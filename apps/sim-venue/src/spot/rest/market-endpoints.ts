import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { topLevels } from '../../market/market-data.js';
import type { Side } from '../../matching/book.js';
import type { SpotCall, SpotEndpoint, SpotVenue } from './endpoint.js';
import { marketOf } from '../../rest/symbol-param.js';
import { exchangeInfo } from './exchange-info.js';
import { candleRows } from '../../rest/klines.js';
import { averagePrice, bookTicker, dayTicker, miniDayTicker, priceTicker } from '../../rest/market-views.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';
import { aggregateTrades, publicTradeView, tradesFrom } from '../../rest/trade-views.js';

const ONE_SYMBOL: ParamRules = { symbol: { kind: 'symbol', mandatory: true } };
const SOME_SYMBOLS: ParamRules = {
  symbol: { kind: 'symbol' },
  symbols: { kind: 'json' },
  symbolStatus: { kind: 'enum' },
};

/** Everything anybody may read. */
export function marketEndpoints({ exchange, clock, requestLimits }: SpotVenue): readonly SpotEndpoint[] {
  const now = (): number => exchange.now();
  const get = (
    path: string,
    weight: SpotEndpoint['weight'],
    rules: ParamRules,
    prepare: (call: SpotCall) => () => unknown,
  ): SpotEndpoint => ({ method: 'GET', path: `/api/v3/${path}`, security: 'NONE', weight, rules, prepare });
  const one = (call: SpotCall): SymbolMarket => marketOf(exchange.markets, call.params);

  const isTrading = (symbol: string): boolean => exchange.policy.isTrading(symbol);
  const chosen = ({ params }: SpotCall): SymbolMarket[] => chosenMarkets(exchange.markets, params, isTrading);

  /** One object for `symbol`, a list otherwise. */
  const perSymbol = (view: (market: SymbolMarket, params: Params) => unknown) => (call: SpotCall) => {
    const markets = chosen(call);
    const views = (): unknown[] => markets.map((market) => view(market, call.params));
    return () => (call.params.has('symbol') ? views()[0] : views());
  };
  const perSymbolWeight = (single: number, all: number) => (params: Params) => (params.has('symbol') ? single : all);

  return [
    get('ping', 1, {}, () => () => ({})),
    get('time', 1, {}, () => () => ({ serverTime: clock.now() })),
    get(
      'exchangeInfo',
      20,
      {
        ...SOME_SYMBOLS,
        permissions: { kind: 'json' },
        showPermissionSets: { kind: 'boolean' },
      },
      (call) => {
        const markets = chosen(call);
        const showSets = call.params.get('showPermissionSets') !== 'false';
        return () => exchangeInfo(markets, requestLimits.limits, isTrading, clock.now(), showSets);
      },
    ),
    get('depth', depthWeight, { ...ONE_SYMBOL, limit: { kind: 'integer' }, symbolStatus: { kind: 'enum' } }, (call) => {
      const [market] = chosen(call) as [SymbolMarket];
      const limit = Math.min(integerParam(call.params, 'limit', { min: 1, max: 1_000_000 }) ?? 100, 5_000);
      return () => ({
        lastUpdateId: market.updateId,
        bids: levelRows(market, 'BUY', limit),
        asks: levelRows(market, 'SELL', limit),
      });
    }),
    get('trades', 25, { ...ONE_SYMBOL, limit: { kind: 'integer' } }, (call) => {
      const market = one(call);
      const limit = listLimit(call.params);
      return () => market.tape.recent(limit).map((trade) => publicTradeView(market.spec, trade));
    }),
    get('historicalTrades', 25, { ...ONE_SYMBOL, limit: { kind: 'integer' }, fromId: { kind: 'integer' } }, (call) => {
      const market = one(call);
      const limit = listLimit(call.params);
      const fromId = integerParam(call.params, 'fromId', { min: 0, max: Number.MAX_SAFE_INTEGER });
      return () => tradesFrom(market, fromId, limit).map((trade) => publicTradeView(market.spec, trade));
    }),
    get(
      'aggTrades',
      4,
      {
        ...ONE_SYMBOL,
        fromId: { kind: 'integer' },
        startTime: { kind: 'integer' },
        endTime: { kind: 'integer' },
        limit: { kind: 'integer' },
      },
      (call) => {
        const market = one(call);
        const limit = listLimit(call.params);
        const bound = (name: string): number | undefined =>
          integerParam(call.params, name, { min: 0, max: Number.MAX_SAFE_INTEGER });
        const [fromId, startTime, endTime] = [bound('fromId'), bound('startTime'), bound('endTime')];
        return () => aggregateTrades(market, { fromId, startTime, endTime, limit });
      },
    ),
    get(
      'klines',
      2,
      {
        ...ONE_SYMBOL,
        interval: { kind: 'text', mandatory: true },
        startTime: { kind: 'integer' },
        endTime: { kind: 'integer' },
        timeZone: { kind: 'text' },
        limit: { kind: 'integer' },
      },
      (call) => {
        const market = one(call);
        const limit = listLimit(call.params);
        return () => candleRows(market, call.params, { limit, now: now(), hasSeconds: true });
      },
    ),
    get('avgPrice', 2, ONE_SYMBOL, (call) => {
      const market = one(call);
      return () => averagePrice(market, now());
    }),
    get('ticker/price', perSymbolWeight(2, 4), SOME_SYMBOLS, perSymbol(priceTicker)),
    get('ticker/bookTicker', perSymbolWeight(2, 4), SOME_SYMBOLS, perSymbol(bookTicker)),
    get('ticker/24hr', dayTickerWeight, { ...SOME_SYMBOLS, type: { kind: 'enum' } }, (call) => {
      const type = call.params.get('type') ?? 'FULL';
      if (type !== 'FULL' && type !== 'MINI') throw new Refusal(-1139, 'Invalid ticker type.');
      return perSymbol((market) => (type === 'MINI' ? miniDayTicker : dayTicker)(market, now()))(call);
    }),
  ];
}

function levelRows(market: SymbolMarket, side: Side, limit: number): string[][] {
  const { spec } = market;
  return topLevels(market.book, side, limit).map(([ticks, lots]) => [spec.priceText(ticks), spec.qtyText(lots)]);
}

function depthWeight(params: Params): number {
  const limit = Number(params.get('limit') ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1_000 ? 50 : 250;
}

function listLimit(params: Params): number {
  return Math.min(integerParam(params, 'limit', { min: 1, max: 1_000_000 }) ?? 500, 1_000);
}

/** By how many symbols are named; all of them weigh as much as more than a hundred. */
function dayTickerWeight(params: Params): number {
  if (params.has('symbol')) return 2;
  const named = params.get('symbols')?.split(',').length ?? Infinity;
  if (named <= 20) return 2;
  return named <= 100 ? 40 : 80;
}

/**
 * The markets that `symbol` or `symbols` name, or all; those that `permissions` and `symbolStatus` leave of them.
 *
 * @throws Refusal -1121 for a name that is not listed, -1135 for a list that is none, -1151 for a name given twice,
 *   -1128 for parameters that exclude each other, -1122 and -1220 for a status that is none or not the symbol's
 */
function chosenMarkets(
  markets: ReadonlyMap<string, SymbolMarket>,
  params: Params,
  isTrading: (symbol: string) => boolean,
): SymbolMarket[] {
  const isNamed = params.has('symbol') || params.has('symbols');
  if ((params.has('symbol') && params.has('symbols')) || (isNamed && params.has('permissions')))
    throw new Refusal(-1128, 'Combination of optional parameters invalid.');
  const chosen = params.has('symbol') ? [marketOf(markets, params)] : namedMarkets(markets, params);
  const permissions = params.get('permissions');
  if (permissions !== undefined && !permissions.includes('SPOT')) return [];
  const status = params.get('symbolStatus');
  if (status === undefined) return chosen;
  if (!['TRADING', 'HALT', 'BREAK'].includes(status)) throw new Refusal(-1122, 'Invalid symbolStatus.');
  const matching = chosen.filter(({ spec }) => status === (isTrading(spec.symbol) ? 'TRADING' : 'BREAK'));
  if (matching.length === 0 && params.has('symbol'))
    throw new Refusal(-1220, "The symbol's status does not match the requested symbolStatus.");
  return matching;
}

function namedMarkets(markets: ReadonlyMap<string, SymbolMarket>, params: Params): SymbolMarket[] {
  const text = params.get('symbols');
  if (text === undefined) return [...markets.values()];
  const names = jsonList(text);
  if (names === null) throw new Refusal(-1135, "JSON sent for parameter 'symbols' is not valid");
  if (names.length === 0) throw new Refusal(-1105, "Parameter 'symbols' was empty.");
  if (new Set(names).size < names.length) throw new Refusal(-1151, 'Symbol is present multiple times in the list.');
  return names.map((name) => {
    const market = typeof name === 'string' ? markets.get(name) : undefined;
    if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
    return market;
  });
}

/** null when the text is no list. */
function jsonList(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
