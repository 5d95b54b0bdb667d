import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * Chains of orders (order-api.md 7). Their members are rows of `parent_orders` with a priority; those of a priority above
 * `current_priority` wait for their turn. `member_ids` keeps the order in which they were asked for.
 */
export class CreateChainedOrders20261121200510 implements MigrationInterface {
  name = 'CreateChainedOrders20261121200510';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE chained_orders (
        id               uuid        PRIMARY KEY,
        tenant_id        uuid        NOT NULL,
        user_id          bigint      NOT NULL,
        member_ids       uuid[]      NOT NULL CHECK (cardinality(member_ids) BETWEEN 2 AND 50),
        current_priority integer     NOT NULL CHECK (current_priority BETWEEN 1 AND 1000),
        status           text        NOT NULL CHECK (status IN ('ACTIVE', 'COMPLETE', 'CANCELED')),
        failure_reason   text        NOT NULL DEFAULT '',
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL,
        ended_at         timestamptz,
        trace_id         text        NOT NULL,
        version          integer     NOT NULL DEFAULT 1 CHECK (version > 0),
        CHECK ((status = 'ACTIVE') = (ended_at IS NULL))
      )`);
    await db.query('CREATE INDEX chained_orders_newest ON chained_orders (tenant_id, user_id, created_at DESC)');
    for (const sql of tenantOnly('chained_orders')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'chained_orders'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE chained_orders');
  }
}
