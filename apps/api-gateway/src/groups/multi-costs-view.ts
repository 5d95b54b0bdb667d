import { Dec, ZERO, type Decimal, type ParentOrderId } from '#domain';
import type { OrderRecord, StoredCost } from '#persistence';
import { jsonNumber } from '../http/json-number.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { costsOf } from '../orders/order-progress.js';

/**
 * `GET /api/multi_order_tca` (order-api.md 4.6): costs of the whole and of each leg in basis points, positive is worse;
 * null where something is missing. A leg that has ended shows what was stored of it, one that runs, or has had a late
 * fill since, what it costs so far; the whole is the mean weighted by what was executed (algorithms.md 9). Pure.
 */
export function showMultiCosts(
  id: string,
  orders: readonly OrderRecord[],
  stored: ReadonlyMap<ParentOrderId, StoredCost>,
): OrderView {
  const legs = orders.map((order) => ({ order, ...legCosts(order, stored.get(order.id)) }));
  const mean = (of: (leg: (typeof legs)[number]) => Decimal | null): Decimal | null => {
    const known = legs.filter((leg) => of(leg) !== null && !leg.order.cumQuote.isZero());
    const weight = sum(known.map(({ order }) => order.cumQuote));
    if (weight.isZero()) return null;
    return sum(known.map((leg) => (of(leg) ?? ZERO).mul(leg.order.cumQuote))).div(weight);
  };
  return {
    multi_order_id: id,
    executed_notional: jsonNumber(sum(orders.map((order) => order.cumQuote))),
    fee_notional: jsonNumber(sum(orders.map((order) => order.feeQuote))),
    arrival_cost: showCost(mean(({ arrivalBps }) => arrivalBps)),
    vwap_cost: showCost(mean(({ vwapBps }) => vwapBps)),
    legs: legs.map(({ order, arrivalBps, vwapBps }) => ({
      order_id: order.id,
      arrival_cost: showCost(arrivalBps),
      vwap_cost: showCost(vwapBps),
      fee_notional: jsonNumber(order.feeQuote),
    })),
  };
}

function legCosts(
  order: OrderRecord,
  stored: StoredCost | undefined,
): { readonly arrivalBps: Decimal | null; readonly vwapBps: Decimal | null } {
  if (stored !== undefined && stored.executed.eq(order.cumBase)) return stored;
  const { slippageBps, vwapSlippageBps } = costsOf(order);
  return { arrivalBps: slippageBps, vwapBps: vwapSlippageBps };
}

const COST_PLACES = 6;

function showCost(value: Decimal | null): unknown {
  if (value === null) return null;
  const rounded = value.toDecimalPlaces(COST_PLACES, Dec.ROUND_HALF_EVEN);
  return jsonNumber(rounded.isZero() ? rounded.abs() : rounded);
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce<Decimal>((total, value) => total.add(value), ZERO);
}
