import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** Advisory locks of one multi order's updates; the second key is a hash of its id. */
const MULTI_UPDATES = 7_263_005;

/** A leg's fill is one of its multi order. */
const FILLED = 'OLD.cum_base IS DISTINCT FROM NEW.cum_base OR OLD.cum_quote IS DISTINCT FROM NEW.cum_quote';

/**
 * Updates of multi orders for their owners (order-api.md 4.12), numbered together with those of orders: both draw their
 * ids from one sequence. A multi order has updates of its own status and of every fill of its legs. What its legs had
 * executed is kept with each, so that an update that is read later shows the whole as it was.
 *
 * Legs fill in transactions of their own. At its commit each takes the lock of the multi order, which nothing else is
 * waited for under; so the figures of later updates are never behind those of earlier ones.
 */
export class TellOfMultiOrders20261122031000 implements MigrationInterface {
  name = 'TellOfMultiOrders20261122031000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE multi_order_updates (
        id             bigint      PRIMARY KEY DEFAULT nextval(pg_get_serial_sequence('order_updates', 'id')),
        tenant_id      uuid        NOT NULL,
        user_id        bigint      NOT NULL,
        multi_order_id uuid        NOT NULL,
        update_type    text        NOT NULL CHECK (update_type IN ('order_created', 'order_activated', 'order_paused',
                                     'order_canceled', 'order_completed', 'order_fill_received')),
        status         text        NOT NULL,
        failure_reason text        NOT NULL,
        activated_at   timestamptz,
        ended_at       timestamptz,
        updated_at     timestamptz NOT NULL,
        executed       jsonb       NOT NULL,
        at             timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    // By leg: what it has executed in base and in quote, as texts. `filled` is the version that this transaction wrote.
    await db.query(`
      CREATE FUNCTION tell_multi_update(multi multi_orders, kind text, filled parent_orders) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        WITH made AS (
          INSERT INTO multi_order_updates (tenant_id, user_id, multi_order_id, update_type, status, failure_reason,
                                           activated_at, ended_at, updated_at, executed)
          SELECT multi.tenant_id, multi.user_id, multi.id, kind, multi.status, multi.failure_reason, multi.activated_at,
                 multi.ended_at, multi.updated_at,
                 COALESCE((SELECT jsonb_object_agg(p.id, CASE WHEN p.id = filled.id
                             THEN jsonb_build_array(filled.cum_base::text, filled.cum_quote::text)
                             ELSE jsonb_build_array(p.cum_base::text, p.cum_quote::text) END)
                           FROM parent_orders p WHERE p.id = ANY(multi.leg_ids)), '{}')
          RETURNING id)
        INSERT INTO order_update_numbers (update_id, tenant_id, user_id)
        SELECT id, multi.tenant_id, multi.user_id FROM made;
        PERFORM pg_notify('tranche_order_updates', '');
      END $$`);
    await db.query(`
      CREATE FUNCTION note_multi_update() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        kind text := CASE WHEN TG_OP = 'INSERT' THEN 'order_created' ELSE CASE NEW.status
          WHEN 'PAUSED' THEN 'order_paused'
          WHEN 'COMPLETE' THEN 'order_completed'
          WHEN 'CANCELED' THEN 'order_canceled'
          ELSE 'order_activated' END END;
      BEGIN
        PERFORM pg_advisory_xact_lock(${MULTI_UPDATES}, hashtext(NEW.id::text));
        PERFORM tell_multi_update(NEW, kind, NULL);
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE FUNCTION note_leg_fill() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        multi multi_orders;
      BEGIN
        PERFORM pg_advisory_xact_lock(${MULTI_UPDATES}, hashtext(NEW.multi_order_id::text));
        SELECT * INTO multi FROM multi_orders WHERE id = NEW.multi_order_id;
        IF FOUND THEN PERFORM tell_multi_update(multi, 'order_fill_received', NEW); END IF;
        RETURN NULL;
      END $$`);
    await db.query(`
      CREATE CONSTRAINT TRIGGER multi_created_noted AFTER INSERT ON multi_orders
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_multi_update()`);
    await db.query(`
      CREATE CONSTRAINT TRIGGER multi_changed_noted AFTER UPDATE ON multi_orders
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION note_multi_update()`);
    // Its name is behind that of `order_changed_noted`: the leg's own update comes first.
    await db.query(`
      CREATE CONSTRAINT TRIGGER order_leg_filled_noted AFTER UPDATE ON parent_orders
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (NEW.multi_order_id IS NOT NULL AND (${FILLED})) EXECUTE FUNCTION note_leg_fill()`);
    for (const sql of tenantOnly('multi_order_updates')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, DELETE', 'multi_order_updates'));
    await db.query(grant('USAGE', 'SEQUENCE order_updates_id_seq'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER order_leg_filled_noted ON parent_orders');
    await db.query('DROP TRIGGER multi_changed_noted ON multi_orders');
    await db.query('DROP TRIGGER multi_created_noted ON multi_orders');
    await db.query('DROP FUNCTION note_leg_fill()');
    await db.query('DROP FUNCTION note_multi_update()');
    await db.query('DROP FUNCTION tell_multi_update(multi_orders, text, parent_orders)');
    await db.query('REVOKE USAGE ON SEQUENCE order_updates_id_seq FROM tranche_app');
    await db.query(
      'DELETE FROM order_update_numbers n WHERE NOT EXISTS (SELECT 1 FROM order_updates u WHERE u.id = n.update_id)',
    );
    await db.query('DROP TABLE multi_order_updates');
  }
}
