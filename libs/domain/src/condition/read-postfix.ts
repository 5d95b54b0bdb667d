import { ConditionFault, shownPiece } from './condition-error.js';
import { tokensOf } from './lexer.js';
import type { Token } from './token.js';
import { isAssignment, isBinary, type Word } from './word.js';

const ONLY_INFIX = ['(', ')', ','];

/**
 * Reads the postfix form, words with space between (order-api.md 6), and marks which variables are assigned to.
 * @throws ConditionFault at the first word that is none or finds too few operands
 */
export function readPostfix(text: string): Word[] {
  const words: Word[] = [];
  /** Of each operand that waits, the word that made it. */
  const stack: number[] = [];
  const pop = (at: Token): number => {
    const top = stack.pop();
    if (top === undefined) throw new ConditionFault(`unexpected ${shownPiece(at.text)}`, at.position);
    return top;
  };
  for (const token of tokensOf(text)) {
    const { kind, position } = token;
    if (kind === 'end') break;
    if (kind === 'invalid') throw new ConditionFault(token.text, position);
    if (ONLY_INFIX.includes(token.text) || !standsAlone(text, token))
      throw new ConditionFault(`unexpected ${shownPiece(token.text)}`, position);
    if (kind === 'operator' && token.text === ';') pop(token);
    else if (isBinary({ kind, text: token.text })) {
      pop(token);
      const left = pop(token);
      if (isAssignment(token.text)) markTarget(words, left, token);
      stack.push(words.length);
    } else stack.push(words.length);
    words.push({ kind, text: token.text, position });
  }
  return words;
}

function markTarget(words: Word[], at: number, sign: Token): void {
  const word = words[at];
  if (word?.kind !== 'variable') throw new ConditionFault(`'${sign.text}' needs a variable`, sign.position);
  words[at] = { ...word, kind: 'target' };
}

function standsAlone(text: string, { position, text: { length } }: Token): boolean {
  const isSpace = (character: string | undefined): boolean => character === undefined || /[ \t\r\n]/.test(character);
  return isSpace(text[position - 1]) && isSpace(text[position + length]);
}
