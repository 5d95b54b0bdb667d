import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * Who spends which part of the emergency share of rate limits while Redis is down (venues.md B7), and what may still
 * count at a venue because of it. Ids only: these rows belong to no customer.
 */
export class CreateEmergencyShares20261121140200 implements MigrationInterface {
  name = 'CreateEmergencyShares20261121140200';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE gateway_slots (
        egress_id   text        NOT NULL,
        slot        integer     NOT NULL CHECK (slot >= 0),
        of_slots    integer     NOT NULL CHECK (of_slots > slot),
        owner       text,
        epoch       bigint      NOT NULL CHECK (epoch > 0),
        lease_until timestamptz,
        PRIMARY KEY (egress_id, slot)
      )`);
    await db.query(`
      CREATE TABLE emergency_leases (
        venue       text        PRIMARY KEY,
        owner       text,
        epoch       bigint      NOT NULL CHECK (epoch > 0),
        lease_until timestamptz
      )`);
    await db.query(`
      CREATE TABLE emergency_uses (
        venue      text        NOT NULL,
        limit_name text        NOT NULL,
        portion    text        NOT NULL,
        used       bigint      NOT NULL CHECK (used >= 0),
        until      timestamptz NOT NULL,
        PRIMARY KEY (venue, limit_name, portion)
      )`);
    for (const table of ['gateway_slots', 'emergency_leases', 'emergency_uses'])
      await db.query(grant('SELECT, INSERT, UPDATE, DELETE', table));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['emergency_uses', 'emergency_leases', 'gateway_slots']) await db.query(`DROP TABLE ${table}`);
  }
}
