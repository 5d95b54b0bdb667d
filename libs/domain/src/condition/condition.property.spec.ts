import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decimal } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { numberOf, operate, type Num } from './arithmetic.js';
import type { Operator } from './condition.js';
import { evaluateCondition, NO_VARS } from './evaluate-condition.js';
import { parseCondition } from './parse-condition.js';

const MIDS = { 'BTC-USDT@X': '60000', 'ETH:PERP-USDT@Y_1': '3000.5' } as const;

/** A formula as a tree: what is written and what it must come to are told apart by nobody but the tree. */
type Tree =
  | { readonly kind: 'leaf'; readonly text: string; readonly value: string }
  | { readonly kind: 'minus'; readonly of: Tree }
  | { readonly kind: 'pair'; readonly sign: Operator; readonly left: Tree; readonly right: Tree };

/** How tightly each binds; a unary minus stands between power and product. */
const BINDING: Readonly<Record<Operator, number>> = {
  OR: 1,
  AND: 2,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '==': 3,
  '!=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '**': 7,
  max: 9,
  min: 9,
};
const MINUS = 6;

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc
    .integer({ min: 0, max: 99 })
    .chain((n) => fc.constantFrom(`${n}`, `${n}.25`))
    .map((text): Tree => ({ kind: 'leaf', text, value: text })),
  fc.constantFrom(...Object.entries(MIDS)).map(([text, value]): Tree => ({ kind: 'leaf', text, value })),
);
const pair = (signs: readonly Operator[], operand: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
  fc.record({
    kind: fc.constant('pair' as const),
    sign: fc.constantFrom(...signs),
    left: operand,
    right: operand,
  });
const { sum } = fc.letrec<{ sum: Tree }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 4 },
    { arbitrary: leaf, weight: 2 },
    { arbitrary: tie('sum').map((of): Tree => ({ kind: 'minus', of })), weight: 1 },
    { arbitrary: pair(['+', '-', '*', '/', '%', '**', 'max', 'min'], tie('sum')), weight: 4 },
  ),
}));
const comparison = pair(['<', '<=', '>', '>=', '==', '!='], sum);
const { formula } = fc.letrec<{ formula: Tree }>((tie) => ({
  formula: fc.oneof({ maxDepth: 2 }, comparison, pair(['AND', 'OR'], tie('formula'))),
}));

/** Writes the tree with brackets only where the grammar needs them, and with space or without where no word needs it. */
function written(tree: Tree, space: string): string {
  if (tree.kind === 'leaf') return tree.text;
  if (tree.kind === 'minus') return `-${bracketed(tree.of, 7, space)}`;
  const { sign, left, right } = tree;
  const binding = BINDING[sign];
  if (binding === 9) return `${sign}(${written(left, space)},${space}${written(right, space)})`;
  // Sums and products lean left, powers right with a unary minus allowed there; comparisons do not chain.
  const leftLeast = sign === '**' ? 8 : binding === 3 ? 4 : binding;
  const rightLeast = sign === '**' ? MINUS : binding + 1;
  const gap = binding < 3 ? ' ' : space; // `X AND` without it would be an exchange called XAND
  return `${bracketed(left, leftLeast, space)}${gap}${sign}${gap}${bracketed(right, rightLeast, space)}`;
}

function bracketed(tree: Tree, least: number, space: string): string {
  const binding = tree.kind === 'leaf' ? 10 : tree.kind === 'minus' ? MINUS : BINDING[tree.sign];
  const text = written(tree, space);
  return binding >= least ? text : `(${text})`;
}

/** What the tree comes to, by walking it; null without a value. */
function worth(tree: Tree): Num | null {
  if (tree.kind === 'leaf') return numberOf(tree.value);
  const left = tree.kind === 'minus' ? numberOf(0) : worth(tree.left);
  const right = worth(tree.kind === 'minus' ? tree.of : tree.right);
  if (left === null || right === null) return null;
  const value = operate(tree.kind === 'minus' ? '-' : tree.sign, left, right);
  return value.isFinite() ? value : null;
}

function outcomeOf(text: string): boolean | null {
  const condition = parseCondition(text);
  if (!condition.ok) throw new Error(`${text}: ${condition.error.text} at ${condition.error.position}`);
  const prices = condition.value.prices.map((t) => decimal(MIDS[`${t.pair}@${t.exchange}` as keyof typeof MIDS]));
  const zero = decimal('0');
  const builtIns = { ':qty': zero, ':current_target': zero, ':filled': zero };
  const outcome = evaluateCondition(condition.value, { now: epochMs(0), prices, builtIns, vars: NO_VARS });
  return outcome.kind === 'value' ? outcome.holds : null;
}

describe('conditions, whatever they are', () => {
  it('infix and its postfix come to what the formula is worth', () => {
    const seen = { true: 0, false: 0, void: 0 };
    fc.assert(
      fc.property(formula, fc.constantFrom('', ' '), (tree, space) => {
        const text = written(tree, space);
        const condition = parseCondition(text);
        // A formula may be longer than a condition may be; the generator makes few of them.
        fc.pre(condition.ok || !/^(more than|nested deeper|longer than)/.test(condition.error.text));
        const expected = worth(tree);
        const holds = expected === null ? null : !expected.isZero();
        expect([text, outcomeOf(text)]).toEqual([text, holds]);
        if (!condition.ok) throw new Error(condition.error.text);
        expect(outcomeOf(condition.value.postfix)).toBe(holds);
        expect(parseCondition(condition.value.postfix)).toMatchObject({ value: { postfix: condition.value.postfix } });
        seen[holds === null ? 'void' : holds ? 'true' : 'false'] += 1;
      }),
      { numRuns: 200 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(30);
    expect(seen.void).toBeGreaterThan(5);
  });

  const pieces = fc.constantFrom(
    ...['1', '0', '1e9', 'TIME', 'dt2026-01-01T00:00', 'BTC-USDT@X', ':a', ':qty', 'max(', 'min', '(', ')', ','],
    ...[
      '?=',
      ':=',
      ';',
      '**',
      '*',
      '/',
      '%',
      '+',
      '-',
      '<',
      '>=',
      '==',
      '!=',
      'AND',
      'or',
      ' ',
      '\u0000',
      'é',
      ':',
      '@',
    ],
  );
  it.each([
    ['pieces', fc.array(pieces, { maxLength: 30 }).map((all) => all.join(''))],
    ['words', fc.array(pieces, { maxLength: 30 }).map((all) => all.join(' '))],
    ['any characters', fc.string({ unit: 'binary', maxLength: 60 })],
  ])('reading %s never throws, and a fault lies within the text', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseCondition(text);
        if (result.ok) return;
        expect(Number.isInteger(result.error.position)).toBe(true);
        expect(result.error.position).toBeGreaterThanOrEqual(0);
        expect(result.error.position).toBeLessThanOrEqual(text.length);
        expect(result.error.text).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
