import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant } from './tenant-table.js';

/**
 * Which orders a condition holds at the moment, for the one process that evaluates them. It carries ids and the tenant
 * only and has no row security: whoever reads it takes the tenant from the row and sets it first. A trigger keeps it, so
 * that no pause, cancel, release or end can be forgotten; `revision` rises with whatever an evaluation depends on.
 *
 * `condition_prices` says where each price of the text comes from, `condition_missing` since when which of them is
 * missing, `condition_told_at` when that was last said.
 */
export class IndexHeldConditions20261121200300 implements MigrationInterface {
  name = 'IndexHeldConditions20261121200300';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE parent_orders
        ADD COLUMN condition_prices jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN condition_missing jsonb NOT NULL DEFAULT '{}',
        ADD COLUMN condition_told_at timestamptz`);
    await db.query(`
      CREATE TABLE held_conditions (
        order_id  uuid    PRIMARY KEY,
        tenant_id uuid    NOT NULL,
        user_id   bigint  NOT NULL,
        is_paused boolean NOT NULL,
        revision  integer NOT NULL DEFAULT 1 CHECK (revision > 0)
      )`);
    await db.query('CREATE INDEX held_conditions_by_user ON held_conditions (user_id)');
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'held_conditions'));
    await db.query(`
      CREATE FUNCTION note_held_condition() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.released_at IS NOT NULL OR NEW.status IN ('COMPLETE', 'CANCELED') THEN
          DELETE FROM held_conditions WHERE order_id = NEW.id;
        ELSE
          INSERT INTO held_conditions (order_id, tenant_id, user_id, is_paused)
          VALUES (NEW.id, NEW.tenant_id, NEW.user_id, NEW.status = 'PAUSED')
          ON CONFLICT (order_id) DO UPDATE
            SET is_paused = EXCLUDED.is_paused, revision = held_conditions.revision + 1;
        END IF;
        PERFORM pg_notify('tranche_conditions', '');
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE TRIGGER condition_held AFTER INSERT ON parent_orders
      FOR EACH ROW WHEN (NEW.condition_text IS NOT NULL) EXECUTE FUNCTION note_held_condition()`);
    await db.query(`
      CREATE TRIGGER condition_changed AFTER UPDATE ON parent_orders FOR EACH ROW
      WHEN (NEW.condition_text IS NOT NULL AND OLD.released_at IS NULL
        AND (OLD.status <> NEW.status OR OLD.order_qty <> NEW.order_qty OR OLD.released_at IS DISTINCT FROM NEW.released_at))
      EXECUTE FUNCTION note_held_condition()`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER condition_changed ON parent_orders');
    await db.query('DROP TRIGGER condition_held ON parent_orders');
    await db.query('DROP FUNCTION note_held_condition()');
    await db.query('DROP TABLE held_conditions');
    await db.query(`
      ALTER TABLE parent_orders
        DROP COLUMN condition_prices, DROP COLUMN condition_missing, DROP COLUMN condition_told_at`);
  }
}
