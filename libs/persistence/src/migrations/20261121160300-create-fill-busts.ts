import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Trades that a venue took back after we had booked them: the fill stays a fact, and no longer counts. */
export class CreateFillBusts20261121160300 implements MigrationInterface {
  name = 'CreateFillBusts20261121160300';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE fill_busts (
        account_id      uuid        NOT NULL REFERENCES accounts (id),
        symbol          text        NOT NULL,
        venue_order_id  text        NOT NULL,
        trade_id        text        NOT NULL,
        tenant_id       uuid        NOT NULL REFERENCES tenants (id),
        parent_order_id uuid        NOT NULL,
        found_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, symbol, venue_order_id, trade_id)
      )`);
    await db.query('CREATE INDEX fill_busts_by_parent ON fill_busts (parent_order_id)');
    for (const sql of tenantOnly('fill_busts')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, DELETE', 'fill_busts'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE fill_busts');
  }
}
