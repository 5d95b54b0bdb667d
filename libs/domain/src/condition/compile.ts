import { epochSecondsOfDay, isCalendarDay } from '../time/calendar.js';
import { numberOf } from './arithmetic.js';
import {
  BUILT_INS,
  type BuiltIn,
  type Condition,
  type Operator,
  type PriceTerm,
  type Step,
  type ValueType,
} from './condition.js';
import { ConditionFault, shownPiece } from './condition-error.js';
import { CONDITION_LIMITS } from './limits.js';
import { PRICE_FORM, TIME_FORM } from './token.js';
import { resultType } from './types.js';
import { isAssignment, type Word } from './word.js';

const PRICE = new RegExp(`^${PRICE_FORM}$`, 'i');
const TIME = new RegExp(`^${TIME_FORM}$`);
const DAY = /(\d{4})\.(\d{2})\.(\d{2})/;

/** An operand that waits; a target is no value yet. */
interface Operand {
  readonly type: ValueType | 'target';
  readonly word: Word;
  /** Where its first word stands. */
  readonly start: number;
}

/**
 * Turns postfix words into a checked condition.
 * @throws ConditionFault at the first word whose operands do not suit it, or that is one too many of its kind
 */
export function compile(words: readonly Word[]): Condition {
  return new Compiler().compile(words);
}

class Compiler {
  private readonly steps: Step[] = [];
  private readonly stack: Operand[] = [];
  private readonly prices = new Map<string, PriceTerm & { readonly index: number }>();
  private readonly variables = new Map<string, ValueType>();

  compile(words: readonly Word[]): Condition {
    for (const word of words) this.add(word);
    const [last, extra] = this.stack;
    if (last === undefined) throw new ConditionFault('unexpected end', 0);
    if (extra !== undefined) throw new ConditionFault(`unexpected ${shownPiece(extra.word.text)}`, extra.start);
    if (last.type !== 'boolean') throw new ConditionFault(`must be true or false, was ${named(last.type)}`, last.start);
    return {
      postfix: words.map((word) => word.text).join(' '),
      prices: [...this.prices.values()].map(({ index: _, ...term }) => term),
      variables: this.variables,
      steps: this.steps,
    };
  }

  private add(word: Word): void {
    switch (word.kind) {
      case 'number':
        return this.push(word, 'number', { do: 'push', value: literal(word) });
      case 'time':
        return this.push(word, 'time', { do: 'push', value: numberOf(secondsOf(word)) });
      case 'now':
        return this.push(word, 'time', { do: 'now' });
      case 'price':
        return this.push(word, 'number', { do: 'price', index: this.indexOf(word) });
      case 'variable':
        return this.read(word);
      case 'target':
        return this.aim(word);
      case 'call':
      case 'operator':
        return this.operate(word);
    }
  }

  private push(word: Word, type: ValueType, step: Step, start = word.position): void {
    this.steps.push(step);
    this.stack.push({ type, word, start });
  }

  private indexOf(word: Word): number {
    const [, pair = '', exchange = ''] = PRICE.exec(word.text) ?? [];
    const day = DAY.exec(pair);
    if (day !== null && !isCalendarDay(Number(day[1]), Number(day[2]), Number(day[3])))
      throw new ConditionFault(`no such day in ${shownPiece(pair)}`, word.position);
    const key = `${pair}@${exchange.toLowerCase()}`;
    const known = this.prices.get(key);
    if (known !== undefined) return known.index;
    const index = this.prices.size;
    if (index === CONDITION_LIMITS.prices)
      throw new ConditionFault(`more than ${CONDITION_LIMITS.prices} prices`, word.position);
    this.prices.set(key, { pair, exchange, position: word.position, index });
    return index;
  }

  private read(word: Word): void {
    if (isBuiltIn(word.text)) return this.push(word, 'number', { do: 'built_in', name: word.text });
    const name = nameOf(word);
    const type = this.variables.get(name);
    if (type === undefined)
      throw new ConditionFault(`variable ${shownPiece(word.text)} is read before it is set`, word.position);
    this.push(word, type, { do: 'read', name });
  }

  private aim(word: Word): void {
    if (isBuiltIn(word.text)) throw new ConditionFault(`variable ${shownPiece(word.text)} is read-only`, word.position);
    this.stack.push({ type: 'target', word, start: word.position });
  }

  private operate(word: Word): void {
    const right = this.pop(word);
    if (word.text === ';') {
      this.steps.push({ do: 'drop' });
      return;
    }
    const left = this.pop(word);
    if (isAssignment(word.text)) return this.assign(word, left, right);
    const operator = word.text as Operator;
    const type = left.type === 'target' || right.type === 'target' ? null : resultType(left.type, operator, right.type);
    if (type === null)
      throw new ConditionFault(
        `'${operator}' does not take ${named(left.type)} and ${named(right.type)}`,
        word.position,
      );
    this.push(word, type, { do: 'operate', operator }, left.start);
  }

  private assign(word: Word, target: Operand, value: Operand): void {
    const name = nameOf(target.word);
    if (target.type !== 'target' || value.type === 'target')
      throw new ConditionFault(`'${word.text}' needs a variable and a value`, word.position);
    const held = this.variables.get(name);
    if (held !== undefined && held !== value.type)
      throw new ConditionFault(
        `variable ${shownPiece(target.word.text)} holds ${named(held)}, not ${named(value.type)}`,
        target.word.position,
      );
    if (held === undefined && this.variables.size === CONDITION_LIMITS.variables)
      throw new ConditionFault(`more than ${CONDITION_LIMITS.variables} variables`, target.word.position);
    this.variables.set(name, value.type);
    this.push(word, value.type, { do: 'assign', name, once: word.text === '?=' }, target.start);
  }

  private pop(word: Word): Operand {
    const operand = this.stack.pop();
    if (operand === undefined) throw new ConditionFault(`unexpected ${shownPiece(word.text)}`, word.position);
    return operand;
  }
}

function literal(word: Word): ReturnType<typeof numberOf> {
  const value = numberOf(word.text);
  if (!value.isFinite()) throw new ConditionFault(`number ${shownPiece(word.text)} is too large`, word.position);
  return value;
}

function secondsOf(word: Word): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (TIME.exec(word.text) ?? [])
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  if (!isCalendarDay(year, month, day) || hour > 23 || minute > 59 || second > 59)
    throw new ConditionFault(`no such time ${shownPiece(word.text)}`, word.position);
  return epochSecondsOfDay(year, month, day) + hour * 3600 + minute * 60 + second;
}

/** Without its colon. */
function nameOf(word: Word): string {
  return word.text.slice(1);
}

function isBuiltIn(name: string): name is BuiltIn {
  return (BUILT_INS as readonly string[]).includes(name);
}

function named(type: Operand['type']): string {
  return `a ${type}`;
}
