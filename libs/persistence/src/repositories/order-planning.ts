import {
  decimal,
  epochMs,
  type EpochMs,
  type Interval,
  type ParentOrderId,
  type PlanShape,
  type PlanVersion,
} from '#domain';
import type { Tx } from '../database.js';
import { theRow } from '../sql.js';

/** How an order's time is planned, and where it stood still. */
export interface OrderPlanning {
  readonly plans: readonly PlanVersion[];
  readonly paused: readonly Interval[];
  readonly outOfLimit: readonly Interval[];
}

interface PlanningColumns {
  readonly plans:
    | {
        readonly version: number;
        readonly u0: number;
        readonly x0: string;
        readonly order_qty: string;
        readonly duration_ms: string;
        readonly shape: PlanShape;
        readonly reason: PlanVersion['reason'];
        readonly created_ms: number;
      }[]
    | null;
  readonly intervals:
    { readonly kind: 'paused' | 'out_of_limit'; readonly from_ms: number; readonly to_ms: number | null }[] | null;
}

const MS = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)`;
const PLANNING = `
  SELECT (SELECT json_agg(json_build_object('version', version, 'u0', u0, 'x0', x0::text, 'order_qty', order_qty::text,
                   'duration_ms', duration_ms::text, 'shape', shape, 'reason', reason, 'created_ms', ${MS('created_at')})
                 ORDER BY version)
          FROM plan_versions WHERE parent_order_id = $1) AS plans,
         (SELECT json_agg(json_build_object('kind', kind, 'from_ms', ${MS('from_at')}, 'to_ms', ${MS('to_at')})
                 ORDER BY from_at)
          FROM order_intervals WHERE parent_order_id = $1) AS intervals`;

/** In one statement, since every decision makes it. */
export async function readPlanning(tx: Tx, id: ParentOrderId): Promise<OrderPlanning> {
  const { plans, intervals } = await theRow<PlanningColumns>(tx, PLANNING, [id]);
  const of = (kind: 'paused' | 'out_of_limit'): Interval[] =>
    (intervals ?? []).filter((i) => i.kind === kind).map((i) => ({ from: epochMs(i.from_ms), to: at(i.to_ms) }));
  return {
    plans: (plans ?? []).map((p) => ({
      version: p.version,
      u0: p.u0,
      x0: decimal(p.x0),
      orderQty: decimal(p.order_qty),
      durationMs: Number(p.duration_ms),
      shape: p.shape,
      reason: p.reason,
      createdAt: epochMs(p.created_ms),
    })),
    paused: of('paused'),
    outOfLimit: of('out_of_limit'),
  };
}

const at = (ms: number | null): EpochMs | null => (ms === null ? null : epochMs(ms));
