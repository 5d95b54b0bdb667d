import type { Decimal } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { Num, numberOf, operate } from './arithmetic.js';
import type { BuiltIn, Condition, Step } from './condition.js';

/** Values of a condition's own variables by name, without its colon: plain decimals; booleans are 1 and 0, times seconds since 1970 UTC. */
export type ConditionVars = Readonly<Record<string, string>>;

export interface ConditionInputs {
  readonly now: EpochMs;
  /** Of each of the condition's prices, the mid; null when it is not known or too old. */
  readonly prices: readonly (Decimal | null)[];
  readonly builtIns: Readonly<Record<BuiltIn, Decimal>>;
  /** As the last evaluation left them. */
  readonly vars: ConditionVars;
}

export type ConditionOutcome =
  | { readonly kind: 'value'; readonly holds: boolean; readonly vars: ConditionVars }
  /** No value: nothing of the evaluation counts, the variables stay as they were. */
  | { readonly kind: 'void'; readonly why: 'stale_price' | 'division_by_zero' | 'overflow'; readonly text: string };

/** The values of a condition's own variables before its first evaluation. */
export const NO_VARS: ConditionVars = {};

/** Evaluates a condition once: all of it, both sides of AND and OR included (order-api.md 6). Pure; never throws. */
export function evaluateCondition(condition: Condition, inputs: ConditionInputs): ConditionOutcome {
  const missing = inputs.prices.findIndex((price) => price === null);
  const term = condition.prices[missing];
  if (term !== undefined)
    return { kind: 'void', why: 'stale_price', text: `no price of ${term.pair}@${term.exchange}` };
  const vars = new Map(Object.entries(inputs.vars).map(([name, value]) => [name, new Num(value)]));
  const stack: Num[] = [];
  for (const step of condition.steps) {
    const fault = run(step, stack, vars, inputs);
    if (fault !== null) return fault;
  }
  const [last] = stack;
  if (last === undefined) throw new Error('A condition must leave a value');
  return { kind: 'value', holds: !last.isZero(), vars: textsOf(vars, inputs.vars) };
}

function run(
  step: Step,
  stack: Num[],
  vars: Map<string, Num>,
  inputs: ConditionInputs,
): Extract<ConditionOutcome, { kind: 'void' }> | null {
  switch (step.do) {
    case 'push':
      stack.push(step.value);
      return null;
    case 'now':
      stack.push(new Num(inputs.now).div(1000));
      return null;
    case 'price':
      stack.push(rounded(inputs.prices[step.index]));
      return null;
    case 'built_in':
      stack.push(rounded(inputs.builtIns[step.name]));
      return null;
    case 'read':
      stack.push(present(vars.get(step.name)));
      return null;
    case 'assign': {
      const value = present(stack.pop());
      const held = vars.get(step.name);
      const kept = step.once && held !== undefined ? held : value;
      vars.set(step.name, kept);
      stack.push(kept);
      return null;
    }
    case 'drop':
      stack.pop();
      return null;
    case 'operate': {
      const right = present(stack.pop());
      const left = present(stack.pop());
      const result = operate(step.operator, left, right);
      stack.push(result);
      if (result.isFinite()) return null;
      return (step.operator === '/' || step.operator === '%') && right.isZero()
        ? { kind: 'void', why: 'division_by_zero', text: 'division by zero' }
        : { kind: 'void', why: 'overflow', text: `'${step.operator}' has no value that can be held` };
    }
  }
}

/** The same object when nothing changed, so that whoever keeps it need not compare. */
function textsOf(vars: ReadonlyMap<string, Num>, before: ConditionVars): ConditionVars {
  const texts = Object.fromEntries([...vars].map(([name, value]) => [name, value.isZero() ? '0' : value.toFixed()]));
  const names = Object.keys(texts);
  const isSame = names.length === Object.keys(before).length && names.every((name) => texts[name] === before[name]);
  return isSame ? before : texts;
}

/** Thousands of conditions ask for the same price at once. */
const roundedBefore = new WeakMap<Decimal, Num>();

function rounded(value: Decimal | null | undefined): Num {
  const given = present(value);
  const known = roundedBefore.get(given);
  if (known !== undefined) return known;
  const number = numberOf(given.toFixed());
  roundedBefore.set(given, number);
  return number;
}

/** What the compiler has seen to be there. */
function present<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error('A condition must find its operands');
  return value;
}
