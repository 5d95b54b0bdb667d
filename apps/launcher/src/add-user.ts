import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addDemoToken, addDemoUser, Database, isDemoUser } from '#persistence';
import { storeCredential } from '../../exchange-gateway/src/service.js';
import { CannotStart } from './cannot-start.js';
import type { KeptSecrets } from './data-directory.js';
import { openDemoAccount, perpKeyOf } from './demo-account.js';
import type { DemoFile } from './demo-file.js';
import { urlsOfServices, withDatabase, type ServiceUrls } from './prepare-database.js';
import { EMBEDDED_DATABASE } from './stores/embedded-postgres.js';
import type { UserCommand } from './user-options.js';

const ASK_MS = 2_000;

/** The system that runs on a data directory, as far as adding a user needs it. */
interface RunningSystem {
  readonly secrets: KeptSecrets;
  readonly simControlUrl: string;
  readonly urls: ServiceUrls;
}

/**
 * Adds a user with an account `mock` of its own money and a token, or a token alone.
 * @param databaseUrl of the owner; undefined: the embedded server
 * @returns the token, which is stored nowhere
 * @throws CannotStart in words for people when no system runs there, or the user is there, or is not
 */
export async function runUserCommand(command: UserCommand, databaseUrl: string | undefined): Promise<string> {
  const system = await findRunning(command.dataDir, databaseUrl);
  const token = randomBytes(20).toString('hex');
  const seed = {
    user: command.user,
    tokenHashHex: createHash('sha256').update(token).digest('hex'),
    scopes: command.scopes,
  };
  await withDatabase(system.urls.app, async (db) => {
    if (command.action === 'add') return add(db, system, seed);
    if (!(await addDemoToken(db, seed)))
      throw new CannotStart(`the user must be there already, was ${seed.user}: npm run user -- add ${seed.user}`);
  });
  return token;
}

/** Its money is at the exchange before anybody can trade it: what is left behind by a failure nobody can use. */
async function add(
  db: Database,
  { secrets, simControlUrl, urls }: RunningSystem,
  seed: Parameters<typeof addDemoUser>[1],
): Promise<void> {
  const isTaken = new CannotStart(
    `the name must be free, ${seed.user} is a user already; another token: npm run user -- token ${seed.user}`,
  );
  if (await isDemoUser(db, seed.user)) throw isTaken;
  const key = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await openDemoAccount(simControlUrl, key, `mock-${seed.user}-${key.apiKey.slice(0, 6)}`);
  const added = await addDemoUser(db, seed);
  if (added === null) throw isTaken;
  const { tenantId, accountId, perpAccountId } = added;
  const masterKey = Buffer.from(secrets.masterKey, 'hex');
  await withDatabase(urls.gateway, async (gateway) => {
    await storeCredential({ db: gateway, masterKey, tenantId, accountId, credential: key });
    await storeCredential({
      ...{ db: gateway, masterKey, tenantId },
      ...{ accountId: perpAccountId, credential: perpKeyOf(key) },
    });
  });
}

async function findRunning(dataDir: string, databaseUrl: string | undefined): Promise<RunningSystem> {
  const none = new CannotStart(`npm start must run on the directory ${dataDir}, no answer from there`);
  const read = (...names: string[]): Promise<string> =>
    readFile(join(dataDir, ...names), 'utf8').catch(() => {
      throw none;
    });
  const { simControlUrl } = JSON.parse(await read('demo.json')) as DemoFile;
  const secrets = JSON.parse(await read('secrets.json')) as KeptSecrets;
  await fetch(`${simControlUrl}/control/accounts`, { signal: AbortSignal.timeout(ASK_MS) }).catch(() => {
    throw none;
  });
  const ownerUrl = databaseUrl ?? EMBEDDED_DATABASE((await read('postgres', 'port')).trim());
  return { secrets, simControlUrl, urls: urlsOfServices(ownerUrl, secrets.appPassword) };
}
