import { shownPiece } from './condition-error.js';
import { CONDITION_LIMITS } from './limits.js';
import { PRICE_FORM, TIME_FORM, type Token, type TokenKind } from './token.js';

/** In this order the longest match wins, so `A-B@X-C-D@Y` is one subtraction. */
const FORMS: readonly (readonly [TokenKind, RegExp])[] = [
  ['time', new RegExp(TIME_FORM, 'y')],
  ['price', new RegExp(PRICE_FORM, 'iy')],
  ['number', /\d+(?:\.\d+)?(?:[eE][+-]?\d{1,4})?/y],
  ['now', /TIME|time/y],
  ['call', /max|min/y],
  ['operator', /AND|and|OR|or|\?=|:=/y],
  ['variable', /:[A-Za-z][A-Za-z0-9_]*/y],
  ['operator', /\*\*|>=|<=|==|!=|[<>+\-*/%(),;]/y],
];
const SPACE = /[ \t\r\n]*/y;
const WORD = /[A-Za-z0-9_]+|./suy;

/**
 * The tokens of a condition, closed by an `end`, or by an `invalid` at the first place that holds none or one too many:
 * whoever reads on from the left meets the first fault first.
 */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += matchAt(SPACE, text, position).length;
    if (position >= text.length) return [...tokens, { kind: 'end', text: '', position: text.length }];
    const found = tokenAt(text, position);
    const isTooMany = tokens.length === CONDITION_LIMITS.tokens && found.kind !== 'invalid';
    tokens.push(isTooMany ? { kind: 'invalid', text: `more than ${CONDITION_LIMITS.tokens} tokens`, position } : found);
    if (isTooMany || found.kind === 'invalid') return tokens;
    position += found.text.length;
  }
}

function tokenAt(text: string, position: number): Token {
  for (const [kind, form] of FORMS) {
    const match = matchAt(form, text, position);
    if (match === '') continue;
    const isKeyword = kind === 'now' || (kind === 'operator' && /^[a-z]/.test(match));
    return { kind, text: isKeyword ? match.toUpperCase() : match, position };
  }
  return { kind: 'invalid', text: `unexpected ${shownPiece(matchAt(WORD, text, position))}`, position };
}

function matchAt(form: RegExp, text: string, position: number): string {
  form.lastIndex = position;
  return form.exec(text)?.[0] ?? '';
}
