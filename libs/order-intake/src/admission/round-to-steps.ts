import { ceilTo, Dec, err, floorTo, ok, type Decimal, type Instrument, type Price, type Result } from '#domain';
import type { OrderRequest } from '../request/order-request.js';
import { NUMBER_CEILING } from '../request/read-values.js';

/** Why a quantity or a price cannot be brought to a venue's steps. */
export type StepRefusal =
  /** The text follows the name of the field that held the quantity. */
  | { readonly code: 'too_large'; readonly text: string }
  | { readonly code: 'below_minimum'; readonly text: string }
  | { readonly code: 'invalid'; readonly field: string; readonly text: string };

/** Quantities are cut to the finest lot, and must reach the smallest minimum of the venues (order-api.md 3.6). */
export function finestOf(instruments: readonly [Instrument, ...Instrument[]]): Instrument {
  const [instrument, ...others] = instruments;
  const all = [instrument, ...others];
  return {
    ...instrument,
    lot: all.reduce((least, { lot }) => (lot.lt(least) ? lot : least), instrument.lot),
    minQty: all.reduce((least, { minQty }) => (minQty.lt(least) ? minQty : least), instrument.minQty),
    minNotional: all.reduce(
      (least, { minNotional }) => (minNotional.lt(least) ? minNotional : least),
      instrument.minNotional,
    ),
  };
}

/**
 * Why an order of this size cannot be stored: what it is worth on the other side of its pair is beyond every column.
 * Null while it can, or while there is no price. The text follows the name of the field.
 */
export function whyTooLarge(
  { sizing, orderQty }: Pick<OrderRequest, 'sizing' | 'orderQty'>,
  price: Price | null,
): string | null {
  if (price === null) return null;
  const worth = sizing === 'base' ? orderQty.mul(price) : orderQty.div(price);
  if (worth.lt(NUMBER_CEILING)) return null;
  const unit = sizing === 'base' ? 'quote' : 'base';
  return `is too large: its worth in ${unit} at ${price.toFixed()} must be below 10^20, was ${orderQty.toFixed()}`;
}

/** What of an order tells at which price it is worth least. */
export type PricedOrder = Pick<OrderRequest, 'algorithm' | 'side' | 'sizing' | 'limitPrice' | 'isReverseLimit'>;

/**
 * The price by which an order is held against the least notional: the mid, or its limit price where that is lower and the
 * order rests at it or may pay no more. Null where that is not known: what is sized in quote buys the more the lower the mid
 * will be.
 */
export function leastPrice(order: PricedOrder, mid: Price | null): Price | null {
  const { algorithm, side, sizing, limitPrice, isReverseLimit } = order;
  const rests = algorithm === 'limit' || algorithm === 'iceberg';
  if (limitPrice === null || !(rests || (side === 'buy' && !isReverseLimit))) return mid;
  if (mid === null) return rests || sizing === 'base' ? limitPrice : null;
  return limitPrice.lt(mid) ? limitPrice : mid;
}

/** Base quantities are rounded down to the lot; what is left must reach the venue's minima, at `price` where that is known. */
export function toLots(
  request: Pick<OrderRequest, 'sizing' | 'orderQty'>,
  instrument: Instrument,
  price: Price | null,
  warnings: string[],
): Result<Decimal, StepRefusal> {
  const { base, quote, lot, minQty, minNotional } = instrument;
  const below = (text: string): Result<never, StepRefusal> => err({ code: 'below_minimum', text });
  const minimum = `the minimum of ${minNotional.toFixed()} ${quote}`;
  if (request.sizing === 'quote') {
    if (request.orderQty.lt(minNotional))
      return below(`notional must be at least ${minimum}, was ${request.orderQty.toFixed()} ${quote}`);
    const inLots = price === null ? null : floorTo(request.orderQty.div(price), lot);
    if (price !== null && inLots !== null && (inLots.lt(minQty) || inLots.mul(price).lt(minNotional)))
      return below(
        `notional must be at least ${minimum} in whole lots of ${lot.toFixed()} ${base}, was ${inLots.mul(price).toFixed()} ${quote} at ${price.toFixed()}`,
      );
    return ok(request.orderQty);
  }
  const qty = floorTo(request.orderQty, lot);
  if (qty.lt(minQty) || qty.isZero())
    return below(
      `quantity must be at least ${Dec.max(minQty, lot).toFixed()} ${base}, was ${request.orderQty.toFixed()}`,
    );
  if (price !== null && qty.mul(price).lt(minNotional))
    return below(
      `notional must be at least ${minimum}, was ${qty.mul(price).toFixed()} ${quote} at ${price.toFixed()}`,
    );
  if (!qty.eq(request.orderQty))
    warnings.push(`quantity ${request.orderQty.toFixed()} was rounded down to the lot: ${qty.toFixed()}`);
  return ok(qty);
}

/**
 * To the tick and never towards worse: down for a buy, up for a sell. A reverse limit is the best price that the client
 * wants, so it never goes towards better.
 */
export function toTick(
  request: Pick<OrderRequest, 'limitPrice' | 'side' | 'isReverseLimit'>,
  { tick }: Instrument,
  warnings: string[],
): Result<Price | null, StepRefusal> {
  const { limitPrice, side, isReverseLimit } = request;
  if (limitPrice === null) return ok(null);
  const rounded = (side === 'buy') !== isReverseLimit ? floorTo(limitPrice, tick) : ceilTo(limitPrice, tick);
  if (rounded.isZero())
    return err({
      code: 'invalid',
      field: 'limit_price',
      text: `limit_price must be at least the tick ${tick.toFixed()}, was ${limitPrice.toFixed()}`,
    });
  if (rounded.gte(NUMBER_CEILING))
    return err({
      code: 'invalid',
      field: 'limit_price',
      text: `limit_price is too large: it must be below 10^20 in steps of ${tick.toFixed()}, was ${limitPrice.toFixed()}`,
    });
  if (!rounded.eq(limitPrice))
    warnings.push(`limit_price ${limitPrice.toFixed()} was rounded to the tick: ${rounded.toFixed()}`);
  return ok(rounded);
}
