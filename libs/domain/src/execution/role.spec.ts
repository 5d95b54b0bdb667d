import { describe, expect, it } from '@jest/globals';
import { Dec } from '../numeric/decimal.js';
import { chooseRole, type RoleCosts } from './role.js';

/** Passive cost is `maker`, taker cost `taker`: no spread and no adverse selection in between. */
const costs = (maker: string, taker: string): RoleCosts => ({
  makerFeeBps: new Dec(maker),
  takerFeeBps: new Dec(taker),
  halfSpreadBps: new Dec(0),
  sigma1Bps: new Dec(0),
  makerFills: 0,
  meanMarkoutBps: new Dec(0),
});

describe('choice of the role', () => {
  it.each([
    ['1', '1', 'passive'],
    ['1.01', '1', 'timed_taker'],
  ] as const)('without a role, passive at %s against %s gives %s', (maker, taker, role) => {
    expect(chooseRole(costs(maker, taker), null)).toBe(role);
  });

  it.each([
    ['passive', '1.24', '1', 'passive'],
    ['passive', '1.25', '1', 'timed_taker'],
    ['timed_taker', '1', '1.24', 'timed_taker'],
    ['timed_taker', '1', '1.25', 'passive'],
  ] as const)('an order that is %s at %s against %s goes on as %s', (held, maker, taker, role) => {
    expect(chooseRole(costs(maker, taker), held)).toBe(role);
  });
});
