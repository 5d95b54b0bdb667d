import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An order may be a leg of a multi order, or stand in a chain. */
export class GroupOrders20261121200040 implements MigrationInterface {
  name = 'GroupOrders20261121200040';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN multi_order_id uuid,
        ADD COLUMN chain_id uuid,
        ADD COLUMN chain_priority integer CHECK (chain_priority BETWEEN 1 AND 1000),
        ADD CONSTRAINT parent_orders_group_check CHECK (
          (chain_id IS NULL) = (chain_priority IS NULL) AND (chain_id IS NULL OR multi_order_id IS NULL)) NOT VALID`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders DROP CONSTRAINT parent_orders_group_check,
        DROP COLUMN multi_order_id, DROP COLUMN chain_id, DROP COLUMN chain_priority`);
  }
}
