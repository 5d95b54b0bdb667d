import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the venue refused the last change of a child order: it is not asked for another, but to cancel. */
export class RememberRefusedAmends20261122124000 implements MigrationInterface {
  name = 'RememberRefusedAmends20261122124000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders ADD COLUMN amend_refused boolean NOT NULL DEFAULT false');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN amend_refused');
  }
}
