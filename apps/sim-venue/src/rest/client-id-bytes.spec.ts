import { describe, expect, it } from '@jest/globals';
import { clientIdBytes } from './client-id-bytes.js';

describe('bytes of client ids', () => {
  it('are eleven, and never the same', () => {
    const ids = Array.from({ length: 2_000 }, () => clientIdBytes().toString('hex'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id.length === 22)).toBe(true);
  });
});
