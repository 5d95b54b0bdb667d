import type { AccountId } from '../parent-order/ids.js';
import type { FailureReason } from '../parent-order/parent-order.js';
import type { EpochMs } from '../time/clock.js';
import type { ExecutionChild, ExecutionParent, HoldReason } from './contract.js';

/** Code of a child that the venue refused because it would have taken liquidity. */
export const POST_ONLY_REFUSAL = 'POST_ONLY_WOULD_CROSS';
/** Code of a child that was sent and proven absent. */
export const NEVER_ARRIVED = 'NEVER_ARRIVED';
const NO_BALANCE = 'INSUFFICIENT_BALANCE';
/** Denials that pass by themselves: halt, rate and reference price (order-api.md 5.5). */
const PASSING_DENIAL = /^(STATE_HALTED$|RATE_|REFERENCE_)/;
const MOST_DOUBLINGS = 4;

/** What the refusals of an order ask for. */
export type RefusalVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'wait'; readonly reason: HoldReason; readonly until: number }
  | { readonly kind: 'fail'; readonly reason: FailureReason; readonly text: string };

/** A post-only child that would have crossed: a normal outcome, answered with a fresh price. */
export function isPostOnlyRefusal(child: ExecutionChild): boolean {
  if (child.timeInForce !== 'gtx') return false;
  return child.closeReason === 'expired' || (child.closeReason === 'rejected' && child.closeCode === POST_ONLY_REFUSAL);
}

const isRefused = (child: ExecutionChild): boolean =>
  (child.closeReason === 'rejected' || child.closeReason === 'denied') && !isPostOnlyRefusal(child);

/**
 * Judges the newest outcomes: fail the order, wait a little, or go on. `bookAt` is the time of the book the
 * next child would be priced on.
 */
export function judgeRefusals(parent: ExecutionParent, now: EpochMs, bookAt: EpochMs | null): RefusalVerdict {
  if (!parent.children.some((child) => isRefused(child) || isPostOnlyRefusal(child))) return { kind: 'none' };
  const closed = parent.children.filter((child) => child.status === 'closed');
  closed.sort((a, b) => b.sequence - a.sequence);
  return failureOf(parent, closed) ?? waitOf(parent, now, bookAt, closed);
}

function failureOf(parent: ExecutionParent, closed: readonly ExecutionChild[]): RefusalVerdict | null {
  const { accounts, settings } = parent;
  const on = (account: AccountId) => closed.filter((child) => child.accountId === account);
  const everywhere = (test: (children: readonly ExecutionChild[]) => boolean) =>
    accounts.length > 0 && accounts.every((account) => test(on(account)));
  if (everywhere(([newest]) => newest !== undefined && isRefused(newest) && newest.closeCode === NO_BALANCE))
    return { kind: 'fail', reason: 'insufficient_balance', text: 'Every account of the order lacks balance' };
  if (everywhere((children) => streak(children, 'rejected') >= settings.maxRefusals)) {
    const code = closed.find((child) => isRefused(child))?.closeCode ?? '';
    return { kind: 'fail', reason: 'venue_rejected', text: `${settings.maxRefusals} rejections running, last ${code}` };
  }
  if (streak(closed, 'denied') >= settings.maxRefusals) {
    const code = closed.find((child) => isRefused(child))?.closeCode ?? '';
    return { kind: 'fail', reason: 'risk_denied', text: `${settings.maxRefusals} denials running, last ${code}` };
  }
  return null;
}

/** Refusals of one kind in a row, newest first; post-only refusals and passing denials neither count nor end it. */
function streak(newestFirst: readonly ExecutionChild[], kind: 'rejected' | 'denied'): number {
  let count = 0;
  for (const child of newestFirst) {
    if (isPostOnlyRefusal(child)) continue;
    if (child.closeReason === 'denied' && PASSING_DENIAL.test(child.closeCode)) continue;
    if (child.closeReason !== kind) break;
    count += 1;
  }
  return count;
}

function waitOf(
  parent: ExecutionParent,
  now: EpochMs,
  bookAt: EpochMs | null,
  closed: readonly ExecutionChild[],
): RefusalVerdict {
  const newest = closed[0];
  if (newest === undefined) return { kind: 'none' };
  const { postOnlyBackoffMs, refusalBackoffMs, minWakeGapMs } = parent.settings;
  // a venue's clock may be ahead of ours: a wait never begins in the future
  const closedAt = Math.min(now, newest.closedAt ?? newest.createdAt);
  if (isPostOnlyRefusal(newest)) {
    const until = closedAt + postOnlyBackoffMs;
    if (now < until) return { kind: 'wait', reason: 'POST_ONLY_BACKOFF', until };
    return bookAt === null || bookAt <= closedAt
      ? { kind: 'wait', reason: 'POST_ONLY_BACKOFF', until: now + minWakeGapMs }
      : { kind: 'none' };
  }
  if (!isRefused(newest)) return { kind: 'none' };
  const inRow = closed.findIndex((child) => !isRefused(child));
  const doublings = Math.min(MOST_DOUBLINGS, (inRow === -1 ? closed.length : inRow) - 1);
  const until = closedAt + refusalBackoffMs * 2 ** doublings;
  return now < until ? { kind: 'wait', reason: 'VENUE_BACKOFF', until } : { kind: 'none' };
}
