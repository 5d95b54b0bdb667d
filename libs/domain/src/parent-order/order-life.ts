import type { Decimal } from '../numeric/decimal.js';
import { isFinal, type Algorithm, type ParentOrderStatus } from './parent-order.js';

/** What decides whether an order may be paused, resumed or amended. */
export interface LivingOrder {
  readonly status: ParentOrderStatus;
  readonly algorithm: Algorithm;
  /** A leg of a multi order lives and dies with it. */
  readonly isLeg: boolean;
}

const NAMES: Partial<Record<Algorithm, string>> = { target_time: 'Target Time', market: 'Market', ioc: 'IOC' };

/** Why the order cannot be paused (order-api.md 5.2), for people; null when it can, or is paused. */
export function whyNotPausable({ status, algorithm, isLeg }: LivingOrder): string | null {
  if (isFinal(status)) return `Order is ${status} and cannot be paused.`;
  if (isLeg) return 'A leg of a multi order cannot be paused: pause the multi order.';
  const name = NAMES[algorithm];
  return name === undefined ? null : `${name} orders cannot be paused.`;
}

/** Why the order cannot be resumed (order-api.md 5.2), for people; null when it can, or is active anyway. */
export function whyNotResumable({ status, isLeg }: Omit<LivingOrder, 'algorithm'>): string | null {
  if (status === 'ACTIVE') return null;
  if (status !== 'PAUSED') return `Order is ${status} and cannot be resumed.`;
  return isLeg ? 'A leg of a multi order cannot be resumed: resume the multi order.' : null;
}

/** Why the order cannot be amended (order-api.md 5.4), for people; null when it can. */
export function whyNotAmendable(
  { status, algorithm, isLeg }: LivingOrder,
  { isChainMember }: { readonly isChainMember: boolean },
): string | null {
  if (isFinal(status)) return `Order is ${status} and cannot be amended.`;
  if (isLeg) return 'A leg of a multi order cannot be amended.';
  if (isChainMember) return 'A member of a chain cannot be amended.';
  return algorithm === 'market' || algorithm === 'ioc'
    ? `${NAMES[algorithm] ?? algorithm} orders cannot be amended.`
    : null;
}

/** Where an amended quantity leads (order-api.md 5.4). All in the target token. */
export type AmendedQuantity =
  | { readonly kind: 'below_executed' }
  /** It takes effect once all children are closed. */
  | { readonly kind: 'later'; readonly orderQty: Decimal }
  | { readonly kind: 'now'; readonly orderQty: Decimal };

/** `executed` is X, `working` is W of algorithms.md 1. */
export function amendQuantity(orderQty: Decimal, executed: Decimal, working: Decimal): AmendedQuantity {
  if (orderQty.lt(executed)) return { kind: 'below_executed' };
  return { kind: orderQty.lt(executed.add(working)) ? 'later' : 'now', orderQty };
}
