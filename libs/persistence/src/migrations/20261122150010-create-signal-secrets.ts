import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * What signals are known by: of a secret its SHA-256 alone, of one that signs, which must be readable again, the box that
 * the API closed it in.
 */
export class CreateSignalSecrets20261122150010 implements MigrationInterface {
  name = 'CreateSignalSecrets20261122150010';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE signal_secrets (
        id           uuid        PRIMARY KEY,
        secret_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
        tenant_id    uuid        NOT NULL REFERENCES tenants (id),
        user_id      bigint      NOT NULL REFERENCES users (id),
        kind         text        NOT NULL CHECK (kind IN ('signaler', 'webhook', 'mizar_key')),
        strategy_id  uuid        REFERENCES strategies (id),
        label        text        NOT NULL,
        hint         text        NOT NULL,
        allowed_ips  text[]      NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at   timestamptz,
        revoked_at   timestamptz,
        last_used_at timestamptz,
        CHECK ((kind = 'mizar_key') = (strategy_id IS NULL))
      )`);
    await db.query('CREATE INDEX signal_secrets_by_strategy ON signal_secrets (strategy_id)');
    await db.query(`CREATE INDEX signal_secrets_of_users ON signal_secrets (user_id, id) WHERE kind = 'mizar_key'`);
    await db.query(`
      CREATE TABLE signing_secrets (
        id          uuid        PRIMARY KEY,
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        strategy_id uuid        NOT NULL REFERENCES strategies (id),
        sealed_by   text        NOT NULL,
        sealed      bytea       NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at  timestamptz
      )`);
    await db.query('CREATE INDEX signing_secrets_by_strategy ON signing_secrets (strategy_id)');
    for (const sql of [...tenantOnly('signal_secrets'), ...tenantOnly('signing_secrets')]) await db.query(sql);
    // The tenant comes from the secret: whoever presents its hash may see that one row, as with a token.
    await db.query(`
      CREATE POLICY presented_secret ON signal_secrets FOR SELECT
      USING (secret_hash = decode(NULLIF(current_setting('tranche.token_hash', true), ''), 'hex'))`);
    await db.query(grant('SELECT, INSERT, UPDATE', 'signal_secrets'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'signing_secrets'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE signing_secrets');
    await db.query('DROP TABLE signal_secrets');
  }
}
