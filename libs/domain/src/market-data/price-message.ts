import { price, toDecimalString, type Price } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import { PRICE_KINDS, type PriceKind, type PriceUpdate } from './price-track.js';

/** An update and the instrument and kind that it is of, at a venue that is known. */
export interface PriceOf {
  readonly symbol: string;
  readonly kind: PriceKind;
  readonly update: PriceUpdate;
}

/**
 * An update as JSON text: `[symbol, kind, seq, price, at]`, and where more than the one price was heard
 * `[..., low, high, from]`.
 */
export function encodePrice({ symbol, kind, update }: PriceOf): string {
  const { seq, price: now, at, low, high, from } = update;
  const row = [symbol, kind, seq, toDecimalString(now), at];
  const isPoint = from === at && low.eq(now) && high.eq(now);
  return JSON.stringify(isPoint ? row : [...row, toDecimalString(low), toDecimalString(high), from]);
}

/** One message of several updates, each as {@link encodePrice} gives it. */
export function encodePrices(rows: readonly string[]): string {
  return `{"v":1,"prices":[${rows.join(',')}]}`;
}

export class InvalidPricesError extends Error {
  override readonly name = 'InvalidPricesError';
}

/** Whether an update of that number is known: it is left out then, before anything else of it is read. */
export type IsKnown = (symbol: string, kind: PriceKind, seq: number) => boolean;

/** @throws InvalidPricesError when the text is no message of version 1: it says what was found */
export function decodePrices(text: string, isKnown: IsKnown = () => false): PriceOf[] {
  const message = jsonOf(text) as { readonly v?: unknown; readonly prices?: unknown } | null;
  if (message?.v !== 1 || !Array.isArray(message.prices)) {
    throw new InvalidPricesError(`prices must be a list of version 1, was ${text.slice(0, 100)}`);
  }
  return message.prices.flatMap((row) => priceOf(row, isKnown) ?? []);
}

/** @throws InvalidPricesError when the text is none of {@link encodePrice}; null when it is known */
export function decodePrice(text: string, isKnown: IsKnown = () => false): PriceOf | null {
  return priceOf(jsonOf(text), isKnown);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function priceOf(row: unknown, isKnown: IsKnown): PriceOf | null {
  try {
    if (!Array.isArray(row) || (row.length !== 5 && row.length !== 8)) throw new TypeError('not a row');
    const [symbol, kind, seq, now, at, low, high, from] = row as unknown[];
    if (typeof symbol !== 'string' || symbol === '' || !isKind(kind)) throw new TypeError('of nothing');
    const number = wholeOf(seq);
    if (isKnown(symbol, kind, number)) return null;
    const px = amountOf(now);
    const time = wholeOf(at);
    const range =
      row.length === 5
        ? { low: px, high: px, from: time }
        : { low: low === now ? px : amountOf(low), high: high === now ? px : amountOf(high), from: wholeOf(from) };
    return { symbol, kind, update: { seq: number, price: px, at: time, ...range } };
  } catch {
    throw new InvalidPricesError(
      `a price must be [symbol, kind, seq, price, at] and maybe low, high and from, was ${JSON.stringify(row)}`,
    );
  }
}

function isKind(value: unknown): value is PriceKind {
  return (PRICE_KINDS as readonly unknown[]).includes(value);
}

function wholeOf(value: unknown): EpochMs {
  return epochMs(value as number);
}

function amountOf(value: unknown): Price {
  if (typeof value !== 'string' || value.length > 128) throw new TypeError('not a text');
  return price(value);
}
