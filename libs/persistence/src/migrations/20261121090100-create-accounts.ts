import type { MigrationInterface, QueryRunner } from 'typeorm';
import { GATEWAY_ROLE, grant, tenantOnly } from './tenant-table.js';

/** Venue accounts with their sealed credentials, balances, status and the lease of their streams. */
export class CreateAccounts20261121090100 implements MigrationInterface {
  name = 'CreateAccounts20261121090100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE instruments (
        venue        text           NOT NULL,
        symbol       text           NOT NULL,
        pair         text           NOT NULL,
        market_type  text           NOT NULL CHECK (market_type IN ('spot', 'perp', 'future', 'option')),
        base         text           NOT NULL,
        quote        text           NOT NULL,
        tick         numeric(38,18) NOT NULL CHECK (tick > 0),
        lot          numeric(38,18) NOT NULL CHECK (lot > 0),
        min_qty      numeric(38,18) NOT NULL CHECK (min_qty >= 0),
        min_notional numeric(38,18) NOT NULL CHECK (min_notional >= 0),
        status       text           NOT NULL CHECK (status IN ('trading', 'halted')),
        updated_at   timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (venue, symbol)
      )`);
    await db.query('CREATE INDEX instruments_by_pair ON instruments (upper(pair))');
    await db.query(`
      CREATE TABLE accounts (
        id          uuid        PRIMARY KEY,
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        user_id     bigint      NOT NULL REFERENCES users (id),
        name        text        NOT NULL CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
        venue       text        NOT NULL,
        exchange    text        NOT NULL,
        archived_at timestamptz,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (user_id, name)
      )`);
    await db.query(`
      CREATE TABLE account_credentials (
        account_id  uuid        NOT NULL REFERENCES accounts (id),
        version     integer     NOT NULL CHECK (version > 0),
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        wrapped_key bytea       NOT NULL,
        sealed      bytea       NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, version)
      )`);
    await db.query(`
      CREATE TABLE account_states (
        account_id  uuid        PRIMARY KEY REFERENCES accounts (id),
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        status      text        NOT NULL CHECK (status IN ('starting', 'reconciling', 'trading', 'degraded', 'read_only',
                                                           'banned', 'credentials_rejected', 'halted')),
        reason      text        NOT NULL,
        status_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
        maker_bps   numeric(38,18),
        taker_bps   numeric(38,18),
        balances_at timestamptz,
        confirmed_at timestamptz
      )`);
    await db.query(`
      CREATE TABLE account_status_log (
        id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id uuid        NOT NULL REFERENCES accounts (id),
        tenant_id  uuid        NOT NULL REFERENCES tenants (id),
        from_status text,
        to_status  text        NOT NULL,
        reason     text        NOT NULL,
        at         timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query(`
      CREATE TABLE balances (
        account_id uuid           NOT NULL REFERENCES accounts (id),
        asset      text           NOT NULL,
        tenant_id  uuid           NOT NULL REFERENCES tenants (id),
        free       numeric(38,18) NOT NULL,
        locked     numeric(38,18) NOT NULL,
        source     text           NOT NULL CHECK (source IN ('stream', 'poll')),
        venue_at   timestamptz    NOT NULL,
        updated_at timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, asset)
      )`);
    // Ids only, so that a gateway can find its work before it knows a tenant: no row security here.
    await db.query(`
      CREATE TABLE account_leases (
        account_id  uuid    PRIMARY KEY REFERENCES accounts (id),
        tenant_id   uuid    NOT NULL REFERENCES tenants (id),
        venue       text    NOT NULL,
        owner       text,
        epoch       bigint  NOT NULL DEFAULT 0,
        lease_until timestamptz
      )`);
    for (const table of ['accounts', 'account_credentials', 'account_states', 'account_status_log', 'balances'])
      for (const sql of tenantOnly(table)) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'instruments'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'accounts'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'account_states'));
    await db.query(grant('SELECT, INSERT', 'account_status_log'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'balances'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'account_leases'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'account_credentials', GATEWAY_ROLE));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['account_leases', 'balances', 'account_status_log', 'account_states', 'account_credentials'])
      await db.query(`DROP TABLE ${table}`);
    await db.query('DROP TABLE accounts');
    await db.query('DROP TABLE instruments');
  }
}
