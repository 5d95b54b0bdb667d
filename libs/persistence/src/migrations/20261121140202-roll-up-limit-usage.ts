import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** The use of rate limits by steps of 5 minutes, for when the steps of 10 seconds are gone. */
export class RollUpLimitUsage20261121140202 implements MigrationInterface {
  name = 'RollUpLimitUsage20261121140202';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE rate_limit_usage_5min (
        venue       text        NOT NULL,
        limit_id    text        NOT NULL,
        scope       text        NOT NULL,
        at          timestamptz NOT NULL,
        used        bigint      NOT NULL,
        limit_value bigint      NOT NULL,
        PRIMARY KEY (venue, limit_id, scope, at)
      )`);
    await db.query('CREATE INDEX rate_limit_usage_5min_at ON rate_limit_usage_5min (at)');
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'rate_limit_usage_5min'));
    await db.query('CREATE INDEX rate_limit_usage_at ON rate_limit_usage (at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX rate_limit_usage_at');
    await db.query('DROP TABLE rate_limit_usage_5min');
  }
}
