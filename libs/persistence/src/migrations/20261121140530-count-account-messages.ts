import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** Submits, amends and cancels of the last moments by account, for the limit of messages per second. Ids only. */
export class CountAccountMessages20261121140530 implements MigrationInterface {
  name = 'CountAccountMessages20261121140530';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE account_messages (
        account_id uuid        NOT NULL,
        at         timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query('CREATE INDEX account_messages_newest ON account_messages (account_id, at)');
    await db.query(grant('SELECT, INSERT, DELETE', 'account_messages'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE account_messages');
  }
}
