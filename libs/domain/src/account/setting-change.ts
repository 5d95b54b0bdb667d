import type { Decimal } from '../numeric/decimal.js';

/** What stands at an account, as far as it forbids a change of its settings. */
export interface Standing {
  /** Every order that is open or may be: ours from the decision on, and those of others. */
  readonly orders: readonly { readonly symbol: string }[];
  readonly positions: readonly { readonly symbol: string; readonly qty: Decimal }[];
}

/**
 * Why a setting may not be changed now, in words, or null: never with an open order or a position in that symbol
 * (venues.md A8). Pure.
 * @param symbol empty for what concerns the whole account: then any symbol is in the way
 */
export function whyNotChange(symbol: string, { orders, positions }: Standing): string | null {
  const concerns = (other: { readonly symbol: string }): boolean => symbol === '' || symbol === other.symbol;
  const order = orders.find(concerns);
  if (order !== undefined) return `an order in ${order.symbol} is open`;
  const position = positions.find((one) => concerns(one) && !one.qty.isZero());
  return position === undefined ? null : `there is a position in ${position.symbol}`;
}
