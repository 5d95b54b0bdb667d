import {
  decimal,
  epochMs,
  NEVER_HELD,
  notional,
  price,
  quantity,
  type AccountId,
  type Algorithm,
  type CompletionReason,
  type Decimal,
  type EpochMs,
  type ExecutionChild,
  type ExecutionParams,
  type FailureReason,
  type HeldTimes,
  type Interval,
  type Notional,
  type ParentOrderId,
  type ParentOrderStatus,
  type PlanVersion,
  type Price,
  type Quantity,
  type Role,
  type Side,
  type Sizing,
  type TenantId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send } from '../sql.js';
import { removeWork } from '../outbox/due-work.js';
import { EXECUTION_CHILD_COLUMNS, toExecutionChild, type ExecutionChildColumns } from './execution-child.js';
import { readPlanning } from './order-planning.js';
import { NEWEST_READ, withSettled } from './settled-children.js';
import { STORABLE } from './storable-amount.js';
import { paramsOf, type ParamColumns } from './stored-params.js';
import {
  volumeCountsAsJson,
  volumeCountsFromJson,
  type VolumeCounts,
  type VolumeCountsJson,
} from './volume-counts-json.js';

/** One account of an order with the venue and the instrument it trades there. */
export interface OrderLeg {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly symbol: string;
}

/** A parent order as the scheduler works on it, locked for the length of the transaction. */
export interface WorkedOrder {
  readonly id: ParentOrderId;
  readonly tenantId: TenantId;
  readonly traceId: string;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly accountIds: readonly AccountId[];
  /** Where each account trades, in the order of `accountIds`; the first is at `venue`. */
  readonly legs: readonly OrderLeg[];
  readonly side: Side;
  readonly algorithm: Algorithm;
  readonly sizing: Sizing;
  readonly orderQty: Decimal;
  readonly params: ExecutionParams;
  readonly status: ParentOrderStatus;
  readonly startAt: EpochMs;
  readonly activatedAt: EpochMs | null;
  /** The condition that still holds the order; null when there is none, or it has become true. */
  readonly heldBy: { readonly expiresAt: EpochMs | null } | null;
  /** When its condition became true. */
  readonly releasedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  readonly finisherFrom: EpochMs | null;
  readonly finisherX0: Decimal | null;
  readonly nextSequence: number;
  readonly lastDecisionAt: EpochMs | null;
  /** Since when nothing could be placed for want of feed, account or budget. */
  readonly blockedSince: EpochMs | null;
  readonly endPrice: Price | null;
  readonly plans: readonly PlanVersion[];
  readonly paused: readonly Interval[];
  readonly outOfLimit: readonly Interval[];
  readonly children: readonly ExecutionChild[];
  /** Base and quote executed so far, from the booked fills. */
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  readonly highestShare: number;
  /** All child orders before this sequence are settled and stand in `children` as one. */
  readonly readFrom: number;
  readonly volumeCounts: VolumeCounts;
  readonly heldTimes: HeldTimes;
  readonly role: Role | null;
  /** The lower quantity that waits until children are closed; null without one. */
  readonly amendPending: Decimal | null;
  readonly statusBeforePause: ParentOrderStatus | null;
  readonly positionSide: 'long' | 'short' | null;
  readonly multiOrderId: string | null;
  readonly chainId: string | null;
  readonly chainPriority: number | null;
}

/** An order with the time until its next wake-up is due, in ms; negative when it is late. */
export interface OrderToWake {
  readonly order: WorkedOrder;
  readonly dueInMs: number;
}

/** Where an order trades and what it belongs to: none of it ever changes. */
export type PlacedOrder = Pick<WorkedOrder, 'venue' | 'symbol' | 'accountIds' | 'legs' | 'multiOrderId' | 'chainId'>;

interface ParentColumns extends ParamColumns {
  id: string;
  tenant_id: string;
  trace_id: string;
  venue: string;
  symbol: string;
  account_ids: string[];
  venues: string[] | null;
  symbols: string[] | null;
  side: Side;
  algorithm: Algorithm;
  sizing: Sizing;
  order_qty: string;
  status: ParentOrderStatus;
  start_at: Date;
  activated_at: Date | null;
  condition_text: string | null;
  condition_expires_at: Date | null;
  released_at: Date | null;
  ended_at: Date | null;
  finisher_from: Date | null;
  finisher_x0: string | null;
  next_sequence: number;
  last_decision_at: Date | null;
  blocked_since: Date | null;
  end_price: string | null;
  cum_base: string;
  cum_quote: string;
  highest_share: number;
  volume_counts: VolumeCountsJson;
  held_times: Partial<HeldTimes>;
  role: Role | null;
  read_from: number;
  amend_pending: string | null;
  status_before_pause: ParentOrderStatus | null;
  position_side: 'long' | 'short' | null;
  multi_order_id: string | null;
  chain_id: string | null;
  chain_priority: number | null;
}

const PARENT_COLUMNS = `p.id, p.tenant_id, p.trace_id, p.venue, p.symbol, p.account_ids, p.venues, p.symbols, p.side, p.algorithm,
  p.sizing, p.order_qty, p.duration_ms, p.limit_price, p.params, p.status, p.start_at, p.activated_at, p.condition_text,
  p.condition_expires_at, p.released_at, p.ended_at, p.finisher_from, p.finisher_x0, p.next_sequence, p.last_decision_at,
  p.blocked_since, p.end_price, p.cum_base, p.cum_quote, p.highest_share, p.volume_counts, p.held_times, p.role,
  p.read_from, p.amend_pending, p.status_before_pause, p.position_side, p.multi_order_id, p.chain_id, p.chain_priority`;

/** Public volume of an instrument since its count began, in base and in quote. */
export interface TradedSoFar {
  readonly base: Decimal;
  readonly quote: Decimal;
}

/** What one decision changes on the parent's row itself. */
export interface ParentProgress {
  readonly nextSequence: number;
  readonly decidedAt: EpochMs;
  readonly blockedSince: EpochMs | null;
  readonly highestShare: number;
  readonly heldTimes: HeldTimes;
  /** Null: what is there stays. */
  readonly volumeCounts: VolumeCounts | null;
  /** How long it is expected to take in all; null: as it was. */
  readonly estimatedMs: number | null;
  readonly role: Role | null;
  /** All child orders before this sequence are settled; see {@link firstToRead}. */
  readonly readFrom: number;
}

const at = (value: Date | null): EpochMs | null => (value === null ? null : epochMs(value.getTime()));
const TO_TIME = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;
const PROGRESS = `
  UPDATE parent_orders SET next_sequence = $2, last_decision_at = ${TO_TIME('$3')}, blocked_since = ${TO_TIME('$4')},
         highest_share = $5, held_times = $6, volume_counts = COALESCE($7, volume_counts),
         estimated_ms = COALESCE($8, estimated_ms), role = $9, read_from = $10
  WHERE id = $1`;

/** Parent orders for the one service that works them. */
export class ExecutionOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Read without a lock. */
  async accountsOf(id: ParentOrderId): Promise<PlacedOrder | null> {
    const found = await row<LegColumns & Pick<ParentColumns, 'multi_order_id' | 'chain_id'>>(
      this.tx,
      'SELECT venue, symbol, account_ids, venues, symbols, multi_order_id, chain_id FROM parent_orders WHERE id = $1',
      [id],
    );
    if (found === null) return null;
    const { venue, symbol, account_ids: accountIds } = found;
    return {
      venue: venue as VenueId,
      symbol,
      accountIds: accountIds as AccountId[],
      legs: legsOf(found),
      multiOrderId: found.multi_order_id,
      chainId: found.chain_id,
    };
  }

  /**
   * Locks the order and its next wake-up and reads all that a decision needs; null when there is no such order of this tenant,
   * or nothing wakes it any more.
   */
  async lock(id: ParentOrderId): Promise<OrderToWake | null> {
    // Asked for together and answered in order: what follows the lock sees what its last holder committed.
    const locked = row<ParentColumns & { due_in_ms: number }>(
      this.tx,
      // The order first, as whoever changes it does: of a join with a partitioned table the other row would be locked first.
      `WITH p AS MATERIALIZED (SELECT ${PARENT_COLUMNS} FROM parent_orders p WHERE p.id = $1 FOR UPDATE)
       SELECT p.*, (extract(epoch FROM w.due_at - clock_timestamp()) * 1000)::double precision AS due_in_ms
       FROM p, due_work w
       WHERE w.kind = 'parent.wake' AND w.parent_order_id = $1 AND w.sequence = -1 FOR UPDATE OF w`,
      [id],
    );
    const ofChildren = rows<ExecutionChildColumns>(
      this.tx,
      `SELECT ${EXECUTION_CHILD_COLUMNS} FROM child_orders c,
              (SELECT read_from, next_sequence - ${NEWEST_READ} AS newest FROM parent_orders WHERE id = $1) p
       WHERE c.parent_order_id = $1 AND c.sequence >= p.read_from
         AND (c.status <> 'closed' OR c.cum_qty > 0 OR c.sequence >= p.newest) ORDER BY c.sequence`,
      [id],
    );
    const ofPlan = readPlanning(this.tx, id);
    const [parent, childRows, planning] = await Promise.all([locked, ofChildren, ofPlan]);
    if (parent === null) return null;
    const children = childRows.map(toExecutionChild);
    const totals = { qty: quantity(parent.cum_base), notional: notional(parent.cum_quote) };
    const order: WorkedOrder = {
      id,
      tenantId: parent.tenant_id as TenantId,
      traceId: parent.trace_id,
      venue: parent.venue as VenueId,
      symbol: parent.symbol,
      accountIds: parent.account_ids as AccountId[],
      legs: legsOf(parent),
      side: parent.side,
      algorithm: parent.algorithm,
      sizing: parent.sizing,
      orderQty: decimal(parent.order_qty),
      params: paramsOf(parent),
      status: parent.status,
      startAt: epochMs(parent.start_at.getTime()),
      activatedAt: at(parent.activated_at),
      heldBy:
        parent.condition_text === null || parent.released_at !== null
          ? null
          : { expiresAt: at(parent.condition_expires_at) },
      releasedAt: at(parent.released_at),
      endedAt: at(parent.ended_at),
      finisherFrom: at(parent.finisher_from),
      finisherX0: parent.finisher_x0 === null ? null : decimal(parent.finisher_x0),
      nextSequence: parent.next_sequence,
      lastDecisionAt: at(parent.last_decision_at),
      blockedSince: at(parent.blocked_since),
      endPrice: parent.end_price === null ? null : price(parent.end_price),
      ...planning,
      children: withSettled(children, parent, totals),
      cumBase: totals.qty,
      cumQuote: totals.notional,
      highestShare: parent.highest_share,
      readFrom: parent.read_from,
      volumeCounts: volumeCountsFromJson(parent.volume_counts),
      heldTimes: { ...NEVER_HELD, ...parent.held_times },
      role: parent.role,
      amendPending: parent.amend_pending === null ? null : decimal(parent.amend_pending),
      statusBeforePause: parent.status_before_pause,
      positionSide: parent.position_side,
      multiOrderId: parent.multi_order_id,
      chainId: parent.chain_id,
      chainPriority: parent.chain_priority,
    };
    return { order, dueInMs: parent.due_in_ms };
  }

  /** SCHEDULED to ACTIVE, or the first look at an order that started at once. */
  async activate(
    order: Pick<WorkedOrder, 'id'>,
    now: EpochMs,
    mid: Price | null,
    traded: TradedSoFar | null,
  ): Promise<void> {
    await send(
      this.tx,
      `UPDATE parent_orders SET status = 'ACTIVE', activated_at = ${TO_TIME('$2')}, start_price = $3, start_volume = $4,
              start_notional = $5, blocked_since = NULL,
              arrival_price = COALESCE(arrival_price, $3),
              base_amount = COALESCE(base_amount, CASE sizing WHEN 'base' THEN order_qty ELSE ${STORABLE('order_qty / $3::numeric')} END),
              quote_amount = COALESCE(quote_amount, CASE sizing WHEN 'quote' THEN order_qty ELSE ${STORABLE('order_qty * $3::numeric')} END),
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [order.id, now, mid?.toFixed() ?? null, traded?.base.toFixed() ?? null, traded?.quote.toFixed() ?? null],
    );
    await this.message(order.id, 'info', 'order_activated', 'trading begins');
    await this.trace(order.id, 'activated', {});
  }

  async addPlan(id: ParentOrderId, plan: PlanVersion): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO plan_versions (parent_order_id, version, tenant_id, u0, x0, order_qty, duration_ms, reason, created_at, shape)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ${TO_TIME('$9')}, $10)`,
      [
        id,
        plan.version,
        this.tenantId,
        plan.u0,
        plan.x0.toFixed(),
        plan.orderQty.toFixed(),
        Math.round(plan.durationMs),
        plan.reason,
        plan.createdAt,
        JSON.stringify(plan.shape),
      ],
    );
    await this.trace(id, 'planned', { version: plan.version, reason: plan.reason, x0: plan.x0.toFixed(), u0: plan.u0 });
  }

  async outOfLimit(id: ParentOrderId, edge: 'begin' | 'end', when: EpochMs): Promise<void> {
    if (edge === 'begin')
      await send(
        this.tx,
        `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id)
         VALUES ($1, 'out_of_limit', ${TO_TIME('$2')}, $3) ON CONFLICT DO NOTHING`,
        [id, when, this.tenantId],
      );
    else
      await send(
        this.tx,
        `UPDATE order_intervals SET to_at = GREATEST(from_at, ${TO_TIME('$2')})
         WHERE parent_order_id = $1 AND kind = 'out_of_limit' AND to_at IS NULL`,
        [id, when],
      );
    await this.trace(id, `out_of_limit_${edge}`, {});
  }

  async enterFinisher(id: ParentOrderId, now: EpochMs, x0: Decimal): Promise<void> {
    await send(
      this.tx,
      `UPDATE parent_orders SET status = 'FINISHER', finisher_from = ${TO_TIME('$2')}, finisher_x0 = $3,
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1 AND status = 'ACTIVE'`,
      [id, now, x0.toFixed()],
    );
    await this.message(id, 'info', 'order_finishing', 'the planned time is over, the remainder is being worked');
    await this.trace(id, 'finishing', { x0: x0.toFixed() });
  }

  /** A lower quantity takes effect that waited for children to be closed. */
  async settleAmend(id: ParentOrderId, orderQty: Decimal): Promise<void> {
    await send(
      this.tx,
      `UPDATE parent_orders SET order_qty = $2::numeric, amend_pending = NULL,
              base_amount = CASE WHEN sizing = 'base' THEN $2::numeric ELSE trunc($2::numeric / arrival_price, 18) END,
              quote_amount = CASE WHEN sizing = 'quote' THEN $2::numeric ELSE trunc($2::numeric * arrival_price, 18) END,
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [id, orderQty.toFixed()],
    );
    await this.message(id, 'info', 'order_amended', `the amended quantity is in effect: ${orderQty.toFixed()}`);
    await this.trace(id, 'amendment_settled', { orderQty: orderQty.toFixed() });
  }

  /** Final statuses never change: a second end is ignored and reported as false. A quantity that waits is given up. */
  async end(
    id: ParentOrderId,
    now: EpochMs,
    end:
      | { readonly status: 'COMPLETE'; readonly reason: CompletionReason }
      | { readonly status: 'CANCELED'; readonly reason: FailureReason; readonly text: string },
  ): Promise<boolean> {
    const ended = await row(
      this.tx,
      `UPDATE parent_orders SET status = $2, completion_reason = $3, failure_reason = $4, ended_at = ${TO_TIME('$5')},
              amend_pending = NULL, updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1 AND status NOT IN ('COMPLETE', 'CANCELED') RETURNING id`,
      [id, end.status, end.status === 'COMPLETE' ? end.reason : null, end.status === 'CANCELED' ? end.reason : '', now],
    );
    if (ended === null) return false;
    if (end.status === 'COMPLETE') await this.message(id, 'info', 'order_completed', `order complete: ${end.reason}`);
    else await this.message(id, 'error', 'order_failed', end.text);
    await this.trace(id, end.status === 'COMPLETE' ? 'completed' : 'failed', { reason: end.reason });
    return true;
  }

  /** Benchmarks at the end, taken once; later fills only move quantities. */
  async recordEnd(id: ParentOrderId, mid: Price | null, traded: TradedSoFar | null): Promise<void> {
    await send(
      this.tx,
      `UPDATE parent_orders SET end_price = COALESCE(end_price, $2), end_volume = COALESCE(end_volume, $3),
              end_notional = COALESCE(end_notional, $4)
       WHERE id = $1`,
      [id, mid?.toFixed() ?? null, traded?.base.toFixed() ?? null, traded?.quote.toFixed() ?? null],
    );
  }

  /**
   * What a decision changes on the row itself, with the next wake-up and its job where there is one: one statement, since
   * every decision makes it.
   */
  async saveProgress(
    order: Pick<WorkedOrder, 'id' | 'traceId'>,
    progress: ParentProgress,
    nextWakeAt: EpochMs | null,
  ): Promise<void> {
    const { id, traceId } = order;
    const values = [
      id,
      progress.nextSequence,
      progress.decidedAt,
      progress.blockedSince,
      progress.highestShare,
      JSON.stringify(progress.heldTimes),
      progress.volumeCounts === null ? null : JSON.stringify(volumeCountsAsJson(progress.volumeCounts)),
      progress.estimatedMs === null ? null : Math.max(1, Math.round(progress.estimatedMs)),
      progress.role,
      progress.readFrom,
    ];
    if (nextWakeAt === null) {
      await send(this.tx, PROGRESS, values);
      await removeWork(this.tx, { kind: 'parent.wake', parentOrderId: id, sequence: -1 });
      return;
    }
    const payload = { v: 1, tenantId: this.tenantId, parentOrderId: id, traceId };
    await send(
      this.tx,
      `WITH progress AS (${PROGRESS}),
            due AS (
              INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
              VALUES ('parent.wake', $1, -1, $11, ${TO_TIME('$12')})
              ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL)
       INSERT INTO outbox (tenant_id, job, payload, not_before)
       VALUES ($11, 'parent-order.wake', $13, ${TO_TIME('$12')})`,
      [...values, this.tenantId, nextWakeAt, JSON.stringify(payload)],
    );
  }

  /** Of an order that is over: what its active time came to. */
  async saveVolumeCounts(id: ParentOrderId, counts: VolumeCounts): Promise<void> {
    await send(this.tx, 'UPDATE parent_orders SET volume_counts = $2 WHERE id = $1', [
      id,
      JSON.stringify(volumeCountsAsJson(counts)),
    ]);
  }

  async message(id: ParentOrderId, level: 'info' | 'warning' | 'error', type: string, text: string): Promise<void> {
    await send(
      this.tx,
      'INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message) VALUES ($1, $2, $3, $4, $5)',
      [id, this.tenantId, level, type, text],
    );
  }

  private trace(id: ParentOrderId, event: string, data: Record<string, string | number>): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity: 'parent_order', entityId: id, event, data }]);
  }
}

type LegColumns = Pick<ParentColumns, 'venue' | 'symbol' | 'account_ids' | 'venues' | 'symbols'>;

function legsOf(order: LegColumns): OrderLeg[] {
  return order.account_ids.map((id, i) => ({
    accountId: id as AccountId,
    venue: (order.venues?.[i] ?? order.venue) as VenueId,
    symbol: order.symbols?.[i] ?? order.symbol,
  }));
}
