import { describe, expect, it } from '@jest/globals';
import { Dec, decimal, price, quantity, ZERO, ZERO_QUANTITY } from '../numeric/decimal.js';
import {
  legExposure,
  multiExposure,
  plannedNotional,
  scaledTarget,
  toleranceCheck,
  type LegState,
} from './exposure.js';

/** The example of order-api.md 7: buy 10 at 3012.40, sell 10 at 3014.00, half-way. */
function leg(side: 'buy' | 'sell', change: Partial<LegState> = {}): LegState {
  const referencePrice = price(side === 'buy' ? '3012.4' : '3014');
  return {
    side,
    referencePrice,
    planned: plannedNotional('base', decimal('10'), referencePrice),
    filled: quantity(side === 'buy' ? '4' : '3.5'),
    working: ZERO_QUANTITY,
    leaving: ZERO_QUANTITY,
    ...change,
  };
}
const half = decimal('0.5');

describe('multiExposure', () => {
  it('adds up the example of the order API: exposure 1508.6 inside a tolerance of 15070', () => {
    const exposure = multiExposure([leg('buy'), leg('sell')], half, half);
    expect(exposure.lead.toFixed()).toBe('1508.6');
    expect(exposure.tol.toFixed()).toBe('15070');
    expect(exposure.target.toFixed()).toBe('-8');
  });

  it('takes the amount itself as the plan of a quote-sized leg', () => {
    expect(plannedNotional('quote', decimal('500'), price('3012.4')).toFixed()).toBe('500');
  });

  it('gives a side only what all its working children leave, and the other side none of it', () => {
    const legs = [leg('buy', { working: quantity('1') }), leg('buy', { working: quantity('2') }), leg('sell')];
    const exposure = multiExposure(legs, half, half);
    const room = exposure.tol.sub(exposure.lead);
    expect(legExposure(exposure, legs[0]!, null).room.toFixed()).toBe(room.sub(decimal('9037.2')).toFixed());
    expect(legExposure(exposure, legs[2]!, null).room.toFixed()).toBe(exposure.tol.add(exposure.lead).toFixed());
  });

  it('says what has to go when more works than the side may, children on their way out not counted twice', () => {
    const ahead = leg('buy', { filled: quantity('9'), working: quantity('1'), leaving: quantity('0.4') });
    const exposure = multiExposure([ahead, leg('sell', { filled: ZERO_QUANTITY })], half, half);
    const told = legExposure(exposure, ahead, null);
    expect(told.scale.isZero()).toBe(true);
    expect(told.room.toFixed()).toBe(exposure.roomBuy.sub('3012.4').toFixed());
    expect(told.excess.toFixed()).toBe(decimal('0.6').mul('3012.4').toFixed());
  });
});

describe('scaledTarget', () => {
  it('slows a leg that is behind by g and leaves one alone that is ahead', () => {
    expect(scaledTarget(decimal('10'), decimal('4'), decimal('0.5')).toFixed()).toBe('7');
    expect(scaledTarget(decimal('10'), decimal('4'), new Dec(1)).toFixed()).toBe('10');
    expect(scaledTarget(decimal('10'), decimal('4'), ZERO).toFixed()).toBe('4');
    expect(scaledTarget(decimal('10'), decimal('12'), ZERO).toFixed()).toBe('10');
  });
});

describe('toleranceCheck', () => {
  const legs = [
    { side: 'buy', planned: decimal('1000'), minimum: decimal('5.25') },
    { side: 'sell', planned: decimal('900'), minimum: decimal('10.5') },
  ] as const;

  it('wants twice the largest minimum child', () => {
    expect(toleranceCheck(legs, decimal('0.021'))).toEqual({
      tol: decimal('21'),
      needed: decimal('21'),
      isEnough: true,
    });
    expect(toleranceCheck(legs, decimal('0.02')).isEnough).toBe(false);
  });
});
