import { describe, expect, it } from '@jest/globals';
import { ConfigError, Secret } from '#config';
import type { StrategyId, TenantId } from '#domain';
import { SigningSecretError, SigningSecrets } from './signing-secrets.js';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)] as const;
const OF = { tenantId: 'tenant' as TenantId, strategyId: 'strategy' as StrategyId };
const SECRET = 'whsec_of-a-webhook-that-signs';

describe('signing secrets', () => {
  it('open for the same strategy and with the same key alone', () => {
    const signing = SigningSecrets.of(new Secret(A));
    const box = signing.close(OF, new Secret(SECRET));
    expect(signing.open(OF, box).reveal()).toBe(SECRET);
    for (const other of [{ strategyId: 'other' as StrategyId }, { tenantId: 'other' as TenantId }])
      expect(() => signing.open({ ...OF, ...other }, box)).toThrow(SigningSecretError);
    expect(() => SigningSecrets.of(new Secret(B)).open(OF, box)).toThrow(
      `SIGNAL_SECRETS_KEY must hold the key ${box.sealedBy}`,
    );
    const damaged = Buffer.from(box.sealed);
    damaged.writeUInt8(damaged.readUInt8(40) ^ 1, 40);
    expect(() => signing.open(OF, { ...box, sealed: damaged })).toThrow(SigningSecretError);
  });

  it('hold nothing of the secret, and differ each time', () => {
    const signing = SigningSecrets.of(new Secret(A));
    const [one, two] = [signing.close(OF, new Secret(SECRET)), signing.close(OF, new Secret(SECRET))];
    expect(one.sealed.includes(Buffer.from(SECRET))).toBe(false);
    expect(one.sealed.equals(two.sealed)).toBe(false);
  });

  it('still open after another key has taken the place of the first', () => {
    const box = SigningSecrets.of(new Secret(A)).close(OF, new Secret(SECRET));
    const rotated = SigningSecrets.of(new Secret(`${B}, ${A}`));
    expect(rotated.open(OF, box).reveal()).toBe(SECRET);
    expect(rotated.close(OF, new Secret(SECRET)).sealedBy).not.toBe(box.sealedBy);
  });

  it('cannot be kept without a key', () => {
    const signing = SigningSecrets.of(undefined);
    expect([signing.canKeep, SigningSecrets.of(new Secret(A)).canKeep]).toEqual([false, true]);
    expect(() => signing.close(OF, new Secret(SECRET))).toThrow(SigningSecretError);
  });

  it('refuse a key that is none, naming which and not what it was', () => {
    const faulty = 'c'.repeat(63);
    expect(() => SigningSecrets.of(new Secret(`${A},${faulty}`))).toThrow(ConfigError);
    try {
      SigningSecrets.of(new Secret(`${A},${faulty}`));
    } catch (error) {
      expect((error as ConfigError).problems).toEqual(['SIGNAL_SECRETS_KEY: key 2 must be 64 hexadecimal digits']);
    }
  });
});
