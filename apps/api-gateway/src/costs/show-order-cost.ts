import { isFinal } from '#domain';
import { COST_COLUMNS, type CostDetails, type CostRow, type EpochMicros, type OrderRecord } from '#persistence';
import type { OrderView } from '../orders/order-detail-view.js';
import { orNull, showD, showTime } from '../orders/show-values.js';

/**
 * `GET /manage/v1/orders/{id}/cost`: all of algorithms.md 9, positive is cost. The same keys whether the order runs or
 * has ended; a figure that is null has its reason under its name in `missing`. Pure.
 *
 * @param cost null before the order has begun
 */
export function showOrderCost(order: Pick<OrderRecord, 'id' | 'status' | 'asOf'>, cost: CostRow | null): OrderView {
  return {
    order_id: order.id,
    state: isFinal(order.status) ? 'ended' : cost === null ? 'not_begun' : 'running',
    as_of: showTime((order.asOf * 1_000) as EpochMicros),
    active_seconds: cost === null ? 0 : cost.activeMs / 1_000,
    executed_base: orNull(cost?.cumBase ?? null, showD) ?? '0',
    executed_quote: orNull(cost?.cumQuote ?? null, showD) ?? '0',
    maker_quote: orNull(cost?.makerQuote ?? null, showD) ?? '0',
    ...Object.fromEntries(COST_COLUMNS.map((name) => [name, orNull(cost?.figures[name] ?? null, showD)])),
    ...showDetails(cost?.details ?? NOT_BEGUN),
    missing: cost?.missing ?? Object.fromEntries(COST_COLUMNS.map((name) => [name, NO_BEGIN])),
  };
}

const NO_BEGIN = 'the order has not begun';
const NONE = { value: null, missing: NO_BEGIN };
const NO_MARKOUTS = { s1: NONE, s5: NONE, s30: NONE };
const NOT_BEGUN: CostDetails = {
  markoutBps: { maker: NO_MARKOUTS, taker: NO_MARKOUTS },
  latenessMs: { mean: NONE, max: NONE },
  heldMs: { budget: 0, feed: 0, cap: 0 },
};

function showDetails({ markoutBps, latenessMs, heldMs }: CostDetails): OrderView {
  return { markout_bps: markoutBps, lateness_ms: latenessMs, held_ms: heldMs };
}
