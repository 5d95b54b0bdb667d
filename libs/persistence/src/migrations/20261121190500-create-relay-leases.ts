import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/** Which process is woken by each new outbox entry; every other one only looks from time to time. */
export class CreateRelayLeases20261121190500 implements MigrationInterface {
  name = 'CreateRelayLeases20261121190500';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE relay_leases (
        name        text        PRIMARY KEY,
        owner       text        NOT NULL,
        lease_until timestamptz NOT NULL
      )`);
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'relay_leases'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE relay_leases');
  }
}
