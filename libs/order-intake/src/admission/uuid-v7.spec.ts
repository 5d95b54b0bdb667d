import { expect, it } from '@jest/globals';
import type { EpochMs } from '#domain';
import { uuidV7 } from './uuid-v7.js';

it('makes the version 7 id of the example in RFC 9562, appendix A.6, and later ones rise', () => {
  const random = Uint8Array.of(0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
  const id = uuidV7(0x017f22e279b0 as EpochMs, random);
  expect(id).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  expect(uuidV7(0x017f22e279b1 as EpochMs, new Uint8Array(10)) > id).toBe(true);
});
