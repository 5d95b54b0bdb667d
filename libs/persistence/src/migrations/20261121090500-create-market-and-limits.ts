import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** What belongs to venues and not to customers: feed progress, and the use of rate limits. */
export class CreateMarketAndLimits20261121090500 implements MigrationInterface {
  name = 'CreateMarketAndLimits20261121090500';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE feed_volumes (
        venue         text           NOT NULL,
        symbol        text           NOT NULL,
        cum_base      numeric(38,18) NOT NULL CHECK (cum_base >= 0),
        cum_quote     numeric(38,18) NOT NULL CHECK (cum_quote >= 0),
        last_trade_id text           NOT NULL,
        updated_at    timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (venue, symbol)
      )`);
    await db.query(`
      CREATE TABLE feed_status_log (
        id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue       text        NOT NULL,
        symbol      text        NOT NULL,
        from_status text        NOT NULL,
        to_status   text        NOT NULL,
        reason      text        NOT NULL,
        at          timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query(`
      CREATE TABLE rate_usage_blocks (
        venue        text        NOT NULL,
        limit_id     text        NOT NULL,
        scope        text        NOT NULL,
        window_start timestamptz NOT NULL,
        booked       bigint      NOT NULL CHECK (booked >= 0),
        PRIMARY KEY (venue, limit_id, scope, window_start)
      )`);
    await db.query(`
      CREATE TABLE rate_limit_events (
        id           text        PRIMARY KEY,
        venue        text        NOT NULL,
        limit_id     text        NOT NULL,
        scope        text        NOT NULL,
        threshold    integer     NOT NULL CHECK (threshold IN (50, 90, 100)),
        window_start timestamptz NOT NULL,
        used         bigint      NOT NULL,
        limit_value  bigint      NOT NULL,
        at           timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query(`
      CREATE TABLE rate_limit_usage (
        venue       text        NOT NULL,
        limit_id    text        NOT NULL,
        scope       text        NOT NULL,
        at          timestamptz NOT NULL,
        used        bigint      NOT NULL,
        limit_value bigint      NOT NULL,
        PRIMARY KEY (venue, limit_id, scope, at)
      )`);
    await db.query(grant('SELECT, INSERT, UPDATE', 'feed_volumes'));
    await db.query(grant('SELECT, INSERT', 'feed_status_log'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'rate_usage_blocks'));
    await db.query(grant('SELECT, INSERT', 'rate_limit_events'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'rate_limit_usage'));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of [
      'rate_limit_usage',
      'rate_limit_events',
      'rate_usage_blocks',
      'feed_status_log',
      'feed_volumes',
    ])
      await db.query(`DROP TABLE ${table}`);
  }
}
