import { describe, expect, it } from '@jest/globals';
import { Dec } from '../numeric/decimal.js';
import { chooseRole } from './role.js';

describe('choice of the role', () => {
  it.each([
    [null, '1', '1', 'passive'],
    [null, '1.01', '1', 'timed_taker'],
    ['passive', '1.24', '1', 'passive'],
    ['passive', '1.25', '1', 'timed_taker'],
    ['timed_taker', '1', '1.24', 'timed_taker'],
    ['timed_taker', '1', '1.25', 'passive'],
  ] as const)('an order that is %s at %s against %s goes on as %s', (held, passive, taker, role) => {
    expect(chooseRole(new Dec(passive), new Dec(taker), held)).toBe(role);
  });
});
