import type { MigrationInterface, QueryRunner } from 'typeorm';
import { GATEWAY_ROLE, grant, tenantOnly } from './tenant-table.js';

/** The way of a venue key from the API to the gateway: closed for the gateway, judged by it, forgotten. */
export class CreateCredentialIntake20261121140710 implements MigrationInterface {
  name = 'CreateCredentialIntake20261121140710';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE credential_intake_keys (
        key_id     text        PRIMARY KEY,
        public_key bytea       NOT NULL CHECK (length(public_key) = 32),
        used_at    timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query(`
      CREATE TABLE credential_submissions (
        id          uuid        PRIMARY KEY,
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        account_id  uuid        NOT NULL REFERENCES accounts (id),
        key_id      text        NOT NULL,
        box         bytea,
        instruments text[],
        outcome     text        CHECK (outcome IN ('accepted', 'refused')),
        version     integer,
        code        text        NOT NULL DEFAULT '',
        text        text        NOT NULL DEFAULT '',
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        decided_at  timestamptz,
        CHECK ((outcome IS NULL) = (decided_at IS NULL)),
        CHECK (outcome IS NULL OR box IS NULL)
      )`);
    // Ids only, so that a gateway finds its work before it knows a tenant: no row security here.
    await db.query(`
      CREATE TABLE credential_work (
        submission_id uuid        PRIMARY KEY,
        tenant_id     uuid        NOT NULL,
        created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        taken_until   timestamptz
      )`);
    for (const sql of tenantOnly('credential_submissions')) await db.query(sql);
    await db.query(grant('SELECT', 'credential_intake_keys'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'credential_intake_keys', GATEWAY_ROLE));
    await db.query(
      grant(
        'INSERT, SELECT (id, tenant_id, account_id, outcome, version, code, text, created_at, decided_at)',
        'credential_submissions',
      ),
    );
    await db.query(grant('SELECT, UPDATE', 'credential_submissions', GATEWAY_ROLE));
    await db.query(grant('INSERT', 'credential_work'));
    await db.query(grant('SELECT, UPDATE, DELETE', 'credential_work', GATEWAY_ROLE));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['credential_work', 'credential_submissions', 'credential_intake_keys'])
      await db.query(`DROP TABLE ${table}`);
  }
}
