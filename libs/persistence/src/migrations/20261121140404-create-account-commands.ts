import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * What people ask to be done at a venue account itself: the intent is a row before anything is sent, and the process that
 * holds the account's lease carries it out.
 */
export class CreateAccountCommands20261121140404 implements MigrationInterface {
  name = 'CreateAccountCommands20261121140404';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE account_commands (
        id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
        account_id   uuid        NOT NULL REFERENCES accounts (id),
        tenant_id    uuid        NOT NULL REFERENCES tenants (id),
        requested_by bigint      NOT NULL REFERENCES users (id),
        kind         text        NOT NULL CHECK (kind IN ('cancel_external', 'set_hedge_mode', 'set_leverage', 'set_margin_type')),
        symbol       text        NOT NULL DEFAULT '',
        argument     text        NOT NULL,
        requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        next_try_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        outcome      text        CHECK (outcome IN ('done', 'refused')),
        outcome_text text        NOT NULL DEFAULT '',
        finished_at  timestamptz,
        CHECK ((outcome IS NULL) = (finished_at IS NULL))
      )`);
    // The same thing asked for twice is one command.
    await db.query(`
      CREATE UNIQUE INDEX account_commands_open ON account_commands (account_id, kind, symbol, argument)
      WHERE finished_at IS NULL`);
    for (const sql of tenantOnly('account_commands')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'account_commands'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE account_commands');
  }
}
