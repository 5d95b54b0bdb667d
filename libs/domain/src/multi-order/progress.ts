import type { ParentOrderId } from '../parent-order/ids.js';
import {
  isFinal,
  type CompletionReason,
  type FailureReason,
  type ParentOrderStatus,
} from '../parent-order/parent-order.js';

/** Life of a multi order (order-api.md 7): SUBMITTED until its legs begin together. */
export type MultiOrderStatus = 'SUBMITTED' | 'ACTIVE' | 'PAUSED' | 'COMPLETE' | 'CANCELED';

/** Life of a chain. */
export type ChainStatus = 'ACTIVE' | 'COMPLETE' | 'CANCELED';

/** An order that belongs to a multi order or a chain. */
export interface Member {
  readonly id: ParentOrderId;
  readonly status: ParentOrderStatus;
  readonly completionReason: CompletionReason | null;
  readonly failureReason: FailureReason;
}

export type MultiStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'complete' }
  /** A leg ended CANCELED: the multi order ends too, and the live legs with it. */
  | { readonly kind: 'fail'; readonly reason: FailureReason; readonly live: readonly ParentOrderId[] };

/** Ends that come to one leg first and concern the whole: its condition and its pause are those of the multi order. */
const OF_THE_WHOLE: readonly FailureReason[] = ['condition_expired', 'condition_failed', 'pause_expired'];

/** What a multi order does next, given its legs (order-api.md 7). */
export function nextMultiStep(status: MultiOrderStatus, legs: readonly Member[]): MultiStep {
  if (status === 'COMPLETE' || status === 'CANCELED') return { kind: 'none' };
  const failed = legs.find((leg) => leg.status === 'CANCELED');
  if (failed !== undefined) {
    const live = legs.filter((leg) => !isFinal(leg.status)).map(({ id }) => id);
    const isWhole = OF_THE_WHOLE.includes(failed.failureReason);
    return { kind: 'fail', reason: isWhole ? failed.failureReason : 'leg_failed', live };
  }
  return legs.length > 0 && legs.every((leg) => leg.status === 'COMPLETE') ? { kind: 'complete' } : { kind: 'none' };
}

export interface ChainMember extends Member {
  readonly priority: number;
}

export type ChainStep =
  | { readonly kind: 'none' }
  /** Every member of the running batch is filled: the next one begins. */
  | { readonly kind: 'start'; readonly priority: number; readonly ids: readonly ParentOrderId[] }
  | { readonly kind: 'complete' }
  /** A member ended otherwise: the chain ends, and all that had not ended with it. */
  | { readonly kind: 'stop'; readonly live: readonly ParentOrderId[] };

const FILLED: readonly (CompletionReason | null)[] = ['filled', 'dust'];

/**
 * What a chain does next (order-api.md 7): equal priorities run together, the next higher starts when every member of
 * the current one ended `filled` or `dust`; any other end, of whichever member, stops it.
 */
export function nextChainStep(
  status: ChainStatus,
  currentPriority: number,
  members: readonly ChainMember[],
): ChainStep {
  if (status !== 'ACTIVE') return { kind: 'none' };
  const isFilled = (member: ChainMember): boolean =>
    member.status === 'COMPLETE' && FILLED.includes(member.completionReason);
  if (members.some((member) => isFinal(member.status) && !isFilled(member)))
    return { kind: 'stop', live: members.filter((member) => !isFinal(member.status)).map(({ id }) => id) };
  const running = members.filter((member) => member.priority <= currentPriority);
  if (!running.every(isFilled)) return { kind: 'none' };
  const waiting = members.filter((member) => member.priority > currentPriority);
  if (waiting.length === 0) return { kind: 'complete' };
  const priority = Math.min(...waiting.map((member) => member.priority));
  const next = waiting.filter((member) => member.priority === priority);
  return { kind: 'start', priority, ids: next.map(({ id }) => id) };
}
