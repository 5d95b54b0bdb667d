import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * Halts, read in every claim. One of a tenant, an account or a strategy belongs to its tenant; a global one and one of a
 * venue belong to nobody and hold for all. `halt_work` says which tenants' orders a halt still cancels: ids only, so that a
 * gateway finds its work before it knows a tenant.
 */
export class CreateTradingHalts20261121140520 implements MigrationInterface {
  name = 'CreateTradingHalts20261121140520';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE trading_halts (
        id                   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
        tenant_id            uuid        REFERENCES tenants (id),
        level                text        NOT NULL CHECK (level IN ('global', 'tenant', 'account', 'venue', 'strategy')),
        scope                text        NOT NULL,
        mode                 text        NOT NULL CHECK (mode IN ('REDUCING', 'HALTED')),
        cancel_open          boolean     NOT NULL,
        reason               text        NOT NULL,
        created_by           bigint      REFERENCES users (id),
        created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
        release_requested_by bigint      REFERENCES users (id),
        release_requested_at timestamptz,
        released_by          bigint      REFERENCES users (id),
        released_at          timestamptz,
        CHECK ((tenant_id IS NULL) = (level IN ('global', 'venue'))),
        CHECK (NOT cancel_open OR mode = 'HALTED')
      )`);
    await db.query('CREATE INDEX trading_halts_active ON trading_halts (level, scope) WHERE released_at IS NULL');
    await db.query('ALTER TABLE trading_halts ENABLE ROW LEVEL SECURITY');
    await db.query('ALTER TABLE trading_halts FORCE ROW LEVEL SECURITY');
    await db.query(`
      CREATE POLICY tenant_isolation ON trading_halts
      USING (tenant_id IS NULL OR tenant_id = current_tenant())
      WITH CHECK (tenant_id IS NULL OR tenant_id = current_tenant())`);
    await db.query(`
      CREATE TABLE halt_work (
        halt_id   uuid        NOT NULL REFERENCES trading_halts (id),
        tenant_id uuid        NOT NULL REFERENCES tenants (id),
        due_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (halt_id, tenant_id)
      )`);
    await db.query('CREATE INDEX halt_work_by_due_at ON halt_work (due_at)');
    await db.query(grant('SELECT, INSERT, UPDATE', 'trading_halts'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'halt_work'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE halt_work');
    await db.query('DROP TABLE trading_halts');
  }
}
