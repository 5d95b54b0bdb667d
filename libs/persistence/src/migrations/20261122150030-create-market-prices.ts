import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * The newest prices of each instrument, for who has none in memory (signal-apis.md 2.3). The feed handler writes them every
 * second: half of each page is left free, so that a new version of a row finds place beside the old one and touches no
 * index. Times are the database's: of the trade, and until when mid and mark were known to be right.
 */
export class CreateMarketPrices20261122150030 implements MigrationInterface {
  name = 'CreateMarketPrices20261122150030';

  async up(db: QueryRunner): Promise<void> {
    const price = (kind: string): string =>
      `${kind} numeric(38,18) CHECK (${kind} > 0), ${kind}_at timestamptz CHECK ((${kind}_at IS NULL) = (${kind} IS NULL))`;
    await db.query(`
      CREATE TABLE market_prices (
        venue  text NOT NULL,
        symbol text NOT NULL,
        ${['last', 'mid', 'mark'].map(price).join(', ')},
        PRIMARY KEY (venue, symbol)
      ) WITH (fillfactor = 50)`);
    await db.query(grant('SELECT, INSERT, UPDATE', 'market_prices'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE market_prices');
  }
}
