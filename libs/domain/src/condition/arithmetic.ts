import { Decimal as DecimalBase } from 'decimal.js';
import type { Operator } from './condition.js';

/** The largest exponent of ten that a value may have; beyond it there is no value, below its negative it is zero. */
const MAX_EXPONENT = 999;

/**
 * Numbers of conditions: 34 digits, rounded half to even, `%` with the dividend's sign (order-api.md 6). A constructor of
 * its own, for the digits are its setting.
 */
export const Num = DecimalBase.clone({
  precision: 34,
  rounding: DecimalBase.ROUND_HALF_EVEN,
  modulo: DecimalBase.ROUND_DOWN,
  maxE: MAX_EXPONENT,
  minE: -MAX_EXPONENT,
  toExpNeg: -2 * MAX_EXPONENT,
  toExpPos: 2 * MAX_EXPONENT,
});
export type Num = InstanceType<typeof Num>;

const TRUE = new Num(1);
const FALSE = new Num(0);

/** A number with at most 34 digits; infinite when it is too large for a value. */
export function numberOf(value: string | number): Num {
  return new Num(value).toSignificantDigits(34);
}

/** What an operator makes of two values; not finite when there is no value. Equality is exact, as all comparisons. */
export function operate(operator: Operator, left: Num, right: Num): Num {
  switch (operator) {
    case '+':
      return left.add(right);
    case '-':
      return left.sub(right);
    case '*':
      return left.mul(right);
    case '/':
      return left.div(right);
    case '%':
      return left.mod(right);
    case '**':
      return left.pow(right);
    case 'max':
      return left.gte(right) ? left : right;
    case 'min':
      return left.lte(right) ? left : right;
    case 'AND':
      return truth(!left.isZero() && !right.isZero());
    case 'OR':
      return truth(!left.isZero() || !right.isZero());
    case '>=':
      return truth(left.gte(right));
    case '<=':
      return truth(left.lte(right));
    case '<':
      return truth(left.lt(right));
    case '>':
      return truth(left.gt(right));
    case '==':
      return truth(left.eq(right));
    case '!=':
      return truth(!left.eq(right));
  }
}

function truth(holds: boolean): Num {
  return holds ? TRUE : FALSE;
}
