import type { SymbolMarket } from '../../floor/symbol-market.js';
import { orderLimits } from '../../limits/order-counts.js';
import type { Limits } from '../../limits/request-limits.js';
import { shortText } from '../../matching/scaled.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { pricePrecision, priceText, quantityPrecision, qtyText } from '../texts.js';
import { TAKE_BOUND_PERCENT } from '../take-bound.js';
import { MAX_OPEN_ORDERS, priceBand } from './order-filters.js';

/** Perpetual contracts do not end: the vendor's year 2100. */
const NEVER_DELIVERED = 4_133_404_800_000;
const ONBOARDED = 1_569_398_400_000;

/** The vendor's `exchangeInfo` of USD-M. */
export function exchangeInfo(
  markets: Iterable<SymbolMarket>,
  limits: Limits,
  isTrading: (symbol: string) => boolean,
  now: number,
): Record<string, unknown> {
  return {
    timezone: 'UTC',
    serverTime: now,
    futuresType: 'U_MARGINED',
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: limits.weightPerMinute },
      ...orderLimits(limits),
    ],
    exchangeFilters: [],
    assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
    symbols: [...markets].map(({ spec }) => symbolInfo(spec, isTrading(spec.symbol) ? 'TRADING' : 'BREAK')),
  };
}

function symbolInfo(spec: SymbolSpec, status: 'TRADING' | 'BREAK'): Record<string, unknown> {
  const { symbol, baseAsset, quoteAsset } = spec.definition;
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: NEVER_DELIVERED,
    onboardDate: ONBOARDED,
    status,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset,
    quoteAsset,
    marginAsset: quoteAsset,
    pricePrecision: pricePrecision(spec),
    quantityPrecision: quantityPrecision(spec),
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    settlePlan: 0,
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: shortText(TAKE_BOUND_PERCENT * 1_000_000n),
    maxMoveOrderLimit: 10_000,
    filters: filters(spec),
    orderTypes: ['LIMIT', 'MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

function filters(spec: SymbolSpec): Record<string, unknown>[] {
  const { up, down } = priceBand(spec);
  const step = qtyText(spec, 1);
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: priceText(spec, 1),
      maxPrice: priceText(spec, spec.maxTicks),
      tickSize: priceText(spec, 1),
    },
    { filterType: 'LOT_SIZE', minQty: step, maxQty: qtyText(spec, spec.maxLots), stepSize: step },
    { filterType: 'MARKET_LOT_SIZE', minQty: step, maxQty: qtyText(spec, spec.maxMarketLots), stepSize: step },
    { filterType: 'MAX_NUM_ORDERS', limit: MAX_OPEN_ORDERS },
    { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 0 },
    { filterType: 'MIN_NOTIONAL', notional: shortText(spec.minNotionalUnits) },
    {
      filterType: 'PERCENT_PRICE',
      multiplierUp: (up / 100).toFixed(4),
      multiplierDown: (down / 100).toFixed(4),
      multiplierDecimal: '4',
    },
  ];
}
