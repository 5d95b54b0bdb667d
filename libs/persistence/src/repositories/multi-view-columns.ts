import {
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type Algorithm,
  type ConditionVars,
  type Decimal,
  type EpochMs,
  type FailureReason,
  type Interval,
  type MultiOrderStatus,
  type Notional,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type Sizing,
  type UserId,
} from '#domain';
import { MICROS, MS, type EpochMicros } from './epoch-micros.js';
import type { PriceSource, RecordedCondition } from './order-view.repository.js';

/** A multi order as its owner sees it, without its legs. */
export interface MultiRecord {
  readonly id: string;
  readonly userId: UserId;
  readonly customOrderId: string;
  readonly legIds: readonly ParentOrderId[];
  readonly algorithm: Algorithm;
  readonly durationMs: number;
  readonly tolerance: Decimal;
  readonly spreadLimit: Decimal | null;
  readonly oolPause: boolean;
  readonly requestJson: string;
  readonly status: MultiOrderStatus;
  readonly failureReason: FailureReason;
  readonly createdAt: EpochMicros;
  readonly updatedAt: EpochMicros;
  readonly startAt: EpochMicros;
  readonly activatedAt: EpochMicros | null;
  /** When it ended, else when it was read, or changed where a change is told. */
  readonly asOf: EpochMs;
}

/** What the view of a multi order takes from one leg. */
export interface LegView {
  readonly id: ParentOrderId;
  readonly side: Side;
  readonly sizing: Sizing;
  readonly orderQty: Decimal;
  /** Its mid at activation; null before. */
  readonly referencePrice: Price | null;
  readonly filled: Quantity;
  readonly filledQuote: Notional;
}

/** A multi order with all that its view shows but for its legs as orders. */
export interface MultiView {
  readonly record: MultiRecord;
  /** In the order in which they were asked for. */
  readonly legs: readonly LegView[];
  /** That of all, which the first leg carries. */
  readonly condition: RecordedCondition | null;
  readonly paused: readonly Interval[];
  /** Times below the spread limit. */
  readonly outOfLimit: readonly Interval[];
}

interface LegJson {
  readonly id: string;
  readonly side: Side;
  readonly sizing: Sizing;
  readonly orderQty: string;
  readonly startPrice: string | null;
  readonly base: string;
  readonly quote: string;
  readonly condition: {
    readonly text: string;
    readonly postfix: string | null;
    readonly prices: readonly PriceSource[];
    readonly vars: ConditionVars;
    readonly expiresAt: string | null;
  } | null;
}

export interface MultiColumns {
  id: string;
  user_id: string;
  custom_order_id: string;
  leg_ids: string[];
  algorithm: Algorithm;
  duration_ms: string;
  exposure_tolerance: string;
  spread_limit: string | null;
  ool_pause: boolean;
  request: string;
  status: MultiOrderStatus;
  failure_reason: FailureReason;
  created_at: string;
  updated_at: string;
  start_at: string;
  activated_at: string | null;
  as_of: number;
  legs: LegJson[] | null;
  intervals: { kind: 'paused' | 'out_of_limit'; from: number; to: number | null }[] | null;
}

/**
 * Columns of a {@link MultiView}; `m` is the multi order's row. What changes over its life comes from `state`: that row
 * and those of its legs, or what an update, `u`, kept of them. Legs are found by their ids, which the row names.
 */
export const MULTI_COLUMNS_OF = (state: 'm' | 'u'): string => `
  m.id, m.user_id, m.custom_order_id, m.leg_ids, m.algorithm, m.duration_ms, m.exposure_tolerance, m.spread_limit,
  m.ool_pause, m.request::text AS request, ${state}.status, ${state}.failure_reason, ${MICROS('m.created_at')} AS created_at,
  ${MICROS(`${state}.updated_at`)} AS updated_at, ${MICROS('m.start_at')} AS start_at,
  ${MICROS(`${state}.activated_at`)} AS activated_at,
  ${MS(state === 'm' ? 'COALESCE(m.ended_at, clock_timestamp())' : 'COALESCE(u.ended_at, u.at)')} AS as_of,
  (SELECT json_agg(json_build_object(
     'id', p.id, 'side', p.side, 'sizing', p.sizing, 'orderQty', p.order_qty::text, 'startPrice', p.start_price::text,
     'base', ${executed(state, 0, 'p.cum_base')}, 'quote', ${executed(state, 1, 'p.cum_quote')},
     'condition', CASE WHEN p.condition_text IS NOT NULL THEN json_build_object(
       'text', p.condition_text, 'postfix', p.condition_postfix, 'prices', p.condition_prices, 'vars', p.condition_vars,
       'expiresAt', ${MICROS('p.condition_expires_at')}::text) END) ORDER BY array_position(m.leg_ids, p.id))
   FROM parent_orders p WHERE p.id = ANY(m.leg_ids)) AS legs,
  (SELECT json_agg(json_build_object('kind', i.kind, 'from', ${MS('i.from_at')}, 'to', ${MS('i.to_at')}) ORDER BY i.from_at)
   FROM order_intervals i WHERE i.parent_order_id = m.id) AS intervals`;

/** What a leg has executed, as text: now, or when the update was written. */
function executed(state: 'm' | 'u', place: 0 | 1, column: string): string {
  return state === 'm' ? `${column}::text` : `COALESCE(u.executed -> p.id::text ->> ${place}, '0')`;
}

export function toMultiView(r: MultiColumns): MultiView {
  const legs = r.legs ?? [];
  const of = (kind: 'paused' | 'out_of_limit'): Interval[] =>
    (r.intervals ?? [])
      .filter((one) => one.kind === kind)
      .map(({ from, to }) => ({ from: epochMs(from), to: to === null ? null : epochMs(to) }));
  return {
    record: toMultiRecord(r),
    legs: legs.map((leg) => ({
      id: leg.id as ParentOrderId,
      side: leg.side,
      sizing: leg.sizing,
      orderQty: decimal(leg.orderQty),
      referencePrice: leg.startPrice === null ? null : price(leg.startPrice),
      filled: quantity(leg.base),
      filledQuote: notional(leg.quote),
    })),
    condition: toCondition(legs[0]?.condition ?? null),
    paused: of('paused'),
    outOfLimit: of('out_of_limit'),
  };
}

function toMultiRecord(r: MultiColumns): MultiRecord {
  return {
    id: r.id,
    userId: r.user_id as UserId,
    customOrderId: r.custom_order_id,
    legIds: r.leg_ids as ParentOrderId[],
    algorithm: r.algorithm,
    durationMs: Number(r.duration_ms),
    tolerance: decimal(r.exposure_tolerance),
    spreadLimit: r.spread_limit === null ? null : decimal(r.spread_limit),
    oolPause: r.ool_pause,
    requestJson: r.request,
    status: r.status,
    failureReason: r.failure_reason,
    createdAt: Number(r.created_at) as EpochMicros,
    updatedAt: Number(r.updated_at) as EpochMicros,
    startAt: Number(r.start_at) as EpochMicros,
    activatedAt: r.activated_at === null ? null : (Number(r.activated_at) as EpochMicros),
    asOf: epochMs(r.as_of),
  };
}

function toCondition(found: LegJson['condition']): RecordedCondition | null {
  if (found === null) return null;
  const { text, postfix, prices, vars, expiresAt } = found;
  return {
    text,
    postfix: postfix ?? '',
    prices,
    vars,
    expiresAt: expiresAt === null ? null : (Number(expiresAt) as EpochMicros),
  };
}
