import type { FillRecord, OrderMessage, OrderRecord, PlacementRecord } from '#persistence';
import { Dec, type Decimal } from '#domain';
import { readEcho, strategyOf } from '#order-intake';
import { jsonNumber } from '../http/json-number.js';
import { costsOf, progressOf } from './order-progress.js';
import { showFill, showPlacement } from './placement-view.js';
import { orNull, showD, showD2, showD20, showTime, UNSET_PRICE } from './show-values.js';

export type OrderView = Readonly<Record<string, unknown>>;

/** Detail: create, get, summary, cancel (order-api.md 4.1). Exactly these keys, in this order. */
export function showOrderDetail(order: OrderRecord): OrderView {
  const echo = readEcho(order.requestJson);
  const progress = progressOf(order);
  const strategy = strategyOf(order.algorithm);
  return {
    id: order.id,
    parent_order: order.multiOrderId,
    parent_order_id: order.multiOrderId,
    created_at: showTime(order.createdAt),
    updated_at: showTime(order.updatedAt),
    buy_token: order.base,
    sell_token: order.quote,
    pair: order.pair,
    side: order.side,
    buy_token_amount: orNull(order.baseAmount, showD20) ?? UNSET_PRICE,
    sell_token_amount: orNull(order.quoteAmount, showD20) ?? UNSET_PRICE,
    strategy: strategy.id,
    strategy_name: strategy.name,
    super_strategy: echo.super_strategy,
    strategy_params: echo.strategy_params,
    limit_price: orNull(order.limitPrice, showD20) ?? UNSET_PRICE,
    is_reverse_limit_price: echo.is_reverse_limit_price ?? false,
    stop_price: UNSET_PRICE,
    time_start: orNull(progress.begins, showTime),
    start_datetime: showTime(order.startAt),
    time_end: orNull(progress.ends, showTime),
    duration: progress.durationS,
    accounts: order.accountIds.map((id, i) => echo.accounts[i]?.id ?? id),
    account_names: echo.accounts.map((a) => a.name),
    exchanges: exchangesOf(echo),
    market_type: order.marketType,
    pos_side: echo.pos_side,
    user: order.userId,
    time_zone: 'UTC',
    placements: [],
    executed_qty: jsonNumber(order.cumBase),
    executed_price: orNull(progress.averagePrice, jsonNumber),
    executed_notional: jsonNumber(order.cumQuote),
    executed_buy_qty: showD(order.cumBase),
    average_executed_price: orNull(progress.averagePrice, showD2),
    target_token: progress.targetToken,
    target_order_qty: showD(order.orderQty),
    target_executed_qty: showD(progress.executed),
    target_remaining_qty: showD(progress.remaining),
    pct_filled: showD2(progress.pctFilled),
    total_fee: showD2(order.feeQuote),
    active: progress.isActive,
    status: order.status,
    failure_reason: order.failureReason,
    completion_reason: order.completionReason,
    live_child_orders: order.liveChildOrders,
    engine_passiveness: showD20(echo.engine_passiveness),
    schedule_discretion: showD20(echo.schedule_discretion),
    alpha_tilt: showD20(echo.alpha_tilt),
    pov_limit: orNull(echo.pov_limit, showD20),
    pov_target: orNull(echo.pov_target, showD20),
    max_otc: orNull(echo.max_otc, showD20),
    order_condition: order.condition?.text ?? null,
    order_condition_postfix: order.condition?.postfix ?? null,
    order_condition_vars: order.condition?.vars ?? {},
    order_condition_expiry: orNull(order.condition?.expiresAt ?? null, showTime),
    notes: echo.notes,
    custom_order_id: order.customOrderId,
    updated_leverage: orNull(echo.updated_leverage, Number),
    ...(order.amendPending === null ? {} : { amend_pending: showD(order.amendPending) }),
    warnings: echo.warnings,
  };
}

/** What get shows beside the row; `placements` holds one more than may be shown when there are more. */
export interface OrderHistory {
  readonly placements: readonly PlacementRecord[];
  readonly isTruncated: boolean;
  readonly fills: readonly FillRecord[];
  readonly messages: readonly OrderMessage[];
}

/** What may be shown of an order's past. */
export interface HistoryLimits {
  readonly maxPlacements: number;
  readonly maxFills: number;
}

/**
 * The newest of what was read, which is one more than may be shown where there are more. A placement whose fills are all
 * beyond the limit is left out with them. Pure. @param placements, fills oldest first
 */
export function newestHistory(
  placements: readonly PlacementRecord[],
  fills: readonly FillRecord[],
  { maxPlacements, maxFills }: HistoryLimits,
): Pick<OrderHistory, 'placements' | 'fills' | 'isTruncated'> {
  const newest = placements.slice(-maxPlacements);
  if (fills.length <= maxFills) return { placements: newest, fills, isTruncated: placements.length > maxPlacements };
  const oldest = oldestOf(fills);
  const excess = fills.findIndex(({ sequence }) => sequence === oldest);
  const kept = fills.filter((_, i) => i !== excess);
  const from = oldestOf(kept);
  return { placements: newest.filter(({ sequence }) => sequence >= from), fills: kept, isTruncated: true };
}

const oldestOf = (fills: readonly FillRecord[]): number =>
  fills.reduce((least, { sequence }) => Math.min(least, sequence), Infinity);

/** Detail plus history and statistics (order-api.md 4.2). */
export function showFullOrder(order: OrderRecord, history: OrderHistory): OrderView {
  const echo = readEcho(order.requestJson);
  const fills = bySequence(history.fills);
  return {
    ...showOrderDetail(order),
    placements: history.placements.map((child) =>
      showPlacement(
        child,
        fills.get(child.sequence) ?? [],
        order,
        echo.accounts[order.accountIds.indexOf(child.accountId)],
      ),
    ),
    fills: history.fills.map(showFill),
    placements_truncated: history.isTruncated,
    stats: showStats(order),
    messages: history.messages.map(showMessage),
  };
}

function bySequence(fills: readonly FillRecord[]): ReadonlyMap<number, readonly FillRecord[]> {
  const found = new Map<number, FillRecord[]>();
  for (const fill of fills) {
    const known = found.get(fill.sequence);
    if (known === undefined) found.set(fill.sequence, [fill]);
    else known.push(fill);
  }
  return found;
}

export function showMessage(message: OrderMessage): OrderView {
  return { timestamp: showTime(message.at), level: message.level, type: message.type, message: message.message };
}

/** What the order cost against its benchmarks, as far as it is known. */
export function showStats(order: OrderRecord): OrderView {
  const costs = costsOf(order);
  return {
    arrival_price: orNull(order.arrivalPrice, showD2),
    slippage_bps: orNull(costs.slippageBps, showBps),
    vwap: orNull(costs.vwap, showD2),
    vwap_slippage_bps: orNull(costs.vwapSlippageBps, showBps),
    fee_bps: orNull(costs.feeBps, showBps),
    participation_rate: orNull(costs.participation, showD),
    market_volume: orNull(costs.marketVolume, showD),
  };
}

/** Two decimals, half to even; never `-0.00`. */
function showBps(value: Decimal): string {
  const rounded = value.toDecimalPlaces(2, Dec.ROUND_HALF_EVEN);
  return showD2(rounded.isZero() ? rounded.abs() : rounded);
}

export function exchangesOf(echo: { readonly accounts: readonly { readonly exchange: string }[] }): string[] {
  return [...new Set(echo.accounts.map((a) => a.exchange.toLowerCase()))];
}
