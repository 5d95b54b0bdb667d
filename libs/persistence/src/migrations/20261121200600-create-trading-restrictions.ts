import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** What staff forbid at order creation, and changes of it that wait for a second person. */
export class CreateTradingRestrictions20261121200600 implements MigrationInterface {
  name = 'CreateTradingRestrictions20261121200600';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE trading_restrictions (
        id               uuid           PRIMARY KEY DEFAULT gen_random_uuid(),
        tenant_id        uuid           NOT NULL REFERENCES tenants (id),
        restriction_type text           NOT NULL CHECK (restriction_type IN ('PAIR_BLOCK', 'MAX_ORDER_NOTIONAL', 'MAX_OPEN_NOTIONAL')),
        notional_limit   numeric(38,18) CHECK (notional_limit > 0),
        pair             text,
        venue            text,
        username         text,
        reason           text           NOT NULL,
        created_at       timestamptz    NOT NULL DEFAULT clock_timestamp(),
        created_by       bigint         NOT NULL REFERENCES users (id),
        removed_at       timestamptz,
        CHECK ((restriction_type = 'PAIR_BLOCK') = (notional_limit IS NULL))
      )`);
    await db.query(
      'CREATE INDEX trading_restrictions_valid ON trading_restrictions (tenant_id) WHERE removed_at IS NULL',
    );
    await db.query(`
      CREATE TABLE restriction_requests (
        id             uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
        tenant_id      uuid        NOT NULL REFERENCES tenants (id),
        action         text        NOT NULL CHECK (action IN ('create', 'update', 'remove')),
        restriction_id uuid        REFERENCES trading_restrictions (id),
        content        jsonb,
        requested_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        requested_by   bigint      NOT NULL REFERENCES users (id),
        reviewed_at    timestamptz,
        reviewed_by    bigint      REFERENCES users (id),
        approved       boolean,
        CHECK ((action = 'create') = (restriction_id IS NULL)),
        CHECK ((action = 'remove') = (content IS NULL)),
        CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (approved IS NULL)),
        CHECK (reviewed_by <> requested_by)
      )`);
    await db.query(
      'CREATE INDEX restriction_requests_open ON restriction_requests (tenant_id) WHERE reviewed_at IS NULL',
    );
    for (const table of ['trading_restrictions', 'restriction_requests']) {
      for (const sql of tenantOnly(table)) await db.query(sql);
      await db.query(grant('SELECT, INSERT, UPDATE', table));
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE restriction_requests');
    await db.query('DROP TABLE trading_restrictions');
  }
}
