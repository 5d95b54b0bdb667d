import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How long an order that follows volume is expected to take in all; null where the plan says so. */
export class EstimateOrderEnds20261121200400 implements MigrationInterface {
  name = 'EstimateOrderEnds20261121200400';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders ADD COLUMN estimated_ms bigint CHECK (estimated_ms > 0)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN estimated_ms');
  }
}
