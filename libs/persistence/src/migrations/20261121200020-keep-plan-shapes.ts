import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a plan version froze beside its numbers, and how far an order has come on its curve. */
export class KeepPlanShapes20261121200020 implements MigrationInterface {
  name = 'KeepPlanShapes20261121200020';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE plan_versions ADD COLUMN shape jsonb NOT NULL DEFAULT '{"kind": "even"}'`);
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN highest_share double precision NOT NULL DEFAULT 0 CHECK (highest_share >= 0 AND highest_share <= 1)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN highest_share');
    await db.query('ALTER TABLE plan_versions DROP COLUMN shape');
  }
}
