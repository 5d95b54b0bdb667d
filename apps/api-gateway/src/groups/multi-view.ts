import {
  activeMs,
  coveredMs,
  Dec,
  epochMs,
  exactShare,
  multiExposure,
  plannedNotional,
  quantity,
  ZERO,
  type Decimal,
} from '#domain';
import { strategyOf } from '#order-intake';
import type { EpochMicros, MultiRecord, MultiView, OrderRecord } from '#persistence';
import { jsonNumber } from '../http/json-number.js';
import { showOrderRow } from '../orders/order-row-view.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { orNull, showD2, showD20, showTime } from '../orders/show-values.js';
import { readMultiEcho } from './group-echo.js';

/** Create (order-api.md 4.6). @param isHeld true when a condition holds it */
export function showCreatedMulti(record: MultiRecord, isHeld: boolean, warnings: readonly string[]): OrderView {
  return { ...showCore(record, isHeld), warnings };
}

/** Get (order-api.md 4.6). @param children its legs as orders; without them they are left out */
export function showMulti(multi: MultiView, children?: readonly OrderRecord[]): OrderView {
  const { record, legs, condition } = multi;
  const echo = readMultiEcho(record.requestJson);
  const { exposure, pctFilled } = figuresOf(multi);
  return {
    ...showCore(record, condition !== null),
    is_active: record.status !== 'COMPLETE' && record.status !== 'CANCELED',
    alpha_tilt: showD20(echo.alpha_tilt),
    pov_limit: orNull(echo.pov_limit, showD20),
    limit_price_spread: orNull(record.spreadLimit, showD20),
    order_condition: condition?.text ?? null,
    order_condition_postfix: condition?.postfix ?? null,
    order_condition_vars: condition?.vars ?? {},
    order_condition_expiry: orNull(condition?.expiresAt ?? null, showTime),
    notional_exposure: jsonNumber(exposure),
    executed_notional: jsonNumber(sum(legs.map((leg) => leg.filledQuote))),
    pct_filled: showD2(pctFilled),
    spread_paused: isSpreadPaused(multi),
    ...(children === undefined ? {} : { child_orders: children.map(showOrderRow) }),
  };
}

/** What works bears on what legs may do, not on where the whole stands. */
const NOTHING_WORKING = { working: quantity('0'), leaving: quantity('0') };

/** To the microsecond: what is worked begins at its millisecond, which is no earlier than its start for that. */
function beginOf({ activatedAt, startAt }: MultiRecord, isHeld: boolean): EpochMicros | null {
  if (activatedAt === null) return isHeld ? null : startAt;
  return activatedAt > startAt ? activatedAt : startAt;
}

/** A condition leaves open when trading begins, until it has begun. */
function showCore(record: MultiRecord, isHeld: boolean): OrderView {
  const echo = readMultiEcho(record.requestJson);
  return {
    id: record.id,
    created_at: showTime(record.createdAt),
    updated_at: showTime(record.updatedAt),
    time_start: orNull(beginOf(record, isHeld), showTime),
    start_datetime: showTime(record.startAt),
    duration: Math.round(record.durationMs / 1000),
    child_order_ids: record.legIds,
    strategy: strategyOf(record.algorithm).id,
    strategy_params: echo.strategy_params,
    engine_passiveness: showD20(echo.engine_passiveness),
    schedule_discretion: showD20(echo.schedule_discretion),
    exposure_tolerance: showD20(record.tolerance),
    user: record.userId,
    status: record.status,
    time_zone: 'UTC',
    failure_reason: record.failureReason,
    custom_order_id: record.customOrderId,
    notes: echo.notes,
  };
}

/** Exposure and share filled, in quote at the reference prices; both 0 before the legs began. */
function figuresOf({ record, legs, paused, outOfLimit }: MultiView): {
  readonly exposure: Decimal;
  readonly pctFilled: Decimal;
} {
  const states = legs.flatMap(({ side, sizing, orderQty, referencePrice, filled }) =>
    referencePrice === null
      ? []
      : [
          {
            side,
            referencePrice,
            filled,
            planned: plannedNotional(sizing, orderQty, referencePrice),
            ...NOTHING_WORKING,
          },
        ],
  );
  if (record.activatedAt === null || states.length < legs.length) return { exposure: ZERO, pctFilled: ZERO };
  const inactive = record.oolPause ? [...paused, ...outOfLimit] : paused;
  const active = activeMs(epochMs(Math.floor(record.activatedAt / 1000)), record.asOf, inactive);
  const { lead } = multiExposure(states, exactShare(Math.min(1, active / record.durationMs)), record.tolerance);
  const planned = sum(states.map((leg) => leg.planned));
  const filled = sum(states.map((leg) => leg.filled.mul(leg.referencePrice)));
  // Cut, so that 100 means all of it.
  return { exposure: lead, pctFilled: filled.div(planned).mul(100).toDecimalPlaces(2, Dec.ROUND_DOWN) };
}

function isSpreadPaused({ record, outOfLimit }: MultiView): boolean {
  const next = epochMs(record.asOf + 1);
  return record.status === 'ACTIVE' && coveredMs(record.asOf, next, outOfLimit) > 0;
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce<Decimal>((total, value) => total.add(value), ZERO);
}
