import pg from 'pg';

/** Migrated once per run; every test database is a copy of it. */
export const TEMPLATE = 'tranche_template';
/** Of both service roles, on the private server of a test run. */
export const APP_PASSWORD = 'app-password-of-a-test-run';

/** The same server and user, another database; another user too when `credentials` are given. */
export function withDatabase(url: string, database: string, credentials?: { user: string; password: string }): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (credentials !== undefined) {
    changed.username = credentials.user;
    changed.password = credentials.password;
  }
  return changed.href;
}

export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
