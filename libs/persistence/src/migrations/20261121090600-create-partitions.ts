import type { MigrationInterface, QueryRunner } from 'typeorm';

const PARTITIONED = [
  'parent_orders',
  'plan_versions',
  'order_intervals',
  'order_messages',
  'child_orders',
  'placements',
  'fills',
];

/**
 * Monthly partitions, bounded by the first UUID version 7 of each month. `ensure_partitions` is run with every
 * migration run and makes the months to come; the default partition catches ids from outside them.
 */
export class CreatePartitions20261121090600 implements MigrationInterface {
  name = 'CreatePartitions20261121090600';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION first_uuid_of(instant timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE
      AS $$ SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$`);
    await db.query(`
      CREATE FUNCTION ensure_partitions(first_month timestamptz, months integer) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        parent text;
        lower_at timestamptz;
        partition text;
      BEGIN
        FOREACH parent IN ARRAY ARRAY[${PARTITIONED.map((table) => `'${table}'`).join(', ')}] LOOP
          EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I DEFAULT', parent || '_default', parent);
          FOR i IN 0 .. months - 1 LOOP
            lower_at := (date_trunc('month', first_month AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
            partition := parent || to_char(lower_at AT TIME ZONE 'UTC', '"_y"YYYY"m"MM');
            EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
              partition, parent, first_uuid_of(lower_at),
              first_uuid_of((lower_at AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
          END LOOP;
        END LOOP;
      END $$`);
    await db.query(`SELECT ensure_partitions(clock_timestamp() - interval '1 month', 14)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DO $$ DECLARE partition regclass; BEGIN
        FOR partition IN SELECT inhrelid::regclass FROM pg_inherits
          WHERE inhparent IN (${PARTITIONED.map((table) => `'${table}'::regclass`).join(', ')}) LOOP
          EXECUTE format('DROP TABLE %s', partition);
        END LOOP;
      END $$`);
    await db.query('DROP FUNCTION ensure_partitions(timestamptz, integer)');
    await db.query('DROP FUNCTION first_uuid_of(timestamptz)');
  }
}
