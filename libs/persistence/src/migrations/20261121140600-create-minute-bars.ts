import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** What was traded in each minute, as the volume profile wants it. Minutes without a trade have no row. */
export class CreateMinuteBars20261121140600 implements MigrationInterface {
  name = 'CreateMinuteBars20261121140600';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE minute_bars (
        venue        text           NOT NULL,
        symbol       text           NOT NULL,
        minute       timestamptz    NOT NULL CHECK (date_trunc('minute', minute, 'UTC') = minute),
        open         numeric(38,18) NOT NULL CHECK (open > 0),
        high         numeric(38,18) NOT NULL CHECK (high >= open AND high >= close),
        low          numeric(38,18) NOT NULL CHECK (low > 0 AND low <= open AND low <= close),
        close        numeric(38,18) NOT NULL CHECK (close > 0),
        base_volume  numeric(38,18) NOT NULL CHECK (base_volume >= 0),
        quote_volume numeric(38,18) NOT NULL CHECK (quote_volume >= 0),
        trades       integer        NOT NULL CHECK (trades > 0),
        complete     boolean        NOT NULL,
        PRIMARY KEY (venue, symbol, minute)
      )`);
    await db.query('CREATE INDEX minute_bars_by_age ON minute_bars (minute)');
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'minute_bars'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE minute_bars');
  }
}
