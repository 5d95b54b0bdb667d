import type { MigrationInterface, QueryRunner } from 'typeorm';

/** RC-02 for all orders of a basket together (reliability.md 5.1); null is not set, as in every row of before. */
export class LimitBaskets20261122131000 implements MigrationInterface {
  name = 'LimitBaskets20261122131000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(
      'ALTER TABLE risk_limits ADD COLUMN max_basket_notional numeric(38,18) CHECK (max_basket_notional >= 0)',
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE risk_limits DROP COLUMN max_basket_notional');
  }
}
