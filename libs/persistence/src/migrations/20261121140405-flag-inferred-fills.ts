import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE } from './tenant-table.js';

/**
 * Fills that the venue counts without telling their trade. They give way to the real ones, so they alone may shrink and
 * go; row security keeps every other fill the fact that it is.
 */
export class FlagInferredFills20261121140405 implements MigrationInterface {
  name = 'FlagInferredFills20261121140405';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE fills ADD COLUMN inferred boolean NOT NULL DEFAULT false');
    await db.query(`
      ALTER TABLE child_orders
        ADD COLUMN inferred_qty        numeric(38,18) NOT NULL DEFAULT 0 CHECK (inferred_qty >= 0),
        ADD COLUMN fills_missing_since timestamptz`);
    await db.query(`
      CREATE POLICY facts_stay ON fills AS RESTRICTIVE FOR UPDATE USING (inferred) WITH CHECK (inferred)`);
    await db.query('CREATE POLICY facts_remain ON fills AS RESTRICTIVE FOR DELETE USING (inferred)');
    await db.query(`GRANT UPDATE (last_qty), DELETE ON fills TO ${APP_ROLE}`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`REVOKE UPDATE (last_qty), DELETE ON fills FROM ${APP_ROLE}`);
    await db.query('DROP POLICY facts_stay ON fills');
    await db.query('DROP POLICY facts_remain ON fills');
    await db.query('ALTER TABLE child_orders DROP COLUMN inferred_qty, DROP COLUMN fills_missing_since');
    await db.query('ALTER TABLE fills DROP COLUMN inferred');
  }
}
