import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * Child orders, the attempts to send them and their fills, cut into months by their parent's id. What must be
 * unique across months has an unpartitioned key table: Postgres wants the partition key in every unique index.
 */
export class CreateChildOrders20261121090300 implements MigrationInterface {
  name = 'CreateChildOrders20261121090300';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE child_orders (
        parent_order_id     uuid           NOT NULL,
        sequence            integer        NOT NULL CHECK (sequence >= 0),
        tenant_id           uuid           NOT NULL,
        account_id          uuid           NOT NULL,
        venue               text           NOT NULL,
        symbol              text           NOT NULL,
        client_order_id     text           NOT NULL CHECK (client_order_id ~ '^[0-9a-f]{32}$'),
        side                text           NOT NULL CHECK (side IN ('buy', 'sell')),
        purpose             text           NOT NULL CHECK (purpose IN ('clip', 'catch_up', 'finisher', 'market', 'limit')),
        time_in_force       text           NOT NULL CHECK (time_in_force IN ('gtc', 'gtx', 'ioc')),
        price               numeric(38,18) NOT NULL CHECK (price > 0),
        order_qty           numeric(38,18) NOT NULL CHECK (order_qty > 0),
        cum_qty             numeric(38,18) NOT NULL DEFAULT 0 CHECK (cum_qty >= 0),
        cum_notional        numeric(38,18) NOT NULL DEFAULT 0 CHECK (cum_notional >= 0),
        status              text           NOT NULL DEFAULT 'pending'
                            CHECK (status IN ('pending', 'claimed', 'submitted', 'working', 'unknown', 'closed')),
        close_reason        text           CHECK (close_reason IN ('filled', 'canceled', 'expired', 'rejected', 'denied')),
        close_code          text           NOT NULL DEFAULT '',
        close_text          text           NOT NULL DEFAULT '',
        epoch               integer        NOT NULL DEFAULT 0 CHECK (epoch >= 0),
        claimed_at          timestamptz,
        valid_until         timestamptz,
        venue_order_id      text,
        cancel_requested_at timestamptz,
        cancel_reason       text,
        absent_lookups      integer        NOT NULL DEFAULT 0,
        last_absent_at      timestamptz,
        lookups             integer        NOT NULL DEFAULT 0,
        created_at          timestamptz    NOT NULL DEFAULT clock_timestamp(),
        updated_at          timestamptz    NOT NULL DEFAULT clock_timestamp(),
        closed_at           timestamptz,
        PRIMARY KEY (parent_order_id, sequence),
        CHECK ((status = 'closed') = (close_reason IS NOT NULL)),
        CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
        CHECK (status NOT IN ('claimed', 'unknown') OR (claimed_at IS NOT NULL AND valid_until IS NOT NULL))
      ) PARTITION BY RANGE (parent_order_id)`);
    await db.query(`
      CREATE INDEX child_orders_open ON child_orders (tenant_id, account_id) WHERE status <> 'closed'`);
    await db.query('CREATE INDEX child_orders_by_closing ON child_orders (account_id, closed_at)');
    await db.query('CREATE INDEX child_orders_by_venue_order ON child_orders (account_id, venue_order_id)');
    await db.query(`
      CREATE TABLE child_order_keys (
        account_id      uuid    NOT NULL REFERENCES accounts (id),
        client_order_id text    NOT NULL,
        tenant_id       uuid    NOT NULL REFERENCES tenants (id),
        parent_order_id uuid    NOT NULL,
        sequence        integer NOT NULL,
        PRIMARY KEY (account_id, client_order_id)
      )`);
    await db.query(`
      CREATE TABLE placements (
        parent_order_id uuid        NOT NULL,
        sequence        integer     NOT NULL,
        epoch           integer     NOT NULL CHECK (epoch > 0),
        tenant_id       uuid        NOT NULL,
        claimed_by      text        NOT NULL,
        claimed_at      timestamptz NOT NULL,
        valid_until     timestamptz NOT NULL,
        sent_at         timestamptz,
        replied_at      timestamptz,
        outcome         text        CHECK (outcome IN ('not_sent', 'done', 'refused', 'unknown')),
        http_status     integer,
        code            text        NOT NULL DEFAULT '',
        text            text        NOT NULL DEFAULT '',
        PRIMARY KEY (parent_order_id, sequence, epoch)
      ) PARTITION BY RANGE (parent_order_id)`);
    await db.query(`
      CREATE TABLE fills (
        parent_order_id uuid           NOT NULL,
        id              uuid           NOT NULL DEFAULT gen_random_uuid(),
        sequence        integer        NOT NULL,
        tenant_id       uuid           NOT NULL,
        account_id      uuid           NOT NULL,
        symbol          text           NOT NULL,
        venue_order_id  text           NOT NULL,
        trade_id        text           NOT NULL,
        last_qty        numeric(38,18) NOT NULL CHECK (last_qty > 0),
        last_px         numeric(38,18) NOT NULL CHECK (last_px > 0),
        role            text           NOT NULL CHECK (role IN ('maker', 'taker')),
        fee             numeric(38,18) NOT NULL,
        fee_asset       text           NOT NULL,
        fee_quote       numeric(38,18),
        anomaly         text           CHECK (anomaly IN ('overfill', 'fill_after_close')),
        traded_at       timestamptz    NOT NULL,
        booked_at       timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (parent_order_id, id)
      ) PARTITION BY RANGE (parent_order_id)`);
    await db.query('CREATE INDEX fills_by_child ON fills (parent_order_id, sequence)');
    // A fill is a fact: booked once, whichever way and however often it is reported.
    await db.query(`
      CREATE TABLE fill_keys (
        account_id      uuid NOT NULL REFERENCES accounts (id),
        symbol          text NOT NULL,
        venue_order_id  text NOT NULL,
        trade_id        text NOT NULL,
        tenant_id       uuid NOT NULL REFERENCES tenants (id),
        parent_order_id uuid NOT NULL,
        PRIMARY KEY (account_id, symbol, venue_order_id, trade_id)
      )`);
    for (const table of ['child_orders', 'child_order_keys', 'placements', 'fills', 'fill_keys'])
      for (const sql of tenantOnly(table)) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'child_orders'));
    await db.query(grant('SELECT, INSERT', 'child_order_keys'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'placements'));
    await db.query(grant('SELECT, INSERT', 'fills'));
    await db.query(grant('SELECT, INSERT', 'fill_keys'));
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of ['fill_keys', 'fills', 'placements', 'child_order_keys', 'child_orders'])
      await db.query(`DROP TABLE ${table}`);
  }
}
