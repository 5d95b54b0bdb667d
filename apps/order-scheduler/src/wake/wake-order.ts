import {
  addMs,
  decide,
  EXECUTION_SETTINGS,
  isFinal,
  type Decision,
  type EpochMs,
  type ExecutionParent,
  type MarketSnapshot,
  type ParentOrderId,
  type TenantId,
} from '#domain';
import {
  ExecutionOrderRepository,
  MultiOrderRepository,
  removeWork,
  scheduleWork,
  type Database,
  type DatabaseClock,
  type LegRecord,
  type Tx,
  type TradedSoFar,
  type VolumeCounts,
  type WorkedOrder,
} from '#persistence';
import type { Logger } from '#observability';
import type { HandlerResult } from '#queues';
import { settledAt, storedAgainAt } from '../costs/settled-at.js';
import { StoreCosts } from '../costs/store-costs.js';
import type { AskedAhead, MarketInputs } from '../market/market-inputs.js';
import { endMid } from '../market/end-mid.js';
import { openingOf } from '../market/opening.js';
import { countVolume, type OrderVolume } from '../market/order-volume.js';
import type { SchedulerMarket } from '../market/scheduler-market.js';
import type { SchedulerMetrics } from '../scheduler-metrics.js';
import type { BeginningControls } from '../groups/beginning-controls.js';
import { beginLegs, mayBeginTurn } from '../groups/begin-member.js';
import { viewLeg } from '../groups/leg-market.js';
import { lockGroup, type OrderGroup } from '../groups/order-group.js';
import { settleGroup } from '../groups/settle-group.js';
import { applyDecision, scheduleNextWake } from './apply-decision.js';
import { FailingOrders } from './failing-orders.js';
import { OrderWhereabouts, type Whereabouts } from './order-whereabouts.js';
import { settleAmend } from './settle-amend.js';
import { waitsForLeverage } from './set-leverage.js';
import type { TimerLag } from './timer-lag.js';
import { waitForMarket } from './wait-for-market.js';
import { waitsToBegin } from './wait-to-begin.js';
import { mergedWatch, type WatchList } from './watch-list.js';

/** A job this early waits where it is; one that is earlier was overtaken by a later plan, which has its own job. */
const EARLY_WITHIN_MS = 50;

interface Outcome {
  readonly order: WorkedOrder;
  readonly decision: Decision | null;
  readonly result: HandlerResult;
  readonly placed: number;
  /** The order has ended, or waits for its condition: nothing wakes it for its market. */
  readonly over: boolean;
  /** What was traded in its active time; null unless it has ended. */
  readonly ended: OrderVolume | null;
  /** It has ended, and the market after its last fill is known. */
  readonly settled?: boolean;
}

/** One wake-up: read the order under its lock, decide, write everything once. */
export class WakeOrder {
  private readonly whereabouts: OrderWhereabouts;
  private readonly costs: StoreCosts;
  private readonly failing: FailingOrders;

  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly market: SchedulerMarket,
    private readonly inputs: MarketInputs,
    private readonly controls: BeginningControls,
    private readonly watches: WatchList,
    private readonly lag: TimerLag,
    private readonly metrics: SchedulerMetrics,
    private readonly logger: Logger,
  ) {
    this.whereabouts = new OrderWhereabouts(db);
    this.costs = new StoreCosts(db, logger);
    this.failing = new FailingOrders(db, clock, logger, ({ id, ahead }) => this.forget(ahead, id));
  }

  /** A job that comes twice, late or too early finds in Postgres whether there is anything to do (B-03, B-09). */
  async run(tenantId: TenantId, id: ParentOrderId): Promise<HandlerResult> {
    const ahead = await this.whereabouts.of(tenantId, id);
    if (ahead === null) return undefined;
    const asked = await this.inputs.ask(ahead);
    const outcome = await this.failing.watch({ tenantId, id, ahead }, () =>
      this.db.inTenant(tenantId, (tx) => this.wake(tx, tenantId, id, ahead, asked)),
    );
    if (outcome === null) return undefined;
    const { order, decision } = outcome;
    const watches = decision?.annotations.filter((a) => a.kind === 'watch') ?? [];
    if (outcome.over) this.forget(order, id);
    else
      for (const leg of order.legs) {
        // several accounts may trade one instrument
        const here = order.legs.filter(({ venue, symbol }) => venue === leg.venue && symbol === leg.symbol);
        const watched = watches.filter(({ accountId }) => here.some((one) => one.accountId === accountId));
        this.watches.set(leg, order, mergedWatch(watched), decision !== null && foundNoMarket(decision));
      }
    if (decision !== null) this.report(order, decision, outcome.placed);
    if (outcome.ended !== null) await this.costs.store(tenantId, id, outcome.ended, outcome.settled === true);
    return outcome.result;
  }

  private forget({ legs }: Pick<Whereabouts, 'legs'>, id: ParentOrderId): void {
    for (const leg of legs) this.watches.forget(leg, id);
    this.whereabouts.forget(id);
  }

  private async wake(
    tx: Tx,
    tenantId: TenantId,
    id: ParentOrderId,
    ahead: Whereabouts,
    asked: AskedAhead,
  ): Promise<Outcome | null> {
    const orders = new ExecutionOrderRepository(tx, tenantId);
    // One round trip: the locks are asked for first, that of the group before the order's, so everything after them is
    // read under them.
    const [group, locked, read, legs] = await Promise.all([
      lockGroup(tx, tenantId, ahead),
      orders.lock(id),
      this.inputs.read(tx, tenantId, id, ahead),
      ahead.multiOrderId === null ? [] : new MultiOrderRepository(tx, tenantId).legs(ahead.multiOrderId),
    ]);
    if (locked === null) return null;
    const { order, dueInMs } = locked;
    if (dueInMs > 0)
      return dueInMs <= EARLY_WITHIN_MS
        ? { order, decision: null, result: { againInMs: dueInMs }, placed: 0, over: false, ended: null }
        : null;
    const now = this.clock.now();
    // What an order does after its end is in no hurry: how late that comes tells nothing of the load.
    if (!isFinal(order.status)) this.lag.observe(-dueInMs, now);
    const snapshot = this.market.snapshot(order);
    const begun = await this.activateIfDue(tx, orders, order, { group, legs, lateMs: Math.max(0, -dueInMs) }, now);
    if (begun === null) {
      await settleGroup(tx, tenantId, group);
      return { order, decision: null, result: undefined, placed: 0, over: order.heldBy !== null, ended: null };
    }
    if (isFinal(begun.status) && begun.children.every((c) => c.status === 'closed')) {
      const ended = await countVolume(tx, begun, asked.seen, read.own, now);
      const settled = await this.finish(tx, orders, begun, { snapshot, counts: ended.counts, now });
      await settleGroup(tx, tenantId, group);
      return { order: begun, decision: null, result: undefined, placed: 0, over: true, ended, settled };
    }
    const amended = await settleAmend(tx, begun);
    const { order: active, exposure } =
      group?.kind === 'multi'
        ? await viewLeg(tx, group.multi, legs, amended, this.market, now)
        : { order: amended, exposure: null };
    const { market, volume } = await this.inputs.gather(tx, active, asked, read, now);
    const decision = this.timedDecide(active, { ...market, loadFactor: this.lag.loadFactor(now), exposure }, now);
    const applied = await applyDecision(tx, active, decision, {
      now,
      dueAt: addMs(now, Math.round(dueInMs)),
      counts: volume.counts,
      profile: market.profile,
    });
    const over = applied.ended || isFinal(active.status);
    if (over) {
      await recordEnd(orders, active, snapshot, now);
      await settleGroup(tx, tenantId, group);
    }
    // With nothing left to wait for but the market after the last fill.
    if (over && applied.nextWakeAt === null) await scheduleNextWake(tx, active, settledAt(now));
    return { order: active, decision, result: undefined, placed: applied.placed, over, ended: over ? volume : null };
  }

  /** Null while the order may not begin yet; it is then looked at again. */
  private async activateIfDue(
    tx: Tx,
    orders: ExecutionOrderRepository,
    order: WorkedOrder,
    {
      group,
      legs,
      lateMs,
    }: { readonly group: OrderGroup; readonly legs: readonly LegRecord[]; readonly lateMs: number },
    now: EpochMs,
  ): Promise<WorkedOrder | null> {
    if (order.activatedAt !== null || isFinal(order.status)) return order;
    if (await waitsToBegin(tx, order, now)) return null;
    if (group?.kind === 'multi') {
      const others = legs.filter(({ status }) => !isFinal(status)).map(({ id }) => id);
      if (await waitsForLeverage(tx, order, now, others)) return null;
      const { market, controls } = this;
      await beginLegs(tx, group.multi, legs, order, { market, controls }, { now, lateMs });
      return null; // each leg is woken on its own, and then sees all of them at work
    }
    if (group?.kind === 'chain' && !(await mayBeginTurn(tx, group.chain, order, this.market, { now, lateMs })))
      return null;
    if (await waitsForLeverage(tx, order, now)) return null;
    const { mid, traded } = openingOf(order.legs, this.market, now);
    if (mid === null) {
      await waitForMarket(tx, order, now, lateMs);
      return null;
    }
    // A few seconds late the plan still begins when it was promised or released; after an outage it begins now, with all its time.
    const promisedAt = order.releasedAt ?? (order.status === 'ACTIVE' ? order.startAt : null);
    const activatedAt = promisedAt !== null && now - promisedAt <= EXECUTION_SETTINGS.minOutageMs ? promisedAt : now;
    if (group?.kind === 'chain' && order.status === 'SCHEDULED') await this.controls.warn(tx, order, mid);
    await orders.activate(order, activatedAt, mid, traded);
    return { ...order, status: 'ACTIVE', activatedAt, blockedSince: null };
  }

  /** @returns whether the market after its last fill is known */
  private async finish(
    tx: Tx,
    orders: ExecutionOrderRepository,
    order: WorkedOrder,
    { snapshot, counts, now }: { snapshot: MarketSnapshot | null; counts: VolumeCounts; now: EpochMs },
  ): Promise<boolean> {
    await recordEnd(orders, order, snapshot, now);
    if (counts.size > 0) await orders.saveVolumeCounts(order.id, counts);
    const settled = settledAt(order.endedAt ?? now);
    if (order.activatedAt !== null && settled > now) {
      await scheduleNextWake(tx, order, settled);
      return false;
    }
    const work = { kind: 'parent.wake', tenantId: order.tenantId, parentOrderId: order.id, sequence: -1 } as const;
    const again = order.activatedAt === null ? null : storedAgainAt(settled, now);
    // Taken back with the cost that is stored next; it rings should this process not live to see that.
    await (again === null ? removeWork(tx, work) : scheduleWork(tx, work, again));
    return true;
  }

  private timedDecide(order: WorkedOrder, market: Parameters<typeof decide>[1], now: EpochMs): Decision {
    const stop = this.metrics.decideSeconds.startTimer();
    try {
      return decide(toExecutionParent(order), market, now, order.id);
    } finally {
      stop();
    }
  }

  private report(order: WorkedOrder, decision: Decision, placed: number): void {
    for (const annotation of decision.annotations)
      if (annotation.kind === 'hold') this.metrics.holds.inc({ reason: annotation.reason });
    if (decision.intents.length === 0 && !decision.annotations.some((a) => a.kind === 'complete' || a.kind === 'fail'))
      return;
    this.logger.info(
      {
        parentOrderId: order.id,
        placed,
        cancels: decision.intents.filter(({ kind }) => kind === 'cancel').length,
        amends: decision.intents.filter(({ kind }) => kind === 'amend').length,
        nextWakeAt: decision.nextWakeAt,
        notes: decision.annotations.filter((a) => a.kind !== 'hold' && a.kind !== 'watch').map((a) => a.kind),
      },
      'decided',
    );
  }
}

function toExecutionParent(order: WorkedOrder): ExecutionParent {
  const { status, activatedAt } = order;
  if (status === 'SCHEDULED' || activatedAt === null) throw new Error(`Order ${order.id} is not active`);
  return {
    ...order,
    status,
    activatedAt,
    accounts: order.accountIds,
    unseenMs: order.heldTimes.unseen,
    jumpedSince: order.heldTimes.jumpedSince,
    settings: EXECUTION_SETTINGS,
  };
}

async function recordEnd(
  orders: ExecutionOrderRepository,
  order: WorkedOrder,
  snapshot: MarketSnapshot | null,
  now: EpochMs,
): Promise<void> {
  await orders.recordEnd(order.id, endMid(snapshot, order.endedAt ?? now, now), tradedOf(snapshot));
}

function tradedOf(snapshot: MarketSnapshot | null): TradedSoFar | null {
  return snapshot === null ? null : { base: snapshot.cumBaseVolume, quote: snapshot.cumQuoteVolume };
}

/** A feed that falls silent for a moment, as when another process takes over, is told by no event of its own. */
function foundNoMarket({ annotations }: Decision): boolean {
  return annotations.some((a) => a.kind === 'hold' && a.reason === 'STALE_DATA');
}
