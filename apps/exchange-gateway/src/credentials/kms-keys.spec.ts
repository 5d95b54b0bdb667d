import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig, Secret } from '#config';
import type { AccountId, TenantId } from '#domain';
import { closeIntakeBox, openIntakeBox } from '#venues';
import { startTransitServer, type TransitServer } from '../../../../test/support/transit-server.js';
import { exchangeGatewayShape } from '../config.js';
import { CredentialError, openCredential, rewrapCredential, sealCredential, type CredentialOwner } from './envelope.js';
import { KeyServiceError, type KeyWrapper } from './key-wrapper.js';
import { loadKeys, type KeySource } from './load-keys.js';
import { MasterKeys } from './master-keys.js';

const owner: CredentialOwner = { tenantId: 't1' as TenantId, accountId: 'a1' as AccountId, version: 1 };
const credential = { apiKey: 'the-key', apiSecret: 'the-secret' };
let folder: string;
let tokenFile: string;
let server: TransitServer;
let keys: KeyWrapper;

const load = (over: Partial<KeySource> = {}): Promise<KeyWrapper> =>
  loadKeys({
    MASTER_KEY_KMS_URL: server.url,
    MASTER_KEY_KMS_KEY: 'tranche',
    MASTER_KEY_KMS_TOKEN_FILE: tokenFile,
    MASTER_KEY_KMS_TIMEOUT_MS: 10_000,
    ...over,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tranche-kms-'));
  tokenFile = join(folder, 'token');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  server = await startTransitServer();
  await writeFile(tokenFile, `${server.token}\n`);
  keys = await load();
});

afterEach(() => server.stop());

const failureOf = async (asked: Promise<unknown>): Promise<Error> => {
  const failure: unknown = await asked.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  return failure as Error;
};

describe('KmsKeys', () => {
  it('RL-S05 seals and opens with a key that never leaves its service, and for its owner only', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    expect(sealed.wrappedBy).toBe('kms:tranche:v1');
    expect(sealed.wrappedKey.toString()).toMatch(/^vault:v1:/);
    expect(await openCredential(keys, owner, sealed)).toEqual(credential);
    await expect(openCredential(keys, { ...owner, version: 2 }, sealed)).rejects.toThrow(CredentialError);
    const bent = Buffer.from(sealed.wrappedKey);
    bent[20] = bent[20]! ^ 1;
    await expect(openCredential(keys, owner, { ...sealed, wrappedKey: bent })).rejects.toThrow(CredentialError);
    expect(new Set(server.calls)).toEqual(new Set(['/v1/transit/encrypt/tranche', '/v1/transit/decrypt/tranche']));
  });

  it('RL-S05 wraps anew with the version in use once the service has rotated, and opens both', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    expect(await keys.currentId()).toBe('kms:tranche:v1');
    server.rotate('tranche');
    await keys.refresh();
    expect(await keys.currentId()).toBe('kms:tranche:v2');
    expect(await openCredential(keys, owner, sealed)).toEqual(credential);
    const rewrapped = await rewrapCredential(keys, owner, sealed);
    expect(rewrapped).toMatchObject({ wrappedBy: 'kms:tranche:v2', sealed: sealed.sealed });
    expect(await openCredential(keys, owner, rewrapped)).toEqual(credential);
  });

  it('takes over what keys of a file have wrapped', async () => {
    const master = randomBytes(32);
    const sealed = await sealCredential(MasterKeys.of(master), owner, credential);
    const both = await load({ CREDENTIALS_MASTER_KEY: new Secret(master.toString('hex')) });
    expect(await openCredential(both, owner, sealed)).toEqual(credential);
    const rewrapped = await rewrapCredential(both, owner, sealed);
    expect(await openCredential(keys, owner, rewrapped)).toEqual(credential);
    await expect(openCredential(keys, owner, sealed)).rejects.toThrow(CredentialError);
  });

  it('closes boxes for a pair that every gateway of the key has, and opens those of the version before', async () => {
    const [first] = await keys.intakeKeys();
    const box = closeIntakeBox(first!.publicKey, 't1|a1', 'the secret');
    expect((await (await load()).intakeKeys())[0]?.keyId).toBe(first?.keyId);
    server.rotate('tranche');
    await keys.refresh();
    const [second, before] = await keys.intakeKeys();
    expect(second?.keyId).not.toBe(first?.keyId);
    expect(openIntakeBox(before!, 't1|a1', box)).toBe('the secret');
  });

  it.each<[string, () => void | Promise<void>, RegExp]>([
    ['is sealed', () => void (server.sealed = true), /did not decrypt with tranche: 503 Vault is sealed/],
    ['refuses the token', () => writeFile(tokenFile, 'hvs.another'), /403 permission denied/],
    ['has no token', () => writeFile(tokenFile, ''), /TOKEN_FILE must hold a token, was empty/],
    ['has lost the key', () => server.remove('tranche'), /did not decrypt with tranche: 400 encryption key not found/],
    ['is a standby', () => void (server.redirect = 'http://127.0.0.1:1'), /307: redirects are not followed/],
    ['answers no JSON', () => void (server.reply = 'gateway timeout'), /not of the documented form/],
    ['answers another form', () => void (server.reply = '{"data":{"plaintext":7}}'), /not of the documented form/],
    ['answers without end', () => void (server.reply = 'x'.repeat(100_000)), /longer than 65536 bytes/],
    ['is gone', () => server.stop(), /no answer \((ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)\)/],
  ])('tells a service that %s from a row that does not open, and opens it afterwards', async (_, spoil, text) => {
    const sealed = await sealCredential(keys, owner, credential);
    await spoil();
    const failure = await failureOf(openCredential(keys, owner, sealed));
    expect(failure).toBeInstanceOf(KeyServiceError);
    expect(failure.message).toMatch(text);
    expect(await failureOf(sealCredential(keys, owner, credential))).toBeInstanceOf(KeyServiceError);
    expect(inspect(failure, { depth: 9 })).not.toMatch(/hvs\.|the-secret|the-key/);
    if (/ECONNREFUSED|not found/.test(text.source)) return;
    Object.assign(server, { sealed: false, reply: null, redirect: null });
    await writeFile(tokenFile, server.token);
    expect(await openCredential(keys, owner, sealed)).toEqual(credential);
  });

  it('tells rows apart whose key of before was deleted, or is too old by the policy of the service', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    const other = { ...sealed, wrappedBy: 'kms:another:v1' };
    await expect(openCredential(keys, owner, other)).rejects.toThrow(CredentialError);
    server.rotate('tranche');
    server.oldest = 2;
    await expect(openCredential(keys, owner, sealed)).rejects.toThrow(CredentialError);
  });

  it('waits for a silent service no longer than it is told to', async () => {
    server.silent = true;
    const impatient = await load({ MASTER_KEY_KMS_TIMEOUT_MS: 100 });
    expect((await failureOf(impatient.currentId())).message).toContain('no answer within 100 ms');
  });

  it('says which key the service does not have', async () => {
    const other = await load({ MASTER_KEY_KMS_KEY: 'other' });
    expect((await failureOf(other.wrap(randomBytes(32), Buffer.from('x')))).message).toMatch(
      /did not encrypt with other: 400 encryption key not found/,
    );
  });
});

it.each([
  ['http://vault.example:8200', 'MASTER_KEY_KMS_URL: must begin with https://'],
  ['https://user:secret-word@vault.example', 'MASTER_KEY_KMS_URL: must begin with https://'],
  ['ftp://vault.example', 'MASTER_KEY_KMS_URL: must be a URL'],
])('refuses the address %s', (url, text) => {
  const { MASTER_KEY_KMS_URL } = exchangeGatewayShape;
  const config = (): unknown => loadConfig({ MASTER_KEY_KMS_URL }, { MASTER_KEY_KMS_URL: url });
  expect(config).toThrow(text);
  expect(config).not.toThrow('secret-word');
});

it('asks for the token file together with the address', async () => {
  await expect(load({ MASTER_KEY_KMS_TOKEN_FILE: undefined })).rejects.toThrow(ConfigError);
});
