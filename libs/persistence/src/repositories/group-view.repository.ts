import {
  decimal,
  type Algorithm,
  type ChainStatus,
  type Decimal,
  type EpochMs,
  type FailureReason,
  type MultiOrderStatus,
  type ParentOrderId,
  type UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { FROM_MICROS, MICROS, type EpochMicros } from './epoch-micros.js';
import type { OrderFilter } from './order-view.repository.js';

/** A multi order as its owner sees it; its legs are read as orders. */
export interface MultiRecord {
  readonly id: string;
  readonly userId: UserId;
  readonly customOrderId: string;
  readonly legIds: readonly ParentOrderId[];
  readonly algorithm: Algorithm;
  readonly durationMs: number;
  readonly tolerance: Decimal;
  readonly spreadLimit: Decimal | null;
  readonly oolPause: boolean;
  readonly requestJson: string;
  readonly status: MultiOrderStatus;
  readonly failureReason: FailureReason;
  readonly createdAt: EpochMicros;
  readonly updatedAt: EpochMicros;
  readonly startAt: EpochMicros;
  readonly activatedAt: EpochMicros | null;
  /** When it ended, else when it was read. */
  readonly asOf: EpochMs;
}

/** A chain as its owner sees it; its members are read as orders. */
export interface ChainRecord {
  readonly id: string;
  readonly userId: UserId;
  readonly memberIds: readonly ParentOrderId[];
  readonly currentPriority: number;
  readonly status: ChainStatus;
  readonly failureReason: FailureReason;
  readonly createdAt: EpochMicros;
  readonly updatedAt: EpochMicros;
  /** Of each member. */
  readonly priorities: ReadonlyMap<ParentOrderId, number>;
}

/** As that of orders; every field that is null does not filter. */
export type GroupFilter<Status> = Omit<OrderFilter, 'statuses'> & { readonly statuses: readonly Status[] | null };

interface MultiColumns {
  id: string;
  user_id: string;
  custom_order_id: string;
  leg_ids: string[];
  algorithm: Algorithm;
  duration_ms: string;
  exposure_tolerance: string;
  spread_limit: string | null;
  ool_pause: boolean;
  request: string;
  status: MultiOrderStatus;
  failure_reason: FailureReason;
  created_at: string;
  updated_at: string;
  start_at: string;
  activated_at: string | null;
  as_of: string;
}

const MULTI_COLUMNS = `
  m.id, m.user_id, m.custom_order_id, m.leg_ids, m.algorithm, m.duration_ms, m.exposure_tolerance, m.spread_limit,
  m.ool_pause, m.request::text AS request, m.status, m.failure_reason, ${MICROS('m.created_at')} AS created_at,
  ${MICROS('m.updated_at')} AS updated_at, ${MICROS('m.start_at')} AS start_at, ${MICROS('m.activated_at')} AS activated_at,
  floor(extract(epoch FROM COALESCE(m.ended_at, clock_timestamp())) * 1000)::bigint AS as_of`;

interface ChainColumns {
  id: string;
  user_id: string;
  member_ids: string[];
  current_priority: number;
  status: ChainStatus;
  failure_reason: FailureReason;
  created_at: string;
  updated_at: string;
  priorities: Record<string, number> | null;
}

const CHAIN_COLUMNS = `
  c.id, c.user_id, c.member_ids, c.current_priority, c.status, c.failure_reason, ${MICROS('c.created_at')} AS created_at,
  ${MICROS('c.updated_at')} AS updated_at,
  (SELECT json_object_agg(p.id, p.chain_priority) FROM parent_orders p WHERE p.chain_id = c.id) AS priorities`;

/** Newest first, of the last 12 months; `g` is the group, the members are found by their column. */
const listOf = (columns: string, table: string, member: string, customId: string): string => `
  SELECT ${columns} FROM ${table}
  WHERE user_id = $1 AND created_at >= now() - interval '12 months'
    AND ($2::text[] IS NULL OR status = ANY($2))
    AND ($3::uuid[] IS NULL OR EXISTS (SELECT 1 FROM parent_orders p WHERE ${member} AND p.account_ids && $3))
    AND ($4::text[] IS NULL OR ${customId})
    AND ($5::bigint IS NULL OR created_at < ${FROM_MICROS('$5')})
    AND ($6::bigint IS NULL OR created_at >= ${FROM_MICROS('$6')})
  ORDER BY created_at DESC, id DESC LIMIT $7 OFFSET $8`;

/** Reads multi orders and chains for their owner; another user's do not exist here. */
export class GroupViewRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  async multi(id: string): Promise<MultiRecord | null> {
    const found = await row<MultiColumns>(
      this.tx,
      `SELECT ${MULTI_COLUMNS} FROM multi_orders m WHERE m.id = $1 AND m.user_id = $2`,
      [id, this.userId],
    );
    return found === null ? null : toMulti(found);
  }

  async multis(filter: GroupFilter<MultiOrderStatus>): Promise<MultiRecord[]> {
    const sql = listOf(MULTI_COLUMNS, 'multi_orders m', 'p.multi_order_id = m.id', 'custom_order_id = ANY($4)');
    return (await rows<MultiColumns>(this.tx, sql, this.parameters(filter))).map(toMulti);
  }

  async chain(id: string): Promise<ChainRecord | null> {
    const found = await row<ChainColumns>(
      this.tx,
      `SELECT ${CHAIN_COLUMNS} FROM chained_orders c WHERE c.id = $1 AND c.user_id = $2`,
      [id, this.userId],
    );
    return found === null ? null : toChain(found);
  }

  /** A custom id is one of a member. */
  async chains(filter: GroupFilter<ChainStatus>): Promise<ChainRecord[]> {
    const named = `EXISTS (SELECT 1 FROM parent_orders p WHERE p.chain_id = c.id AND p.custom_order_id = ANY($4))`;
    const sql = listOf(CHAIN_COLUMNS, 'chained_orders c', 'p.chain_id = c.id', named);
    return (await rows<ChainColumns>(this.tx, sql, this.parameters(filter))).map(toChain);
  }

  private parameters(filter: GroupFilter<string>): unknown[] {
    const { statuses, accountIds, customOrderIds, before, after, limit, offset } = filter;
    return [this.userId, statuses, accountIds, customOrderIds, before, after, limit, offset];
  }
}

function toMulti(r: MultiColumns): MultiRecord {
  return {
    id: r.id,
    userId: r.user_id as UserId,
    customOrderId: r.custom_order_id,
    legIds: r.leg_ids as ParentOrderId[],
    algorithm: r.algorithm,
    durationMs: Number(r.duration_ms),
    tolerance: decimal(r.exposure_tolerance),
    spreadLimit: r.spread_limit === null ? null : decimal(r.spread_limit),
    oolPause: r.ool_pause,
    requestJson: r.request,
    status: r.status,
    failureReason: r.failure_reason,
    createdAt: Number(r.created_at) as EpochMicros,
    updatedAt: Number(r.updated_at) as EpochMicros,
    startAt: Number(r.start_at) as EpochMicros,
    activatedAt: r.activated_at === null ? null : (Number(r.activated_at) as EpochMicros),
    asOf: Number(r.as_of) as EpochMs,
  };
}

function toChain(r: ChainColumns): ChainRecord {
  return {
    id: r.id,
    userId: r.user_id as UserId,
    memberIds: r.member_ids as ParentOrderId[],
    currentPriority: r.current_priority,
    status: r.status,
    failureReason: r.failure_reason,
    createdAt: Number(r.created_at) as EpochMicros,
    updatedAt: Number(r.updated_at) as EpochMicros,
    priorities: new Map(Object.entries(r.priorities ?? {}) as [ParentOrderId, number][]),
  };
}
