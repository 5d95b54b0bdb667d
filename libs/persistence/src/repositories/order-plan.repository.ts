import {
  Dec,
  decimal,
  epochMs,
  type Algorithm,
  type Decimal,
  type EpochMs,
  type Interval,
  type ParentOrderId,
  type ParentOrderStatus,
  type PlanShape,
  type PlanVersion,
  type UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { row } from '../sql.js';
import type { StoredParams } from './stored-params.js';

/** What the planned path of an order depends on, as its owner may see it. */
export interface OrderPlan {
  readonly id: ParentOrderId;
  readonly status: ParentOrderStatus;
  readonly algorithm: Algorithm;
  /** What quantities count: the base or the quote asset. */
  readonly targetToken: string;
  /** In the target token. */
  readonly orderQty: Decimal;
  /** Null without a trajectory. */
  readonly durationMs: number | null;
  readonly discretion: Decimal;
  readonly alphaTilt: Decimal;
  /** Null unless the order follows volume. */
  readonly povTarget: Decimal | null;
  /** Null unless the algorithm is Target Time. */
  readonly targetTime: EpochMs | null;
  readonly startAt: EpochMs;
  readonly activatedAt: EpochMs | null;
  readonly finisherFrom: EpochMs | null;
  /** Oldest first; empty before the first decision. */
  readonly plans: readonly PlanVersion[];
  /** Where active time stands still. */
  readonly inactive: readonly Interval[];
  /** The database's time of reading. */
  readonly asOf: EpochMs;
}

interface PlanColumns {
  status: ParentOrderStatus;
  algorithm: Algorithm;
  target_token: string;
  order_qty: string;
  duration_ms: string | null;
  params: StoredParams;
  start_at: number;
  activated_at: number | null;
  finisher_from: number | null;
  as_of: number;
  plans: {
    version: number;
    u0: number;
    x0: string;
    orderQty: string;
    durationMs: number;
    shape: PlanShape;
    reason: PlanVersion['reason'];
    createdAt: number;
  }[];
  intervals: { kind: 'paused' | 'out_of_limit'; from: number; to: number | null }[];
}

const MS = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::double precision`;

/** Reads plans for the owner of an order; takes no lock. */
export class OrderPlanRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  /** Null when the user has no such order. */
  async get(id: ParentOrderId): Promise<OrderPlan | null> {
    const found = await row<PlanColumns>(
      this.tx,
      `SELECT p.status, p.algorithm, CASE p.sizing WHEN 'base' THEN p.base ELSE p.quote END AS target_token,
              p.order_qty, p.duration_ms, p.params, ${MS('p.start_at')} AS start_at,
              ${MS('p.activated_at')} AS activated_at, ${MS('p.finisher_from')} AS finisher_from,
              ${MS('clock_timestamp()')} AS as_of,
              COALESCE((SELECT json_agg(json_build_object('version', v.version, 'u0', v.u0, 'x0', v.x0::text,
                          'orderQty', v.order_qty::text, 'durationMs', v.duration_ms, 'shape', v.shape, 'reason', v.reason,
                          'createdAt', ${MS('v.created_at')}) ORDER BY v.version)
                        FROM plan_versions v WHERE v.parent_order_id = p.id), '[]') AS plans,
              COALESCE((SELECT json_agg(json_build_object('kind', i.kind, 'from', ${MS('i.from_at')},
                          'to', ${MS('i.to_at')}) ORDER BY i.from_at)
                        FROM order_intervals i WHERE i.parent_order_id = p.id), '[]') AS intervals
       FROM parent_orders p WHERE p.id = $1 AND p.user_id = $2`,
      [id, this.userId],
    );
    return found === null ? null : toPlan(id, found);
  }
}

function toPlan(id: ParentOrderId, r: PlanColumns): OrderPlan {
  const at = (ms: number | null): EpochMs | null => (ms === null ? null : epochMs(ms));
  return {
    id,
    status: r.status,
    algorithm: r.algorithm,
    targetToken: r.target_token,
    orderQty: decimal(r.order_qty),
    durationMs: r.duration_ms === null ? null : Number(r.duration_ms),
    discretion: Dec.max(decimal(r.params.discretion), '0.02'),
    alphaTilt: decimal(r.params.alphaTilt ?? '0'),
    povTarget: typeof r.params.povTarget === 'string' ? decimal(r.params.povTarget) : null,
    targetTime: typeof r.params.targetTime === 'number' ? epochMs(r.params.targetTime) : null,
    startAt: epochMs(r.start_at),
    activatedAt: at(r.activated_at),
    finisherFrom: at(r.finisher_from),
    plans: r.plans.map((v) => ({
      version: v.version,
      u0: v.u0,
      x0: decimal(v.x0),
      orderQty: decimal(v.orderQty),
      durationMs: v.durationMs,
      shape: v.shape,
      reason: v.reason,
      createdAt: epochMs(v.createdAt),
    })),
    inactive: r.intervals
      .filter((i) => i.kind === 'paused' || r.params.oolPause)
      .map((i) => ({ from: epochMs(i.from), to: at(i.to) })),
    asOf: epochMs(r.as_of),
  };
}
