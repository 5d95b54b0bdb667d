import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Positions of venue accounts as their venues report them. */
export class CreatePositions20261121140401 implements MigrationInterface {
  name = 'CreatePositions20261121140401';

  async up(db: QueryRunner): Promise<void> {
    // The quantity is signed: below zero is short. A position that is gone stays as a row of zero.
    await db.query(`
      CREATE TABLE positions (
        account_id     uuid           NOT NULL REFERENCES accounts (id),
        symbol         text           NOT NULL,
        side           text           NOT NULL CHECK (side IN ('both', 'long', 'short')),
        tenant_id      uuid           NOT NULL REFERENCES tenants (id),
        qty            numeric(38,18) NOT NULL,
        entry_px       numeric(38,18) CHECK (entry_px >= 0),
        mark_px        numeric(38,18) CHECK (mark_px >= 0),
        unrealized_pnl numeric(38,18),
        leverage       numeric(38,18) CHECK (leverage > 0),
        margin_type    text           CHECK (margin_type IN ('cross', 'isolated')),
        source         text           NOT NULL CHECK (source IN ('stream', 'poll')),
        venue_at       timestamptz    NOT NULL,
        updated_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, symbol, side)
      )`);
    for (const sql of tenantOnly('positions')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'positions'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE positions');
  }
}
