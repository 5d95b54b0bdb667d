import { epochMs, type EpochMs, type ParentOrderId, type ParentOrderStatus, type TenantId, type UserId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { scheduleWork } from '../outbox/due-work.js';
import { addToOutbox } from '../outbox/outbox.js';
import { affected, row, send, theRow } from '../sql.js';
import { FROM_MICROS, type EpochMicros } from './epoch-micros.js';
import { endMember, operatorText, type OperatorCancel } from './group-member.js';
import type { OrderLeg } from './execution-order.repository.js';
import type { StoredParams } from './stored-params.js';
import { OrderMessageRepository } from './order-message.repository.js';
import type { OrderRecord } from './order-view.repository.js';

/** First half of the advisory lock that makes one user's orders come in one at a time. */
const INTAKE_LOCK = 7_263_002;

/** An order that was accepted, with what the engine needs beside it. */
export interface AcceptedOrder {
  readonly record: OrderRecord;
  /** Where each of its accounts trades. */
  readonly legs: readonly OrderLeg[];
  readonly params: StoredParams;
  /** The position it is for where an account holds both sides; null elsewhere. */
  readonly positionSide: 'long' | 'short' | null;
  /** To be set at the venue before the first child; null: left as it is. */
  readonly leverage: number | null;
  readonly settingsVersion: number;
  readonly traceId: string;
  /** What it belongs to; absent when it stands for itself. */
  readonly group?: GroupPlace;
}

/** The place of an order in a multi order or in a chain. */
export interface GroupPlace {
  readonly multiOrderId: string | null;
  readonly chain: { readonly id: string; readonly priority: number } | null;
  /** Nothing wakes it before its group does. */
  readonly waits: boolean;
}

/** Takes parent orders in, and out again on their owner's request. Each method is the whole of one business step (D-02). */
export class OrderIntakeRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
    private readonly userId: UserId,
  ) {}

  /**
   * Lets one order of the user in at a time until the transaction ends, so that limits per user are exact.
   * @returns the database's time, taken after the wait
   */
  async begin(): Promise<EpochMicros> {
    await send(this.tx, 'SELECT pg_advisory_xact_lock($1, hashtext($2))', [INTAKE_LOCK, this.userId]);
    const now = await theRow<{ micros: string }>(
      this.tx,
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros',
    );
    return Number(now.micros) as EpochMicros;
  }

  /** Orders of the user that have not ended. */
  async openCount(): Promise<number> {
    const found = await theRow<{ count: number }>(
      this.tx,
      `SELECT count(*)::integer AS count FROM parent_orders
       WHERE user_id = $1 AND status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER')`,
      [this.userId],
    );
    return found.count;
  }

  /** Conditions of the user that hold something; a multi order has one. */
  async heldCount(): Promise<number> {
    const found = await theRow<{ count: number }>(
      this.tx,
      'SELECT count(*)::integer AS count FROM held_conditions WHERE user_id = $1',
      [this.userId],
    );
    return found.count;
  }

  /** An order of the user for the same thing, of the last seconds and of no group; null when there is none (RC-07). */
  async twinOf(order: OrderRecord, withinSeconds: number): Promise<ParentOrderId | null> {
    const found = await row<{ id: string }>(
      this.tx,
      `SELECT id FROM parent_orders
       WHERE tenant_id = $1 AND user_id = $2 AND created_at > clock_timestamp() - make_interval(secs => $3)
         AND pair = $4 AND side = $5 AND sizing = $6 AND order_qty = $7 AND limit_price IS NOT DISTINCT FROM $8::numeric
         AND account_ids && $9::uuid[] AND multi_order_id IS NULL AND chain_id IS NULL AND id <> $10
       ORDER BY created_at DESC LIMIT 1`,
      [
        this.tenantId,
        this.userId,
        withinSeconds,
        order.pair,
        order.side,
        order.sizing,
        order.orderQty.toFixed(),
        order.limitPrice?.toFixed() ?? null,
        order.accountIds,
        order.id,
      ],
    );
    return (found?.id ?? null) as ParentOrderId | null;
  }

  /** @returns null when the id is now taken for this order, else the order that has it; waits for a twin that is about to commit */
  async takeCustomId(customOrderId: string, orderId: string): Promise<ParentOrderId | null> {
    const taken = await row(
      this.tx,
      `INSERT INTO custom_order_ids (user_id, custom_order_id, tenant_id, order_id) VALUES ($1, $2, $3, $4)
       ON CONFLICT (user_id, custom_order_id) DO NOTHING RETURNING order_id`,
      [this.userId, customOrderId, this.tenantId, orderId],
    );
    if (taken !== null) return null;
    const found = await theRow<{ order_id: string }>(
      this.tx,
      'SELECT order_id FROM custom_order_ids WHERE user_id = $1 AND custom_order_id = $2',
      [this.userId, customOrderId],
    );
    return found.order_id as ParentOrderId;
  }

  /** Row, history, due work, job and audit of a new order (B-01, D-02, I-12). */
  async add(order: AcceptedOrder): Promise<void> {
    const { sql, values } = this.insertion(order);
    await send(this.tx, sql, values);
    await this.follow(order);
  }

  /**
   * As {@link add}, for an order whose id derives from what it is for: a repeat adds nothing. Waits for a twin that is about
   * to commit.
   * @returns false when the order is there already
   */
  async addOnce(order: AcceptedOrder): Promise<boolean> {
    const { sql, values } = this.insertion(order);
    if ((await affected(this.tx, `${sql} ON CONFLICT (id) DO NOTHING`, values)) === 0) return false;
    await this.follow(order);
    return true;
  }

  /** True when an order of the user has this id. */
  async has(id: ParentOrderId): Promise<boolean> {
    const found = await row(this.tx, 'SELECT 1 FROM parent_orders WHERE id = $1 AND user_id = $2', [id, this.userId]);
    return found !== null;
  }

  /** Status of the user's order, its row locked for the rest of the transaction; null when there is none. */
  async lock(id: ParentOrderId): Promise<{ status: ParentOrderStatus; traceId: string } | null> {
    const found = await row<{ status: ParentOrderStatus; trace_id: string }>(
      this.tx,
      'SELECT status, trace_id FROM parent_orders WHERE id = $1 AND user_id = $2 FOR UPDATE',
      [id, this.userId],
    );
    return found === null ? null : { status: found.status, traceId: found.trace_id };
  }

  /** Ends a locked, unfinished order as staff: a failure that its owner is told of (order-api.md 5.5). */
  async cancelAsOperator(id: ParentOrderId, by: OperatorCancel): Promise<void> {
    const end = { reason: 'operator_canceled' as const, text: operatorText('the order', by) };
    await endMember(this.tx, this.tenantId, id, end);
    await audit(this.tx, this.tenantId, [
      {
        entity: 'parent_order',
        entityId: id,
        event: 'operator_canceled',
        data: { userId: this.userId, by: by.operatorId, reason: by.reason },
      },
    ]);
  }

  /** What goes with the row of a new order. */
  private async follow(order: AcceptedOrder): Promise<void> {
    const { record, traceId } = order;
    if (order.group !== undefined) await this.join(record.id, order.group);
    await new OrderMessageRepository(this.tx).add(this.tenantId, record.id, {
      level: 'info',
      type: 'order_created',
      message: acceptedText(record),
    });
    if (order.group?.waits !== true) await this.scheduleFirstWake(order);
    await audit(this.tx, this.tenantId, [
      {
        entity: 'parent_order',
        entityId: record.id,
        event: 'accepted',
        data: {
          userId: record.userId,
          pair: record.pair,
          side: record.side,
          algorithm: record.algorithm,
          sizing: record.sizing,
          orderQty: record.orderQty.toFixed(),
          traceId,
        },
      },
    ]);
  }

  /**
   * When the order is looked at first. One that a condition holds is woken by whoever evaluates it, and by its expiry.
   */
  private async scheduleFirstWake({ record, traceId }: AcceptedOrder): Promise<void> {
    const { id: parentOrderId, condition, startAt, createdAt } = record;
    const at = condition === null ? startAt : condition.expiresAt;
    if (at === null) return;
    const { tenantId } = this;
    await scheduleWork(this.tx, { kind: 'parent.wake', tenantId, parentOrderId, sequence: -1 }, msOf(at));
    await addToOutbox(this.tx, tenantId, [
      {
        job: 'parent-order.activate',
        payload: { v: 1, tenantId, parentOrderId, traceId },
        ...(at > createdAt ? { notBefore: msOf(at) } : {}),
      },
    ]);
  }

  private join(id: ParentOrderId, { multiOrderId, chain }: GroupPlace): Promise<void> {
    return send(
      this.tx,
      'UPDATE parent_orders SET multi_order_id = $2, chain_id = $3, chain_priority = $4 WHERE id = $1',
      [id, multiOrderId, chain?.id ?? null, chain?.priority ?? null],
    );
  }

  private insertion(order: AcceptedOrder): { readonly sql: string; readonly values: readonly unknown[] } {
    const { record, legs, params, settingsVersion, traceId } = order;
    return {
      sql: `INSERT INTO parent_orders (
         id, tenant_id, user_id, custom_order_id, venue, symbol, pair, market_type, base, quote, account_ids, side,
         algorithm, sizing, order_qty, base_amount, quote_amount, duration_ms, limit_price, params, request, status,
         created_at, updated_at, start_at, arrival_price, settings_version, trace_id,
         venues, symbols, position_side, leverage, estimated_ms, condition_text, condition_postfix, condition_prices,
         condition_expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               ${FROM_MICROS('$23')}, ${FROM_MICROS('$23')}, ${FROM_MICROS('$24')}, $25, $26, $27, $28, $29, $30, $31, $32,
               $33, $34, $35, ${FROM_MICROS('$36')})`,
      values: [
        record.id,
        this.tenantId,
        this.userId,
        record.customOrderId,
        record.venue,
        record.symbol,
        record.pair,
        record.marketType,
        record.base,
        record.quote,
        record.accountIds,
        record.side,
        record.algorithm,
        record.sizing,
        record.orderQty.toFixed(),
        record.baseAmount?.toFixed() ?? null,
        record.quoteAmount?.toFixed() ?? null,
        record.durationMs,
        record.limitPrice?.toFixed() ?? null,
        JSON.stringify(params),
        record.requestJson,
        record.status,
        record.createdAt,
        record.startAt,
        record.arrivalPrice?.toFixed() ?? null,
        settingsVersion,
        traceId,
        legs.map((leg) => leg.venue),
        legs.map((leg) => leg.symbol),
        order.positionSide,
        order.leverage,
        record.estimatedMs,
        record.condition?.text ?? null,
        record.condition?.postfix ?? null,
        JSON.stringify(record.condition?.prices ?? []),
        record.condition?.expiresAt ?? null,
      ],
    };
  }
}

function acceptedText({ startAt, createdAt, condition }: OrderRecord): string {
  const later = startAt > createdAt ? new Date(msOf(startAt)).toISOString() : null;
  if (condition !== null) return `order accepted, waits for its condition${later === null ? '' : ` from ${later} on`}`;
  return later === null ? 'order accepted' : `order accepted, starts at ${later}`;
}

/** The millisecond in or after which the instant lies: work is never due before it. */
function msOf(micros: EpochMicros): EpochMs {
  return epochMs(Math.ceil(micros / 1000));
}
