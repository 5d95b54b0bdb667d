import type { TopOfBook } from '../api/types.js';
import { readDecimal, type DecimalValue } from '../format/decimal.js';

/** Best bid and ask of an answer of `/manage/v1/market`; null when it holds none. */
export function readTopOfBook(answer: unknown): TopOfBook | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { bid, ask } = answer as Readonly<Record<string, unknown>>;
  if (typeof bid !== 'string' || typeof ask !== 'string') return null;
  return readDecimal(bid) === null || readDecimal(ask) === null ? null : { bid, ask };
}

export function midOf(book: TopOfBook | null): DecimalValue | null {
  const bid = readDecimal(book?.bid);
  const ask = readDecimal(book?.ask);
  return bid === null || ask === null ? null : bid.add(ask).div(2);
}
