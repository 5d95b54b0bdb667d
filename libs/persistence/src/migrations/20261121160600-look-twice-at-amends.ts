import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * When a look that counts last showed the order as it was before a change whose outcome is unknown: one such look proves
 * nothing, as for the absence of an order.
 */
export class LookTwiceAtAmends20261121160600 implements MigrationInterface {
  name = 'LookTwiceAtAmends20261121160600';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders ADD COLUMN amend_unchanged_at timestamptz');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE child_orders DROP COLUMN amend_unchanged_at');
  }
}
