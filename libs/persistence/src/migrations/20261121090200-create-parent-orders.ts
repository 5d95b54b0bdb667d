import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * Parent orders and what hangs on them. Ids are time-ordered (UUID version 7), so the table is cut into months
 * by its own primary key and needs no second key table for it.
 */
export class CreateParentOrders20261121090200 implements MigrationInterface {
  name = 'CreateParentOrders20261121090200';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE parent_orders (
        id               uuid           PRIMARY KEY,
        tenant_id        uuid           NOT NULL,
        user_id          bigint         NOT NULL,
        custom_order_id  text           NOT NULL DEFAULT '',
        venue            text           NOT NULL,
        symbol           text           NOT NULL,
        pair             text           NOT NULL,
        market_type      text           NOT NULL,
        base             text           NOT NULL,
        quote            text           NOT NULL,
        account_ids      uuid[]         NOT NULL CHECK (cardinality(account_ids) >= 1),
        side             text           NOT NULL CHECK (side IN ('buy', 'sell')),
        algorithm        text           NOT NULL CHECK (algorithm IN ('twap', 'market', 'limit')),
        sizing           text           NOT NULL CHECK (sizing IN ('base', 'quote')),
        order_qty        numeric(38,18) NOT NULL CHECK (order_qty > 0),
        base_amount       numeric(38,18),
        quote_amount      numeric(38,18),
        duration_ms      bigint         CHECK (duration_ms > 0),
        limit_price      numeric(38,18) CHECK (limit_price > 0),
        params           jsonb          NOT NULL,
        request          jsonb          NOT NULL,
        status           text           NOT NULL CHECK (status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER', 'COMPLETE', 'CANCELED')),
        failure_reason   text           NOT NULL DEFAULT '',
        completion_reason text,
        created_at       timestamptz    NOT NULL,
        updated_at       timestamptz    NOT NULL,
        start_at         timestamptz    NOT NULL,
        activated_at     timestamptz,
        ended_at         timestamptz,
        arrival_price    numeric(38,18),
        start_price      numeric(38,18),
        end_price        numeric(38,18),
        start_volume     numeric(38,18),
        end_volume       numeric(38,18),
        cum_base         numeric(38,18) NOT NULL DEFAULT 0 CHECK (cum_base >= 0),
        cum_quote        numeric(38,18) NOT NULL DEFAULT 0 CHECK (cum_quote >= 0),
        maker_quote      numeric(38,18) NOT NULL DEFAULT 0 CHECK (maker_quote >= 0),
        fee_quote        numeric(38,18) NOT NULL DEFAULT 0,
        next_sequence    integer        NOT NULL DEFAULT 0 CHECK (next_sequence >= 0),
        last_decision_at timestamptz,
        blocked_since    timestamptz,
        finisher_from    timestamptz,
        finisher_x0      numeric(38,18),
        settings_version integer        NOT NULL,
        trace_id         text           NOT NULL,
        version          integer        NOT NULL DEFAULT 1 CHECK (version > 0),
        CHECK ((status IN ('COMPLETE', 'CANCELED')) = (ended_at IS NOT NULL)),
        CHECK ((status = 'COMPLETE') = (completion_reason IS NOT NULL))
      ) PARTITION BY RANGE (id)`);
    await db.query('CREATE INDEX parent_orders_newest ON parent_orders (tenant_id, user_id, created_at DESC)');
    await db.query(`
      CREATE INDEX parent_orders_open ON parent_orders (tenant_id, user_id)
      WHERE status IN ('SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER')`);
    await db.query(`
      CREATE TABLE custom_order_ids (
        user_id         bigint NOT NULL REFERENCES users (id),
        custom_order_id text   NOT NULL CHECK (custom_order_id <> ''),
        tenant_id       uuid   NOT NULL REFERENCES tenants (id),
        order_id        uuid   NOT NULL,
        PRIMARY KEY (user_id, custom_order_id)
      )`);
    await db.query(`
      CREATE TABLE idempotency_keys (
        user_id    bigint      NOT NULL REFERENCES users (id),
        route      text        NOT NULL,
        key        text        NOT NULL CHECK (key ~ '^[ -~]{1,128}$'),
        tenant_id  uuid        NOT NULL REFERENCES tenants (id),
        body_hash  bytea       NOT NULL,
        status     integer     NOT NULL,
        response   text        NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (user_id, route, key)
      )`);
    await db.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (user_id, created_at)');
    await db.query(`
      CREATE TABLE plan_versions (
        parent_order_id uuid             NOT NULL,
        version         integer          NOT NULL CHECK (version > 0),
        tenant_id       uuid             NOT NULL,
        u0              double precision NOT NULL CHECK (u0 >= 0 AND u0 <= 1),
        x0              numeric(38,18)   NOT NULL CHECK (x0 >= 0),
        order_qty       numeric(38,18)   NOT NULL CHECK (order_qty > 0),
        duration_ms     bigint           NOT NULL CHECK (duration_ms > 0),
        reason          text             NOT NULL,
        created_at      timestamptz      NOT NULL,
        PRIMARY KEY (parent_order_id, version)
      ) PARTITION BY RANGE (parent_order_id)`);
    await db.query(`
      CREATE TABLE order_intervals (
        parent_order_id uuid        NOT NULL,
        kind            text        NOT NULL CHECK (kind IN ('paused', 'out_of_limit')),
        from_at         timestamptz NOT NULL,
        to_at           timestamptz CHECK (to_at >= from_at),
        tenant_id       uuid        NOT NULL,
        PRIMARY KEY (parent_order_id, kind, from_at)
      ) PARTITION BY RANGE (parent_order_id)`);
    await db.query(`
      CREATE TABLE order_messages (
        parent_order_id uuid        NOT NULL,
        id              bigint      GENERATED ALWAYS AS IDENTITY,
        tenant_id       uuid        NOT NULL,
        at              timestamptz NOT NULL DEFAULT clock_timestamp(),
        level           text        NOT NULL CHECK (level IN ('info', 'warning', 'error')),
        type            text        NOT NULL,
        message         text        NOT NULL,
        PRIMARY KEY (parent_order_id, id)
      ) PARTITION BY RANGE (parent_order_id)`);
    for (const table of [
      'parent_orders',
      'custom_order_ids',
      'idempotency_keys',
      'plan_versions',
      'order_intervals',
      'order_messages',
    ])
      for (const sql of tenantOnly(table)) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'parent_orders'));
    await db.query(grant('SELECT, INSERT', 'custom_order_ids'));
    await db.query(grant('SELECT, INSERT, DELETE', 'idempotency_keys'));
    await db.query(grant('SELECT, INSERT', 'plan_versions'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'order_intervals'));
    await db.query(grant('SELECT, INSERT', 'order_messages'));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['order_messages', 'order_intervals', 'plan_versions', 'idempotency_keys', 'custom_order_ids'])
      await db.query(`DROP TABLE ${table}`);
    await db.query('DROP TABLE parent_orders');
  }
}
