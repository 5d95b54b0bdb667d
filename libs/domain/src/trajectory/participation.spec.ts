import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Dec, quantity, type Decimal } from '../numeric/decimal.js';
import { othersVolumeNeeded, participationHeadroom, participationTarget } from './participation.js';

const amount = fc.integer({ min: 0, max: 10_000_000 }).map((units) => new Dec(units).div(1_000));
const rates = fc.integer({ min: 1, max: 99 }).map((percent) => new Dec(percent).div(100));
const lots = fc.constantFrom('0.001', '0.01', '0.25', '1').map(quantity);

describe('participation', () => {
  it('is the one of worked example 7', () => {
    expect(participationHeadroom(new Dec('0.1'), new Dec(9), new Dec(0), quantity('0.001'))?.toFixed()).toBe('1');
  });

  it('I3 the headroom is the largest quantity that the cap takes, to the lot', () => {
    fc.assert(
      fc.property(rates, amount, amount, lots, (p, volume, used, lot) => {
        const room = participationHeadroom(p, volume, used, lot) ?? new Dec(Infinity);
        const holds = (more: Decimal) => p.mul(volume).gte(new Dec(1).sub(p).mul(used.add(more)));
        expect(room.mod(lot).isZero() && room.gte(0)).toBe(true);
        if (!room.isZero()) expect(holds(room)).toBe(true);
        expect(holds(room.add(lot))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
    expect(participationHeadroom(new Dec(1), new Dec(0), new Dec(5), quantity('1'))).toBeNull();
  });

  it('I6 the target rises with the volume, and what is needed brings it to the whole order', () => {
    fc.assert(
      fc.property(amount, rates, amount, amount, (orderQty, p, volume, more) => {
        const target = participationTarget(orderQty, p, volume);
        expect(target.gte(0) && target.lte(orderQty)).toBe(true);
        expect(participationTarget(orderQty, p, volume.add(more)).gte(target)).toBe(true);
        if (target.eq(orderQty)) return;
        const needed = othersVolumeNeeded(orderQty, p, target);
        const reached = participationTarget(orderQty, p, volume.add(needed));
        expect(reached.sub(orderQty).abs().lt('1e-40')).toBe(true);
      }),
    );
    expect(() => othersVolumeNeeded(new Dec(1), new Dec(0), new Dec(0))).toThrow(/above 0, was 0/);
  });
});
