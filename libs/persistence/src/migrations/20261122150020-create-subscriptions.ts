import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Accounts that trade what a strategy signals, with how much and how. One that ended stays: its legs may still exit. */
export class CreateSubscriptions20261122150020 implements MigrationInterface {
  name = 'CreateSubscriptions20261122150020';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE subscriptions (
        id             uuid           PRIMARY KEY,
        tenant_id      uuid           NOT NULL REFERENCES tenants (id),
        user_id        bigint         NOT NULL REFERENCES users (id),
        strategy_id    uuid           NOT NULL REFERENCES strategies (id),
        account_id     uuid           NOT NULL REFERENCES accounts (id),
        enabled        boolean        NOT NULL,
        capital        numeric(38,18) NOT NULL CHECK (capital > 0),
        max_positions  integer        NOT NULL CHECK (max_positions > 0),
        leverage       numeric(38,18) NOT NULL CHECK (leverage BETWEEN 1 AND 125),
        max_leverage   numeric(38,18) NOT NULL CHECK (max_leverage BETWEEN 1 AND 125),
        on_low_balance text           NOT NULL CHECK (on_low_balance IN ('skip', 'scale')),
        execution      jsonb          NOT NULL,
        status         text           NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'limited', 'paused')),
        status_reason  text           NOT NULL DEFAULT '',
        status_at      timestamptz    NOT NULL DEFAULT clock_timestamp(),
        created_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
        updated_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
        archived_at    timestamptz,
        CHECK (leverage <= max_leverage)
      )`);
    await db.query(
      'CREATE UNIQUE INDEX subscriptions_account ON subscriptions (strategy_id, account_id) WHERE archived_at IS NULL',
    );
    await db.query('CREATE INDEX subscriptions_by_user ON subscriptions (user_id, id)');
    for (const sql of tenantOnly('subscriptions')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'subscriptions'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE subscriptions');
  }
}
