import { describe, expect, it } from '@jest/globals';
import { hintOfSecret, isSignalSecret, newSignalSecret } from './signal-secret.js';

describe('a secret for signals (S-01)', () => {
  it('is of its form, never the same twice, and of more than 128 random bits', () => {
    const secrets = Array.from({ length: 1_000 }, () => newSignalSecret().reveal());
    expect(new Set(secrets).size).toBe(1_000);
    for (const secret of secrets) expect(secret).toMatch(/^trn_live_[0-9A-Za-z]{30}$/);
    expect(24 * Math.log2(62)).toBeGreaterThan(128);
    const random = secrets.map((secret) => secret.slice(9, 33)).join('');
    const counts = [...new Set(random)].map((char) => random.split(char).length - 1);
    expect(counts).toHaveLength(62);
    // 24,000 characters: 387 of each, within five standard deviations.
    expect(Math.max(...counts.map((count) => Math.abs(count - 24_000 / 62)))).toBeLessThan(100);
  });

  it('tells a mistyped character by its checksum', () => {
    for (let i = 0; i < 50; i += 1) {
      const secret = newSignalSecret().reveal();
      expect(isSignalSecret(secret)).toBe(true);
      const at = 9 + (i % 30);
      const other = secret[at] === 'a' ? 'b' : 'a';
      expect(isSignalSecret(`${secret.slice(0, at)}${other}${secret.slice(at + 1)}`)).toBe(false);
    }
  });

  it.each(['', 'trn_live_', 'trn_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a'.repeat(40)])('is not %j', (text) => {
    expect(isSignalSecret(text)).toBe(false);
  });

  it('prints as [secret], and is known by its end', () => {
    const secret = newSignalSecret();
    expect(`${secret.toString()} ${JSON.stringify(secret)}`).toBe('[secret] "[secret]"');
    expect(hintOfSecret(secret)).toBe(secret.reveal().slice(-4));
  });
});
