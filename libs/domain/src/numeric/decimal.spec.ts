import fc from 'fast-check';
import { Decimal as ForeignDecimal } from 'decimal.js';
import { describe, expect, it } from '@jest/globals';
import {
  addQuantity,
  ceilTo,
  Dec,
  decimal,
  floorTo,
  fromLots,
  InvalidNumberError,
  notional,
  notionalOf,
  price,
  quantity,
  subtractQuantity,
  toDecimalString,
  wholeLots,
} from './decimal.js';

describe('decimals', () => {
  it.each(['1e3', '', ' 1', '+1', '01', '1.', '.5', 'NaN', 'Infinity', '-1', '0x10', '1,5', '1_000', '١'])(
    'refuses %j as a quantity, a notional and a price',
    (text) => {
      expect(() => quantity(text)).toThrow(InvalidNumberError);
      expect(() => notional(text)).toThrow(InvalidNumberError);
      expect(() => price(text)).toThrow(`was ${JSON.stringify(text)}`);
    },
  );

  it('takes zero as a quantity but not as a price, and signs only where there is no unit', () => {
    expect(quantity('0').isZero()).toBe(true);
    expect(() => price('0.000')).toThrow(InvalidNumberError);
    expect(decimal('-0.5').toFixed()).toBe('-0.5');
    expect(() => decimal('--1')).toThrow(InvalidNumberError);
  });

  it('never writes an exponent, however small or large', () => {
    for (const text of ['0.000000000000000001', '123456789012345678901234567890.123456789012345678'])
      expect(toDecimalString(quantity(text))).toBe(text);
  });

  it('is not changed by settings of the foreign constructor', () => {
    const before = ForeignDecimal.precision;
    ForeignDecimal.set({ precision: 3 });
    try {
      expect(notionalOf(quantity('1.2345678'), price('1.0000001')).toFixed()).toBe('1.23456792345678');
    } finally {
      ForeignDecimal.set({ precision: before });
    }
  });

  it('rounds a quotient toward zero', () => {
    expect(new Dec(2).div(3).toFixed().endsWith('6')).toBe(true);
  });

  it('refuses to subtract below zero and names both numbers', () => {
    expect(() => subtractQuantity(quantity('1'), quantity('1.5'))).toThrow('Cannot subtract 1.5 from 1');
  });

  const text = fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.integer({ min: 0, max: 18 }))
    .map(([digits, places]) => new Dec(digits.toString()).mul(new Dec(10).pow(-places)).toFixed());
  const step = fc.constantFrom('1', '5', '0.001', '0.025', '0.00000001', '0.000000005').map((value) => quantity(value));

  it('floors and ceils to whole steps, less than one step away', () => {
    let between = 0;
    fc.assert(
      fc.property(text, step, (value, size) => {
        const [exact, floor, ceil] = [quantity(value), floorTo(quantity(value), size), ceilTo(quantity(value), size)];
        expect(floor.mod(size).isZero() && ceil.mod(size).isZero()).toBe(true);
        expect(floor.lte(exact) && exact.lte(ceil)).toBe(true);
        expect(exact.sub(floor).lt(size) && ceil.sub(exact).lt(size)).toBe(true);
        expect(floor.eq(ceil)).toBe(floor.eq(exact));
        if (!floor.eq(exact)) between += 1;
      }),
    );
    expect(between).toBeGreaterThan(10);
  });

  it('counts lots exactly and makes the same quantity of them again', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), step, (lots, size) => {
        expect(wholeLots(fromLots(lots, size), size)).toBe(lots);
        expect(wholeLots(addQuantity(fromLots(lots, size), size.div(2) as typeof size), size)).toBe(lots);
      }),
    );
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(toDecimalString(quantity(value))).toBe(value);
      }),
    );
  });
});
