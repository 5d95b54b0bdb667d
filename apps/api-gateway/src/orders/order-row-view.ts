import { readEcho, strategyOf } from '#order-intake';
import type { OrderRecord } from '#persistence';
import { exchangesOf, type OrderView } from './order-detail-view.js';
import { progressOf } from './order-progress.js';
import { orNull, showD, showD2, showTime } from './show-values.js';

/** Row: lists (order-api.md 4.3). Its types differ from Detail on purpose. Exactly these keys, in this order. */
export function showOrderRow(order: OrderRecord): OrderView {
  const echo = readEcho(order.requestJson);
  const progress = progressOf(order);
  return {
    id: order.id,
    custom_order_id: order.customOrderId,
    parent_order_id: order.multiOrderId,
    notes: echo.notes,
    pair: order.pair,
    side: order.side,
    exchanges: exchangesOf(echo),
    buy_token: order.base,
    buy_token_amount: orNull(order.baseAmount, showD) ?? '-1',
    sell_token: order.quote,
    sell_token_amount: orNull(order.quoteAmount, showD) ?? '-1',
    executed_qty: showD(order.cumBase),
    executed_buy_qty: showD(order.cumBase),
    average_executed_price: orNull(progress.averagePrice, showD2),
    executed_notional: showD2(order.cumQuote),
    target_order_qty: showD(order.orderQty),
    target_remaining_qty: showD(progress.remaining),
    target_token: progress.targetToken,
    target_executed_qty: showD(progress.executed),
    pct_filled: showD2(progress.pctFilled),
    total_fee: showD2(order.feeQuote),
    strategy: strategyOf(order.algorithm).name,
    super_strategy: echo.super_strategy,
    duration: progress.durationS,
    status: order.status,
    active: progress.isActive,
    account_names: echo.accounts.map((a) => a.name),
    market_type: order.marketType,
    limit_price: orNull(order.limitPrice, showD2),
    engine_passiveness: showD(echo.engine_passiveness),
    schedule_discretion: showD(echo.schedule_discretion),
    alpha_tilt: showD(echo.alpha_tilt),
    pov_limit: orNull(echo.pov_limit, showD),
    pov_target: orNull(echo.pov_target, showD),
    strategy_params: echo.strategy_params,
    order_condition: order.condition?.text ?? null,
    failure_reason: order.failureReason,
    completion_reason: order.completionReason,
    live_child_orders: order.liveChildOrders,
    created_at: showTime(order.createdAt),
    updated_at: showTime(order.updatedAt),
    time_start: orNull(progress.begins, showTime),
    time_end: orNull(progress.ends, showTime),
  };
}
