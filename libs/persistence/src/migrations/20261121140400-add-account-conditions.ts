import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a status alone does not say: how far a ban reaches and when it ends. The hedge mode that an account is meant to
 * have at its venue stands beside it, and when its positions were last told.
 */
export class AddAccountConditions20261121140400 implements MigrationInterface {
  name = 'AddAccountConditions20261121140400';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE account_states
        ADD COLUMN ban_scope    text CHECK (ban_scope IN ('ip', 'account')),
        ADD COLUMN retry_at     timestamptz,
        ADD COLUMN positions_at timestamptz,
        ADD COLUMN hedge_mode   boolean NOT NULL DEFAULT false,
        ADD CONSTRAINT account_states_ban CHECK (ban_scope IS NULL OR retry_at IS NOT NULL)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE account_states DROP CONSTRAINT account_states_ban, DROP COLUMN ban_scope, DROP COLUMN retry_at,
        DROP COLUMN positions_at, DROP COLUMN hedge_mode`);
  }
}
