import { ZERO } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import { trackBlockage } from './blockage.js';
import type { Decision, ExecutionMarket, ExecutionParent } from './contract.js';
import { Draft } from './draft.js';
import { onItsAccount, workIceberg } from './iceberg-order.js';
import { workIocOrder } from './ioc-order.js';
import { workLimitOrder } from './limit-order.js';
import { workMarketOrder } from './market-order.js';
import { endWithoutPosition } from './reduce-only.js';
import { noteImprovements } from './price-improvement.js';
import { cancelUnsentTakers } from './taker.js';
import { workTrajectory } from './trajectory-order.js';
import { remainderOf, viewOf, withShut, type View } from './view.js';

/**
 * The engine: what to place and cancel now, why not more, and when to look again (algorithms.md). Pure:
 * the same order, market, time and seed give the same decision, and the order of children and accounts
 * does not matter. It changes nothing but what it returns; the caller stores plan versions, interval
 * edges, FINISHER and blockage annotations in the transaction that stores the intents.
 *
 * @param now database time
 * @param seed the parent order's id; all draws come from it
 * @throws RangeError when the order lacks what its algorithm needs: a bug of whoever accepted it
 */
export function decide(parent: ExecutionParent, market: ExecutionMarket, now: EpochMs, seed: string): Decision {
  const view = viewOf(onItsAccount(parent), market, now, seed);
  const draft = new Draft(view);
  noteImprovements(view, draft);
  if (!endsNow(view, draft)) work(whileAmending(view, draft), draft);
  return draft.finish();
}

/** The ends that every order shares, whatever its algorithm and phase. */
function endsNow(view: View, draft: Draft): boolean {
  const { parent, position, minimumValue } = view;
  if (parent.status === 'COMPLETE' || parent.status === 'CANCELED') {
    draft.end();
    return true;
  }
  const remainder = remainderOf(view);
  const closed = endWithoutPosition(view);
  if (remainder.lte(ZERO)) endFilled(view, draft);
  else if (remainder.lt(minimumValue) && position.open.length === 0) draft.complete('dust');
  else if (view.refusals.kind === 'fail') draft.fail(view.refusals.reason, view.refusals.text);
  else if (closed !== null) draft.complete(closed);
  else if (parent.status === 'PAUSED') waitPaused(view, draft);
  else trackBlockage(view, draft);
  return draft.hasEnded || parent.status === 'PAUSED';
}

/** Fills of a quote-sized sell may bring more than was asked for: that is told (algorithms.md 1). */
function endFilled(view: View, draft: Draft): void {
  const { side, sizing } = view.parent;
  const by = remainderOf(view).neg();
  if (side === 'sell' && sizing === 'quote' && by.gt(ZERO)) draft.annotate({ kind: 'quantity_passed', by });
  draft.complete('filled');
}

/** A pause cancels what lives and has a limit (algorithms.md 4.8). */
function waitPaused(view: View, draft: Draft): void {
  const { paused, settings, blockedSince, jumpedSince } = view.parent;
  const current = paused.find(({ to }) => to === null);
  if (current !== undefined) {
    const left = current.from + settings.maxPauseMs - view.now;
    if (left <= 0) return draft.fail('pause_expired', `Paused for ${settings.maxPauseMs} ms without a resume`);
    draft.wakeIn(left);
  }
  if ((blockedSince ?? null) !== null) draft.annotate({ kind: 'blocked', since: null });
  if ((jumpedSince ?? null) !== null) draft.annotate({ kind: 'jumped', since: null });
  draft.cancelAll('paused');
  draft.hold('PAUSED');
}

/** A lower quantity waits for the children that are open: time, ends and cancels go on, and nothing is placed. */
function whileAmending(view: View, draft: Draft): View {
  const { amendPending = null, settings } = view.parent;
  if (amendPending === null) return view;
  draft.hold('AMEND_PENDING');
  draft.wakeIn(settings.lateHeartbeatMs);
  return withShut(view, 'AMEND_PENDING', () => true);
}

function work(view: View, draft: Draft): void {
  cancelUnsentTakers(view, draft);
  switch (view.parent.algorithm) {
    case 'twap':
    case 'vwap':
    case 'is':
    case 'target_time':
    case 'pov':
      return workTrajectory(view, draft);
    case 'market':
      return workMarketOrder(view, draft);
    case 'limit':
      return workLimitOrder(view, draft);
    case 'ioc':
      return workIocOrder(view, draft);
    case 'iceberg':
      return workIceberg(view, draft);
  }
}
