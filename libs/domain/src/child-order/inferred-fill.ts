import { createHash } from 'node:crypto';
import { Dec, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { TradeId, VenueOrderId } from '../parent-order/ids.js';
import type { EpochMs } from '../time/clock.js';
import type { Fill } from './child-order.js';

/** Part of an order that the venue counts as executed, and whose trade it has not told. */
export interface InferredFill {
  readonly id: string;
  readonly lastQty: Quantity;
  readonly lastPx: Price;
  readonly role: Fill['role'];
}

/** Trade id of an inferred fill: SHA-256(order id, 0x00, cumulative quantity) as hex (venues.md A7). */
export function inferredTradeId(venueOrderId: VenueOrderId, cumQty: Decimal): TradeId {
  return createHash('sha256').update(venueOrderId).update('\0').update(cumQty.toFixed()).digest('hex') as TradeId;
}

export interface InferenceInput {
  readonly venueOrderId: VenueOrderId;
  /** What the venue counts as executed, and at which average price if it says so. */
  readonly cumQty: Quantity;
  readonly avgPx: Price | null;
  /** What we have booked: quantity and its value in quote. */
  readonly bookedQty: Quantity;
  readonly bookedNotional: Decimal;
  /** Of the order; what is assumed where the average says nothing that can be. */
  readonly limitPx: Price;
  readonly quote: string;
  readonly role: Fill['role'];
  readonly at: EpochMs;
}

/** Digits of a computed price. */
const PRICE_PLACES = 18;

/**
 * The fill that must have been, for what the venue counts beyond our fills; null when nothing is missing. Its price makes
 * the average right where the venue tells it. Its fee is unknown and stands at zero until the real fill replaces it.
 */
export function inferFill(input: InferenceInput): Fill | null {
  const missing = input.cumQty.sub(input.bookedQty);
  if (missing.lte(ZERO)) return null;
  const implied = input.avgPx?.mul(input.cumQty).sub(input.bookedNotional).div(missing).toDecimalPlaces(PRICE_PLACES);
  return {
    venueOrderId: input.venueOrderId,
    tradeId: inferredTradeId(input.venueOrderId, input.cumQty),
    lastQty: missing as Quantity,
    lastPx: (implied === undefined || implied.lte(ZERO) ? input.limitPx : implied) as Price,
    role: input.role,
    fee: ZERO,
    feeAsset: input.quote,
    tradedAt: input.at,
  };
}

/** How much of an inferred fill a real one takes the place of. */
export interface Replacement {
  readonly inferred: InferredFill;
  readonly qty: Quantity;
}

/**
 * Sets a real fill against the inferred ones of its order, oldest first. What it replaces was counted before and is not
 * counted again; only `adds` is new. The total never rises above what the venue counts.
 */
export function replaceInferred(
  outstanding: readonly InferredFill[],
  lastQty: Quantity,
): { readonly replaced: readonly Replacement[]; readonly adds: Quantity } {
  const replaced: Replacement[] = [];
  let left: Decimal = lastQty;
  for (const inferred of outstanding) {
    if (left.isZero()) break;
    const qty = Dec.min(left, inferred.lastQty) as Quantity;
    replaced.push({ inferred, qty });
    left = left.sub(qty);
  }
  return { replaced, adds: left as Quantity };
}
