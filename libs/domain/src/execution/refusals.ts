import type { AccountId } from '../parent-order/ids.js';
import type { FailureReason } from '../parent-order/parent-order.js';
import type { EpochMs } from '../time/clock.js';
import type { CancelReason, ExecutionChild, ExecutionParent, HoldReason } from './contract.js';

/** Code of a child that the venue refused because it would have taken liquidity. */
export const POST_ONLY_REFUSAL = 'POST_ONLY_WOULD_CROSS';
/** Code of a child that was sent and proven absent. */
export const NEVER_ARRIVED = 'NEVER_ARRIVED';
const UNSENT: CancelReason = 'unsent';
const NO_BALANCE = 'INSUFFICIENT_BALANCE';
/** Denials that pass by themselves: halt, rate and reference price (order-api.md 5.5), and of what was sent too late. */
const PASSING_DENIAL = /^(STATE_HALTED$|DECISION_STALE$|RATE_|REFERENCE_)/;
const MOST_DOUBLINGS = 4;

/** Whether the refusals of an order end it. */
export type RefusalVerdict =
  { readonly kind: 'none' } | { readonly kind: 'fail'; readonly reason: FailureReason; readonly text: string };

/** How long the newest refusal on an account keeps new children away from it. */
export interface RefusalWait {
  readonly reason: Extract<HoldReason, 'POST_ONLY_BACKOFF' | 'VENUE_BACKOFF'>;
  readonly until: number;
}

/** A post-only child that would have crossed: a normal outcome, answered with a fresh price. */
export function isPostOnlyRefusal(child: ExecutionChild): boolean {
  if (child.timeInForce !== 'gtx') return false;
  return child.closeReason === 'expired' || (child.closeReason === 'rejected' && child.closeCode === POST_ONLY_REFUSAL);
}

/** Turned away for another reason than that it would have crossed. */
export const isRefused = (child: ExecutionChild): boolean =>
  (child.closeReason === 'rejected' || child.closeReason === 'denied') && !isPostOnlyRefusal(child);

/** A taker that was taken back because it did not leave us in time: no venue knows of it. */
export const isUnsent = ({ closeReason, closeCode }: ExecutionChild): boolean =>
  closeReason === 'canceled' && closeCode === UNSENT;

/** Judges the newest outcomes: fail the order, or go on. */
export function judgeRefusals(parent: ExecutionParent): RefusalVerdict {
  if (!wasRefused(parent)) return { kind: 'none' };
  return failureOf(parent, closedOf(parent)) ?? { kind: 'none' };
}

/** What each account waits for; `bookAt` of an account is the time of the book its next child would be priced on. */
export function waitsOf(
  parent: ExecutionParent,
  now: EpochMs,
  accounts: readonly { readonly accountId: AccountId; readonly bookAt: EpochMs | null }[],
): ReadonlyMap<AccountId, RefusalWait> {
  const waits = new Map<AccountId, RefusalWait>();
  if (!wasRefused(parent)) return waits;
  const closed = closedOf(parent);
  for (const { accountId, bookAt } of accounts) {
    const there = closed.filter((child) => child.accountId === accountId);
    const wait = waitOf(parent, now, bookAt, there);
    if (wait !== null) waits.set(accountId, wait);
  }
  return waits;
}

const wasRefused = (parent: ExecutionParent): boolean =>
  parent.children.some((child) => isRefused(child) || isPostOnlyRefusal(child) || isUnsent(child));

/** Newest first. */
const closedOf = (parent: ExecutionParent): readonly ExecutionChild[] =>
  parent.children.filter((child) => child.status === 'closed').sort((a, b) => b.sequence - a.sequence);

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

/** Children that this account turned away since the last that it took; post-only refusals neither count nor end it. */
export function refusalsRunning(parent: ExecutionParent, account: AccountId): number {
  const there = closedOf(parent).filter((child) => child.accountId === account && !isPostOnlyRefusal(child));
  const taken = there.findIndex((child) => !isRefused(child));
  return taken === -1 ? there.length : taken;
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
): RefusalWait | null {
  const newest = closed[0];
  if (newest === undefined) return null;
  const { postOnlyBackoffMs, refusalBackoffMs, minWakeGapMs } = parent.settings;
  // a venue's clock may be ahead of ours: a wait never begins in the future
  const closedAt = Math.min(now, newest.closedAt ?? newest.createdAt);
  if (isPostOnlyRefusal(newest)) {
    const until = closedAt + postOnlyBackoffMs;
    if (now < until) return { reason: 'POST_ONLY_BACKOFF', until };
    return bookAt === null || bookAt <= closedAt ? { reason: 'POST_ONLY_BACKOFF', until: now + minWakeGapMs } : null;
  }
  // an account that does not get a taker out is given time like one that refuses it
  const isTurnedBack = (child: ExecutionChild): boolean => isRefused(child) || isUnsent(child);
  if (!isTurnedBack(newest)) return null;
  const inRow = closed.findIndex((child) => !isTurnedBack(child));
  const doublings = Math.min(MOST_DOUBLINGS, (inRow === -1 ? closed.length : inRow) - 1);
  const until = closedAt + refusalBackoffMs * 2 ** doublings;
  return now < until ? { reason: 'VENUE_BACKOFF', until } : null;
}
