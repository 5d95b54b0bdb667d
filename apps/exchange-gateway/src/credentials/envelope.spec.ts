import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AccountId, TenantId } from '#domain';
import { CredentialError, openCredential, sealCredential, type CredentialOwner } from './envelope.js';

const masterKey = randomBytes(32);
const owner: CredentialOwner = { tenantId: 't1' as TenantId, accountId: 'a1' as AccountId, version: 1 };
const credential = { apiKey: 'the-key', apiSecret: 'the-secret' };

describe('credential envelope', () => {
  it('opens what it sealed, and shows nothing of it', () => {
    const sealed = sealCredential(masterKey, owner, credential);
    expect(openCredential(masterKey, owner, sealed)).toEqual(credential);
    expect(Buffer.concat([sealed.wrappedKey, sealed.sealed]).includes('the-secret')).toBe(false);
  });

  it.each([
    ['another tenant', masterKey, { ...owner, tenantId: 't2' as TenantId }],
    ['another account', masterKey, { ...owner, accountId: 'a2' as AccountId }],
    ['another version', masterKey, { ...owner, version: 2 }],
    ['another master key', randomBytes(32), owner],
  ])('RL-S05 does not open for %s', (_, key, other) => {
    const sealed = sealCredential(masterKey, owner, credential);
    expect(() => openCredential(key, other, sealed)).toThrow(CredentialError);
  });

  it('does not open when one bit is changed anywhere', () => {
    const sealed = sealCredential(masterKey, owner, credential);
    for (const part of ['wrappedKey', 'sealed'] as const)
      for (let i = 0; i < sealed[part].length; i += 1) {
        const bent = Buffer.from(sealed[part]);
        bent[i] = bent[i]! ^ 1;
        expect(() => openCredential(masterKey, owner, { ...sealed, [part]: bent })).toThrow(CredentialError);
      }
  });
});
