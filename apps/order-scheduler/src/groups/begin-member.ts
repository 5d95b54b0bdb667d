import {
  EXECUTION_SETTINGS,
  judgeTurn,
  maxLeverageOf,
  plannedNotional,
  type EpochMs,
  type FailureReason,
  type Price,
} from '#domain';
import {
  ExecutionOrderRepository,
  MarginTierRepository,
  MultiOrderRepository,
  OrderLeverageRepository,
  removeWork,
  RestrictionRepository,
  wakeParent,
  type LegRecord,
  type LockedChain,
  type LockedMulti,
  type TradedSoFar,
  type Tx,
  type WorkedOrder,
} from '#persistence';
import { openingOf } from '../market/opening.js';
import type { SchedulerMarket } from '../market/scheduler-market.js';
import { waitForMarket } from '../wake/wait-for-market.js';
import type { BeginningControls, BeginningLeg } from './beginning-controls.js';

/** When a member is looked at, and how long after that was due; ms. */
export interface Woken {
  readonly now: EpochMs;
  readonly lateMs: number;
}

/** What legs are held against before they begin. */
export interface LegChecks {
  readonly market: Pick<SchedulerMarket, 'snapshot'>;
  readonly controls: Pick<BeginningControls, 'basketDenial'>;
}

/**
 * Begins all legs of a multi order at one instant, each at its mid, which is its reference price from then on; or sets
 * when to look again, or ends the first leg, with which the whole ends. The first leg is the one that is woken for it.
 */
export async function beginLegs(
  tx: Tx,
  multi: LockedMulti,
  legs: readonly LegRecord[],
  order: WorkedOrder,
  { market, controls }: LegChecks,
  { now, lateMs }: Woken,
): Promise<void> {
  if (multi.status !== 'SUBMITTED' || multi.legIds[0] !== order.id) return forget(tx, order);
  const openings: (BeginningLeg & { readonly traded: TradedSoFar | null })[] = [];
  for (const leg of legs) {
    const { mid, traded } = openingOf(leg.places, market, now);
    if (mid === null) return waitForMarket(tx, order, now, lateMs, leg.id);
    openings.push({ leg, mid, traded });
  }
  const orders = new ExecutionOrderRepository(tx, multi.tenantId);
  const denial = await controls.basketDenial(tx, multi, openings);
  if (denial !== null) {
    await orders.end(order.id, now, { status: 'CANCELED', reason: 'risk_denied', text: denial.text });
    return forget(tx, order);
  }
  // A few seconds late the plan still begins when it was promised; after an outage it begins now, with all its time.
  const promisedAt = order.releasedAt ?? (multi.startsAtOnce ? multi.startAt : null);
  const activatedAt = promisedAt !== null && now - promisedAt <= EXECUTION_SETTINGS.minOutageMs ? promisedAt : now;
  for (const { leg, mid, traded } of openings) {
    await orders.activate(leg, activatedAt, mid, traded);
    await wakeParent(tx, multi.tenantId, leg.id, leg.traceId);
  }
  await new MultiOrderRepository(tx, multi.tenantId).activate(multi.id, activatedAt);
}

/**
 * True when it is a chain member's turn and the market lets it begin. Otherwise it waits, or has been ended: the caller
 * settles the chain.
 */
export async function mayBeginTurn(
  tx: Tx,
  chain: LockedChain,
  order: WorkedOrder,
  market: Pick<SchedulerMarket, 'snapshot' | 'instrument'>,
  { now, lateMs }: Woken,
): Promise<boolean> {
  if (chain.status !== 'ACTIVE' || (order.chainPriority ?? 0) > chain.currentPriority) {
    await forget(tx, order);
    return false;
  }
  const { mid } = openingOf(order.legs, market, now);
  const verdict = judgeTurn({
    sizing: order.sizing,
    orderQty: order.orderQty,
    instruments: order.legs.flatMap((leg) => market.instrument(leg) ?? []),
    mid,
  });
  if (verdict.kind === 'wait') {
    await waitForMarket(tx, order, now, lateMs);
    return false;
  }
  const failure =
    verdict.kind === 'fail' ? verdict : ((await leverageFault(tx, order)) ?? (await restrictionOf(tx, order, mid)));
  if (failure === null) return true;
  const { reason, text } = failure;
  await new ExecutionOrderRepository(tx, order.tenantId).end(order.id, now, { status: 'CANCELED', reason, text });
  await forget(tx, order);
  return false;
}

interface TurnFailure {
  readonly reason: FailureReason;
  readonly text: string;
}

/** The leverage that it asked for is beyond what one of its venues allows by now; null when it is not. */
async function leverageFault(tx: Tx, { id, tenantId, legs }: WorkedOrder): Promise<TurnFailure | null> {
  const wanted = await new OrderLeverageRepository(tx, tenantId).wanted(id);
  if (wanted === null) return null;
  const tiers = await new MarginTierRepository(tx).of(legs);
  for (const [index, { symbol }] of legs.entries()) {
    const bound = maxLeverageOf(tiers[index] ?? []);
    if (bound !== null && wanted > bound)
      return { reason: 'leverage_failed', text: `leverage must be at most ${bound} for ${symbol}, was ${wanted}` };
  }
  return null;
}

/** Why staff forbid it by now; null when they do not. What was restricted when the chain was taken in was refused then. */
async function restrictionOf(
  tx: Tx,
  { id, tenantId, sizing, orderQty }: WorkedOrder,
  mid: Price | null,
): Promise<TurnFailure | null> {
  if (mid === null) return null; // a turn does not begin without a price
  const refused = await new RestrictionRepository(tx, tenantId).refusalAtTurn(
    id,
    plannedNotional(sizing, orderQty, mid),
  );
  return refused === null ? null : { reason: 'risk_denied', text: `restricted: ${refused.text}: ${refused.reason}` };
}

/** Nothing wakes it until something happens to its group. */
function forget(tx: Tx, order: WorkedOrder): Promise<void> {
  return removeWork(tx, { kind: 'parent.wake', parentOrderId: order.id, sequence: -1 });
}
