import { z } from 'zod';
import {
  Dec,
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type ClientOrderId,
  type Decimal,
  type EpochMs,
  type Notional,
  type Price,
  type Quantity,
  type TradeId,
  type VenueOrderId,
} from '#domain';
import { isPlausibleTime } from '../implausible.js';

/** Digits a vendor may write an amount in; an exponent of two digits is the most that makes sense. */
const NUMBER = /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?$/;

const plain = (text: string): string => new Dec(text).toFixed();
/** More than the database holds to the left of the point (`numeric(38,18)`): such an amount could never be booked. */
const MOST = new Dec('1e20');
const text = z
  .string()
  .max(64)
  .regex(NUMBER)
  .refine((value) => NUMBER.test(value) && new Dec(value).abs().lt(MOST), { error: 'must be below 1e20' });

/** An amount without a sign. */
export const amount = text.transform((value): Quantity => quantity(plain(value)));
/** What a fill is of: a fill of nothing would take the name of the one that is of something. */
export const executed = amount.refine((value) => value.gt(0), { error: 'must be above zero' });
export const signed = text.transform((value): Decimal => decimal(plain(value)));
/** A price above zero. */
export const px = text.transform((value): Price => price(plain(value)));
/** A price where zero, an empty text or nothing stands for none. */
export const pxOrNone = z
  .union([text, z.literal(''), z.null(), z.undefined()])
  .transform((value): Price | null =>
    value === undefined || value === null || value === '' || new Dec(value).isZero() ? null : price(plain(value)),
  );
/** An amount where an empty text or nothing stands for none. */
export const signedOrNone = z
  .union([text, z.literal(''), z.null(), z.undefined()])
  .transform((value): Decimal | null =>
    value === undefined || value === null || value === '' ? null : decimal(plain(value)),
  );

export const name = z.string().min(1).max(64);
/** Ids, whether the vendor writes them as numbers or as texts. */
export const id = z.string().min(1).max(80);
export const orderId = id.transform((value) => value as VenueOrderId);
export const tradeId = id.transform((value) => value as TradeId);
export const int = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const instantOf = (at: number, context: z.RefinementCtx): EpochMs => {
  if (isPlausibleTime(at)) return epochMs(at);
  context.addIssue({ code: 'custom', message: 'must be an instant of this century' });
  return z.NEVER;
};
/** Epoch milliseconds. */
export const ms = z
  .string()
  .regex(/^\d{12,13}(\.\d+)?$/)
  .transform((value, context): EpochMs => instantOf(Math.floor(Number(value)), context));
/** Epoch seconds with a fraction. */
export const seconds = z
  .string()
  .regex(/^\d{9,10}(\.\d{1,12})?$/)
  .transform((value, context): EpochMs => instantOf(Math.floor(Number(value) * 1_000), context));
/** RFC 3339 with a zone, to any fraction of a second. */
export const instant = z
  .string()
  .max(40)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  .transform((value, context): EpochMs => instantOf(Date.parse(value), context));

/** The least value of an order, as the quote amount it is. */
export const leastNotional = (value: Decimal | undefined): Notional => notional((value ?? new Dec(0)).toFixed());

/** Basis points of a rate: 0.001 is 10. */
export const bps = (rate: Decimal): Decimal => rate.mul(10_000);

/** A reply that speaks of another order than the one asked about. */
export class OtherOrder extends Error {
  override readonly name = 'OtherOrder';
  constructor(wanted: string, found: string) {
    super(`the reply speaks of another order: asked about ${wanted}, was told of ${found.slice(0, 80)}`);
  }
}

/** @throws OtherOrder when the reply names a client id, and it is not ours */
export function sameOrder(wanted: ClientOrderId, found: ClientOrderId | null | undefined, as: string): void {
  if (found === undefined || (found === null && as === '')) return;
  if (found !== wanted) throw new OtherOrder(wanted, as);
}
