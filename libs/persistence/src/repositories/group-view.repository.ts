import type { ChainStatus, FailureReason, MultiOrderStatus, ParentOrderId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';
import { FROM_MICROS, MICROS, type EpochMicros } from './epoch-micros.js';
import { MULTI_COLUMNS_OF, toMultiView, type MultiColumns, type MultiView } from './multi-view-columns.js';
import type { OrderFilter } from './order-view.repository.js';

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
  (SELECT json_object_agg(p.id, p.chain_priority) FROM parent_orders p WHERE p.id = ANY(c.member_ids)) AS priorities`;

/** Newest first, of the last 12 months. Members are found by the ids that the group's row names: no index leads from them. */
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

  async multi(id: string): Promise<MultiView | null> {
    const found = await row<MultiColumns>(
      this.tx,
      `SELECT ${MULTI_COLUMNS_OF('m')} FROM multi_orders m WHERE m.id = $1 AND m.user_id = $2`,
      [id, this.userId],
    );
    return found === null ? null : toMultiView(found);
  }

  async multis(filter: GroupFilter<MultiOrderStatus>): Promise<MultiView[]> {
    const sql = listOf(MULTI_COLUMNS_OF('m'), 'multi_orders m', 'p.id = ANY(m.leg_ids)', 'custom_order_id = ANY($4)');
    return (await rows<MultiColumns>(this.tx, sql, this.parameters(filter))).map(toMultiView);
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
    const named = `EXISTS (SELECT 1 FROM parent_orders p WHERE p.id = ANY(c.member_ids) AND p.custom_order_id = ANY($4))`;
    const sql = listOf(CHAIN_COLUMNS, 'chained_orders c', 'p.id = ANY(c.member_ids)', named);
    return (await rows<ChainColumns>(this.tx, sql, this.parameters(filter))).map(toChain);
  }

  private parameters(filter: GroupFilter<string>): unknown[] {
    const { statuses, accountIds, customOrderIds, before, after, limit, offset } = filter;
    return [this.userId, statuses, accountIds, customOrderIds, before, after, limit, offset];
  }
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
