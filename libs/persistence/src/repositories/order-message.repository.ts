import type { ParentOrderId, TenantId, UserId } from '#domain';
import type { Tx } from '../database.js';
import { rows, send } from '../sql.js';
import { MICROS, type EpochMicros } from './epoch-micros.js';

export type MessageLevel = 'info' | 'warning' | 'error';

/** A line for people in the history of a parent order. */
export interface OrderMessage {
  readonly parentOrderId: ParentOrderId;
  readonly at: EpochMicros;
  readonly level: MessageLevel;
  readonly type: string;
  readonly message: string;
}

export class OrderMessageRepository {
  constructor(private readonly tx: Tx) {}

  async add(
    tenantId: TenantId,
    parentOrderId: ParentOrderId,
    message: Pick<OrderMessage, 'level' | 'type' | 'message'>,
  ): Promise<void> {
    await send(
      this.tx,
      'INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message) VALUES ($1, $2, $3, $4, $5)',
      [parentOrderId, tenantId, message.level, message.type, message.message],
    );
  }

  /** The same line in the history of each. */
  async addToEach(
    tenantId: TenantId,
    ids: readonly ParentOrderId[],
    message: Pick<OrderMessage, 'level' | 'type' | 'message'>,
  ): Promise<void> {
    await send(
      this.tx,
      `INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message)
       SELECT id, $2, $3, $4, $5 FROM unnest($1::uuid[]) AS id`,
      [ids, tenantId, message.level, message.type, message.message],
    );
  }

  /** The newest `limit` of each order, newest first; orders of others are left out. */
  async newest(userId: UserId, ids: readonly string[], limit: number): Promise<OrderMessage[]> {
    const found = await rows<{ id: string; at: string; level: MessageLevel; type: string; message: string }>(
      this.tx,
      `SELECT p.id, ${MICROS('m.at')} AS at, m.level, m.type, m.message
       FROM parent_orders p
       CROSS JOIN LATERAL (SELECT * FROM order_messages WHERE parent_order_id = p.id ORDER BY id DESC LIMIT $3) m
       WHERE p.id = ANY($1::uuid[]) AND p.user_id = $2
       ORDER BY p.id, m.id DESC`,
      [ids, userId, limit],
    );
    return found.map((r) => ({
      parentOrderId: r.id as ParentOrderId,
      at: Number(r.at) as EpochMicros,
      level: r.level,
      type: r.type,
      message: r.message,
    }));
  }
}
