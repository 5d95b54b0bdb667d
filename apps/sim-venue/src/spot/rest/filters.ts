import { filterFailure } from '../../floor/refusal.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { units, unitsText } from '../../matching/scaled.js';
import type { SymbolSpec } from '../../matching/symbol-spec.js';
import { averagePriceUnits } from '../../rest/average-price.js';
import type { Account } from '../account.js';
import type { PlaceCommand } from '../order-sizing.js';
import type { OrderType } from '../records.js';
import type { OrderParams } from './order-params.js';

const MAX_OPEN_ORDERS = 200;
const MAX_ICEBERG_PARTS = 10;
export const MAX_AMENDS = 10;
/** Over how many minutes the average is taken that prices and market orders are measured by. */
const AVERAGE_MINUTES = 5;
/** How many times the average an order's price may be, and which part of it: 5 and a fifth. */
const PRICE_BAND = 5n;
const MAX_NOTIONAL_UNITS = units('9000000');

/**
 * The order in ticks and lots.
 *
 * @param now the venue's clock
 * @throws Refusal -1013 naming the first filter that the order does not pass
 */
export function filteredOrder(
  order: OrderParams,
  market: SymbolMarket,
  account: Account,
  requestHash: string,
  now: number,
): PlaceCommand {
  const { spec } = market;
  const isMarket = order.type === 'MARKET';
  const average = averagePriceUnits(market, now, AVERAGE_MINUTES);
  const ticks = isMarket ? 0 : limitTicks(spec, order.priceUnits, average);
  const lots = order.quoteUnits > 0n ? 0 : lotSize(spec, order.quantityUnits);
  if (isMarket && lots > spec.maxMarketLots) throw filterFailure('MARKET_LOT_SIZE');
  if (isMarket) checkMarketNotional(spec, order, average);
  else checkNotional(spec, spec.notional(ticks, lots));
  const sliceLots = order.icebergUnits === null ? null : lotSize(spec, order.icebergUnits);
  if (sliceLots !== null && Math.ceil(lots / sliceLots) > MAX_ICEBERG_PARTS) throw filterFailure('ICEBERG_PARTS');
  checkOpenOrders(spec, account, order.type);
  const { clientOrderId, side, type, timeInForce, quoteUnits, selfTrade, strategyId, strategyType } = order;
  return {
    clientOrderId,
    side,
    type,
    timeInForce,
    ticks,
    lots,
    quoteUnits,
    selfTrade,
    requestHash,
    ...(sliceLots !== null && { sliceLots }),
    ...(strategyId !== undefined && { strategyId }),
    ...(strategyType !== undefined && { strategyType }),
  };
}

/** @throws Refusal -1013 when the account has as many open orders of the symbol as it may */
export function checkOpenOrders(spec: SymbolSpec, account: Account, type: OrderType): void {
  if (type !== 'MARKET' && account.history(spec).open >= MAX_OPEN_ORDERS) throw filterFailure('MAX_NUM_ORDERS');
}

/**
 * The lots of an amended order.
 *
 * @throws Refusal -1013 naming the filter that the order would not pass any more
 */
export function filteredQuantity(spec: SymbolSpec, quantityUnits: bigint, ticks: number): number {
  const lots = lotSize(spec, quantityUnits);
  checkNotional(spec, spec.notional(ticks, lots));
  return lots;
}

/** Every filter of the symbol, as `exchangeInfo` announces it. */
export function symbolFilters(spec: SymbolSpec): Record<string, unknown>[] {
  const tick = unitsText(spec.tickUnits);
  const step = unitsText(spec.stepUnits);
  const minNotional = unitsText(spec.minNotionalUnits);
  return [
    { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: spec.priceText(spec.maxTicks), tickSize: tick },
    { filterType: 'LOT_SIZE', minQty: step, maxQty: spec.qtyText(spec.maxLots), stepSize: step },
    { filterType: 'ICEBERG_PARTS', limit: MAX_ICEBERG_PARTS },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: spec.qtyText(spec.maxMarketLots),
      stepSize: '0.00000000',
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: '5',
      bidMultiplierDown: '0.2',
      askMultiplierUp: '5',
      askMultiplierDown: '0.2',
      avgPriceMins: AVERAGE_MINUTES,
    },
    { filterType: 'MIN_NOTIONAL', minNotional, applyToMarket: true, avgPriceMins: AVERAGE_MINUTES },
    {
      filterType: 'NOTIONAL',
      minNotional,
      applyMinToMarket: false,
      maxNotional: unitsText(MAX_NOTIONAL_UNITS),
      applyMaxToMarket: false,
      avgPriceMins: AVERAGE_MINUTES,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: MAX_OPEN_ORDERS },
    { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: MAX_AMENDS },
  ];
}

function limitTicks(spec: SymbolSpec, priceUnits: bigint, average: bigint | null): number {
  const ticks = spec.ticksOf(priceUnits);
  if (ticks === null || ticks < 1 || ticks > spec.maxTicks) throw filterFailure('PRICE_FILTER');
  if (average !== null && (priceUnits > average * PRICE_BAND || priceUnits * PRICE_BAND < average))
    throw filterFailure('PERCENT_PRICE_BY_SIDE');
  return ticks;
}

function lotSize(spec: SymbolSpec, quantityUnits: bigint): number {
  const lots = spec.lotsOf(quantityUnits);
  if (lots === null || lots < 1 || lots > spec.maxLots) throw filterFailure('LOT_SIZE');
  return lots;
}

/** Of orders with a price; `MIN_NOTIONAL` asks no more of them than `NOTIONAL` does. */
function checkNotional(spec: SymbolSpec, notionalUnits: bigint): void {
  if (notionalUnits < spec.minNotionalUnits || notionalUnits > MAX_NOTIONAL_UNITS) throw filterFailure('NOTIONAL');
}

function checkMarketNotional(spec: SymbolSpec, order: OrderParams, average: bigint | null): void {
  // Without any price there is nothing to measure a market order by; matching will find no liquidity.
  const notional = order.quoteUnits > 0n ? order.quoteUnits : average && (order.quantityUnits * average) / 100_000_000n;
  if (notional !== null && notional < spec.minNotionalUnits) throw filterFailure('MIN_NOTIONAL');
}
