import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Dec, quantity, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { LegId } from './contract.js';
import { spreadLiquidation } from './spread-liquidation.js';

const LOT = quantity('0.001');
const legs = (...held: string[]) => held.map((qty, i) => ({ id: `leg-${i}` as LegId, held: quantity(qty) }));
const spread = (qty: string, ...held: string[]): string[] => {
  const given = spreadLiquidation(legs(...held), quantity(qty), LOT);
  return legs(...held).map(({ id }) => given.get(id)?.toFixed() ?? 'none');
};

it('is pro rata in whole lots, the rest to the largest', () => {
  expect(spread('3', '2', '4')).toEqual(['1', '2']);
  expect(spread('1', '1', '1', '1')).toEqual(['0.334', '0.333', '0.333']);
  expect(spread('0.0005', '1', '3')).toEqual(['0', '0.0005']);
});

it('takes all there is and no more', () => {
  expect(spread('9', '2', '4.0005')).toEqual(['2', '4.0005']);
  expect(spread('1', '0', '2')).toEqual(['0', '1']);
  expect(spreadLiquidation(legs('0', '0'), quantity('1'), LOT).size).toBe(0);
});

it('adds up, and takes from none more than it holds', () => {
  const thousandths = fc.integer({ min: 0, max: 50_000 });
  fc.assert(
    fc.property(fc.array(thousandths, { minLength: 1, maxLength: 6 }), thousandths, (held, taken) => {
      const all = legs(...held.map((units) => new Dec(units).div(2_000).toFixed()));
      const qty = new Dec(taken).div(3_000).toDecimalPlaces(6) as Quantity;
      const given = spreadLiquidation(all, qty, LOT);
      const total = all.reduce<Decimal>((sum, leg) => sum.add(leg.held), ZERO);
      const sum = [...given.values()].reduce<Decimal>((left, share) => left.add(share), ZERO);
      expect(sum.eq(Dec.min(qty, total))).toBe(true);
      expect(all.every(({ id, held: most }) => (given.get(id) ?? ZERO).lte(most))).toBe(true);
    }),
  );
});
