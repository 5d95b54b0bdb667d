import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * How much each account has traded by our orders, with its newest trade: what of the public volume is not of others. A
 * trade that a venue takes back stays counted, as it does in the public volume. And what an order knows of the volume of
 * others in the active time that is behind it, how long what held it back, and when its child orders were due.
 */
export class CountOwnVolume20261121200820 implements MigrationInterface {
  name = 'CountOwnVolume20261121200820';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE own_volumes (
        account_id     uuid           NOT NULL REFERENCES accounts (id),
        symbol         text           NOT NULL,
        tenant_id      uuid           NOT NULL REFERENCES tenants (id),
        cum_base       numeric(38,18) NOT NULL,
        last_trade_id  text           NOT NULL,
        last_traded_at timestamptz    NOT NULL,
        PRIMARY KEY (account_id, symbol)
      ) WITH (fillfactor = 50)`);
    for (const sql of tenantOnly('own_volumes')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'own_volumes'));
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN volume_counts jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN held_times jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN decision_price numeric(38,18) CHECK (decision_price > 0)`);
    await db.query('ALTER TABLE child_orders ADD COLUMN due_at timestamptz');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN due_at');
    await db.query(
      'ALTER TABLE parent_orders DROP COLUMN volume_counts, DROP COLUMN held_times, DROP COLUMN decision_price',
    );
    await db.query('DROP TABLE own_volumes');
  }
}
