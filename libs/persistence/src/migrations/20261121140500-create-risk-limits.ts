import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Limits that orders are measured by, per tenant, account, instrument or instrument of an account. */
export class CreateRiskLimits20261121140500 implements MigrationInterface {
  name = 'CreateRiskLimits20261121140500';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE risk_limits (
        tenant_id             uuid           NOT NULL REFERENCES tenants (id),
        scope                 text           NOT NULL CHECK (scope <> ''),
        account_id            uuid           REFERENCES accounts (id),
        venue                 text,
        symbol                text,
        enforcement           text           CHECK (enforcement IN ('report', 'strict')),
        max_quantity          numeric(38,18) CHECK (max_quantity >= 0),
        max_parent_quantity   numeric(38,18) CHECK (max_parent_quantity >= 0),
        max_notional          numeric(38,18) CHECK (max_notional >= 0),
        max_parent_notional   numeric(38,18) CHECK (max_parent_notional >= 0),
        collar_pct            numeric(38,18) CHECK (collar_pct >= 0),
        drift_pct             numeric(38,18) CHECK (drift_pct >= 0),
        reference_max_age_ms  integer        CHECK (reference_max_age_ms >= 0),
        reference_jump_pct    numeric(38,18) CHECK (reference_jump_pct >= 0),
        messages_per_second   integer        CHECK (messages_per_second >= 0),
        max_account_exposure  numeric(38,18) CHECK (max_account_exposure >= 0),
        max_tenant_exposure   numeric(38,18) CHECK (max_tenant_exposure >= 0),
        allowed               text[],
        updated_by            bigint         NOT NULL REFERENCES users (id),
        updated_at            timestamptz    NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, scope),
        CHECK ((venue IS NULL) = (symbol IS NULL))
      )`);
    for (const sql of tenantOnly('risk_limits')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'risk_limits'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE risk_limits');
  }
}
