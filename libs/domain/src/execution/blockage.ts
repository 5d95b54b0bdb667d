import type { EpochMs } from '../time/clock.js';
import type { ExecutionChild } from './contract.js';
import { rests } from './position.js';
import type { Draft } from './draft.js';
import { isFresh, usableOutlets, type View } from './view.js';

/** Last instant at which the order was known to be looked after. */
export function lastSeenAt(view: View): EpochMs {
  return view.parent.lastDecisionAt ?? view.parent.activatedAt;
}

/**
 * Keeps the beginning of a blockage: of a feed, a venue or the budget. It is dated back to the last
 * decision when that lies further back than an outage is long, so that a restart into a dead feed still
 * counts as one outage. What fails the order is the time in which the market was seen to be missing: while
 * nobody looked it may have been there, and while there was no budget it was.
 */
export function trackBlockage(view: View, draft: Draft): void {
  const { parent, now, blocked } = view;
  const since = parent.blockedSince ?? null;
  if (blocked === null) {
    if (since !== null) draft.annotate({ kind: 'blocked', since: null });
    return;
  }
  const seen = lastSeenAt(view);
  const begin = since ?? (now - seen > parent.settings.minOutageMs ? seen : now);
  // a wait for budget ends no order that has an end of its own, or is good till cancelled
  const isPatient = blocked === 'BUDGET' && !isForNow(parent);
  const passed = isPatient
    ? Math.max(0, now - Math.max(begin, seen))
    : unseenMs(seen, now, parent.settings.heartbeatMs);
  const unseen = passed + (since === null ? 0 : (parent.unseenMs ?? 0));
  const blockedMs = now - begin - unseen;
  if (since === null || passed > 0)
    draft.annotate({ kind: 'blocked', since: begin, ...(unseen === 0 ? {} : { unseenMs: unseen }) });
  // the wait for a jump of the price begins anew with the market that comes back
  if ((parent.jumpedSince ?? null) !== null) draft.annotate({ kind: 'jumped', since: null });
  const refusal = keyRefusal(view);
  if (refusal !== null) return draft.fail('credentials_invalid', `No account of the order has a valid key: ${refusal}`);
  draft.hold(blocked, `blocked for ${isPatient ? now - begin : blockedMs} ms`);
  draft.wakeIn(blocked === 'BUDGET' ? parent.settings.retryMs * view.loadFactor : parent.settings.heartbeatMs);
  if (isPatient) return;
  if (blockedMs >= parent.settings.maxUnavailableMs)
    draft.fail('venue_unavailable', `No usable market since ${blockedMs} ms: ${blocked}`);
  else draft.wakeAt(begin + unseen + parent.settings.maxUnavailableMs);
}

/** An order that is blocked is looked at once a heartbeat; when that did not happen twice, it was we who were away. */
const MISSED_HEARTBEATS = 2;

function unseenMs(seen: EpochMs, now: EpochMs, heartbeatMs: number): number {
  return now - seen > MISSED_HEARTBEATS * heartbeatMs ? now - seen : 0;
}

/** Orders whose own end is counted from their first child: nothing else bounds how long they wait to send it. */
const isForNow = ({ algorithm }: View['parent']): boolean => algorithm === 'market' || algorithm === 'ioc';

/** Why no account that could go on can be acted for until somebody enters another key; null while one can. */
function keyRefusal(view: View): string | null {
  let why: string | null = null;
  for (const { account } of usableOutlets(view)) {
    why = account.keyRefused ?? null;
    if (why === null) return null;
  }
  return why;
}

/**
 * Cancels what rests on a book that nobody has confirmed for 5 s, whatever the books of other venues are like
 * (algorithms.md 4.11). What rests at the client's own limit price stays: that does not come from the book.
 */
export function cancelOnDeadBooks(view: View, draft: Draft): void {
  const { parent, now } = view;
  for (const { child } of view.position.open) {
    if (!rests(child) || isAtOwnPrice(view, child)) continue;
    const account = view.accounts.get(child.accountId);
    if (account !== undefined && account.bookAt !== null && now - account.bookAt <= parent.settings.deadBookMs) {
      if (!isFresh(account, now, parent.settings.staleBookMs))
        draft.wakeAt(account.bookAt + parent.settings.deadBookMs + 1);
      continue;
    }
    draft.cancel(child, 'stale_data', 'normal');
  }
}

const isAtOwnPrice = ({ parent }: View, { purpose }: ExecutionChild): boolean =>
  purpose === 'limit' || (purpose === 'slice' && parent.params.limitPrice !== null);
