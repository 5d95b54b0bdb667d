import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The number of an account's last private call, at venues where it must rise from call to call, whoever makes them. */
export class CountAccountNonces20261121160400 implements MigrationInterface {
  name = 'CountAccountNonces20261121160400';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE account_leases ADD COLUMN last_nonce bigint NOT NULL DEFAULT 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE account_leases DROP COLUMN last_nonce');
  }
}
