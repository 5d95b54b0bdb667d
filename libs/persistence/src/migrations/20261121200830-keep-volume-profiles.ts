import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** Volume profiles that a plan was made with: the plan is followed with the same one until its end. */
export class KeepVolumeProfiles20261121200830 implements MigrationInterface {
  name = 'KeepVolumeProfiles20261121200830';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE volume_profiles (
        id                text               PRIMARY KEY,
        shares            double precision[] NOT NULL CHECK (cardinality(shares) = 1440),
        mean_daily_volume double precision   NOT NULL CHECK (mean_daily_volume > 0),
        bars              integer            NOT NULL CHECK (bars > 0),
        used_at           timestamptz        NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query('CREATE INDEX volume_profiles_by_age ON volume_profiles (used_at)');
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'volume_profiles'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE volume_profiles');
  }
}
