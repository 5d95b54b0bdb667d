import { createHash } from 'node:crypto';
import { Database, migrate, seedDemo } from '#persistence';
import { storeCredential } from '../../exchange-gateway/src/service.js';
import type { KeptSecrets } from './data-directory.js';
import { perpKeyOf } from './demo-account.js';

const APP_ROLE = 'tranche_app';
const GATEWAY_ROLE = 'tranche_gateway';

/** What the services log in with. */
export interface ServiceUrls {
  readonly app: string;
  /** Alone may read venue credentials. */
  readonly gateway: string;
}

/** What the database is prepared with. */
export interface PreparationSecrets extends Omit<KeptSecrets, 'masterKey' | 'signalSecretsKey'> {
  /** 64 hex digits; null where a key service wraps, which only the gateway may ask. */
  readonly masterKey: string | null;
}

/**
 * Brings the schema up to date and lays the demo data: tenant, user, token, account `mock` with its venue keys, spot and
 * perpetuals, or without where there is no master key here. Run again it changes nothing.
 * @throws the driver's error when the database is unreachable
 */
export async function prepareDatabase(ownerUrl: string, secrets: PreparationSecrets): Promise<ServiceUrls> {
  await migrate({ ownerUrl, appPassword: secrets.appPassword });
  const urls = urlsOfServices(ownerUrl, secrets.appPassword);
  const demo = await withDatabase(urls.app, (db) =>
    seedDemo(db, { tokenHashHex: createHash('sha256').update(secrets.demoToken).digest('hex') }),
  );
  const { masterKey } = secrets;
  if (masterKey === null) return urls;
  const key = { apiKey: secrets.venueKey, apiSecret: secrets.venueSecret };
  await withDatabase(urls.gateway, async (db) => {
    for (const [accountId, credential] of [
      [demo.accountId, key],
      [demo.perpAccountId, perpKeyOf(key)],
    ] as const)
      await storeCredential({
        db,
        masterKey: Buffer.from(masterKey, 'hex'),
        tenantId: demo.tenantId,
        accountId,
        credential,
      });
  });
  return urls;
}

/** The same database for the roles that services log in as. */
export function urlsOfServices(ownerUrl: string, appPassword: string): ServiceUrls {
  return {
    app: urlOfRole(ownerUrl, APP_ROLE, appPassword),
    gateway: urlOfRole(ownerUrl, GATEWAY_ROLE, appPassword),
  };
}

function urlOfRole(ownerUrl: string, user: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = user;
  url.password = password;
  return url.href;
}

/** With one connection, closed in the end. */
export async function withDatabase<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await Database.connect({ url, poolSize: 1, applicationName: 'launcher' });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
