import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** What an account is meant to be set to in one symbol at its venue; a null is not configured and may be anything. */
export class CreateAccountSettings20261121140403 implements MigrationInterface {
  name = 'CreateAccountSettings20261121140403';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE account_symbol_settings (
        account_id  uuid           NOT NULL REFERENCES accounts (id),
        symbol      text           NOT NULL,
        tenant_id   uuid           NOT NULL REFERENCES tenants (id),
        leverage    numeric(38,18) CHECK (leverage > 0),
        margin_type text           CHECK (margin_type IN ('cross', 'isolated')),
        updated_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, symbol)
      )`);
    for (const sql of tenantOnly('account_symbol_settings')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'account_symbol_settings'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE account_symbol_settings');
  }
}
