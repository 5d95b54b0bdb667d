import type { ExecutionChild } from './contract.js';
import type { Draft } from './draft.js';
import { rests } from './position.js';
import { isRefused, isUnsent } from './refusals.js';
import { ageMs, hasWaitedInVain, idleMs, sendNow } from './send-now.js';
import { awaitsTaker, hasOpenTaker, lastTakerAt, wakeAfterHold } from './taker.js';
import type { View } from './view.js';

/**
 * A market order (algorithms.md 4.10): immediate-or-cancel children for all that is left, 300 bps beyond the touch at
 * worst, sent again a few times within ten seconds; then the order ends with what it has.
 */
export function workMarketOrder(view: View, draft: Draft): void {
  const { parent, now } = view;
  const { settings } = parent;
  const takers = parent.children.filter((child) => !rests(child));
  if (awaitsTaker(view)) return draft.hold('LIVE_CHILD');
  if (issuesOf(takers) > settings.maxMarketReissues) return endOf(view, draft);
  const idle = idleMs(view, takers);
  if (idle >= settings.marketWindowMs) return endOf(view, draft);
  if (takers.length > 0 && !hasOpenTaker(view)) draft.wakeIn(settings.marketWindowMs - idle);
  if (view.blocked !== null) return;
  if (hasWaitedInVain(view, takers)) return draft.complete('ioc_end');
  const again = nextTryAt(view, takers);
  if (again > now) {
    draft.hold('PACE');
    return draft.wakeAt(again);
  }
  const reason = sendNow(view, draft, 'market');
  if (reason === null) return;
  // what stands against the first child for the whole window, ends the order as well
  if (takers.length === 0 && reason !== 'PRICE_JUMP' && ageMs(view) >= settings.marketWindowMs)
    return draft.complete('ioc_end');
  draft.hold(reason);
  if (reason === 'VENUE_BACKOFF') wakeAfterHold(view, draft, reason);
  else if (reason !== 'LIVE_CHILD') draft.wakeIn(settings.retryMs);
}

/** A child whose outcome nobody knows is waited for: its time is not counted. */
function endOf(view: View, draft: Draft): void {
  if (hasOpenTaker(view)) draft.hold('LIVE_CHILD');
  else draft.complete('ioc_end');
}

/** Children of one decision on several accounts are one issue. */
function issuesOf(takers: readonly ExecutionChild[]): number {
  return new Set(takers.map(({ createdAt }) => createdAt)).size;
}

/**
 * A child that filled something is followed at once, and so is one that was turned away: its account waits, the others
 * need not. One that filled nothing is followed after a second.
 */
function nextTryAt(view: View, takers: readonly ExecutionChild[]): number {
  const last = lastTakerAt(view);
  if (last === null) return view.now;
  const newest = takers.filter((child) => child.createdAt === last);
  const isAtOnce =
    newest.some((child) => !child.cumQty.isZero()) || newest.every((child) => isRefused(child) || isUnsent(child));
  const { minWakeGapMs, retryMs } = view.parent.settings;
  return last + (isAtOnce ? minWakeGapMs : retryMs);
}
