import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every algorithm of the order API, and the purposes that their child orders have. */
export class WorkEveryAlgorithm20261121200000 implements MigrationInterface {
  name = 'WorkEveryAlgorithm20261121200000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders DROP CONSTRAINT parent_orders_algorithm_check,
        ADD CONSTRAINT parent_orders_algorithm_check CHECK (algorithm IN (
          'twap', 'vwap', 'is', 'target_time', 'pov', 'market', 'limit', 'ioc', 'iceberg', 'strategy')) NOT VALID`);
    await db.query(`
      ALTER TABLE child_orders DROP CONSTRAINT child_orders_purpose_check,
        ADD CONSTRAINT child_orders_purpose_check CHECK (purpose IN (
          'clip', 'catch_up', 'timed', 'finisher', 'market', 'limit', 'ioc', 'slice')) NOT VALID`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE child_orders DROP CONSTRAINT child_orders_purpose_check,
        ADD CONSTRAINT child_orders_purpose_check CHECK (purpose IN (
          'clip', 'catch_up', 'finisher', 'market', 'limit'))`);
    await db.query(`
      ALTER TABLE parent_orders DROP CONSTRAINT parent_orders_algorithm_check,
        ADD CONSTRAINT parent_orders_algorithm_check CHECK (algorithm IN ('twap', 'market', 'limit'))`);
  }
}
