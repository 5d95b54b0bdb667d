import type { MigrationInterface, QueryRunner } from 'typeorm';
import { grant, tenantOnly } from './tenant-table.js';

/** What the order's row was when a trigger saw it change. */
const SNAPSHOT = [
  'status',
  'failure_reason',
  'completion_reason',
  'order_qty',
  'base_amount',
  'quote_amount',
  'duration_ms',
  'limit_price',
  'cum_base',
  'cum_quote',
  'fee_quote',
  'activated_at',
  'updated_at',
];

/** What an amendment changes. */
const AMENDED = ['order_qty', 'duration_ms', 'limit_price', 'params', 'request']
  .map((column) => `OLD.${column} IS DISTINCT FROM NEW.${column}`)
  .join(' OR ');

/**
 * Updates of orders for their owners (order-api.md 4.12). A trigger writes them with the change itself, so none can be
 * forgotten; they get their number per user afterwards, in `order_update_numbers`, so that no transaction that changes
 * an order waits for another. Numbers and heads carry ids only and have no row security.
 */
export class CreateOrderUpdates20261121100000 implements MigrationInterface {
  name = 'CreateOrderUpdates20261121100000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE order_updates (
        id                bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id         uuid           NOT NULL,
        user_id           bigint         NOT NULL,
        order_id          uuid           NOT NULL,
        update_type       text           NOT NULL CHECK (update_type IN ('order_created', 'order_activated', 'order_paused',
                                           'order_canceled', 'order_completed', 'order_fill_received', 'order_finishing',
                                           'order_amended')),
        status            text           NOT NULL,
        failure_reason    text           NOT NULL,
        completion_reason text,
        order_qty         numeric(38,18) NOT NULL,
        base_amount       numeric(38,18),
        quote_amount      numeric(38,18),
        duration_ms       bigint,
        limit_price       numeric(38,18),
        cum_base          numeric(38,18) NOT NULL,
        cum_quote         numeric(38,18) NOT NULL,
        fee_quote         numeric(38,18) NOT NULL,
        activated_at      timestamptz,
        updated_at        timestamptz    NOT NULL
      )`);
    await db.query(`
      CREATE TABLE order_update_numbers (
        update_id bigint      PRIMARY KEY,
        tenant_id uuid        NOT NULL,
        user_id   bigint      NOT NULL,
        seq       bigint      CHECK (seq > 0),
        at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        UNIQUE (user_id, seq)
      )`);
    await db.query('CREATE INDEX order_update_numbers_missing ON order_update_numbers (update_id) WHERE seq IS NULL');
    await db.query(`
      CREATE TABLE order_update_heads (
        user_id    bigint PRIMARY KEY,
        tenant_id  uuid   NOT NULL,
        last_seq   bigint NOT NULL CHECK (last_seq > 0),
        pruned_seq bigint NOT NULL DEFAULT 0 CHECK (pruned_seq >= 0)
      )`);
    await db.query(`
      CREATE FUNCTION note_order_update() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        kinds text[];
      BEGIN
        IF TG_OP = 'INSERT' THEN
          kinds := ARRAY['order_created', CASE WHEN NEW.status = 'ACTIVE' THEN 'order_activated' END];
        ELSE
          kinds := ARRAY[
            CASE WHEN OLD.cum_base <> NEW.cum_base OR OLD.cum_quote <> NEW.cum_quote THEN 'order_fill_received' END,
            CASE WHEN ${AMENDED} THEN 'order_amended' END,
            CASE WHEN OLD.status <> NEW.status THEN CASE NEW.status
              WHEN 'PAUSED' THEN 'order_paused'
              WHEN 'FINISHER' THEN 'order_finishing'
              WHEN 'COMPLETE' THEN 'order_completed'
              WHEN 'CANCELED' THEN 'order_canceled'
              ELSE 'order_activated' END END];
        END IF;
        WITH made AS (
          INSERT INTO order_updates (tenant_id, user_id, order_id, update_type, ${SNAPSHOT.join(', ')})
          SELECT NEW.tenant_id, NEW.user_id, NEW.id, k.kind, ${SNAPSHOT.map((column) => `NEW.${column}`).join(', ')}
          FROM unnest(kinds) WITH ORDINALITY AS k(kind, place) WHERE k.kind IS NOT NULL ORDER BY k.place
          RETURNING id)
        INSERT INTO order_update_numbers (update_id, tenant_id, user_id) SELECT id, NEW.tenant_id, NEW.user_id FROM made;
        PERFORM pg_notify('tranche_order_updates', '');
        RETURN NULL;
      END $$`);
    // Deferred to the commit, so that updates are written in nearly the order in which they become visible.
    await db.query(`
      CREATE CONSTRAINT TRIGGER order_created_noted AFTER INSERT ON parent_orders
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_order_update()`);
    await db.query(`
      CREATE CONSTRAINT TRIGGER order_changed_noted AFTER UPDATE ON parent_orders
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
      WHEN (OLD.status <> NEW.status OR OLD.cum_base <> NEW.cum_base OR OLD.cum_quote <> NEW.cum_quote OR ${AMENDED})
      EXECUTE FUNCTION note_order_update()`);
    for (const sql of tenantOnly('order_updates')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, DELETE', 'order_updates'));
    await db.query(grant('SELECT, INSERT, UPDATE, DELETE', 'order_update_numbers'));
    await db.query(grant('SELECT, INSERT, UPDATE', 'order_update_heads'));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TRIGGER order_changed_noted ON parent_orders');
    await db.query('DROP TRIGGER order_created_noted ON parent_orders');
    await db.query('DROP FUNCTION note_order_update()');
    await db.query('DROP TABLE order_update_heads');
    await db.query('DROP TABLE order_update_numbers');
    await db.query('DROP TABLE order_updates');
  }
}
