import { describe, expect, it } from '@jest/globals';
import { Dec, readDecimal } from './decimal.js';
import { decimalsOf, groupThousands, showCompact, showExact, showFixed, showPercent, showSigned } from './number.js';

describe('numbers on screen', () => {
  it.each([
    ['0', '0'],
    ['999', '999'],
    ['1000', '1,000'],
    ['-1234567.000100', '-1,234,567.000100'],
    ['100000000000000000000.5', '100,000,000,000,000,000,000.5'],
  ])('groups %s as %s', (plain, shown) => {
    expect(groupThousands(plain)).toBe(shown);
  });

  it('keeps digits that a double would lose', () => {
    expect(showExact('12345678901234567.123456789012345678')).toBe('12,345,678,901,234,567.123456789012345678');
    expect(showFixed('9007199254740993.005', 2)).toBe('9,007,199,254,740,993.00');
    expect(showFixed('0.015', 2)).toBe('0.02');
  });

  it('pads and rounds to the digits of the instrument', () => {
    expect(showFixed('0.5', 5)).toBe('0.50000');
    expect(showFixed('3011.9', 2)).toBe('3,011.90');
    expect(showExact('6023.8', 2)).toBe('6,023.80');
    expect(showExact('0.00001234', 2)).toBe('0.00001234');
  });

  it('shows a dash for nothing and for what is no number, and never a negative zero', () => {
    for (const none of [null, undefined, '', 'NaN', 'abc', '1.2.3', 'Infinity']) expect(showFixed(none, 2)).toBe('–');
    expect(showFixed('-0.001', 2)).toBe('0.00');
    expect(showSigned('-0.001', 2)).toBe('0.00');
    expect(showSigned(null, 2)).toBe('–');
  });

  it('shows signs, percentages and large sums', () => {
    expect(showSigned('1.655', 2)).toBe('+1.66');
    expect(showSigned('-1.66', 2)).toBe('-1.66');
    expect(showPercent('0.625', 1)).toBe('62.5');
    expect(showPercent(null, 1)).toBe('–');
    expect(['9999.5', '12346', '1250000', '-2500000000'].map((value) => showCompact(value))).toEqual([
      '9,999.50',
      '12.35k',
      '1.25M',
      '-2.50B',
    ]);
  });

  it('reads how many digits a step has', () => {
    expect(['0.01', '0.010', '1', '10', '0.00000001'].map((step) => decimalsOf(step))).toEqual([2, 2, 0, 0, 8]);
    expect(decimalsOf(undefined)).toBeNull();
    expect(decimalsOf('0')).toBeNull();
  });

  it('reads what a person types, and nothing else', () => {
    expect(readDecimal(' 1e3 ')?.toFixed()).toBe('1000');
    expect(readDecimal('.5')?.eq(new Dec('0.5'))).toBe(true);
    for (const text of ['0x10', '1,000', '1 000', '', '-', 'e5', null]) expect(readDecimal(text)).toBeNull();
  });
});
