import type { SymbolMarket } from '../../floor/symbol-market.js';
import { orderLimits } from '../../limits/order-counts.js';
import type { Limits } from '../../limits/request-limits.js';
import { unitsText } from '../../matching/scaled.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { DEFAULT_SELF_TRADE_MODE, MAX_OPEN_ORDERS, PRICE_BAND, SELF_TRADE_MODES } from './order-command.js';

/** The vendor's `exchangeInfo` for these markets. */
export function exchangeInfo(markets: Iterable<SymbolMarket>, limits: Limits, now: number): Record<string, unknown> {
  return {
    timezone: 'UTC',
    serverTime: now,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: limits.weightPerMinute },
      ...orderLimits(limits),
      ...(limits.rawPer5Minutes === null
        ? []
        : [{ rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: limits.rawPer5Minutes }]),
    ],
    exchangeFilters: [],
    symbols: [...markets].map(({ spec }) => symbolInfo(spec)),
  };
}

function symbolInfo(spec: SymbolSpec): Record<string, unknown> {
  const { symbol, baseAsset, quoteAsset } = spec.definition;
  return {
    symbol,
    status: 'TRADING',
    baseAsset,
    baseAssetPrecision: 8,
    quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'],
    icebergAllowed: false,
    ocoAllowed: false,
    otoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: false,
    amendAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filters(spec),
    permissions: [],
    permissionSets: [['SPOT']],
    defaultSelfTradePreventionMode: DEFAULT_SELF_TRADE_MODE,
    allowedSelfTradePreventionModes: SELF_TRADE_MODES,
  };
}

function filters(spec: SymbolSpec): Record<string, unknown>[] {
  const tick = unitsText(spec.tickUnits);
  const step = unitsText(spec.stepUnits);
  return [
    { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: spec.priceText(spec.maxTicks), tickSize: tick },
    { filterType: 'LOT_SIZE', minQty: step, maxQty: spec.qtyText(spec.maxLots), stepSize: step },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: spec.qtyText(spec.maxMarketLots),
      stepSize: '0.00000000',
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: String(PRICE_BAND.up),
      bidMultiplierDown: String(PRICE_BAND.down),
      askMultiplierUp: String(PRICE_BAND.up),
      askMultiplierDown: String(PRICE_BAND.down),
      avgPriceMins: 5,
    },
    {
      filterType: 'NOTIONAL',
      minNotional: unitsText(spec.minNotionalUnits),
      applyMinToMarket: true,
      maxNotional: '9000000.00000000',
      applyMaxToMarket: false,
      avgPriceMins: 5,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: MAX_OPEN_ORDERS },
  ];
}
