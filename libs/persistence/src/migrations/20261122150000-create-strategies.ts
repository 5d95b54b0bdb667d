import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, grant, tenantOnly } from './tenant-table.js';

/**
 * Sources of signals and orders. The number is what the Mizar dialect calls a strategy, for all tenants from one row of
 * numbers within 31 bits. `venues` keeps what the names of `exchanges` meant when the strategy was made: a name may come
 * to mean another venue, and no strategy moves there by itself.
 */
export class CreateStrategies20261122150000 implements MigrationInterface {
  name = 'CreateStrategies20261122150000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE SEQUENCE strategy_numbers AS integer');
    await db.query(`
      CREATE TABLE strategies (
        id          uuid        PRIMARY KEY,
        number      integer     NOT NULL UNIQUE DEFAULT nextval('strategy_numbers'),
        tenant_id   uuid        NOT NULL REFERENCES tenants (id),
        user_id     bigint      NOT NULL REFERENCES users (id),
        kind        text        NOT NULL CHECK (kind IN ('signaler', 'mizar', 'webhook', 'session', 'dca')),
        name        text        NOT NULL CHECK (name <> ''),
        description text        NOT NULL,
        market      text        NOT NULL CHECK (market IN ('SPOT', 'FUTURES')),
        exchanges   text[]      NOT NULL CHECK (cardinality(exchanges) > 0),
        venues      text[]      NOT NULL CHECK (cardinality(venues) = cardinality(exchanges)),
        symbols     jsonb       NOT NULL CHECK (jsonb_array_length(symbols) > 0),
        settings    jsonb       NOT NULL,
        is_active   boolean     NOT NULL DEFAULT true,
        public_id   text        UNIQUE,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
        archived_at timestamptz,
        CHECK ((kind = 'signaler') = (public_id IS NOT NULL))
      )`);
    await db.query('CREATE UNIQUE INDEX strategies_name ON strategies (user_id, name) WHERE archived_at IS NULL');
    await db.query('CREATE INDEX strategies_by_user ON strategies (user_id, id)');
    for (const sql of tenantOnly('strategies')) await db.query(sql);
    await db.query(grant('SELECT, INSERT, UPDATE', 'strategies'));
    await db.query(`GRANT USAGE ON SEQUENCE strategy_numbers TO ${APP_ROLE}`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE strategies');
    await db.query('DROP SEQUENCE strategy_numbers');
  }
}
