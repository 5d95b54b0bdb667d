import type { Decimal } from '../numeric/decimal.js';
import { fault, type ControlCode, type Denial } from './denial.js';
import { judgeReference } from './gate-reference.js';
import type { GateInput, GateParent } from './gate-input.js';

/** Null unless the value is above its limit. */
export const above = (code: ControlCode, what: string, limit: Decimal, value: Decimal): Denial | null =>
  value.lte(limit)
    ? null
    : fault(
        code,
        `${what} must not be above ${limit.toFixed()}, was ${value.toFixed()}`,
        limit.toFixed(),
        value.toFixed(),
      );

/** RC-01. A live account trades nothing before somebody said how much is too much. */
export function checkQuantityMax({ child, limits }: GateInput, parent: GateParent): Denial | null {
  const { maxQuantity, maxParentQuantity, enforcement } = limits;
  if (maxQuantity === null)
    return enforcement === 'strict'
      ? fault('QUANTITY_ABOVE_MAX', 'no maximum order quantity is set for the account', null, child.orderQty.toFixed())
      : null;
  const tooLarge = above('QUANTITY_ABOVE_MAX', 'quantity', maxQuantity, child.orderQty);
  if (tooLarge !== null || maxParentQuantity === null || parent.sizing !== 'base' || parent.orderQty === null)
    return tooLarge;
  return above('QUANTITY_ABOVE_MAX', 'quantity of the parent order', maxParentQuantity, parent.orderQty);
}

/** RC-02, in the reporting currency; a value that cannot be told is too large. */
export function checkNotional(input: GateInput, parent: GateParent): Denial | null {
  const { child, limits, usage, reference, now } = input;
  if (usage.quoteRate === null)
    return fault('NOTIONAL_PRICE_MISSING', 'there is no price to state the order in the reporting currency');
  const value = child.price.mul(child.orderQty).mul(usage.quoteRate);
  const tooLarge = above('NOTIONAL_ABOVE_MAX', 'notional', limits.maxNotional, value);
  if (tooLarge !== null || parent.orderQty === null) return tooLarge;
  const judged = judgeReference(reference, limits, now);
  const px = parent.sizing === 'quote' ? null : judged.kind === 'accepted' ? judged.mid : child.price;
  const whole = (px === null ? parent.orderQty : parent.orderQty.mul(px)).mul(usage.quoteRate);
  return above('NOTIONAL_ABOVE_MAX', 'notional of the parent order', limits.maxParentNotional, whole);
}

/** RC-05. Cancels count and always pass; they do not come by here. */
export function checkMessages({ limits, usage }: GateInput): Denial | null {
  const value = usage.messages + 1;
  if (value <= limits.messagesPerSecond) return null;
  return fault(
    'RATE_MESSAGES_EXCEEDED',
    `messages of the account must not be above ${limits.messagesPerSecond} a second, would be ${value}`,
    String(limits.messagesPerSecond),
    String(value),
  );
}

/** RC-08, from intent: what is decided counts before any venue has heard of it. What shrinks a position adds none. */
export function checkExposure({ child, limits, usage }: GateInput): Denial | null {
  if (child.isReducing) return null;
  const { accountExposure, tenantExposure, quoteRate } = usage;
  if (accountExposure === null || tenantExposure === null || quoteRate === null)
    return fault('EXPOSURE_ABOVE_LIMIT', 'the exposure cannot be told: a price is missing');
  const value = child.price.mul(child.orderQty).mul(quoteRate);
  return (
    above('EXPOSURE_ABOVE_LIMIT', 'exposure of the account', limits.maxAccountExposure, accountExposure.add(value)) ??
    above('EXPOSURE_ABOVE_LIMIT', 'exposure of the tenant', limits.maxTenantExposure, tenantExposure.add(value))
  );
}

/** RC-12: each list that applies names the symbol, for both sides or for this one. No list: nothing for live accounts. */
export function checkList({ child, limits }: GateInput): Denial | null {
  return listDenial(child, limits);
}

/** The same of any order. */
export function listDenial(
  { symbol, side }: Pick<GateInput['child'], 'symbol' | 'side'>,
  limits: GateInput['limits'],
): Denial | null {
  const names = (list: readonly string[]): boolean =>
    list.includes('*') || list.includes(symbol) || list.includes(`${symbol}:${side}`);
  if (limits.allowed.length === 0)
    return limits.enforcement === 'strict'
      ? fault('LIST_NOT_ALLOWED', 'no list of allowed instruments is set for the account', null, `${symbol}:${side}`)
      : null;
  const against = limits.allowed.find((list) => !names(list));
  return against === undefined
    ? null
    : fault(
        'LIST_NOT_ALLOWED',
        `instrument and side must be in the list of the account, was ${symbol} ${side}`,
        against.join(',').slice(0, 200),
        `${symbol}:${side}`,
      );
}
