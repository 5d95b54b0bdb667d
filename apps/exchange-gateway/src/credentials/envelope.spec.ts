import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountId, TenantId } from '#domain';
import { CredentialError, openCredential, rewrapCredential, sealCredential, type CredentialOwner } from './envelope.js';
import { MasterKeys } from './master-keys.js';

const [first, second] = [randomBytes(32), randomBytes(32)];
const keys = MasterKeys.of(first);
const owner: CredentialOwner = { tenantId: 't1' as TenantId, accountId: 'a1' as AccountId, version: 1 };
const credential = { apiKey: 'the-key', apiSecret: 'the-secret' };

describe('credential envelope', () => {
  it('opens what it sealed, and shows nothing of it', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    expect(await openCredential(keys, owner, sealed)).toEqual(credential);
    expect(Buffer.concat([sealed.wrappedKey, sealed.sealed]).includes('the-secret')).toBe(false);
    const withThird = { ...credential, passphrase: 'the-third' };
    expect(await openCredential(keys, owner, await sealCredential(keys, owner, withThird))).toEqual(withThird);
  });

  it.each([
    ['another tenant', keys, { ...owner, tenantId: 't2' as TenantId }],
    ['another account', keys, { ...owner, accountId: 'a2' as AccountId }],
    ['another version', keys, { ...owner, version: 2 }],
    ['another master key', MasterKeys.of(second), owner],
  ])('VE-A19 RL-S05 does not open for %s', async (_, others, other) => {
    const sealed = await sealCredential(keys, owner, credential);
    await expect(openCredential(others, other, sealed)).rejects.toThrow(CredentialError);
  });

  it('does not open when one bit is changed anywhere, and never quotes what is inside', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    for (const part of ['wrappedKey', 'sealed'] as const)
      for (let i = 0; i < sealed[part].length; i += 1) {
        const bent = Buffer.from(sealed[part]);
        bent[i] = bent[i]! ^ 1;
        const refusal: unknown = await openCredential(keys, owner, { ...sealed, [part]: bent }).catch(
          (error: unknown) => error,
        );
        expect(refusal).toBeInstanceOf(CredentialError);
        expect(String(refusal)).not.toMatch(/the-secret|the-key/);
      }
  });

  it('is wrapped anew without its content being touched, and then needs the key of before no more', async () => {
    const sealed = await sealCredential(keys, owner, credential);
    const both = MasterKeys.of(second, first);
    const rewrapped = await rewrapCredential(both, owner, sealed);
    expect(rewrapped.sealed).toEqual(sealed.sealed);
    expect(rewrapped.wrappedBy).toBe(await both.currentId());
    expect(await openCredential(MasterKeys.of(second), owner, rewrapped)).toEqual(credential);
    await expect(openCredential(keys, owner, rewrapped)).rejects.toThrow(CredentialError);
  });

  it('opens rows of before that name no key with whichever fits', async () => {
    const sealed = { ...(await sealCredential(keys, owner, credential)), wrappedBy: '' };
    expect(await openCredential(MasterKeys.of(second, first), owner, sealed)).toEqual(credential);
  });
});
