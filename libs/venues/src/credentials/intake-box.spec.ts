import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { closeIntakeBox, deriveIntakeKey, IntakeBoxError, openIntakeBox } from './intake-box.js';

const masterKey = randomBytes(32);
const key = deriveIntakeKey(masterKey);

describe('the box from the API to the gateway', () => {
  it('opens for every process with the master key', () => {
    const box = closeIntakeBox(key.publicKey, 't1|a1', 'the secret');
    expect(openIntakeBox(deriveIntakeKey(masterKey), 't1|a1', box)).toBe('the secret');
    expect(box.includes('the secret')).toBe(false);
  });

  it('never looks the same twice', () => {
    expect(closeIntakeBox(key.publicKey, 'x', 'y')).not.toEqual(closeIntakeBox(key.publicKey, 'x', 'y'));
  });

  it.each([
    ['another context', key, 't1|a2'],
    ['another master key', deriveIntakeKey(randomBytes(32)), 't1|a1'],
  ])('RL-S05 does not open for %s', (_, other, context) => {
    const box = closeIntakeBox(key.publicKey, 't1|a1', 'the secret');
    expect(() => openIntakeBox(other, context, box)).toThrow(IntakeBoxError);
  });

  it('does not open when one bit is changed anywhere, or bytes are missing', () => {
    const box = closeIntakeBox(key.publicKey, 'c', 'the secret');
    for (let i = 0; i < box.length; i += 1) {
      const bent = Buffer.from(box);
      bent[i] = bent[i]! ^ 1;
      expect(() => openIntakeBox(key, 'c', bent)).toThrow(IntakeBoxError);
    }
    expect(() => openIntakeBox(key, 'c', box.subarray(0, 40))).toThrow(IntakeBoxError);
  });
});
