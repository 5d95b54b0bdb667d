import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An order may trade on several venues, and an account may reach several market types of its exchange.
 *
 * `venues` and `symbols` stand beside `account_ids`, one entry each; without them every account trades `symbol` at
 * `venue`. A sub-account belongs to the account that its owner sees and reaches a further venue of that exchange.
 */
export class TradeOnSeveralVenues20261121200010 implements MigrationInterface {
  name = 'TradeOnSeveralVenues20261121200010';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN venues text[],
        ADD COLUMN symbols text[],
        ADD CONSTRAINT parent_orders_legs_check CHECK (
          (venues IS NULL) = (symbols IS NULL)
          AND cardinality(venues) = cardinality(account_ids) AND cardinality(symbols) = cardinality(account_ids)) NOT VALID`);
    await db.query('ALTER TABLE accounts ADD COLUMN main_account_id uuid REFERENCES accounts (id)');
    await db.query('ALTER TABLE accounts DROP CONSTRAINT accounts_name_check');
    await db.query(`
      ALTER TABLE accounts ADD CONSTRAINT accounts_name_check CHECK (
        name ~ CASE WHEN main_account_id IS NULL THEN '^[A-Za-z0-9_-]{1,64}$' ELSE '^[A-Za-z0-9_-]{1,64}[.][a-z0-9_-]{1,64}$' END)`);
    await db.query(
      'CREATE UNIQUE INDEX accounts_sub ON accounts (main_account_id, venue) WHERE main_account_id IS NOT NULL',
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE accounts DROP CONSTRAINT accounts_name_check');
    await db.query('ALTER TABLE accounts DROP COLUMN main_account_id');
    await db.query(
      "ALTER TABLE accounts ADD CONSTRAINT accounts_name_check CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$') NOT VALID",
    );
    await db.query(
      'ALTER TABLE parent_orders DROP CONSTRAINT parent_orders_legs_check, DROP COLUMN venues, DROP COLUMN symbols',
    );
  }
}
