import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the last change of a child order was answered: it rests for a while before it is moved again. */
export class RememberAmends20261121200210 implements MigrationInterface {
  name = 'RememberAmends20261121200210';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders ADD COLUMN amended_at timestamptz');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN amended_at');
  }
}
