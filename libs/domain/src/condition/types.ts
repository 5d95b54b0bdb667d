import type { Operator, ValueType } from './condition.js';

const SUMS: readonly (readonly [ValueType, Operator, ValueType, ValueType])[] = [
  ['number', '+', 'number', 'number'],
  ['number', '-', 'number', 'number'],
  ['time', '+', 'number', 'time'],
  ['time', '-', 'number', 'time'],
  ['time', '-', 'time', 'number'],
];

/** What an operator makes of two types; null when it takes no such operands (order-api.md 6). */
export function resultType(left: ValueType, operator: Operator, right: ValueType): ValueType | null {
  const same = left === right;
  switch (operator) {
    case '+':
    case '-':
      return SUMS.find(([a, sign, b]) => a === left && sign === operator && b === right)?.[3] ?? null;
    case '*':
    case '/':
    case '%':
    case '**':
      return same && left === 'number' ? 'number' : null;
    case 'max':
    case 'min':
      return same && left !== 'boolean' ? left : null;
    case 'AND':
    case 'OR':
      return same && left === 'boolean' ? 'boolean' : null;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return same && left !== 'boolean' ? 'boolean' : null;
    case '==':
    case '!=':
      return same ? 'boolean' : null;
  }
}
