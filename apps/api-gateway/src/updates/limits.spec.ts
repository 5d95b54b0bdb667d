import { expect, it } from '@jest/globals';
import { CLOSE, SOCKET_LIMITS } from './limits.js';

it('OA-58 lets a client be silent for 30 s unless it is told otherwise, and names that time to it', () => {
  expect(SOCKET_LIMITS.silenceMs).toBe(30_000);
  expect(CLOSE.silent).toMatchObject({ code: 4408, text: 'no frame for 30 s' });
});
