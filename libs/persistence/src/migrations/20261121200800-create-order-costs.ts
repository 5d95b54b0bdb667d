import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * What each order cost (algorithms.md 9), one row per order that has ended; written with its end and again when a late
 * fill, or the market after its last fill, is known. Positive is cost. `*_bps` are basis points, `*_quote` amounts in
 * the quote asset, `participation`, `maker_ratio` and `tracking_*` shares; a figure that is null has its reason in
 * `missing` under the column's name. `cum_base`, `cum_quote` and `maker_quote` are those the figures were made from: the
 * weights of means over orders are `cum_quote`. `details` holds what no report sums: markouts per role and horizon,
 * lateness, time held back, and the benchmark prices.
 *
 * In sums over orders: `sum(arrival_bps * cum_quote) FILTER (WHERE arrival_bps IS NOT NULL) / NULLIF(sum(cum_quote) FILTER
 * (WHERE arrival_bps IS NOT NULL), 0)`. The order's accounts, pair and times stand in `parent_orders`, to join by the id.
 */
export class CreateOrderCosts20261121200800 implements MigrationInterface {
  name = 'CreateOrderCosts20261121200800';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE order_costs (
        parent_order_id       uuid           PRIMARY KEY,
        tenant_id             uuid           NOT NULL REFERENCES tenants (id),
        user_id               bigint         NOT NULL REFERENCES users (id),
        computed_at           timestamptz    NOT NULL DEFAULT clock_timestamp(),
        active_ms             bigint         NOT NULL CHECK (active_ms >= 0),
        cum_base              numeric(38,18) NOT NULL CHECK (cum_base >= 0),
        cum_quote             numeric(38,18) NOT NULL CHECK (cum_quote >= 0),
        maker_quote           numeric(38,18) NOT NULL CHECK (maker_quote >= 0),
        fee_quote             numeric(38,18),
        market_base           numeric(38,18),
        market_quote          numeric(38,18),
        others_base           numeric(38,18),
        average_price         numeric(38,18),
        market_vwap           numeric(38,18),
        market_twap           numeric(38,18),
        end_price             numeric(38,18),
        arrival_bps           numeric(38,18),
        vwap_bps              numeric(38,18),
        others_vwap_bps       numeric(38,18),
        twap_bps              numeric(38,18),
        departure_bps         numeric(38,18),
        interval_return_bps   numeric(38,18),
        fee_bps               numeric(38,18),
        all_in_bps            numeric(38,18),
        participation         numeric(38,18),
        maker_ratio           numeric(38,18),
        spread_capture        numeric(38,18),
        delay_quote           numeric(38,18),
        trading_quote         numeric(38,18),
        opportunity_quote     numeric(38,18),
        fees_quote            numeric(38,18),
        shortfall_quote       numeric(38,18),
        basis_quote           numeric(38,18),
        shortfall_bps         numeric(38,18),
        tracking_max          numeric(38,18),
        tracking_rms          numeric(38,18),
        tracking_outside      numeric(38,18),
        plan_tracking_max     numeric(38,18),
        plan_tracking_rms     numeric(38,18),
        details               jsonb          NOT NULL,
        missing               jsonb          NOT NULL
      )`);
    await db.query('CREATE INDEX order_costs_by_user ON order_costs (user_id, parent_order_id)');
    for (const sql of tenantOnly('order_costs')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'order_costs'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE order_costs');
  }
}
