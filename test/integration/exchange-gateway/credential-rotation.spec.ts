import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '#observability';
import { AccountRepository, CredentialIntakeRepository, Database } from '#persistence';
import { closeIntakeBox, deriveIntakeKey } from '#venues';
import type { AccountId, UserId, VenueId } from '#domain';
import { CredentialIntake } from '../../../apps/exchange-gateway/src/credentials/credential-intake.js';
import { CredentialRotation } from '../../../apps/exchange-gateway/src/credentials/credential-rotation.js';
import { openCredential, sealCredential } from '../../../apps/exchange-gateway/src/credentials/envelope.js';
import { MasterKeys } from '../../../apps/exchange-gateway/src/credentials/master-keys.js';
import { rewrapCredentials } from '../../../apps/exchange-gateway/src/credentials/rewrap-credentials.js';
import { storeCredential } from '../../../apps/exchange-gateway/src/credentials/store-credential.js';
import { Vault } from '../../../apps/exchange-gateway/src/credentials/vault.js';
import { openLedgerWorld, type LedgerWorld } from '../../support/ledger-world.js';
import { until } from '../../support/until.js';

const ROWS = 10_000;
const [before, now, strange] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const opened = { inc: () => undefined };
let world: LedgerWorld;
let otherAccount: AccountId;

beforeAll(async () => {
  world = await openLedgerWorld();
  const { tenantId, userId, accountId } = world;
  const keys = MasterKeys.of(before);
  const sealed = await Promise.all(
    Array.from({ length: ROWS }, (_, i) =>
      sealCredential(keys, { tenantId, accountId, version: i + 1 }, { apiKey: `key-${i + 1}`, apiSecret: 'secret' }),
    ),
  );
  await world.inTenant(async (tx) => {
    await tx.query(
      `INSERT INTO account_credentials (account_id, version, tenant_id, wrapped_by, wrapped_key, sealed)
       SELECT $1, v, $2, $3, k, s FROM unnest($4::integer[], $5::bytea[], $6::bytea[]) AS r(v, k, s)`,
      [
        accountId,
        tenantId,
        await keys.currentId(),
        sealed.map(({ version }) => version),
        sealed.map(({ wrappedKey }) => wrappedKey),
        sealed.map((row) => row.sealed),
      ],
    );
    otherAccount = await new AccountRepository(tx).add({
      id: '00000000-0000-4000-8000-000000000001' as AccountId,
      tenantId,
      userId: userId as UserId,
      name: 'other',
      venue: 'sim' as VenueId,
      exchange: 'MockExchange',
    });
  });
});
afterAll(() => world.close());

it('RL-S05 wraps 10,000 keys anew while they go on being opened', async () => {
  const { db, tenantId, accountId } = world;
  const both = MasterKeys.of(now, before);
  // Keys are opened without a break while it goes on.
  const vault = new Vault(db, both, opened);
  const progress = { done: false, openings: 0 };
  const acting = (async () => {
    while (!progress.done) {
      expect(await vault.open(tenantId, accountId)).toMatchObject({
        version: ROWS,
        credential: { apiKey: `key-${ROWS}` },
      });
      progress.openings += 1;
    }
  })();
  const result = await rewrapCredentials(db, both, [tenantId, world.otherTenantId]);
  progress.done = true;
  await acting;
  expect(result).toEqual({ rewrapped: ROWS, unreadable: 0 });
  expect(progress.openings).toBeGreaterThan(3);
  expect(await rewrapCredentials(db, both, [tenantId])).toEqual({ rewrapped: 0, unreadable: 0 });
  expect(await new Vault(db, MasterKeys.of(now), opened).open(tenantId, accountId)).not.toBeNull();
  await expect(new Vault(db, MasterKeys.of(before), opened).open(tenantId, accountId)).rejects.toThrow(
    'cannot be opened',
  );
});

it('VE-A19 RL-S05 swapped rows do not open, and one that no key opens holds up no other', async () => {
  const { db, tenantId, accountId } = world;
  const keys = MasterKeys.of(now, before);
  await world.inTenant((tx) =>
    tx.query(
      `INSERT INTO account_credentials (account_id, version, tenant_id, wrapped_by, wrapped_key, sealed)
       SELECT $1, 1, tenant_id, wrapped_by, wrapped_key, sealed FROM account_credentials WHERE account_id = $2 AND version = 1`,
      [otherAccount, accountId],
    ),
  );
  await expect(new Vault(db, keys, opened).open(tenantId, otherAccount)).rejects.toThrow('cannot be opened');
  const owner = { tenantId, accountId: otherAccount, version: 2 };
  const foreign = await sealCredential(MasterKeys.of(strange), owner, { apiKey: 'a', apiSecret: 'b' });
  const stale = await sealCredential(MasterKeys.of(before), { ...owner, version: 3 }, { apiKey: 'c', apiSecret: 'd' });
  await world.inTenant(async (tx) => {
    for (const row of [foreign, stale])
      await tx.query(
        `INSERT INTO account_credentials (account_id, version, tenant_id, wrapped_by, wrapped_key, sealed)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [otherAccount, row.version, tenantId, row.wrappedBy, row.wrappedKey, row.sealed],
      );
  });
  expect(await rewrapCredentials(db, keys, [tenantId])).toEqual({ rewrapped: 1, unreadable: 1 });
  await expect(openCredential(keys, owner, foreign)).rejects.toThrow('cannot be opened');
  expect(await new Vault(db, keys, opened).open(tenantId, otherAccount)).toMatchObject({ version: 3 });
});

it('keeps a key again whose passphrase alone is another, and not one that is the same', async () => {
  const { db, tenantId } = world;
  const store = (passphrase: string) =>
    storeCredential({
      db,
      masterKey: now,
      tenantId,
      accountId: otherAccount,
      credential: { apiKey: 'key', apiSecret: 'secret', passphrase },
    });
  const version = async () =>
    (await new Vault(db, MasterKeys.of(now), opened).open(tenantId, otherAccount))?.version ?? 0;
  await store('first');
  const first = await version();
  await store('first');
  expect(await version()).toBe(first);
  await store('second');
  expect(await version()).toBe(first + 1);
  expect(await new Vault(db, MasterKeys.of(now), opened).open(tenantId, otherAccount)).toMatchObject({
    credential: { passphrase: 'second' },
  });
});

it('goes on with what no key opens once its key is there, whichever key is in use', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tranche-keys-'));
  const file = join(folder, 'keys');
  const lines = (...keys: Buffer[]): Promise<void> =>
    writeFile(file, keys.map((key) => key.toString('hex')).join('\n'));
  const said: string[] = [];
  const logger = createLogger('test', 'info', { write: (line: string) => void said.push(line) });
  try {
    await lines(now);
    const masterKeys = await MasterKeys.load({ CREDENTIALS_MASTER_KEY_FILE: file });
    const rotation = new CredentialRotation(world.db, masterKeys, logger);
    await rotation.round();
    expect(said.join('')).toContain('"unreadable":1');
    await lines(now, strange);
    await rotation.round();
    expect(said.join('')).toContain('"rewrapped":1');
    expect(await rewrapCredentials(world.db, masterKeys, [world.tenantId])).toEqual({ rewrapped: 0, unreadable: 0 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('takes in the keys of other venues while one is silent', async () => {
  const { tenantId, userId, stores } = world;
  const accounts = ['silent', 'silent', 'silent', 'silent', 'silent', 'prompt'].map((venue, i) => ({
    id: `00000000-0000-4000-9000-00000000000${i}` as AccountId,
    tenantId,
    userId: userId as UserId,
    name: `${venue}-${i}`,
    venue: venue as VenueId,
    exchange: 'MockExchange',
  }));
  const { keyId, publicKey } = deriveIntakeKey(now);
  const api = await Database.connect({ url: stores.appUrl, poolSize: 1, applicationName: 'test' });
  let answer = (): void => undefined;
  const silence = new Promise<void>((resolve) => (answer = resolve));
  const asked: AccountId[] = [];
  const intake = new CredentialIntake({
    db: world.db,
    keys: MasterKeys.of(now),
    venues: ['silent' as VenueId, 'prompt' as VenueId],
    allowUnverified: true,
    probe: async (venue, accountId) => {
      asked.push(accountId);
      if (venue === ('silent' as VenueId)) await silence;
      return { kind: 'told', permissions: null };
    },
    logger: createLogger('test', 'silent'),
  });
  const submit = async ({ id: accountId }: (typeof accounts)[number]): Promise<string> => {
    const id = randomUUID();
    const content = JSON.stringify({ apiKey: 'k', apiSecret: 's' });
    const box = closeIntakeBox(publicKey, `${tenantId}|${accountId}|${id}`, content);
    await api.inTenant(tenantId, (tx) =>
      new CredentialIntakeRepository(tx).submit(tenantId, {
        id,
        accountId,
        keyId,
        box,
        instruments: null,
        keyHint: '',
      }),
    );
    return id;
  };
  try {
    await world.inTenant(async (tx) => {
      for (const account of accounts) await new AccountRepository(tx).add(account);
    });
    const submitted: string[] = [];
    for (const account of accounts) submitted.push(await submit(account));
    const outcomeOf = (id = '') =>
      api.inTenant(tenantId, async (tx) => {
        const [standing] = await new CredentialIntakeRepository(tx).standings([id]);
        return standing?.outcome?.outcome;
      });
    intake.start();
    await until(async () => (await outcomeOf(submitted[5])) === 'accepted', { everyMs: 50 });
    expect(asked.length).toBeLessThan(accounts.length); // the silent venue has its places, and no more
    answer();
    for (const id of submitted) await until(async () => (await outcomeOf(id)) === 'accepted', { everyMs: 50 });
  } finally {
    answer();
    await intake.stop();
    await api.close();
  }
});
