import type { Token } from './token.js';

/** One word of the postfix form; a variable that is assigned to is a `target`. */
export interface Word {
  readonly kind: Exclude<Token['kind'], 'end' | 'invalid'> | 'target';
  readonly text: string;
  readonly position: number;
}

/** Takes two operands and leaves one, as every operator but `;` does. */
export function isBinary(word: Pick<Word, 'kind' | 'text'>): boolean {
  return word.kind === 'call' || (word.kind === 'operator' && word.text !== ';');
}

export function isAssignment(text: string): boolean {
  return text === '?=' || text === ':=';
}
