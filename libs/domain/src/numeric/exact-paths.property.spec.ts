import fc from 'fast-check';
import { Decimal as ForeignDecimal } from 'decimal.js';
import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { Seen } from '../../../../test/support/seen.js';
import { Dec, type Decimal } from './decimal.js';
import { withExactPaths } from './exact-paths.js';

const Library = ForeignDecimal.clone({
  precision: 60,
  rounding: ForeignDecimal.ROUND_DOWN,
  toExpNeg: -60,
  toExpPos: 60,
});
type Number = InstanceType<typeof Library>;

/** Words at the edges of what is carried and borrowed, of one to five, at any place. */
const words = fc.array(fc.constantFrom('0000000', '9999999', '0000001', '1000000', '5000000', '0480000', '1234567'), {
  minLength: 1,
  maxLength: 5,
});
const shifted = fc
  .tuple(words, fc.integer({ min: -24, max: 24 }), fc.constantFrom('', '-'))
  .map(([digits, exponent, sign]) => `${sign}${digits.join('')}e${exponent}`);
const money = fc
  .tuple(fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }), fc.integer({ min: 0, max: 9 }))
  .map(([digits, places]) => `${digits}e-${places}`);
const odd = fc.constantFrom('0', '-0', '1', 'Infinity', 'NaN', '1e300', '1e-300', '9'.repeat(60), '0.1');
const number = fc.oneof({ weight: 4, arbitrary: money }, { weight: 4, arbitrary: shifted }, odd);

const parts = ({ s, e, d }: Number): string => JSON.stringify([s, e, d, Object.is(s, -0)]);
const OPERATIONS = ['add', 'plus', 'sub', 'minus', 'mul', 'times'] as const;
const TESTS = ['cmp', 'comparedTo', 'eq', 'gt', 'gte', 'lt', 'lte'] as const;

describe('exact paths', () => {
  it('give what the library gives, to the last digit, and change no operand', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y, known, other] = [new Dec(a), new Dec(b), new Library(a), new Library(b)];
        for (const operation of OPERATIONS) {
          const [ours, theirs]: [Decimal, Number] = [x[operation](y), known[operation](other)];
          must(parts(ours) === parts(theirs), `${a} ${operation} ${b}: ${ours.toString()}, ${theirs.toString()}`);
          must(ours instanceof Dec && ours.constructor === Dec, 'a number of our own');
          expect(parts(x[operation](b))).toBe(parts(theirs));
          seen.note(ours.isZero() ? 'zero' : ours.isFinite() ? `${ours.d.length} words` : 'infinite');
        }
        for (const test of TESTS) expect(x[test](y)).toBe(known[test](other));
        expect(parts(Dec.max(x, y))).toBe(parts(Library.max(known, other)));
        expect(parts(Dec.min(x, y, a))).toBe(parts(Library.min(known, other, a)));
        expect(parts(Dec.min(y, x))).toBe(parts(Library.min(other, known)));
        expect(parts(x.div(y))).toBe(parts(known.div(other)));
        expect(parts(x)).toBe(parts(known));
        expect(parts(y)).toBe(parts(other));
      }),
      { numRuns: 3_000 },
    );
    seen.atLeast({ zero: 300, '1 words': 300, '2 words': 300, '3 words': 300, '5 words': 100, '8 words': 50 });
  });

  it('leave the constructor that others share as it was', () => {
    expect(Object.hasOwn(Dec.prototype, 'add')).toBe(true);
    expect(new Library(1).add).toBe(ForeignDecimal.prototype.add);
    expect(new Dec(1).add(new Library('0.5')).toFixed()).toBe('1.5');
  });

  it('refuse a constructor that would round them', () => {
    expect(() => withExactPaths(ForeignDecimal.clone({ precision: 20 }))).toThrow('was 20');
  });
});
