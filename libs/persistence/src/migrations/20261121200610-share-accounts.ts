import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Accounts that their owners let others of the tenant trade on, and how an account's margin is meant to be kept. */
export class ShareAccounts20261121200610 implements MigrationInterface {
  name = 'ShareAccounts20261121200610';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE accounts ADD COLUMN margin_mode text NOT NULL DEFAULT 'CROSS' CHECK (margin_mode IN ('CROSS', 'ISOLATED'))`);
    await db.query(`
      CREATE TABLE account_shares (
        account_id uuid        NOT NULL REFERENCES accounts (id),
        user_id    bigint      NOT NULL REFERENCES users (id),
        tenant_id  uuid        NOT NULL REFERENCES tenants (id),
        granted_by bigint      NOT NULL REFERENCES users (id),
        granted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, user_id),
        CHECK (user_id <> granted_by)
      )`);
    await db.query('CREATE INDEX account_shares_by_user ON account_shares (user_id)');
    for (const sql of tenantOnly('account_shares')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, DELETE', 'account_shares'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE account_shares');
    await db.query('ALTER TABLE accounts DROP COLUMN margin_mode');
  }
}
