import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** How often the calls of a parent order had to wait for a rate limit, and why. */
export class CreateParentLimitUses20261121140201 implements MigrationInterface {
  name = 'CreateParentLimitUses20261121140201';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE parent_limit_uses (
        tenant_id       uuid        NOT NULL REFERENCES tenants (id),
        parent_order_id uuid        NOT NULL,
        call_class      text        NOT NULL,
        outcome         text        NOT NULL,
        calls           bigint      NOT NULL CHECK (calls >= 0),
        waited_ms       bigint      NOT NULL CHECK (waited_ms >= 0),
        updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (parent_order_id, call_class, outcome)
      )`);
    for (const sql of tenantOnly('parent_limit_uses')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'parent_limit_uses'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE parent_limit_uses');
  }
}
