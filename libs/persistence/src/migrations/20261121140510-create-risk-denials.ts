import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** What the last gate stopped, and what it only reported: limit, value, reference and its age. Append-only. */
export class CreateRiskDenials20261121140510 implements MigrationInterface {
  name = 'CreateRiskDenials20261121140510';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE risk_denials (
        id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id        uuid        NOT NULL,
        account_id       uuid        NOT NULL,
        parent_order_id  uuid        NOT NULL,
        sequence         integer     NOT NULL,
        enforced         boolean     NOT NULL,
        control          text,
        code             text        NOT NULL,
        text             text        NOT NULL,
        limit_value      text,
        value            text,
        reference        text,
        reference_age_ms integer,
        at               timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query('CREATE INDEX risk_denials_newest ON risk_denials (tenant_id, id DESC)');
    for (const sql of tenantOnly('risk_denials')) await db.query(sql);
    await db.query(grant('SELECT, INSERT', 'risk_denials'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE risk_denials');
  }
}
