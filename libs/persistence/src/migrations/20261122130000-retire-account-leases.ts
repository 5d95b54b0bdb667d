import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when no gateway looks after an account any more: it is archived, and nothing of it is under way. */
export class RetireAccountLeases20261122130000 implements MigrationInterface {
  name = 'RetireAccountLeases20261122130000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE account_leases ADD COLUMN retired_at timestamptz');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE account_leases DROP COLUMN retired_at');
  }
}
