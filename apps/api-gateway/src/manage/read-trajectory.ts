import { Inject, Injectable } from '@nestjs/common';
import {
  DEFAULT_URGENCY,
  EVEN,
  firstPlan,
  plannedEnd,
  plannedPath,
  targetWindowStart,
  type EpochMs,
  type ParentOrderId,
  type PathInput,
  type PlanShape,
  type VolumeProfile,
} from '#domain';
import {
  OrderPlanRepository,
  VolumeForecastRepository,
  type EpochMicros,
  type OrderPlan,
  type TokenOwner,
  type Tx,
} from '#persistence';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { orNull, showD, showTime } from '../orders/show-values.js';

const MAX_POINTS = 200;
const NO_PROFILES: ReadonlyMap<string, VolumeProfile> = new Map();

/** The planned path of an order, for a chart beside what was executed. */
@Injectable()
export class ReadTrajectory {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** @throws ApiError when there is no such order of the caller */
  async run(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    return this.db.inTenant(caller.tenantId, async (tx) => {
      const plan = await new OrderPlanRepository(tx, caller.userId).get(id);
      if (plan === null) throw new ApiError('not_found', 'Not found.');
      return showTrajectory(plan, await profilesOf(tx, plan));
    });
  }
}

/** The profiles that the order's plans name and that are still kept. */
async function profilesOf(tx: Tx, { plans }: OrderPlan): Promise<ReadonlyMap<string, VolumeProfile>> {
  const ids = plans.flatMap(({ shape }) => (shape.kind === 'volume' ? [shape.profileId] : []));
  const kept = new Map<string, VolumeProfile>();
  for (const id of new Set(ids)) {
    const profile = await new VolumeForecastRepository(tx).profile(id);
    if (profile !== null) kept.set(id, profile);
  }
  return kept;
}

/** Pure. Before its activation an order is shown as if it began at its start time. */
export function showTrajectory(
  order: OrderPlan,
  profiles: ReadonlyMap<string, VolumeProfile> = NO_PROFILES,
): OrderView {
  const path = pathOf(order, profiles);
  return {
    order_id: order.id,
    as_of: timeOf(order.asOf),
    time_start: timeOf(order.activatedAt ?? order.startAt),
    time_end: path === null ? null : timeOf(plannedEnd(path, order.asOf)),
    target_token: order.targetToken,
    target_order_qty: showD(order.orderQty),
    finisher_from: orNull(order.finisherFrom, timeOf),
    status: order.status,
    points:
      path === null
        ? []
        : plannedPath(path, order.asOf, MAX_POINTS).map(({ at, target, lower, upper }) => ({
            at: timeOf(at),
            target: showD(target),
            lower: showD(lower),
            upper: showD(upper),
          })),
  };
}

/** Null for an order that follows no curve of time: a simple one, or one that follows volume. */
function pathOf(order: OrderPlan, profiles: ReadonlyMap<string, VolumeProfile>): PathInput | null {
  const followsTime = TRAJECTORIES.includes(order.algorithm) && order.povTarget === null;
  if (!followsTime || order.durationMs === null) return null;
  const activatedAt = order.activatedAt ?? order.startAt;
  const presumed = firstPlan(order.orderQty, order.durationMs, activatedAt, presumedShape(order, order.durationMs));
  const [first = presumed, ...later] = order.plans;
  return {
    activatedAt,
    plans: [first, ...later],
    alphaTilt: order.alphaTilt,
    profiles,
    discretion: order.discretion,
    orderQty: order.orderQty,
    inactive: order.inactive,
  };
}

const TRAJECTORIES: readonly OrderPlan['algorithm'][] = ['twap', 'vwap', 'is', 'target_time'];

/** What the first plan will look like, as far as that is known before the market is asked. */
function presumedShape({ algorithm, targetTime }: OrderPlan, durationMs: number): PlanShape {
  if (algorithm === 'is') return { kind: 'arrival_price', urgency: DEFAULT_URGENCY };
  if (algorithm === 'target_time' && targetTime !== null)
    return { kind: 'target_time', from: targetWindowStart(targetTime, durationMs) };
  return EVEN;
}

const timeOf = (at: EpochMs): string => showTime((at * 1000) as EpochMicros);
