import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Orders at our venue accounts that are not ours: shown, and left alone unless a command names one. */
export class CreateExternalOrders20261121140402 implements MigrationInterface {
  name = 'CreateExternalOrders20261121140402';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE external_orders (
        account_id     uuid           NOT NULL REFERENCES accounts (id),
        symbol         text           NOT NULL,
        venue_order_id text           NOT NULL,
        tenant_id      uuid           NOT NULL REFERENCES tenants (id),
        client_text    text,
        side           text           NOT NULL CHECK (side IN ('buy', 'sell')),
        status         text           NOT NULL CHECK (status IN ('working', 'filled', 'canceled', 'expired', 'rejected', 'gone')),
        order_qty      numeric(38,18) NOT NULL CHECK (order_qty >= 0),
        cum_qty        numeric(38,18) NOT NULL CHECK (cum_qty >= 0),
        price          numeric(38,18) CHECK (price > 0),
        venue_at       timestamptz    NOT NULL,
        first_seen_at  timestamptz    NOT NULL DEFAULT clock_timestamp(),
        updated_at     timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (account_id, symbol, venue_order_id)
      )`);
    await db.query(`CREATE INDEX external_orders_open ON external_orders (account_id) WHERE status = 'working'`);
    for (const sql of tenantOnly('external_orders')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'external_orders'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE external_orders');
  }
}
