import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { topLevels } from '../../market/market-data.js';
import type { Side } from '../../matching/book.js';
import type { SpotCall, SpotEndpoint, SpotVenue } from './endpoint.js';
import { marketOf } from '../../rest/symbol-param.js';
import { exchangeInfo } from './exchange-info.js';
import { averagePrice, bookTicker, candleRows, dayTicker, priceTicker } from '../../rest/market-views.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';
import { aggregateTrades, publicTradeView, tradesFrom } from '../../rest/trade-views.js';

const ONE_SYMBOL: ParamRules = { symbol: { kind: 'symbol', mandatory: true } };
const SOME_SYMBOLS: ParamRules = { symbol: { kind: 'symbol' }, symbols: { kind: 'json' } };

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

  /** One object for `symbol`, a list otherwise. */
  const perSymbol = (view: (market: SymbolMarket) => unknown) => (call: SpotCall) => {
    if (call.params.has('symbol')) {
      const market = one(call);
      return () => view(market);
    }
    const markets = marketsOf(exchange.markets, call.params);
    return () => markets.map(view);
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
        showPermissionSets: { kind: 'enum' },
        symbolStatus: { kind: 'enum' },
      },
      (call) => {
        const markets = call.params.has('symbol') ? [one(call)] : marketsOf(exchange.markets, call.params);
        return () =>
          exchangeInfo(markets, requestLimits.limits, (symbol) => exchange.policy.isTrading(symbol), clock.now());
      },
    ),
    get('depth', depthWeight, { ...ONE_SYMBOL, limit: { kind: 'integer' } }, (call) => {
      const market = one(call);
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
        const rows = candleRows(market, call.params, listLimit(call.params));
        return () => rows;
      },
    ),
    get('avgPrice', 2, ONE_SYMBOL, (call) => {
      const market = one(call);
      return () => averagePrice(market, now());
    }),
    get('ticker/price', perSymbolWeight(2, 4), SOME_SYMBOLS, perSymbol(priceTicker)),
    get('ticker/bookTicker', perSymbolWeight(2, 4), SOME_SYMBOLS, perSymbol(bookTicker)),
    get(
      'ticker/24hr',
      perSymbolWeight(2, 80),
      { ...SOME_SYMBOLS, type: { kind: 'enum' } },
      perSymbol((market) => dayTicker(market, now())),
    ),
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

/** @throws Refusal -1135 for `symbols` that is not a JSON list, -1121 for a name that is not listed */
function marketsOf(markets: ReadonlyMap<string, SymbolMarket>, params: Params): SymbolMarket[] {
  const text = params.get('symbols');
  if (text === undefined) return [...markets.values()];
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch {
    throw new Refusal(-1135, "JSON sent for parameter 'symbols' is not valid");
  }
  if (!Array.isArray(names)) throw new Refusal(-1135, "JSON sent for parameter 'symbols' is not valid");
  return names.map((name) => {
    const market = typeof name === 'string' ? markets.get(name) : undefined;
    if (market === undefined) throw new Refusal(-1121, 'Invalid symbol.');
    return market;
  });
}
