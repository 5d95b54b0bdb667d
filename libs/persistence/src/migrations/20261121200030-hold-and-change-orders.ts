import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Orders that wait for a condition, that were paused in some status, and that are to be changed once children are closed.
 *
 * `condition_vars` are decimal strings by name. `amend_pending` is the lower quantity that waits for cancels.
 */
export class HoldAndChangeOrders20261121200030 implements MigrationInterface {
  name = 'HoldAndChangeOrders20261121200030';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN condition_text text,
        ADD COLUMN condition_postfix text,
        ADD COLUMN condition_vars jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN condition_expires_at timestamptz,
        ADD COLUMN released_at timestamptz,
        ADD COLUMN status_before_pause text
          CHECK (status_before_pause IN ('SCHEDULED', 'ACTIVE', 'FINISHER')),
        ADD COLUMN amend_pending numeric(38,18) CHECK (amend_pending > 0),
        ADD COLUMN position_side text CHECK (position_side IN ('long', 'short')),
        ADD COLUMN leverage integer CHECK (leverage > 0)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        DROP COLUMN condition_text, DROP COLUMN condition_postfix, DROP COLUMN condition_vars,
        DROP COLUMN condition_expires_at, DROP COLUMN released_at, DROP COLUMN status_before_pause,
        DROP COLUMN amend_pending, DROP COLUMN position_side, DROP COLUMN leverage`);
  }
}
