import type { BookLevel, Price, Quantity, Side } from '#domain';

/**
 * One side of a recorded book as the venue would have published it: with an order's own resting children in it, which
 * the record does not know. The engine takes them out again where they would mislead it.
 *
 * @param levels best first
 */
export function withOwnOrders(
  side: Side,
  levels: readonly BookLevel[],
  own: readonly { readonly price: Price; readonly qty: Quantity }[],
): readonly BookLevel[] {
  if (own.length === 0) return levels;
  const shown = [...levels];
  for (const { price, qty } of own) {
    const at = shown.findIndex((level) => (side === 'buy' ? level.price.lte(price) : level.price.gte(price)));
    const level = shown[at];
    if (level?.price.eq(price) === true) shown[at] = { price, qty: level.qty.add(qty) as Quantity };
    else shown.splice(at === -1 ? shown.length : at, 0, { price, qty });
  }
  return shown;
}
