import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The minute that is not over yet stands beside the number of its last trade, and is written in the same statement: so a
 * process that goes on after it, in the middle of the minute, counts each trade once. Null: written before there were bars.
 */
export class KeepOpenBar20261121140610 implements MigrationInterface {
  name = 'KeepOpenBar20261121140610';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE feed_volumes ADD COLUMN bars jsonb');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE feed_volumes DROP COLUMN bars');
  }
}
