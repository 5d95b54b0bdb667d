import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * The market of every second: ten seconds in a row, which has a tenth of the keys and headers that a row each would have.
 * Element n of each list is of the second `10 * chunk + n - 1` since 1970; null where it is not known. Bid and ask as they
 * were at the first look within the second, and the public volume, in base and quote, counted until then.
 */
export class CreateMarketSamples20261121200810 implements MigrationInterface {
  name = 'CreateMarketSamples20261121200810';

  async up(db: QueryRunner): Promise<void> {
    const list = (name: string): string => `${name} numeric[] NOT NULL CHECK (cardinality(${name}) = 10)`;
    await db.query(`
      CREATE TABLE market_samples (
        venue     text   NOT NULL,
        symbol    text   NOT NULL,
        chunk     bigint NOT NULL,
        ${['bids', 'asks', 'cum_base', 'cum_quote'].map(list).join(', ')},
        PRIMARY KEY (venue, symbol, chunk)
      )`);
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'market_samples'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE market_samples');
  }
}
