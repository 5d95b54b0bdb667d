/** FIX-like life of a parent order; the same words as the order API shows (order-api.md 5.1). */
export type ParentOrderStatus = 'SCHEDULED' | 'ACTIVE' | 'PAUSED' | 'FINISHER' | 'COMPLETE' | 'CANCELED';

export const OPEN_STATUSES = ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER'] as const satisfies ParentOrderStatus[];

/** Final statuses never change; fills may still be booked under them. */
export function isFinal(status: ParentOrderStatus): boolean {
  return status === 'COMPLETE' || status === 'CANCELED';
}

/** Why a COMPLETE order ended (order-api.md 5.1, closed list). */
export type CompletionReason =
  | 'filled'
  | 'dust'
  | 'strict_end'
  | 'finisher_end'
  | 'pov_limited'
  | 'pov_expired'
  | 'out_of_limit'
  | 'passive_only'
  | 'position_closed'
  | 'ioc_end';

/** Why a CANCELED order ended (order-api.md 5.5, closed list); a user's own cancel leaves ''. */
export type FailureReason =
  | ''
  | 'condition_expired'
  | 'condition_failed'
  | 'pause_expired'
  | 'parent_canceled'
  | 'leg_failed'
  | 'chain_stopped'
  | 'insufficient_balance'
  | 'risk_denied'
  | 'venue_rejected'
  | 'venue_unavailable'
  | 'credentials_invalid'
  | 'pair_suspended'
  | 'leverage_failed'
  | 'operator_canceled'
  | 'internal_error';

export type Algorithm = 'twap' | 'vwap' | 'is' | 'target_time' | 'pov' | 'market' | 'limit' | 'ioc' | 'iceberg';

/** What `orderQty` counts: the instrument's base asset or its quote asset. */
export type Sizing = 'base' | 'quote';
