import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** Which figures of a limit were in force from when on, and who said so: the venue, or the file of the installation. */
export class CreateRateLimitChanges20261121140100 implements MigrationInterface {
  name = 'CreateRateLimitChanges20261121140100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE rate_limit_changes (
        id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        venue          text        NOT NULL,
        limit_id       text        NOT NULL,
        scope          text        NOT NULL,
        source         text        NOT NULL CHECK (source IN ('venue', 'file')),
        figures_before jsonb       NOT NULL,
        figures_after  jsonb       NOT NULL,
        at             timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK (figures_before <> figures_after)
      )`);
    await db.query('CREATE INDEX rate_limit_changes_newest ON rate_limit_changes (venue, source, limit_id, scope, id)');
    await db.query(grant('SELECT, INSERT', 'rate_limit_changes'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE rate_limit_changes');
  }
}
