import type { MigrationInterface, QueryRunner } from 'typeorm';
import { GATEWAY_ROLE, grant, tenantOnly } from './tenant-table.js';

/** What may be known of a venue key without opening it: everybody's to read, and where it is revoked. */
export class CreateCredentialFacts20261121140700 implements MigrationInterface {
  name = 'CreateCredentialFacts20261121140700';

  async up(db: QueryRunner): Promise<void> {
    // Which master key wraps the data key; empty for those of before, which only the current key can be.
    await db.query(`ALTER TABLE account_credentials ADD COLUMN wrapped_by text NOT NULL DEFAULT ''`);
    await db.query(`
      CREATE TABLE credential_facts (
        account_id   uuid        NOT NULL REFERENCES accounts (id),
        version      integer     NOT NULL CHECK (version > 0),
        tenant_id    uuid        NOT NULL REFERENCES tenants (id),
        key_hint     text        NOT NULL,
        can_trade    boolean,
        can_withdraw boolean,
        ip_bound     boolean,
        warnings     text[]      NOT NULL DEFAULT '{}',
        instruments  text[],
        created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        revoked_at   timestamptz,
        PRIMARY KEY (account_id, version)
      )`);
    for (const sql of tenantOnly('credential_facts')) await db.query(sql);
    await db.query(grant('SELECT, UPDATE (revoked_at)', 'credential_facts'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'credential_facts', GATEWAY_ROLE));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE credential_facts');
    await db.query('ALTER TABLE account_credentials DROP COLUMN wrapped_by');
  }
}
