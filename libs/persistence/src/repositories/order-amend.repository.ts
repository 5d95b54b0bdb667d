import {
  decimal,
  epochMs,
  price,
  type AccountId,
  type Algorithm,
  type Decimal,
  type EpochMs,
  type Interval,
  type ParentOrderId,
  type ParentOrderStatus,
  type Price,
  type Side,
  type Sizing,
  type TenantId,
  type UserId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { wakeParent } from '../outbox/due-work.js';
import { row, send } from '../sql.js';
import { FROM_MICROS, MICROS, type EpochMicros } from './epoch-micros.js';
import type { OrderLeg } from './execution-order.repository.js';
import { requestCancelOfParents } from './mass-cancel.js';
import type { StoredParams } from './stored-params.js';
import { OrderMessageRepository } from './order-message.repository.js';

/** An order of the user, locked, with all that an amendment is judged by and changes. */
export interface AmendableOrder {
  readonly id: ParentOrderId;
  readonly status: ParentOrderStatus;
  readonly statusBeforePause: ParentOrderStatus | null;
  readonly algorithm: Algorithm;
  readonly isLeg: boolean;
  readonly isChainMember: boolean;
  readonly traceId: string;
  readonly pair: string;
  readonly side: Side;
  readonly sizing: Sizing;
  readonly legs: readonly OrderLeg[];
  /** In the target token, as `executed` and `working`. */
  readonly orderQty: Decimal;
  readonly executed: Decimal;
  /** Of all children that are not closed, at the worse of their prices and those they are being moved to. */
  readonly working: Decimal;
  /** The same in base, whatever the order was sized in. */
  readonly workingBase: Decimal;
  /** The lower quantity that waits until children are closed; null without one. */
  readonly amendPending: Decimal | null;
  readonly durationMs: number | null;
  readonly limitPrice: Price | null;
  readonly arrivalPrice: Price | null;
  readonly params: StoredParams;
  readonly requestJson: string;
  readonly startAt: EpochMicros;
  readonly activatedAt: EpochMs | null;
  /** Where active time stood still. */
  readonly inactive: readonly Interval[];
  /** The database's time, taken under the lock. */
  readonly now: EpochMicros;
}

/** An amended order: the values that it has from now on. */
export interface Amendment extends Pick<
  AmendableOrder,
  'orderQty' | 'amendPending' | 'durationMs' | 'limitPrice' | 'params' | 'requestJson' | 'startAt'
> {
  /** Null: as it was. */
  readonly estimatedMs: number | null;
  /** A FINISHER gets new time and is active again. */
  readonly leavesFinisher: boolean;
  /** No live child fits any more; each is cancelled, and the next decision replaces them. */
  readonly cancelsChildren: boolean;
  /** What was changed, for people. */
  readonly text: string;
}

interface Columns {
  status: ParentOrderStatus;
  status_before_pause: ParentOrderStatus | null;
  algorithm: Algorithm;
  multi_order_id: string | null;
  chain_id: string | null;
  trace_id: string;
  pair: string;
  side: Side;
  sizing: Sizing;
  venue: string;
  symbol: string;
  account_ids: string[];
  venues: string[] | null;
  symbols: string[] | null;
  order_qty: string;
  executed: string;
  amend_pending: string | null;
  duration_ms: string | null;
  limit_price: string | null;
  arrival_price: string | null;
  params: StoredParams;
  request: string;
  start_micros: string;
  activated_ms: number | null;
}

interface Around {
  working: string;
  working_base: string;
  now: string;
  inactive: { from: number; to: number | null }[];
}

const MS = (column: string): string => `floor(extract(epoch FROM ${column}) * 1000)::double precision`;

/** Changes orders on their owner's request, the whole of it in one step (D-02). */
export class OrderAmendRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
    private readonly userId: UserId,
  ) {}

  /** Null when the user has no such order. */
  async lock(id: ParentOrderId): Promise<AmendableOrder | null> {
    const found = await row<Columns>(
      this.tx,
      `SELECT status, status_before_pause, algorithm, multi_order_id, chain_id, trace_id, pair, side, sizing, venue, symbol,
              account_ids, venues, symbols, order_qty, CASE sizing WHEN 'base' THEN cum_base ELSE cum_quote END AS executed,
              amend_pending, duration_ms, limit_price, arrival_price, params, request::text AS request,
              ${MICROS('start_at')} AS start_micros, ${MS('activated_at')} AS activated_ms
       FROM parent_orders WHERE id = $1 AND user_id = $2 FOR UPDATE`,
      [id, this.userId],
    );
    if (found === null) return null;
    const around = await row<Around>(
      this.tx,
      `SELECT ${MICROS('clock_timestamp()')} AS now, live.base AS working_base,
              CASE $2 WHEN 'base' THEN live.base ELSE live.quote END AS working,
              COALESCE((SELECT json_agg(json_build_object('from', ${MS('from_at')}, 'to', ${MS('to_at')}) ORDER BY from_at)
                        FROM order_intervals
                        WHERE parent_order_id = $1 AND (kind = 'paused' OR $3::boolean)), '[]') AS inactive
       FROM (SELECT COALESCE(sum(open), 0) AS base, COALESCE(sum(open * GREATEST(price, amend_price)), 0) AS quote
             FROM (SELECT GREATEST(order_qty, amend_qty) - cum_qty AS open, price, amend_price
                   FROM child_orders WHERE parent_order_id = $1 AND status <> 'closed') children) live`,
      [id, found.sizing, found.params.oolPause],
    );
    if (around === null) throw new Error('A sum must give a row');
    return {
      id,
      status: found.status,
      statusBeforePause: found.status_before_pause,
      algorithm: found.algorithm,
      isLeg: found.multi_order_id !== null,
      isChainMember: found.chain_id !== null,
      traceId: found.trace_id,
      pair: found.pair,
      side: found.side,
      sizing: found.sizing,
      legs: found.account_ids.map((accountId, i) => ({
        accountId: accountId as AccountId,
        venue: (found.venues?.[i] ?? found.venue) as VenueId,
        symbol: found.symbols?.[i] ?? found.symbol,
      })),
      orderQty: decimal(found.order_qty),
      executed: decimal(found.executed),
      working: decimal(around.working),
      workingBase: decimal(around.working_base),
      amendPending: found.amend_pending === null ? null : decimal(found.amend_pending),
      durationMs: found.duration_ms === null ? null : Number(found.duration_ms),
      limitPrice: found.limit_price === null ? null : price(found.limit_price),
      arrivalPrice: found.arrival_price === null ? null : price(found.arrival_price),
      params: found.params,
      requestJson: found.request,
      startAt: Number(found.start_micros) as EpochMicros,
      activatedAt: found.activated_ms === null ? null : epochMs(found.activated_ms),
      inactive: around.inactive.map(({ from, to }) => ({ from: epochMs(from), to: to === null ? null : epochMs(to) })),
      now: Number(around.now) as EpochMicros,
    };
  }

  /** Stores the amendment of a locked order, asks for what no longer fits to be cancelled, and wakes the order. */
  async save({ id, traceId, ...before }: AmendableOrder, after: Amendment): Promise<void> {
    if (after.cancelsChildren) await requestCancelOfParents(this.tx, this.tenantId, [id], 'amended');
    await send(
      this.tx,
      `UPDATE parent_orders SET
         order_qty = $2::numeric,
         base_amount = CASE WHEN sizing = 'base' THEN $2::numeric ELSE trunc($2::numeric / arrival_price, 18) END,
         quote_amount = CASE WHEN sizing = 'quote' THEN $2::numeric ELSE trunc($2::numeric * arrival_price, 18) END,
         amend_pending = $3, duration_ms = $4, limit_price = $5, params = $6, request = $7,
         start_at = ${FROM_MICROS('$8')}, estimated_ms = COALESCE($9, estimated_ms),
         status = CASE WHEN $10::boolean AND status = 'FINISHER' THEN 'ACTIVE' ELSE status END,
         status_before_pause = CASE WHEN $10::boolean AND status_before_pause = 'FINISHER' THEN 'ACTIVE' ELSE status_before_pause END,
         finisher_from = CASE WHEN $10::boolean THEN NULL ELSE finisher_from END,
         finisher_x0 = CASE WHEN $10::boolean THEN NULL ELSE finisher_x0 END,
         updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [
        id,
        after.orderQty.toFixed(),
        after.amendPending?.toFixed() ?? null,
        after.durationMs,
        after.limitPrice?.toFixed() ?? null,
        JSON.stringify(after.params),
        after.requestJson,
        after.startAt,
        after.estimatedMs,
        after.leavesFinisher,
      ],
    );
    await new OrderMessageRepository(this.tx).add(this.tenantId, id, {
      level: 'info',
      type: 'order_amended',
      message: after.text,
    });
    await wakeParent(this.tx, this.tenantId, id, traceId);
    await audit(this.tx, this.tenantId, [
      {
        entity: 'parent_order',
        entityId: id,
        event: 'amended',
        data: { userId: this.userId, text: after.text, before: shown(before), after: shown(after), traceId },
      },
    ]);
  }
}

/** What an amendment may change, in one line of the audit trail. */
function shown(order: Pick<Amendment, 'orderQty' | 'durationMs' | 'limitPrice' | 'params'>): string {
  const { orderQty, durationMs, limitPrice, params } = order;
  return JSON.stringify({
    orderQty: orderQty.toFixed(),
    durationMs,
    limitPrice: limitPrice?.toFixed() ?? null,
    params,
  });
}
