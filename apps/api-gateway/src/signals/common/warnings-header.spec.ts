import { expect, it } from '@jest/globals';
import { warningsHeader } from './warnings-header.js';

it('fits into a header whatever clients call their items', () => {
  expect(warningsHeader([])).toBeUndefined();
  expect(warningsHeader(['take_profit é\r\nX: 1: y', 'z'])).toBe('take_profit ???X: 1: y; z');
  expect(warningsHeader(['x'.repeat(5000)])).toHaveLength(2000);
});
