import type { Decimal, Price, Quantity } from '../numeric/decimal.js';

/** Seconds after a fill at which the mid is looked at again. */
export const MARKOUT_SECONDS = [1, 5, 30] as const;
export type MarkoutSeconds = (typeof MARKOUT_SECONDS)[number];
/** One value per horizon. */
export type PerHorizon<T> = Readonly<Record<MarkoutSeconds, T>>;

/** One fill with what its cost is judged by. */
export interface CostFill {
  readonly price: Price;
  readonly qty: Quantity;
  readonly role: 'maker' | 'taker';
  /** Commission in quote; other assets converted at the mid of the fill's time. Null when that is not known. */
  readonly feeQuote: Decimal | null;
  /** The asset whose mid is missing then. */
  readonly feeAsset?: string | undefined;
  /** Mid and half-spread, in price, just before the fill. */
  readonly mid: Price | null;
  readonly halfSpread: Decimal | null;
  /** Mid 1, 5 and 30 s after the fill. */
  readonly midAfter: PerHorizon<Price | null>;
}
