import { describe, expect, it } from '@jest/globals';
import { isOtherOpen, randomKey, readSubmission, refused, submissionOf } from './submission.js';

describe('placing once', () => {
  it('keeps the key for the same request until it is settled', () => {
    const keys = ['k1', 'k2', 'k3'];
    const newKey = (): string => keys.shift()!;
    const first = submissionOf(null, '{"qty":"1"}', newKey);
    expect(first).toEqual({ request: '{"qty":"1"}', key: 'k1', isOpen: true });
    expect(submissionOf(first, '{"qty":"1"}', newKey).key).toBe('k1');
    expect(submissionOf(refused(first), '{"qty":"1"}', newKey).key).toBe('k1');
    expect(submissionOf(first, '{"qty":"2"}', newKey).key).toBe('k2');
    expect(submissionOf(null, '{"qty":"1"}', newKey).key).toBe('k3'); // settled: a second order is meant
  });

  it('knows of an open request that another would leave behind', () => {
    const open = submissionOf(null, 'a', () => 'k');
    expect(isOtherOpen(open, 'b')).toBe(true);
    expect(isOtherOpen(open, 'a')).toBe(false);
    expect(isOtherOpen(refused(open), 'b')).toBe(false);
    expect(isOtherOpen(null, 'b')).toBe(false);
  });

  it('survives a reload, and whatever else stands in the storage', () => {
    const open = submissionOf(null, 'a', () => 'k');
    expect(readSubmission(JSON.stringify(open))).toEqual(open);
    for (const text of [null, '', '{', '{}', '[]', '7']) expect(readSubmission(text)).toBeNull();
  });

  it('makes keys of 128 bits that the server takes', () => {
    const made = new Set(Array.from({ length: 100 }, randomKey));
    expect(made.size).toBe(100);
    for (const key of made) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });
});
