import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The wish to change a working child in place, before any request: the new total and price, and how far the attempt is.
 * An attempt has an epoch of its own; one whose outcome is not known is compared with the venue before another.
 */
export class AmendChildOrders20261121140550 implements MigrationInterface {
  name = 'AmendChildOrders20261121140550';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE child_orders
        ADD COLUMN amend_qty numeric(38,18) CHECK (amend_qty > 0),
        ADD COLUMN amend_price numeric(38,18) CHECK (amend_price > 0),
        ADD COLUMN amend_status text CHECK (amend_status IN ('requested', 'claimed', 'unknown')),
        ADD COLUMN amend_epoch integer NOT NULL DEFAULT 0,
        ADD COLUMN amend_claimed_at timestamptz,
        ADD COLUMN amend_valid_until timestamptz,
        ADD CONSTRAINT child_orders_amend_whole CHECK (
          (amend_status IS NULL) = (amend_qty IS NULL) AND (amend_status IS NULL) = (amend_price IS NULL)
          AND (amend_status IS NULL OR amend_status = 'requested' OR amend_valid_until IS NOT NULL))`);
    await db.query('ALTER TABLE due_work DROP CONSTRAINT due_work_kind_check');
    await db.query(`
      ALTER TABLE due_work ADD CONSTRAINT due_work_kind_check
      CHECK (kind IN ('parent.wake', 'child.submit', 'child.cancel', 'child.resolve', 'child.amend'))`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DELETE FROM due_work WHERE kind = 'child.amend'`);
    await db.query('ALTER TABLE due_work DROP CONSTRAINT due_work_kind_check');
    await db.query(`
      ALTER TABLE due_work ADD CONSTRAINT due_work_kind_check
      CHECK (kind IN ('parent.wake', 'child.submit', 'child.cancel', 'child.resolve'))`);
    await db.query(`
      ALTER TABLE child_orders DROP CONSTRAINT child_orders_amend_whole,
        DROP COLUMN amend_qty, DROP COLUMN amend_price, DROP COLUMN amend_status, DROP COLUMN amend_epoch,
        DROP COLUMN amend_claimed_at, DROP COLUMN amend_valid_until`);
  }
}
