import {
  isFinal,
  type CompletionReason,
  type FailureReason,
  type ParentOrderStatus,
} from '../parent-order/parent-order.js';
import type { LegOrderEnd } from './leg.js';

/** How a parent order ended, in the words of its leg; null: it has not. What is left over by any end but `filled` is short. */
export function legOrderEnd(
  status: ParentOrderStatus,
  completionReason: CompletionReason | null,
  failureReason: FailureReason,
): LegOrderEnd | null {
  if (!isFinal(status)) return null;
  if (status === 'COMPLETE') return completionReason === 'filled' ? 'filled' : 'expired';
  switch (failureReason) {
    case '':
    case 'parent_canceled':
    case 'chain_stopped':
    case 'leg_failed':
    case 'operator_canceled':
      return 'canceled';
    case 'condition_expired':
    case 'condition_failed':
    case 'pause_expired':
      return 'expired';
    case 'insufficient_balance':
    case 'risk_denied':
      return failureReason;
    case 'leverage_failed':
      return 'leverage_refused';
    default:
      return 'venue_rejected';
  }
}
