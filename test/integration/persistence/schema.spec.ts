import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database, migrate, revertAll, SCHEMA_VERSION, UnsafeDatabaseError } from '#persistence';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

/** Tables that carry ids only, or belong to no tenant. */
const WITHOUT_ROW_SECURITY = [
  'outbox',
  'due_work',
  'halt_work',
  'held_conditions',
  'credential_work',
  'account_leases',
  'order_update_numbers',
  'order_update_heads',
];

let world: LedgerWorld;
let owner: Client;

beforeAll(async () => {
  world = await openLedgerWorld();
  owner = new Client({ connectionString: world.stores.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await world.close();
});

describe('schema', () => {
  it('is the version that this build expects', async () => {
    expect(await world.db.schemaMismatch()).toBeNull();
    await owner.query(`INSERT INTO migrations (timestamp, name) VALUES (99999999999999, 'FromTheFuture')`);
    expect(await world.db.schemaMismatch()).toBe(`schema must be ${SCHEMA_VERSION}, was FromTheFuture`);
    await owner.query(`DELETE FROM migrations WHERE name = 'FromTheFuture'`);
  });

  it('RL-S04 forces row security on every table that carries a tenant, but for the indexes of ids', async () => {
    const { rows } = await owner.query<{ name: string; forced: boolean; policies: number }>(`
      SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
             (SELECT count(*)::integer FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace`);
    expect(rows.length).toBeGreaterThan(15);
    expect(
      rows
        .filter((t) => !t.forced || t.policies === 0)
        .map((t) => t.name)
        .sort(),
    ).toEqual([...WITHOUT_ROW_SECURITY].sort());
  });

  it('RL-S04 gives services no way round the parents: partitions carry no rights', async () => {
    const { rows } = await owner.query(`
      SELECT c.relname FROM pg_class c
      WHERE c.relispartition AND c.relkind = 'r'
        AND (has_table_privilege('tranche_app', c.oid, 'SELECT') OR has_table_privilege('tranche_gateway', c.oid, 'SELECT'))`);
    expect(rows).toEqual([]);
  });

  it('RL-S05 lets only the gateway read venue credentials', async () => {
    const { rows } = await owner.query<{ app: boolean; gateway: boolean; box: boolean }>(`
      SELECT has_table_privilege('tranche_app', 'account_credentials', 'SELECT') AS app,
             has_table_privilege('tranche_gateway', 'account_credentials', 'SELECT') AS gateway,
             has_column_privilege('tranche_app', 'credential_submissions', 'box', 'SELECT') AS box`);
    expect(rows[0]).toEqual({ app: false, gateway: true, box: false });
  });

  it('puts a new order into the partition of its month, and none into the default one', async () => {
    const id = await world.addParent();
    const { rows } = await owner.query<{ partition: string }>(
      'SELECT tableoid::regclass::text AS partition FROM parent_orders WHERE id = $1',
      [id],
    );
    expect(rows[0]?.partition).toMatch(/^parent_orders_y\d{4}m\d{2}$/);
  });

  it('undoes every migration and makes them again', async () => {
    const fresh = await openLedgerWorld();
    await fresh.db.close();
    await revertAll(fresh.stores.ownerUrl);
    const client = new Client({ connectionString: fresh.stores.ownerUrl });
    await client.connect();
    const left = await client.query(`
      SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'migrations'
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`);
    expect(left.rows).toEqual([]);
    await client.end();
    await Promise.all([1, 2].map(() => migrate({ ownerUrl: fresh.stores.ownerUrl, appPassword: passwordOf(fresh) })));
    const again = await Database.connect({ url: fresh.stores.appUrl, poolSize: 1, applicationName: 'test' });
    expect(await again.schemaMismatch()).toBeNull();
    await again.close();
    await fresh.stores.drop();
  });
});

describe('connections', () => {
  it('D-01 and D-06 carry durable commits and time limits', async () => {
    const settings = await world.inTenant(async (tx) => {
      const found = await tx.query<{ name: string; setting: string }[]>(
        `SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit', 'statement_timeout', 'lock_timeout',
         'idle_in_transaction_session_timeout')`,
      );
      return Object.fromEntries(found.map((s) => [s.name, s.setting]));
    });
    expect(settings).toEqual({
      synchronous_commit: 'on',
      statement_timeout: '5000',
      lock_timeout: '2000',
      idle_in_transaction_session_timeout: '3000',
    });
  });

  it('D-01 refuses a database that would not keep commits, and a role that sees through row security', async () => {
    await expect(
      Database.connect({ url: world.stores.ownerUrl, poolSize: 1, applicationName: 'test' }),
    ).rejects.toBeInstanceOf(UnsafeDatabaseError);
  });

  it('X-20 forgets the tenant with the transaction', async () => {
    await world.inTenant((tx) => tx.query('SELECT 1'));
    const tenants = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.db.inSystem(async (tx) => {
          const found = await tx.query<{ seen: number }[]>('SELECT count(*)::integer AS seen FROM users');
          return found[0]?.seen;
        }),
      ),
    );
    expect(new Set(tenants)).toEqual(new Set([0]));
  });

  it('RL-S04 shows a tenant nothing of another, with no filter in the query', async () => {
    const id = await world.addParent();
    const seen = (tenant: typeof world.tenantId) =>
      world.db.inTenant(tenant, (tx) => tx.query<unknown[]>('SELECT 1 FROM parent_orders WHERE id = $1', [id]));
    expect(await seen(world.tenantId)).toHaveLength(1);
    expect(await seen(world.otherTenantId)).toHaveLength(0);
    await expect(
      world.db.inTenant(world.otherTenantId, (tx) =>
        tx.query(
          `INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message) VALUES ($1, $2, 'info', 'x', 'x')`,
          [id, world.tenantId],
        ),
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it('D-08 runs a transaction again that lost a deadlock', async () => {
    const [a, b] = [await world.addParent(), await world.addParent()];
    let attempts = 0;
    let meet: () => void = () => undefined;
    const bothHoldOne = new Promise<void>((resolve) => (meet = resolve));
    let holding = 0;
    const lockBoth = (first: string, second: string) =>
      world.inTenant(async (tx) => {
        attempts += 1;
        await tx.query('SELECT 1 FROM parent_orders WHERE id = $1 FOR UPDATE', [first]);
        holding += 1;
        if (holding === 2) meet();
        if (attempts <= 2) await bothHoldOne;
        await tx.query('SELECT 1 FROM parent_orders WHERE id = $1 FOR UPDATE', [second]);
      });
    await Promise.all([lockBoth(a, b), lockBoth(b, a)]);
    expect(attempts).toBeGreaterThanOrEqual(3); // the loser again, and on a slow machine whoever lost the retry
  });

  it('D-12 says within about a second that no connection is free', async () => {
    const small = await Database.connect({ url: world.stores.appUrl, poolSize: 1, applicationName: 'test' });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holder = small.inSystem(() => held);
    await expect(small.inSystem(() => Promise.resolve())).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    release();
    await holder;
    await small.close();
  });

  it('keeps the audit trail as it was written', async () => {
    await world.inTenant((tx) =>
      tx.query(`INSERT INTO audit_log (tenant_id, entity, entity_id, event) VALUES ($1, 'token', 'x', 'y')`, [
        world.tenantId,
      ]),
    );
    for (const sql of ['DELETE FROM audit_log', `UPDATE audit_log SET event = 'z'`, 'TRUNCATE audit_log'])
      await expect(owner.query(sql)).rejects.toThrow(/append-only/);
  });
});

function passwordOf(of: LedgerWorld): string {
  return decodeURIComponent(new URL(of.stores.appUrl).password);
}
