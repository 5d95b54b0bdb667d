import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where a venue's trades have names and no numbers, the number of the last one does not say which are counted: the newest
 * names stand beside the count and are written with it. Null where trades are numbered.
 */
export class KeepSeenTrades20261121160200 implements MigrationInterface {
  name = 'KeepSeenTrades20261121160200';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE feed_volumes ADD COLUMN seen jsonb');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE feed_volumes DROP COLUMN seen');
  }
}
