import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * What venues tell of leverage and maintenance margin, by instrument: reference data, of no tenant. It stands apart from
 * `instruments` because others tell it: some venues do so only with an account's key.
 */
export class CreateMarginTiers20261122032000 implements MigrationInterface {
  name = 'CreateMarginTiers20261122032000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE margin_tiers (
        venue      text        NOT NULL,
        symbol     text        NOT NULL,
        tiers      jsonb       NOT NULL CHECK (jsonb_typeof(tiers) = 'array'),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (venue, symbol)
      )`);
    await db.query(grant('SELECT, INSERT, UPDATE', 'margin_tiers'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE margin_tiers');
  }
}
