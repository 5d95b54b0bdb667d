import type { SymbolMarket } from '../../floor/symbol-market.js';
import { orderLimits } from '../../limits/order-counts.js';
import type { Limits } from '../../limits/request-limits.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { symbolFilters } from './filters.js';
import { DEFAULT_SELF_TRADE_MODE, SELF_TRADE_MODES } from './order-params.js';

/** The vendor's `exchangeInfo` for these markets. */
export function exchangeInfo(
  markets: Iterable<SymbolMarket>,
  limits: Limits,
  isTrading: (symbol: string) => boolean,
  now: number,
  showPermissionSets: boolean,
): Record<string, unknown> {
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
    symbols: [...markets].map(({ spec }) =>
      symbolInfo(spec, isTrading(spec.symbol) ? 'TRADING' : 'BREAK', showPermissionSets),
    ),
  };
}

function symbolInfo(
  spec: SymbolSpec,
  status: 'TRADING' | 'BREAK',
  showPermissionSets: boolean,
): Record<string, unknown> {
  const { symbol, baseAsset, quoteAsset } = spec.definition;
  return {
    symbol,
    status,
    baseAsset,
    baseAssetPrecision: 8,
    quoteAsset,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'],
    icebergAllowed: true,
    ocoAllowed: false,
    otoAllowed: false,
    opoAllowed: false,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: false,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: symbolFilters(spec),
    permissions: [],
    permissionSets: showPermissionSets ? [['SPOT']] : [],
    defaultSelfTradePreventionMode: DEFAULT_SELF_TRADE_MODE,
    allowedSelfTradePreventionModes: SELF_TRADE_MODES,
  };
}
