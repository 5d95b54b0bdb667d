import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the last gate and perpetuals need to know of a child: which version wrote it, whether it may only shrink a
 * position, and which position it belongs to where an account holds both sides.
 */
export class SayMoreOfChildOrders20261121140540 implements MigrationInterface {
  name = 'SayMoreOfChildOrders20261121140540';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE child_orders
        ADD COLUMN schema_version smallint NOT NULL DEFAULT 1,
        ADD COLUMN reduce_only boolean NOT NULL DEFAULT false,
        ADD COLUMN position_side text CHECK (position_side IN ('long', 'short'))`);
    await db.query('ALTER TABLE parent_orders ADD COLUMN strategy_id text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN strategy_id');
    await db.query(
      'ALTER TABLE child_orders DROP COLUMN schema_version, DROP COLUMN reduce_only, DROP COLUMN position_side',
    );
  }
}
