import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { audit, Database } from '#persistence';
import { row, rows, send } from '../../../libs/persistence/src/sql.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';

let world: LedgerWorld;

beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world.close());

const count = () =>
  world.inTenant(async (tx) => (await row<{ n: number }>(tx, 'SELECT count(*)::integer AS n FROM audit_log'))?.n);
const entry = (event: string) => [{ entity: 'account' as const, entityId: 'x', event }];

describe('a transaction whose writes are not waited for', () => {
  it('shows them to what follows, and commits them', async () => {
    const before = (await count()) ?? 0;
    const seen = await world.inTenant(async (tx) => {
      await audit(tx, world.tenantId, entry('one'));
      return row<{ n: number }>(tx, 'SELECT count(*)::integer AS n FROM audit_log');
    });
    expect(seen?.n).toBe(before + 1);
    expect(await count()).toBe(before + 1);
  });

  it('D-02 stores nothing and says why when one of them fails after the last that is waited for', async () => {
    const before = await count();
    await expect(
      world.inTenant(async (tx) => {
        await audit(tx, world.tenantId, entry('two'));
        await send(tx, `INSERT INTO tenants (id, name) VALUES ($1, $2)`, [world.tenantId, '']);
      }),
    ).rejects.toThrow(/violates check constraint/);
    expect(await count()).toBe(before);
  });

  it('gives the error of the statement that failed, not that of one after it', async () => {
    await expect(
      world.inTenant(async (tx) => {
        await send(tx, 'SELECT 1 / $1::integer', [0]);
        await rows(tx, 'SELECT count(*) FROM audit_log WHERE event = $1', ['x']);
      }),
    ).rejects.toThrow('division by zero');
  });

  it('commits in the same round trip what is asked for at once, and gives its answers', async () => {
    const before = (await count()) ?? 0;
    const [n, sum] = await world.db.inTenantAtOnce(world.tenantId, (tx) =>
      Promise.all([
        row<{ n: number }>(tx, 'SELECT count(*)::integer AS n FROM audit_log'),
        row<{ sum: number }>(tx, 'SELECT 1 + $1::integer AS sum', [2]),
        audit(tx, world.tenantId, entry('at once')),
      ]),
    );
    expect([n?.n, sum?.sum]).toEqual([before, 3]);
    expect(await count()).toBe(before + 1);
  });

  it('D-02 stores nothing of what is asked for at once when one statement fails', async () => {
    const before = await count();
    await expect(
      world.db.inTenantAtOnce(world.tenantId, (tx) =>
        Promise.all([audit(tx, world.tenantId, entry('lost')), rows(tx, 'SELECT 1 / $1::integer', [0])]),
      ),
    ).rejects.toThrow('division by zero');
    expect(await count()).toBe(before);
  });

  it('refuses what is asked for after the commit has left', async () => {
    await expect(
      world.db.inTenantAtOnce(world.tenantId, async (tx) => {
        await row(tx, 'SELECT 1');
        return row(tx, 'SELECT 2');
      }),
    ).rejects.toThrow(/SELECT 2/);
  });

  it('rolls back what was sent when the work throws, and leaves the connection fit for the next', async () => {
    const before = await count();
    for (let round = 0; round < 20; round += 1)
      await expect(
        world.inTenant(async (tx) => {
          await audit(tx, world.tenantId, entry('three'));
          throw new Error('changed its mind');
        }),
      ).rejects.toThrow('changed its mind');
    expect(await count()).toBe(before);
  });

  it('stores nothing of a branch that goes on after another has thrown, and nothing in the transaction of others', async () => {
    const lone = await Database.connect({ url: world.stores.appUrl, poolSize: 1, applicationName: 'lone' });
    const insert = `INSERT INTO outbox (tenant_id, job, payload) VALUES ($1, 'left-over', '{}')`;
    let slow: Promise<void> | undefined;
    await expect(
      lone.inTenant(world.tenantId, (tx) => {
        slow = (async () => {
          await rows(tx, 'SELECT pg_sleep(0.1)');
          await send(tx, insert, [world.tenantId]);
          await rows(tx, insert, [world.tenantId]);
        })();
        return Promise.all([slow, Promise.reject(new Error('changed its mind'))]);
      }),
    ).rejects.toThrow('changed its mind');
    // The same connection, lent again: what is late must not get into it.
    const seen = await lone.inTenant(world.tenantId, async (tx) => {
      await expect(slow).rejects.toThrow('The transaction must be open');
      return rows(tx, `SELECT id FROM outbox WHERE job = 'left-over'`);
    });
    await lone.close();
    expect(seen).toEqual([]);
    expect(await world.db.inSystem((tx) => rows(tx, `SELECT id FROM outbox WHERE job = 'left-over'`))).toEqual([]);
  });

  it('shows a tenant only its own rows although the setting is not waited for', async () => {
    await world.inTenant((tx) => audit(tx, world.tenantId, entry('mine')));
    const seen = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        world.db.inTenant(i % 2 === 0 ? world.tenantId : world.otherTenantId, async (tx) => {
          const found = await row<{ n: number }>(tx, `SELECT count(*)::integer AS n FROM audit_log WHERE event = $1`, [
            'mine',
          ]);
          return found?.n;
        }),
      ),
    );
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? 1 : 0)));
  });

  it('goes on over a migration that changes what a prepared statement selects', async () => {
    const owner = new pg.Client({ connectionString: world.stores.ownerUrl });
    await owner.connect();
    await owner.query(
      'CREATE TABLE widened (a integer); GRANT SELECT ON widened TO tranche_app; INSERT INTO widened VALUES (1)',
    );
    const read = () => world.db.inSystem((tx) => rows(tx, 'SELECT * FROM widened WHERE a = $1', [1]));
    // Every connection of the pool has it prepared before the table changes.
    await Promise.all(Array.from({ length: 16 }, read));
    await owner.query('ALTER TABLE widened ADD COLUMN b integer DEFAULT 2');
    await owner.end();
    const after = await Promise.all(Array.from({ length: 16 }, read));
    expect(after.every(([found]) => JSON.stringify(found) === '{"a":1,"b":2}')).toBe(true);
  });
});
