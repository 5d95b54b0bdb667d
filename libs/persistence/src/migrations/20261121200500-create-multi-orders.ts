import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * Multi orders (order-api.md 7). Their legs are rows of `parent_orders`; `leg_ids` keeps the order in which they were
 * asked for, and the first one stands for all of them until they begin: it carries the start time and the condition.
 * Their pauses and the times below the spread limit are rows of `order_intervals` under the multi order's own id.
 */
export class CreateMultiOrders20261121200500 implements MigrationInterface {
  name = 'CreateMultiOrders20261121200500';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE multi_orders (
        id                  uuid           PRIMARY KEY,
        tenant_id           uuid           NOT NULL,
        user_id             bigint         NOT NULL,
        custom_order_id     text           NOT NULL DEFAULT '',
        leg_ids             uuid[]         NOT NULL CHECK (cardinality(leg_ids) BETWEEN 2 AND 20),
        algorithm           text           NOT NULL,
        duration_ms         bigint         NOT NULL CHECK (duration_ms > 0),
        exposure_tolerance  numeric(38,18) NOT NULL CHECK (exposure_tolerance >= 0.02 AND exposure_tolerance <= 1),
        spread_limit        numeric(38,18),
        ool_pause           boolean        NOT NULL,
        request             jsonb          NOT NULL,
        status              text           NOT NULL CHECK (status IN ('SUBMITTED', 'ACTIVE', 'PAUSED', 'COMPLETE', 'CANCELED')),
        status_before_pause text           CHECK (status_before_pause IN ('SUBMITTED', 'ACTIVE')),
        failure_reason      text           NOT NULL DEFAULT '',
        created_at          timestamptz    NOT NULL,
        updated_at          timestamptz    NOT NULL,
        start_at            timestamptz    NOT NULL,
        activated_at        timestamptz,
        ended_at            timestamptz,
        trace_id            text           NOT NULL,
        version             integer        NOT NULL DEFAULT 1 CHECK (version > 0),
        CHECK ((status IN ('COMPLETE', 'CANCELED')) = (ended_at IS NOT NULL)),
        CHECK ((status = 'PAUSED') = (status_before_pause IS NOT NULL))
      )`);
    await db.query('CREATE INDEX multi_orders_newest ON multi_orders (tenant_id, user_id, created_at DESC)');
    for (const sql of tenantOnly('multi_orders')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'multi_orders'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE multi_orders');
  }
}
