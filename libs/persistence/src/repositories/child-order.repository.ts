import {
  CHILD_SCHEMA_VERSION,
  deriveClientOrderId,
  epochMs,
  notional,
  quantity,
  type AccountId,
  type ChildOrder,
  type ChildPurpose,
  type ChildTimeInForce,
  type ClientOrderId,
  type EpochMs,
  type Notional,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type TenantId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { addToOutbox } from '../outbox/outbox.js';
import { row, rows, send, theRow } from '../sql.js';
import { readEach, toStored, type ChildOrderColumns, type StoredChildOrder } from './child-order-row.js';
import { announceCancels } from './due-cancels.js';

/** A child order that the engine decided on; its ids follow from the parent and the sequence. */
export interface NewChildOrder {
  readonly sequence: number;
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly side: Side;
  readonly purpose: ChildPurpose;
  readonly timeInForce: ChildTimeInForce;
  readonly price: Price;
  readonly orderQty: Quantity;
  /** It may only shrink a position. Default false. */
  readonly reduceOnly?: boolean;
  /** The position it is for where an account holds both sides. */
  readonly positionSide?: 'long' | 'short';
  /** When the decision that made it was due; it is late by what passes until it is sent. */
  readonly dueAt?: EpochMs;
}

/** Where the children of a parent trade. */
export interface Whereabouts {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly accountIds: readonly AccountId[];
  readonly isSpot: boolean;
  /** The strategy that the parent is of; null: of none. */
  readonly strategyId: string | null;
  /** Its children are direct orders of that strategy, and not an algorithm's. */
  readonly isDirect: boolean;
}

interface WhereaboutsColumns {
  readonly venue: string;
  readonly symbol: string;
  readonly account_ids: string[];
  readonly market_type: string;
  readonly algorithm: string;
  readonly strategy_id: string | null;
}

/** The key's leading column, so that every version of Postgres finds the rows by it. */
const CHILD_WORK = `due_work.kind IN ('child.submit', 'child.cancel', 'child.resolve', 'child.amend')`;
const TO_TIME = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/**
 * Child orders of one tenant. Whoever changes one holds the lock of its parent's row first
 * (`lockParent` or `ExecutionOrderRepository`): parent before children, everywhere.
 */
export class ChildOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Serialises all work on one parent order; null when it does not exist for this tenant. */
  async lockParent(parentOrderId: ParentOrderId): Promise<{ readonly traceId: string } | null> {
    const found = await row<{ trace_id: string }>(
      this.tx,
      'SELECT trace_id FROM parent_orders WHERE id = $1 FOR UPDATE',
      [parentOrderId],
    );
    return found === null ? null : { traceId: found.trace_id };
  }

  async find(parentOrderId: ParentOrderId, sequence: number): Promise<StoredChildOrder | null> {
    const found = await row<ChildOrderColumns>(
      this.tx,
      'SELECT * FROM child_orders WHERE parent_order_id = $1 AND sequence = $2',
      [parentOrderId, sequence],
    );
    return found === null ? null : toStored(found);
  }

  /** Where a parent's children trade, which never changes; null when there is no such parent of this tenant. */
  async whereabouts(parentOrderId: ParentOrderId): Promise<Whereabouts | null> {
    const found = await row<WhereaboutsColumns>(
      this.tx,
      'SELECT venue, symbol, account_ids, market_type, algorithm, strategy_id FROM parent_orders WHERE id = $1',
      [parentOrderId],
    );
    if (found === null) return null;
    return {
      venue: found.venue as VenueId,
      symbol: found.symbol,
      accountIds: found.account_ids as AccountId[],
      isSpot: found.market_type === 'spot',
      strategyId: found.strategy_id,
      isDirect: found.algorithm === 'strategy',
    };
  }

  /** Which child an id of ours at a venue account belongs to; null for orders of others. */
  async findKey(
    accountId: AccountId,
    clientOrderId: ClientOrderId,
  ): Promise<{ parentOrderId: ParentOrderId; sequence: number } | null> {
    const found = await row<{ parent_order_id: string; sequence: number }>(
      this.tx,
      'SELECT parent_order_id, sequence FROM child_order_keys WHERE account_id = $1 AND client_order_id = $2',
      [accountId, clientOrderId],
    );
    return found === null ? null : { parentOrderId: found.parent_order_id as ParentOrderId, sequence: found.sequence };
  }

  /** The child that the venue knows under its own id; for fills that carry no id of ours. */
  async findByVenueOrder(
    accountId: AccountId,
    symbol: string,
    venueOrderId: VenueOrderId,
  ): Promise<{ parentOrderId: ParentOrderId; sequence: number } | null> {
    const found = await row<{ parent_order_id: string; sequence: number }>(
      this.tx,
      `SELECT parent_order_id, sequence FROM child_orders
       WHERE account_id = $1 AND symbol = $2 AND venue_order_id = $3 LIMIT 1`,
      [accountId, symbol, venueOrderId],
    );
    return found === null ? null : { parentOrderId: found.parent_order_id as ParentOrderId, sequence: found.sequence };
  }

  /** All children of an account that some venue might still fill, oldest first. */
  async openOf(accountId: AccountId): Promise<ReturnType<typeof readEach>> {
    const found = await rows<ChildOrderColumns>(
      this.tx,
      `SELECT * FROM child_orders WHERE account_id = $1 AND status <> 'closed' ORDER BY created_at, sequence`,
      [accountId],
    );
    return readEach(found);
  }

  /** Symbols in which a venue may have open orders of the account: children that left us and have not ended. */
  async openSymbols(accountId: AccountId): Promise<string[]> {
    const found = await rows<{ symbol: string }>(
      this.tx,
      `SELECT DISTINCT symbol FROM child_orders
       WHERE account_id = $1 AND tenant_id = $2 AND status <> 'closed' AND status <> 'pending' ORDER BY symbol`,
      [accountId, this.tenantId],
    );
    return found.map((r) => r.symbol);
  }

  /** Symbols in which the account has open children, or had any that changed since then. */
  async activeSymbols(accountId: AccountId, since: EpochMs): Promise<string[]> {
    const found = await rows<{ symbol: string }>(
      this.tx,
      `SELECT symbol FROM child_orders WHERE account_id = $1 AND tenant_id = $3 AND status <> 'closed'
       UNION SELECT symbol FROM child_orders WHERE account_id = $1 AND closed_at >= ${TO_TIME('$2')} ORDER BY symbol`,
      [accountId, since, this.tenantId],
    );
    return found.map((r) => r.symbol);
  }

  /** Intent first: rows, keys, due work, jobs and audit in the caller's transaction (D-02). */
  async add(
    parentOrderId: ParentOrderId,
    traceId: string,
    children: readonly NewChildOrder[],
    decidedAt: EpochMs,
  ): Promise<void> {
    if (children.length === 0) return;
    const ids = children.map((c) => deriveClientOrderId(parentOrderId, c.sequence));
    await send(
      this.tx,
      `WITH added AS (
         INSERT INTO child_orders (parent_order_id, tenant_id, sequence, account_id, venue, symbol, client_order_id, side,
                                   purpose, time_in_force, price, order_qty, reduce_only, position_side, due_at,
                                   created_at, schema_version)
         SELECT $1, $2, c.sequence, c.account, c.venue, c.symbol, c.client, c.side, c.purpose, c.tif, c.price, c.qty,
                c.reducing, c.position, ${TO_TIME('c.due')}, ${TO_TIME('$13')}, ${CHILD_SCHEMA_VERSION}
         FROM unnest($3::integer[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                     $11::numeric[], $12::numeric[], $14::boolean[], $15::text[], $16::bigint[])
           AS c (sequence, account, venue, symbol, client, side, purpose, tif, price, qty, reducing, position, due)
         RETURNING sequence, account_id, client_order_id),
       keyed AS (
         INSERT INTO child_order_keys (account_id, client_order_id, tenant_id, parent_order_id, sequence)
         SELECT account_id, client_order_id, $2, $1, sequence FROM added)
       INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
       SELECT 'child.submit', $1, sequence, $2, clock_timestamp() FROM added`,
      [
        parentOrderId,
        this.tenantId,
        children.map((c) => c.sequence),
        children.map((c) => c.accountId),
        children.map((c) => c.venue),
        children.map((c) => c.symbol),
        ids,
        children.map((c) => c.side),
        children.map((c) => c.purpose),
        children.map((c) => c.timeInForce),
        children.map((c) => c.price.toFixed()),
        children.map((c) => c.orderQty.toFixed()),
        decidedAt,
        children.map((c) => c.reduceOnly ?? false),
        children.map((c) => c.positionSide ?? null),
        children.map((c) => c.dueAt ?? null),
      ],
    );
    await addToOutbox(
      this.tx,
      this.tenantId,
      children.map((c) => ({
        job: 'child-order.submit',
        payload: { v: 1, tenantId: this.tenantId, parentOrderId, sequence: c.sequence, traceId },
      })),
    );
    await audit(
      this.tx,
      this.tenantId,
      children.map((c, i) => ({
        entity: 'child_order' as const,
        entityId: ids[i] ?? '',
        event: 'decided',
        data: {
          parentOrderId,
          sequence: c.sequence,
          side: c.side,
          price: c.price.toFixed(),
          orderQty: c.orderQty.toFixed(),
          timeInForce: c.timeInForce,
          purpose: c.purpose,
        },
      })),
    );
  }

  /**
   * Asks for children to be cancelled: what never left us is closed at once, for the rest a cancel becomes due, and whoever
   * looks after the account is told with the commit. A child whose cancel is already asked for is left alone.
   */
  async requestCancel(
    parentOrderId: ParentOrderId,
    reason: string,
    sequences: readonly number[],
  ): Promise<{ closed: number; requested: number }> {
    const which = `parent_order_id = $1 AND sequence = ANY($2::integer[])`;
    const closed = await rows<{ sequence: number; client_order_id: string }>(
      this.tx,
      `WITH gone AS (
         UPDATE child_orders SET status = 'closed', close_reason = 'canceled', close_code = $3,
                closed_at = clock_timestamp(), updated_at = clock_timestamp(),
                cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()), cancel_reason = $3
         WHERE ${which} AND status = 'pending' RETURNING sequence, client_order_id),
       unscheduled AS (
         DELETE FROM due_work USING gone WHERE ${CHILD_WORK} AND due_work.parent_order_id = $1 AND due_work.sequence = gone.sequence)
       SELECT * FROM gone ORDER BY sequence`,
      [parentOrderId, sequences, reason],
    );
    const requested = await rows<{ sequence: number; client_order_id: string; account_id: AccountId }>(
      this.tx,
      `WITH asked AS (
         UPDATE child_orders SET cancel_requested_at = clock_timestamp(), cancel_reason = $3, updated_at = clock_timestamp()
         WHERE ${which} AND status NOT IN ('pending', 'closed') AND cancel_requested_at IS NULL
         RETURNING sequence, client_order_id, account_id),
       due AS (
         INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at)
         SELECT 'child.cancel', $1, sequence, $4, clock_timestamp() FROM asked
         ON CONFLICT (kind, parent_order_id, sequence) DO UPDATE SET due_at = EXCLUDED.due_at, redriven_at = NULL)
       SELECT * FROM asked ORDER BY sequence`,
      [parentOrderId, sequences, reason, this.tenantId],
    );
    await announceCancels(
      this.tx,
      this.tenantId,
      requested.map((c) => c.account_id),
    );
    await audit(this.tx, this.tenantId, [
      ...closed.map((c) => ({
        entity: 'child_order' as const,
        entityId: c.client_order_id,
        event: 'closed',
        data: { reason: 'canceled', code: reason },
      })),
      ...requested.map((c) => ({
        entity: 'child_order' as const,
        entityId: c.client_order_id,
        event: 'cancel_requested',
        data: { reason },
      })),
    ]);
    return { closed: closed.length, requested: requested.length };
  }

  /**
   * Compare-and-set of the claim (D-03): null when another worker was first or the child is no longer pending.
   * The fence's times are the database's.
   */
  async claim(
    child: StoredChildOrder,
    fenceWidthMs: number,
    claimedBy: string,
  ): Promise<{ epoch: number; claimedAt: EpochMs; validUntil: EpochMs } | null> {
    const claimed = await row<{ epoch: number; claimed_at: Date; valid_until: Date }>(
      this.tx,
      `WITH now AS (SELECT date_trunc('milliseconds', clock_timestamp()) AS at),
       claimed AS (
         UPDATE child_orders c SET status = 'claimed', epoch = c.epoch + 1, claimed_at = now.at,
                valid_until = now.at + make_interval(secs => $4::double precision / 1000), updated_at = now.at,
                lookups = 0, absent_lookups = 0, last_absent_at = NULL
         FROM now WHERE parent_order_id = $1 AND sequence = $2 AND epoch = $3 AND status = 'pending'
           AND cancel_requested_at IS NULL
         RETURNING c.epoch, c.claimed_at, c.valid_until),
       attempt AS (
         INSERT INTO placements (parent_order_id, sequence, epoch, tenant_id, claimed_by, claimed_at, valid_until)
         SELECT $1, $2, epoch, $5, $6, claimed_at, valid_until FROM claimed),
       counted AS (INSERT INTO account_messages (account_id, at) SELECT $7, claimed_at FROM claimed)
       SELECT * FROM claimed`,
      [child.parentOrderId, child.sequence, child.order.epoch, fenceWidthMs, this.tenantId, claimedBy, child.accountId],
    );
    if (claimed === null) return null;
    await audit(this.tx, this.tenantId, [
      { entity: 'child_order', entityId: child.order.clientOrderId, event: 'claimed', data: { epoch: claimed.epoch } },
    ]);
    return {
      epoch: claimed.epoch,
      claimedAt: epochMs(claimed.claimed_at.getTime()),
      validUntil: epochMs(claimed.valid_until.getTime()),
    };
  }

  /** Stores the next state of a child whose parent is locked. `text` is the venue's sentence when it was refused. */
  async save(child: StoredChildOrder, next: ChildOrder, text = ''): Promise<void> {
    const { state } = next;
    await send(
      this.tx,
      `UPDATE child_orders SET status = $3, close_reason = $4, close_code = $5, close_text = COALESCE(NULLIF($6, ''), close_text),
              venue_order_id = COALESCE($7, venue_order_id),
              closed_at = CASE WHEN $3 = 'closed' THEN COALESCE(closed_at, clock_timestamp()) END,
              unknown_since = CASE WHEN $3 = 'unknown' THEN COALESCE(unknown_since, clock_timestamp()) END,
              paged_at = CASE WHEN $3 = 'unknown' THEN paged_at END,
              parked_at = CASE WHEN $3 = 'unknown' THEN parked_at END,
              parked_why = CASE WHEN $3 = 'unknown' THEN parked_why END,
              updated_at = clock_timestamp()
       WHERE parent_order_id = $1 AND sequence = $2`,
      [
        child.parentOrderId,
        child.sequence,
        state.status,
        state.status === 'closed' ? state.reason : null,
        state.status === 'closed' || state.status === 'unknown' ? state.code : '',
        text,
        'venueOrderId' in state ? state.venueOrderId : null,
      ],
    );
    if (state.status === 'closed')
      await send(this.tx, `DELETE FROM due_work WHERE ${CHILD_WORK} AND parent_order_id = $1 AND sequence = $2`, [
        child.parentOrderId,
        child.sequence,
      ]);
    if (state.status !== child.order.state.status)
      await audit(this.tx, this.tenantId, [
        {
          entity: 'child_order',
          entityId: next.clientOrderId,
          event: state.status,
          data: state.status === 'closed' ? { reason: state.reason, code: state.code } : { epoch: next.epoch },
        },
      ]);
  }

  /** What one attempt to send came to; written once per claim. */
  async recordPlacement(
    child: StoredChildOrder,
    epoch: number,
    outcome: {
      readonly outcome: 'not_sent' | 'done' | 'refused' | 'unknown';
      readonly sentAt: EpochMs | null;
      readonly repliedAt: EpochMs | null;
      readonly httpStatus: number | null;
      readonly code: string;
      readonly text: string;
    },
  ): Promise<void> {
    await send(
      this.tx,
      `UPDATE placements SET outcome = $4, sent_at = ${TO_TIME('$5')}, replied_at = ${TO_TIME('$6')}, http_status = $7,
              code = $8, text = $9
       WHERE parent_order_id = $1 AND sequence = $2 AND epoch = $3`,
      [
        child.parentOrderId,
        child.sequence,
        epoch,
        outcome.outcome,
        outcome.sentAt,
        outcome.repliedAt,
        outcome.httpStatus,
        outcome.code,
        outcome.text,
      ],
    );
  }

  /** Counts a look-up; an absent one also moves the evidence for absence forward. */
  async recordLookup(child: StoredChildOrder, absent: boolean): Promise<{ lookups: number; absentLookups: number }> {
    const counted = await row<{ lookups: number; absent_lookups: number }>(
      this.tx,
      `UPDATE child_orders SET lookups = lookups + 1,
              absent_lookups = absent_lookups + $3::integer,
              last_absent_at = CASE WHEN $3 = 1 THEN clock_timestamp() ELSE last_absent_at END,
              updated_at = clock_timestamp()
       WHERE parent_order_id = $1 AND sequence = $2 RETURNING lookups, absent_lookups`,
      [child.parentOrderId, child.sequence, absent ? 1 : 0],
    );
    return { lookups: counted?.lookups ?? 0, absentLookups: counted?.absent_lookups ?? 0 };
  }

  /** The order was seen: what spoke for its absence before speaks no more, and two new looks are needed. */
  async forgetAbsence(child: StoredChildOrder): Promise<void> {
    await send(
      this.tx,
      `UPDATE child_orders SET absent_lookups = 0, last_absent_at = NULL
       WHERE parent_order_id = $1 AND sequence = $2 AND absent_lookups > 0`,
      [child.parentOrderId, child.sequence],
    );
  }

  /** Notes since when the venue counts more than we have booked, or that it no longer does. Returns since when. */
  async noteMissingFills(child: StoredChildOrder, isMissing: boolean): Promise<EpochMs | null> {
    const noted = await row<{ since: Date | null }>(
      this.tx,
      `UPDATE child_orders
       SET fills_missing_since = CASE WHEN $3::boolean THEN COALESCE(fills_missing_since, clock_timestamp()) END
       WHERE parent_order_id = $1 AND sequence = $2 RETURNING fills_missing_since AS since`,
      [child.parentOrderId, child.sequence, isMissing],
    );
    return noted === null || noted.since === null ? null : epochMs(noted.since.getTime());
  }

  /** What is booked of a child as its row says now: quantity and value. */
  async booked(child: StoredChildOrder): Promise<{ qty: Quantity; notional: Notional }> {
    const found = await theRow<{ cum_qty: string; cum_notional: string }>(
      this.tx,
      'SELECT cum_qty, cum_notional FROM child_orders WHERE parent_order_id = $1 AND sequence = $2',
      [child.parentOrderId, child.sequence],
    );
    return { qty: quantity(found.cum_qty), notional: notional(found.cum_notional) };
  }

  /** Symbols of an account's children with inferred fills, open ones and those closed since then, and since when they live. */
  async withInferredFills(accountId: AccountId, since: EpochMs): Promise<{ symbol: string; from: EpochMs }[]> {
    const found = await rows<{ symbol: string; from: Date }>(
      this.tx,
      `SELECT symbol, min(COALESCE(claimed_at, created_at)) AS from FROM child_orders
       WHERE account_id = $1 AND inferred_qty > 0 AND (closed_at IS NULL OR closed_at >= ${TO_TIME('$2')})
       GROUP BY symbol ORDER BY symbol`,
      [accountId, since],
    );
    return found.map(({ symbol, from }) => ({ symbol, from: epochMs(from.getTime()) }));
  }

  /**
   * Children in doubt for longer than that which nobody is about to look up: no look-up of theirs is due. For a
   * periodic check that none was forgotten.
   */
  async forgottenDoubts(accountId: AccountId, olderThanMs: number): Promise<StoredChildOrder[]> {
    const found = await rows<ChildOrderColumns>(
      this.tx,
      `SELECT c.* FROM child_orders c
       WHERE c.account_id = $1 AND c.status IN ('submitted', 'unknown')
         AND c.updated_at < clock_timestamp() - make_interval(secs => $2::double precision / 1000)
         AND NOT EXISTS (SELECT 1 FROM due_work w WHERE w.kind = 'child.resolve'
                         AND w.parent_order_id = c.parent_order_id AND w.sequence = c.sequence)
       ORDER BY c.created_at, c.sequence`,
      [accountId, olderThanMs],
    );
    return readEach(found).children;
  }
}
