import { DataSource } from 'typeorm';
import { MIGRATIONS } from './migrations/index.js';
import { APP_ROLE, GATEWAY_ROLE } from './migrations/tenant-table.js';

export interface MigrateOptions {
  /** Connection of the owner: may create roles and tables. */
  readonly ownerUrl: string;
  /** Password that both service roles get; services log in with it. */
  readonly appPassword: string;
}

/** Any number that all instances agree on; held for the transaction only. */
const MIGRATION_LOCK = 7_263_001;

function ownerDataSource(url: string): DataSource {
  return new DataSource({ type: 'postgres', url, migrations: MIGRATIONS, poolSize: 2, logging: false });
}

/**
 * Brings the schema up to date and makes the months to come. Safe to run from several processes at once.
 * @throws the driver's error when the database is unreachable or a migration fails; nothing is half-applied
 */
export async function migrate({ ownerUrl, appPassword }: MigrateOptions): Promise<void> {
  const dataSource = ownerDataSource(ownerUrl);
  await dataSource.initialize();
  try {
    // One at a time in this database: several instances may start at the same instant.
    await dataSource.transaction(async (holder) => {
      await holder.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await ensureRoles(dataSource, appPassword);
      await dataSource.runMigrations({ transaction: 'each' });
      await dataSource.query('SELECT ensure_partitions(clock_timestamp(), 13)');
      await dataSource.query(`GRANT SELECT ON migrations TO ${APP_ROLE}`);
    });
  } finally {
    await dataSource.destroy();
  }
}

/** Undoes every migration, newest first: for the test that proves that `down` works. */
export async function revertAll(ownerUrl: string): Promise<void> {
  const dataSource = ownerDataSource(ownerUrl);
  await dataSource.initialize();
  try {
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration({ transaction: 'each' });
  } finally {
    await dataSource.destroy();
  }
}

async function ensureRoles(dataSource: DataSource, password: string): Promise<void> {
  for (const role of [APP_ROLE, GATEWAY_ROLE]) {
    const found = await dataSource.query<unknown[]>('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (found.length === 0)
      await dataSource.query(`CREATE ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE`);
    const [statement] = await dataSource.query<{ sql: string }[]>(
      `SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS sql`,
      [role, password],
    );
    if (statement !== undefined) await dataSource.query(statement.sql);
  }
  await dataSource.query(`GRANT ${APP_ROLE} TO ${GATEWAY_ROLE}`);
}
