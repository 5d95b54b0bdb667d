import { Inject, Injectable } from '@nestjs/common';
import {
  firstPlan,
  plannedEnd,
  plannedPath,
  twapCurve,
  type Algorithm,
  type Curve,
  type EpochMs,
  type ParentOrderId,
  type PathInput,
} from '#domain';
import { OrderPlanRepository, type EpochMicros, type OrderPlan, type TokenOwner } from '#persistence';
import { ApiError } from '../http/api-error.js';
import { RequestDatabase } from '../http/request-database.js';
import type { OrderView } from '../orders/order-detail-view.js';
import { orNull, showD, showTime } from '../orders/show-values.js';

const MAX_POINTS = 200;

/** The planned path of an order, for a chart beside what was executed. */
@Injectable()
export class ReadTrajectory {
  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** @throws ApiError when there is no such order of the caller */
  async run(caller: TokenOwner, id: ParentOrderId): Promise<OrderView> {
    const plan = await this.db.inTenant(caller.tenantId, (tx) => new OrderPlanRepository(tx, caller.userId).get(id));
    if (plan === null) throw new ApiError('not_found', 'Not found.');
    return showTrajectory(plan);
  }
}

/** Pure. Before its activation an order is shown as if it began at its start time. */
export function showTrajectory(order: OrderPlan): OrderView {
  const path = pathOf(order);
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

function pathOf(order: OrderPlan): PathInput | null {
  const curve = curveOf(order.algorithm);
  if (curve === null || order.durationMs === null) return null;
  const activatedAt = order.activatedAt ?? order.startAt;
  const [first = firstPlan(order.orderQty, order.durationMs, activatedAt), ...later] = order.plans;
  return {
    activatedAt,
    plans: [first, ...later],
    curve,
    discretion: order.discretion,
    orderQty: order.orderQty,
    inactive: order.inactive,
  };
}

/** Null for an algorithm that follows no curve. */
function curveOf(algorithm: Algorithm): Curve | null {
  return algorithm === 'twap' ? twapCurve : null;
}

const timeOf = (at: EpochMs): string => showTime((at * 1000) as EpochMicros);
