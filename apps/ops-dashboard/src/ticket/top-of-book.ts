import type { TopOfBook } from '../api/types.js';
import { readDecimal, type DecimalValue } from '../format/decimal.js';

/** Best bid and ask of an answer of `/manage/v1/market`; null when it holds none, or none of now. */
export function readTopOfBook(answer: unknown): TopOfBook | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { status, bids, asks } = answer as Readonly<Record<string, unknown>>;
  const [bid, ask] = [bestOf(bids), bestOf(asks)];
  return status !== 'live' || bid === null || ask === null ? null : { bid, ask };
}

/** The price of the first of `[price, quantity]` levels. */
function bestOf(levels: unknown): string | null {
  const level: unknown = Array.isArray(levels) ? levels[0] : null;
  const price: unknown = Array.isArray(level) ? level[0] : null;
  return typeof price === 'string' && readDecimal(price) !== null ? price : null;
}

export function midOf(book: TopOfBook | null): DecimalValue | null {
  const bid = readDecimal(book?.bid);
  const ask = readDecimal(book?.ask);
  return bid === null || ask === null ? null : bid.add(ask).div(2);
}
