import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** The last characters of a long key, to be shown before a venue has judged it; empty for those of before. */
export class HintAtSubmittedKeys20261122121000 implements MigrationInterface {
  name = 'HintAtSubmittedKeys20261122121000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`ALTER TABLE credential_submissions ADD COLUMN key_hint text NOT NULL DEFAULT ''`);
    await db.query(grant('SELECT (key_hint)', 'credential_submissions'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE credential_submissions DROP COLUMN key_hint');
  }
}
