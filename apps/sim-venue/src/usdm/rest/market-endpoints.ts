import { Refusal } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { topLevels } from '../../market/market-data.js';
import type { Side } from '../../matching/book.js';
import { candleRows } from '../../rest/klines.js';
import { dayTicker } from '../../rest/market-views.js';
import { integerParam, type ParamRules, type Params } from '../../rest/params.js';
import { marketOf } from '../../rest/symbol-param.js';
import { aggregateTrades, publicTradeView } from '../../rest/trade-views.js';
import { moneyText, priceText, qtyText } from '../texts.js';
import { marketsOf, type FuturesCall, type FuturesEndpoint, type FuturesVenue } from './endpoint.js';
import { exchangeInfo } from './exchange-info.js';
import { RANGE_RULES, timeRange } from './find-order.js';

const ONE_SYMBOL: ParamRules = { symbol: { kind: 'symbol', mandatory: true } };
const SOME_SYMBOL: ParamRules = { symbol: { kind: 'symbol' } };
const LIMIT: ParamRules = { limit: { kind: 'integer' } };
const DEPTH_LIMITS = [5, 10, 20, 50, 100, 500, 1_000];
/** Fields of the spot ticker that this product does not have. */
const SPOT_ONLY = new Set(['prevClosePrice', 'bidPrice', 'bidQty', 'askPrice', 'askQty']);

/** Everything anybody may read. */
export function marketEndpoints({ exchange, clock, requestLimits }: FuturesVenue): readonly FuturesEndpoint[] {
  const get = (
    path: string,
    weight: FuturesEndpoint['weight'],
    rules: ParamRules,
    prepare: (call: FuturesCall) => () => unknown,
  ): FuturesEndpoint => ({ method: 'GET', path: `/fapi/${path}`, security: 'NONE', weight, rules, prepare });
  const one = ({ params }: FuturesCall): SymbolMarket => marketOf(exchange.markets, params);

  /** One object for `symbol`, a list otherwise. */
  const perSymbol = (view: (market: SymbolMarket) => unknown) => (call: FuturesCall) => {
    const markets = marketsOf(exchange, call.params);
    return () => (call.params.has('symbol') ? markets.map(view)[0] : markets.map(view));
  };
  const perSymbolWeight = (single: number, all: number) => (params: Params) => (params.has('symbol') ? single : all);
  const price = ({ spec, tape, referenceTicks }: Pick<SymbolMarket, 'spec' | 'tape'> & { referenceTicks: number }) => ({
    symbol: spec.symbol,
    price: priceText(spec, tape.last()?.ticks ?? referenceTicks),
    time: tape.last()?.at ?? exchange.now(),
  });
  const lastPrice = (market: SymbolMarket): unknown =>
    price({ spec: market.spec, tape: market.tape, referenceTicks: Math.floor(market.referenceTicks() ?? 0) });

  return [
    get('v1/ping', 1, {}, () => () => ({})),
    get('v1/time', 1, {}, () => () => ({ serverTime: clock.now() })),
    get('v1/exchangeInfo', 1, SOME_SYMBOL, (call) => {
      const markets = marketsOf(exchange, call.params);
      return () =>
        exchangeInfo(markets, requestLimits.limits, (symbol) => exchange.policy.isTrading(symbol), clock.now());
    }),
    get('v1/depth', depthWeight, { ...ONE_SYMBOL, ...LIMIT }, (call) => {
      const market = one(call);
      const limit = depthLimit(call.params);
      return () => {
        const now = exchange.now();
        const [bids, asks] = [rows(market, 'BUY', limit), rows(market, 'SELL', limit)];
        return { lastUpdateId: market.updateId, E: now, T: now, bids, asks };
      };
    }),
    get('v1/trades', 5, { ...ONE_SYMBOL, ...LIMIT }, (call) => {
      const market = one(call);
      const limit = listLimit(call.params, 1_000);
      return () =>
        market.tape.recent(limit).map((trade) => without(publicTradeView(market.spec, trade), 'isBestMatch'));
    }),
    get('v1/aggTrades', 20, { ...ONE_SYMBOL, ...RANGE_RULES, fromId: { kind: 'integer' } }, (call) => {
      const market = one(call);
      const { startTime, endTime } = timeRange(call.params, { usual: 500, most: 1_000 });
      const fromId = integerParam(call.params, 'fromId', { min: 0, max: Number.MAX_SAFE_INTEGER });
      const limit = listLimit(call.params, 1_000);
      return () => aggregateTrades(market, { fromId, startTime, endTime, limit }).map((trade) => without(trade, 'M'));
    }),
    get(
      'v1/klines',
      klinesWeight,
      { ...ONE_SYMBOL, ...RANGE_RULES, interval: { kind: 'text', mandatory: true } },
      (call) => {
        const market = one(call);
        const limit = listLimit(call.params, 1_500);
        return () => candleRows(market, call.params, { limit, now: exchange.now(), hasSeconds: false });
      },
    ),
    get(
      'v1/premiumIndex',
      perSymbolWeight(1, 10),
      SOME_SYMBOL,
      perSymbol((market) => premiumIndex(market)),
    ),
    get('v1/fundingRate', 1, { ...SOME_SYMBOL, ...RANGE_RULES }, (call) => {
      const symbols = new Set(marketsOf(exchange, call.params).map(({ spec }) => spec.symbol));
      const limit = listLimit(call.params, 1_000, 100);
      const anyTime = { min: 0, max: Number.MAX_SAFE_INTEGER };
      const startTime = integerParam(call.params, 'startTime', anyTime);
      const endTime = integerParam(call.params, 'endTime', anyTime);
      return () => {
        const found = exchange.ledger.fundings.filter(
          ({ symbol, at }) => symbols.has(symbol) && at >= (startTime ?? 0) && at <= (endTime ?? Infinity),
        );
        return (startTime === undefined ? found.slice(-limit) : found.slice(0, limit)).map(
          ({ symbol, rateUnits, markUnits, at }) => ({
            symbol,
            fundingTime: at,
            fundingRate: moneyText(rateUnits),
            markPrice: moneyText(markUnits),
          }),
        );
      };
    }),
    get(
      'v1/fundingInfo',
      1,
      {},
      () => () =>
        [...exchange.markets.keys()].map((symbol) => ({
          symbol,
          adjustedFundingRateCap: '0.02500000',
          adjustedFundingRateFloor: '-0.02500000',
          fundingIntervalHours: 8,
          disclaimer: false,
        })),
    ),
    get('v1/ticker/price', perSymbolWeight(1, 2), SOME_SYMBOL, perSymbol(lastPrice)),
    get('v2/ticker/price', perSymbolWeight(1, 2), SOME_SYMBOL, perSymbol(lastPrice)),
    get(
      'v1/ticker/bookTicker',
      perSymbolWeight(2, 5),
      SOME_SYMBOL,
      perSymbol((market) => bookTicker(market)),
    ),
    get(
      'v1/ticker/24hr',
      perSymbolWeight(1, 40),
      SOME_SYMBOL,
      perSymbol((market) =>
        Object.fromEntries(Object.entries(dayTicker(market, exchange.now())).filter(([name]) => !SPOT_ONLY.has(name))),
      ),
    ),
  ];

  function premiumIndex({ spec: { symbol } }: SymbolMarket): unknown {
    const mark = exchange.markOf(symbol);
    return {
      symbol,
      markPrice: moneyText(mark),
      indexPrice: moneyText(exchange.marks.index(symbol)),
      estimatedSettlePrice: moneyText(mark),
      lastFundingRate: moneyText(exchange.fundingRate(symbol)),
      interestRate: '0.00010000',
      nextFundingTime: exchange.fundingAt,
      time: exchange.now(),
    };
  }

  function bookTicker(market: SymbolMarket): unknown {
    const { spec } = market;
    const { bidTicks, bidLots, askTicks, askLots } = market.top();
    return {
      symbol: spec.symbol,
      bidPrice: priceText(spec, bidTicks),
      bidQty: qtyText(spec, bidLots),
      askPrice: priceText(spec, askTicks),
      askQty: qtyText(spec, askLots),
      time: exchange.now(),
      lastUpdateId: market.updateId,
    };
  }
}

function rows({ book, spec }: SymbolMarket, side: Side, limit: number): string[][] {
  return topLevels(book, side, limit).map(([ticks, lots]) => [priceText(spec, ticks), qtyText(spec, lots)]);
}

function without(view: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(view).filter(([key]) => key !== name));
}

/** @throws Refusal -4021 */
function depthLimit(params: Params): number {
  const given = params.get('limit') ?? '500';
  if (!DEPTH_LIMITS.includes(Number(given))) throw new Refusal(-4021, `${given} is not valid depth limit.`);
  return Number(given);
}

function depthWeight(params: Params): number {
  const limit = Number(params.get('limit') ?? 500);
  if (limit <= 50) return 2;
  if (limit <= 100) return 5;
  return limit <= 500 ? 10 : 20;
}

function klinesWeight(params: Params): number {
  const limit = Number(params.get('limit') ?? 500);
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1_000 ? 5 : 10;
}

function listLimit(params: Params, most: number, usual = 500): number {
  return Math.min(integerParam(params, 'limit', { min: 1, max: 1_000_000 }) ?? usual, most);
}
