import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From which child order on a decision reads them: all before are settled, and in the order's sums. */
export class RememberSettledChildren20261122034010 implements MigrationInterface {
  name = 'RememberSettledChildren20261122034010';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders ADD COLUMN read_from integer NOT NULL DEFAULT 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN read_from');
  }
}
