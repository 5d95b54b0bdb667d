import { coveredMs } from '../trajectory/active-time.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import type { Interval } from './contract.js';
import type { Draft } from './draft.js';
import { isBeyondLimit } from './price-protection.js';
import { isFresh, type View } from './view.js';

export interface LimitState {
  /** Out of limit now, the second after the return included. */
  readonly out: boolean;
  /** All intervals, this decision's edges included. */
  readonly intervals: readonly Interval[];
}

/**
 * Follows the market across the client's limit (algorithms.md 4.6, OOL). It is out at once and in again
 * after one second continuously inside: the edge back is set a second ahead, and a market that leaves again
 * before then opens a new interval. Without a fresh book nothing is concluded.
 */
export function followLimit(view: View, draft: Draft): LimitState {
  const { parent, now, touch, account } = view;
  const known = parent.outOfLimit;
  const out = known.some(({ from, to }) => from <= now && (to === null || now < to));
  // The spread of a multi order is followed for all its legs at once, by whoever holds its lock.
  if (view.exposure !== null) return { out, intervals: known };
  if (parent.params.limitPrice === null && !out) return { out: false, intervals: known };
  if (touch === null || account === null || !isFresh(account, now, parent.settings.staleBookMs))
    return { out, intervals: known };
  const beyond = isOut(view);
  const lasting = known.some(({ to }) => to === null);
  if (beyond === lasting) return { out, intervals: known };
  if (beyond) {
    draft.annotate({ kind: 'out_of_limit', edge: 'begin', at: now });
    return { out: true, intervals: [...known, { from: now, to: null }] };
  }
  const backAt = epochMs(now + parent.settings.limitReturnMs);
  draft.annotate({ kind: 'out_of_limit', edge: 'end', at: backAt });
  return { out: true, intervals: known.map((one) => (one.to === null ? { from: one.from, to: backAt } : one)) };
}

/** Instants at which the state changes by itself: the second after the return, the limit of all waiting. */
export function wakeForLimit(view: View, draft: Draft, limit: LimitState): void {
  for (const { to } of limit.intervals) if (to !== null && to > view.now) draft.wakeAt(to);
  if (!limit.out || !view.parent.params.oolPause) return;
  draft.wakeIn(view.parent.settings.maxOutOfLimitMs - totalOut(view.parent.activatedAt, view.now, limit));
}

export function totalOut(activatedAt: EpochMs, now: EpochMs, limit: LimitState): number {
  return coveredMs(activatedAt, now, limit.intervals);
}

/** Beyond the limit on every account whose book is known to be right. */
function isOut(view: View): boolean {
  const { side, params, settings } = view.parent;
  return view.outlets.every(
    ({ account, touch }) =>
      touch === null ||
      !isFresh(account, view.now, settings.staleBookMs) ||
      isBeyondLimit(side, touch, params.limitPrice, params.isReverseLimit),
  );
}
