import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, grant } from './tenant-table.js';

/** Counts of parent orders that ended long ago may be removed. */
export class ForgetParentLimitUses20261121160800 implements MigrationInterface {
  name = 'ForgetParentLimitUses20261121160800';

  async up(db: QueryRunner): Promise<void> {
    await db.query(grant('DELETE', 'parent_limit_uses'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`REVOKE DELETE ON parent_limit_uses FROM ${APP_ROLE}`);
  }
}
