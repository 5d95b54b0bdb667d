/** Kind of a token; `operator` covers everything that is spelt in one way only. */
export type TokenKind = 'time' | 'price' | 'number' | 'now' | 'call' | 'variable' | 'operator' | 'end' | 'invalid';

export interface Token {
  readonly kind: TokenKind;
  /** As entered, keywords in capitals; for `invalid` what is wrong, for `end` nothing. */
  readonly text: string;
  /** Zero-based place of its first character in the text. */
  readonly position: number;
}

const SYMBOL = '[A-Za-z0-9]{1,20}';
const DAY = '\\d{4}\\.\\d{2}\\.\\d{2}';
const VARIANT = `(?::(?:PERP|FUTURE_${DAY}|(?:CALL|PUT)@\\d+(?:\\.\\d+)?_${DAY}))?`;

/** A pair of order-api.md 3.3 at an exchange. */
export const PRICE_FORM = `(${SYMBOL}${VARIANT}-${SYMBOL})@([A-Za-z0-9_]+)`;
export const TIME_FORM = 'dt(\\d{4})-(\\d{2})-(\\d{2})T(\\d{2}):(\\d{2})(?::(\\d{2}))?';
