import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { APP_PASSWORD, TEMPLATE, onServer, withDatabase } from './postgres-admin.js';

export interface TestDatabase {
  /** Of the owner, a superuser: sees through row security. */
  readonly ownerUrl: string;
  /** Of `tranche_app`, as services log in. */
  readonly appUrl: string;
  /** Of `tranche_gateway`, which alone may read venue credentials. */
  readonly gatewayUrl: string;
  readonly redisUrl: string;
  /** Of this database alone: in front of every Redis key and queue. */
  readonly redisPrefix: string;
  /** Ends every connection to the database, drops it, and removes its Redis keys. */
  drop(): Promise<void>;
}

/** @throws Error outside a Jest project that starts the stores (see jest.config.mjs) */
function storeUrl(name: 'TRANCHE_TEST_POSTGRES_URL' | 'TRANCHE_TEST_REDIS_URL'): string {
  const url = process.env[name];
  if (url === undefined) throw new Error(`${name} must be set by the global set-up of this Jest project`);
  return url;
}

/** A migrated, empty database and a Redis key prefix for one test file. Call `drop` in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = storeUrl('TRANCHE_TEST_POSTGRES_URL');
  const redisUrl = storeUrl('TRANCHE_TEST_REDIS_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`),
  );
  const urlOf = (user: string): string => withDatabase(serverUrl, name, { user, password: APP_PASSWORD });
  return {
    ownerUrl: withDatabase(serverUrl, name),
    appUrl: urlOf('tranche_app'),
    gatewayUrl: urlOf('tranche_gateway'),
    redisUrl,
    redisPrefix: name,
    drop: async () => {
      await onServer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      await removeKeys(redisUrl, name);
    },
  };
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  try {
    for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 500 })) {
      const found = keys as string[];
      if (found.length > 0) await redis.del(...found);
    }
  } finally {
    redis.disconnect();
  }
}
