import { err, ok, type Result } from '../errors/result.js';
import { compile } from './compile.js';
import type { Condition } from './condition.js';
import { ConditionFault, type ConditionError } from './condition-error.js';
import { CONDITION_LIMITS } from './limits.js';
import { readInfix } from './read-infix.js';
import { readPostfix } from './read-postfix.js';
import type { Word } from './word.js';

/**
 * Reads and checks an order condition (order-api.md 6). What is no infix is read as postfix; what is neither is
 * refused with the fault of the infix. Never throws, whatever the text.
 */
export function parseCondition(text: string): Result<Condition, ConditionError> {
  const { length } = CONDITION_LIMITS;
  if (text.length > length) return err({ text: `longer than ${length} characters`, position: length });
  const infix = attempt(text, readInfix);
  if (infix.ok) return infix;
  const postfix = attempt(text, readPostfix);
  return postfix.ok ? postfix : infix;
}

function attempt(text: string, read: (text: string) => Word[]): Result<Condition, ConditionError> {
  try {
    return ok(compile(read(text)));
  } catch (fault) {
    if (!(fault instanceof ConditionFault)) throw fault;
    return err({ text: fault.text, position: fault.position });
  }
}
