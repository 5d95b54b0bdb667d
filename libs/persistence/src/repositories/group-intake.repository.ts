import type {
  Algorithm,
  ChainStatus,
  Decimal,
  FailureReason,
  MultiOrderStatus,
  ParentOrderId,
  ParentOrderStatus,
  TenantId,
  UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { row, rows, send } from '../sql.js';
import { endMember, operatorText, type OperatorCancel } from './group-member.js';
import { FROM_MICROS, type EpochMicros } from './epoch-micros.js';
import { ManyOrdersRepository } from './many-orders.repository.js';
import { OrderLifeRepository, type LockedOrder } from './order-life.repository.js';

/** A multi order that was accepted; its legs are stored as orders of their own. */
export interface AcceptedMulti {
  readonly id: string;
  readonly customOrderId: string;
  readonly legIds: readonly ParentOrderId[];
  readonly algorithm: Algorithm;
  readonly durationMs: number;
  readonly tolerance: Decimal;
  /** Null without `limit_price_spread`. */
  readonly spreadLimit: Decimal | null;
  readonly oolPause: boolean;
  /** JSON text of what is only shown again. */
  readonly requestJson: string;
  readonly createdAt: EpochMicros;
  readonly startAt: EpochMicros;
  readonly traceId: string;
}

/** A chain that was accepted; its members are stored as orders of their own. */
export interface AcceptedChain {
  readonly id: string;
  readonly memberIds: readonly ParentOrderId[];
  readonly firstPriority: number;
  readonly createdAt: EpochMicros;
  readonly traceId: string;
}

/** A multi order of the user, locked for the rest of the transaction. */
export interface OwnMulti {
  readonly id: string;
  readonly status: MultiOrderStatus;
  readonly algorithm: Algorithm;
  readonly legIds: readonly ParentOrderId[];
  readonly traceId: string;
}

/** A chain of the user, locked for the rest of the transaction. */
export interface OwnChain {
  readonly id: string;
  readonly status: ChainStatus;
  readonly memberIds: readonly ParentOrderId[];
  readonly traceId: string;
}

/** Takes multi orders and chains in, and changes them on their owner's request. The group's row is locked before its members'. */
export class GroupIntakeRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
    private readonly userId: UserId,
  ) {}

  async addMulti(multi: AcceptedMulti): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO multi_orders (id, tenant_id, user_id, custom_order_id, leg_ids, algorithm, duration_ms,
         exposure_tolerance, spread_limit, ool_pause, request, status, created_at, updated_at, start_at, trace_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'SUBMITTED', ${FROM_MICROS('$12')}, ${FROM_MICROS('$12')},
               ${FROM_MICROS('$13')}, $14)`,
      [
        multi.id,
        this.tenantId,
        this.userId,
        multi.customOrderId,
        multi.legIds,
        multi.algorithm,
        multi.durationMs,
        multi.tolerance.toFixed(),
        multi.spreadLimit?.toFixed() ?? null,
        multi.oolPause,
        multi.requestJson,
        multi.createdAt,
        multi.startAt,
        multi.traceId,
      ],
    );
    await this.trace('multi_order', multi.id, 'accepted', { legs: multi.legIds.length, traceId: multi.traceId });
  }

  async addChain(chain: AcceptedChain): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO chained_orders (id, tenant_id, user_id, member_ids, current_priority, status, created_at, updated_at, trace_id)
       VALUES ($1, $2, $3, $4, $5, 'ACTIVE', ${FROM_MICROS('$6')}, ${FROM_MICROS('$6')}, $7)`,
      [chain.id, this.tenantId, this.userId, chain.memberIds, chain.firstPriority, chain.createdAt, chain.traceId],
    );
    await this.trace('chained_order', chain.id, 'accepted', {
      members: chain.memberIds.length,
      traceId: chain.traceId,
    });
  }

  /** What an order of the user belongs to; read without a lock, it never changes. Null: no such order. */
  async groupOf(id: ParentOrderId): Promise<{ multiOrderId: string | null; chainId: string | null } | null> {
    const found = await row<{ multi_order_id: string | null; chain_id: string | null }>(
      this.tx,
      'SELECT multi_order_id, chain_id FROM parent_orders WHERE id = $1 AND user_id = $2',
      [id, this.userId],
    );
    return found === null ? null : { multiOrderId: found.multi_order_id, chainId: found.chain_id };
  }

  /** Null when the user has no such multi order. */
  async lockMulti(id: string): Promise<OwnMulti | null> {
    const found = await row<{
      status: MultiOrderStatus;
      algorithm: Algorithm;
      leg_ids: string[];
      trace_id: string;
    }>(
      this.tx,
      'SELECT status, algorithm, leg_ids, trace_id FROM multi_orders WHERE id = $1 AND user_id = $2 FOR UPDATE',
      [id, this.userId],
    );
    if (found === null) return null;
    const { status, algorithm, trace_id: traceId } = found;
    return { id, status, algorithm, legIds: found.leg_ids as ParentOrderId[], traceId };
  }

  /** Null when the user has no such chain. */
  async lockChain(id: string): Promise<OwnChain | null> {
    const found = await row<{ status: ChainStatus; member_ids: string[]; trace_id: string }>(
      this.tx,
      'SELECT status, member_ids, trace_id FROM chained_orders WHERE id = $1 AND user_id = $2 FOR UPDATE',
      [id, this.userId],
    );
    if (found === null) return null;
    return { id, status: found.status, memberIds: found.member_ids as ParentOrderId[], traceId: found.trace_id };
  }

  /** Ends a locked multi order that has not ended, and every live leg with it. @param by staff; absent: its owner asked */
  async cancelMulti({ id, legIds, traceId }: OwnMulti, by?: OperatorCancel): Promise<void> {
    await send(
      this.tx,
      `UPDATE multi_orders SET status = 'CANCELED', status_before_pause = NULL, ended_at = clock_timestamp(),
              updated_at = clock_timestamp(), version = version + 1, failure_reason = $2
       WHERE id = $1`,
      [id, by === undefined ? '' : 'operator_canceled'],
    );
    const text = by === undefined ? 'the multi order was canceled by request' : operatorText('the multi order', by);
    for (const leg of legIds) await endMember(this.tx, this.tenantId, leg, { reason: 'parent_canceled', text });
    await this.trace('multi_order', id, 'canceled', { traceId, ...operatorData(by) });
  }

  /** Stops the clock of a locked multi order that may be paused, and every live leg. */
  async pauseMulti({ id, legIds, status, traceId }: OwnMulti): Promise<void> {
    await send(
      this.tx,
      `UPDATE multi_orders SET status = 'PAUSED', status_before_pause = status, updated_at = clock_timestamp(),
              version = version + 1
       WHERE id = $1`,
      [id],
    );
    await send(
      this.tx,
      `INSERT INTO order_intervals (parent_order_id, kind, from_at, tenant_id) VALUES ($1, 'paused', clock_timestamp(), $2)`,
      [id, this.tenantId],
    );
    const legs = await this.lockLegs(legIds, ['SCHEDULED', 'ACTIVE', 'FINISHER']);
    if (legs.length > 0) await new ManyOrdersRepository(this.tx, this.tenantId, this.userId).pause(legs);
    await this.trace('multi_order', id, 'paused', { from: status, traceId });
  }

  /** Gives a locked, paused multi order and its paused legs their former statuses back. */
  async resumeMulti({ id, legIds, traceId }: OwnMulti): Promise<void> {
    await send(
      this.tx,
      `UPDATE multi_orders SET status = status_before_pause, status_before_pause = NULL, updated_at = clock_timestamp(),
              version = version + 1
       WHERE id = $1`,
      [id],
    );
    await send(
      this.tx,
      `UPDATE order_intervals SET to_at = GREATEST(from_at, clock_timestamp())
       WHERE parent_order_id = $1 AND kind = 'paused' AND to_at IS NULL`,
      [id],
    );
    const legs = await this.lockLegs(legIds, ['PAUSED']);
    if (legs.length > 0) await new ManyOrdersRepository(this.tx, this.tenantId, this.userId).resume(legs);
    await this.trace('multi_order', id, 'resumed', { traceId });
  }

  /**
   * Ends a locked chain that has not ended, and every live member with it.
   * @param cause '' when its owner asked; staff, when they did
   */
  async stopChain({ id, memberIds, traceId }: OwnChain, cause: '' | 'chain_stopped' | OperatorCancel): Promise<void> {
    const by = typeof cause === 'string' ? undefined : cause;
    const failureReason: FailureReason = typeof cause === 'string' ? cause : 'operator_canceled';
    await send(
      this.tx,
      `UPDATE chained_orders SET status = 'CANCELED', failure_reason = $2, ended_at = clock_timestamp(),
              updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [id, failureReason],
    );
    const text =
      by !== undefined
        ? operatorText('the chain', by)
        : failureReason === ''
          ? 'the chain was canceled by request'
          : 'the chain stopped: a member was canceled';
    for (const member of memberIds) await endMember(this.tx, this.tenantId, member, { reason: 'chain_stopped', text });
    await this.trace('chained_order', id, 'canceled', { reason: failureReason, traceId, ...operatorData(by) });
  }

  /** Multi orders of the user in one of these statuses with a leg on one of these accounts and on this pair, oldest first. */
  async chosenMultis(choice: {
    readonly statuses: readonly MultiOrderStatus[];
    readonly accountIds: readonly string[] | null;
    readonly pair: string | null;
  }): Promise<string[]> {
    const found = await rows<{ id: string }>(
      this.tx,
      `SELECT m.id FROM multi_orders m
       WHERE m.user_id = $1 AND m.status = ANY($2)
         AND EXISTS (SELECT 1 FROM parent_orders p WHERE p.id = ANY(m.leg_ids)
                       AND ($3::uuid[] IS NULL OR p.account_ids && $3) AND ($4::text IS NULL OR lower(p.pair) = lower($4)))
       ORDER BY m.id`,
      [this.userId, choice.statuses, choice.accountIds, choice.pair],
    );
    return found.map(({ id }) => id);
  }

  private async lockLegs(
    legIds: readonly ParentOrderId[],
    statuses: readonly ParentOrderStatus[],
  ): Promise<LockedOrder[]> {
    const orders = new OrderLifeRepository(this.tx, this.userId);
    const legs: LockedOrder[] = [];
    for (const legId of legIds) {
      const leg = await orders.lock(legId);
      if (leg !== null && statuses.includes(leg.status)) legs.push(leg);
    }
    return legs;
  }

  private trace(
    entity: 'multi_order' | 'chained_order',
    entityId: string,
    event: string,
    data: Record<string, string | number>,
  ): Promise<void> {
    return audit(this.tx, this.tenantId, [{ entity, entityId, event, data: { userId: this.userId, ...data } }]);
  }
}

const operatorData = (by: OperatorCancel | undefined): Record<string, string> =>
  by === undefined ? {} : { by: by.operatorId, text: by.reason };
