import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type TestDatabase, createTestDatabase } from '../../support/database.js';
import { onServer } from '../../support/postgres-admin.js';

describe('createTestDatabase', () => {
  let one: TestDatabase;
  let other: TestDatabase;
  beforeAll(async () => {
    [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  });
  afterAll(async () => {
    await one.drop();
  });

  it('gives each caller a migrated database of its own', async () => {
    const tables = await onServer(one.ownerUrl, async (client) => {
      await client.query('CREATE TABLE only_here (id int)');
      return client.query<{ count: string }>(`SELECT count(*) FROM pg_class WHERE relname = 'parent_orders'`);
    });
    expect(tables.rows[0]?.count).toBe('1');
    await expect(onServer(other.ownerUrl, (client) => client.query('SELECT * FROM only_here'))).rejects.toThrow(
      'does not exist',
    );
  });

  it('lets the service roles in, neither as superuser nor past row security, with durable commits', async () => {
    for (const url of [one.appUrl, one.gatewayUrl]) {
      const { rows } = await onServer(url, (client) =>
        client.query(`SELECT rolsuper OR rolbypassrls AS unsafe, current_setting('synchronous_commit') AS commits
                      FROM pg_roles WHERE rolname = current_user`),
      );
      expect(rows).toEqual([{ unsafe: false, commits: 'on' }]);
    }
  });

  it('B-10 runs Redis without eviction and with the append-only log', async () => {
    const redis = new Redis(one.redisUrl);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redis.config('GET', 'hz')).toEqual(['hz', '500']);
    redis.disconnect();
  });

  it('drops the database and its keys, and nobody else’s', async () => {
    const redis = new Redis(one.redisUrl);
    await redis.set(`${one.redisPrefix}:a`, '1');
    await redis.set(`${other.redisPrefix}:a`, '1');
    await other.drop();
    expect(await redis.exists(`${one.redisPrefix}:a`)).toBe(1);
    expect(await redis.exists(`${other.redisPrefix}:a`)).toBe(0);
    redis.disconnect();
    await expect(onServer(other.ownerUrl, (client) => client.query('SELECT 1'))).rejects.toThrow('does not exist');
  });
});
