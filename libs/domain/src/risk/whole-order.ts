import type { Side } from '../instrument/instrument.js';
import { decimal, type Decimal } from '../numeric/decimal.js';
import { above, listDenial } from './account-controls.js';
import { fault, type Denial } from './denial.js';
import type { RiskLimits } from './risk-limits.js';

/** RC-02 warns from this share of its limit on. */
const CONCERN_SHARE = decimal('0.5');
const BASKET_NOTIONAL = 'notional of all orders together';

/** An order as it is taken in, before any child is decided. */
export interface WholeOrder {
  readonly symbol: string;
  readonly side: Side;
  /** In base; null while a quote-sized order has no price. */
  readonly baseQty: Decimal | null;
  /** In the reporting currency; null where no price tells it, which is then left to the last gate. */
  readonly notional: Decimal | null;
}

/**
 * The hard controls of reliability.md 5.1 that concern an order as a whole: RC-01, RC-02 and RC-12. Null when all let it
 * pass, or the account reports only.
 */
export function checkWholeOrder({ symbol, side, baseQty, notional }: WholeOrder, limits: RiskLimits): Denial | null {
  if (limits.enforcement !== 'strict') return null;
  const { maxQuantity, maxParentQuantity, maxParentNotional } = limits;
  if (maxQuantity === null)
    return fault(
      'QUANTITY_ABOVE_MAX',
      'no maximum order quantity is set for the account',
      null,
      baseQty?.toFixed() ?? null,
    );
  const tooMuch =
    maxParentQuantity === null || baseQty === null
      ? null
      : above('QUANTITY_ABOVE_MAX', 'quantity', maxParentQuantity, baseQty);
  const tooDear = notional === null ? null : above('NOTIONAL_ABOVE_MAX', 'notional', maxParentNotional, notional);
  return tooMuch ?? tooDear ?? listDenial({ symbol, side }, limits);
}

/**
 * The soft half of RC-02: what is to be said of an order that comes near its limit, or beyond it where the account reports
 * only. Null when there is nothing to say.
 */
export function concernOfWholeOrder({ notional }: Pick<WholeOrder, 'notional'>, limits: RiskLimits): string | null {
  return notional === null ? null : concern('notional', notional, limits.maxParentNotional, limits);
}

/**
 * RC-02 of a basket: orders that are taken in together are held against one limit together, in the reporting currency.
 * No gate sees the basket again, so it must pass for every account that is held to its limits.
 * @param total null while no price tells one of them, which is too much
 * @param limits of each
 */
export function checkBasket(total: Decimal | null, limits: readonly RiskLimits[]): Denial | null {
  if (total === null)
    return limits.some(({ enforcement }) => enforcement === 'strict')
      ? fault('NOTIONAL_PRICE_MISSING', 'there is no price to state all orders together in the reporting currency')
      : null;
  for (const { enforcement, maxBasketNotional } of limits) {
    const denial = above('NOTIONAL_ABOVE_MAX', BASKET_NOTIONAL, maxBasketNotional, total);
    if (enforcement === 'strict' && denial !== null) return denial;
  }
  return null;
}

/** The soft half of {@link checkBasket}, each thing once. */
export function concernsOfBasket(total: Decimal, limits: readonly RiskLimits[]): string[] {
  return [...new Set(limits.flatMap((one) => concern(BASKET_NOTIONAL, total, one.maxBasketNotional, one) ?? []))];
}

function concern(
  what: string,
  notional: Decimal,
  max: Decimal,
  { enforcement }: Pick<RiskLimits, 'enforcement'>,
): string | null {
  if (notional.lte(max.mul(CONCERN_SHARE))) return null;
  const [value, limit] = [notional.toFixed(), max.toFixed()];
  if (notional.lte(max)) return `${what} ${value} is above half of the limit of ${limit}`;
  return enforcement === 'strict'
    ? null
    : `${what} ${value} is above the limit of ${limit}, which is only reported here`;
}
