import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Since when an outcome is not known, when a person was called for it, and when the machine gave it up: a venue without
 * a deadline in its requests and without a lasting look-up leaves no proof of absence, so a person decides.
 */
export class ParkUnknownOrders20261121140560 implements MigrationInterface {
  name = 'ParkUnknownOrders20261121140560';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE child_orders
        ADD COLUMN unknown_since timestamptz,
        ADD COLUMN paged_at timestamptz,
        ADD COLUMN parked_at timestamptz`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN unknown_since, DROP COLUMN paged_at, DROP COLUMN parked_at');
  }
}
