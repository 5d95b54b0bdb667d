import type { MigrationInterface, QueryRunner } from 'typeorm';

/** With the volume in base, what the market's volume-weighted price over an order's life is computed from. */
export class KeepMarketNotional20261121130000 implements MigrationInterface {
  name = 'KeepMarketNotional20261121130000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN start_notional numeric(38,18),
        ADD COLUMN end_notional   numeric(38,18)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE parent_orders DROP COLUMN start_notional, DROP COLUMN end_notional');
  }
}
