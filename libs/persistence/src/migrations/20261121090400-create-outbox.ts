import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/**
 * What must be told to the queues, what is due when, and the audit trail. The outbox and the index of due work carry
 * ids and the tenant only and have no row security: a worker takes the tenant from the row and sets it first.
 */
export class CreateOutbox20261121090400 implements MigrationInterface {
  name = 'CreateOutbox20261121090400';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE outbox (
        id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id  uuid        NOT NULL,
        job        text        NOT NULL,
        payload    jsonb       NOT NULL,
        not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await db.query(`
      CREATE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN PERFORM pg_notify('tranche_outbox', ''); RETURN NULL; END $$`);
    await db.query(`
      CREATE TRIGGER outbox_announced AFTER INSERT ON outbox
      FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox()`);
    await db.query(`
      CREATE TABLE due_work (
        kind            text        NOT NULL CHECK (kind IN ('parent.wake', 'child.submit', 'child.cancel', 'child.resolve')),
        parent_order_id uuid        NOT NULL,
        sequence        integer     NOT NULL CHECK (sequence >= -1),
        tenant_id       uuid        NOT NULL,
        due_at          timestamptz NOT NULL,
        redriven_at     timestamptz,
        PRIMARY KEY (kind, parent_order_id, sequence)
      )`);
    await db.query('CREATE INDEX due_work_by_due_at ON due_work (due_at)');
    await db.query(`
      CREATE TABLE audit_log (
        id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id uuid        NOT NULL,
        at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        entity    text        NOT NULL,
        entity_id text        NOT NULL,
        event     text        NOT NULL,
        data      jsonb       NOT NULL DEFAULT '{}'
      )`);
    await db.query('CREATE INDEX audit_log_by_entity ON audit_log (tenant_id, entity_id, id)');
    await db.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$`);
    await db.query(`
      CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
    for (const sql of tenantOnly('audit_log')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'outbox'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'due_work'));
    await db.query(grant('SELECT, INSERT', 'audit_log'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE audit_log');
    await db.query('DROP FUNCTION refuse_audit_change()');
    await db.query('DROP TABLE due_work');
    await db.query('DROP TABLE outbox');
    await db.query('DROP FUNCTION announce_outbox()');
  }
}
