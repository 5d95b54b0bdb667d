import { ZERO, type Decimal } from '../numeric/decimal.js';
import type { ExecutionChild, HoldReason } from './contract.js';
import { mayRest } from './blockage.js';
import type { Draft } from './draft.js';
import { clipPrice, placeClip, type ClipBounds } from './passive-clip.js';
import { rests } from './position.js';
import { mayRePegAt, wantsRePeg } from './re-peg.js';
import { hasOpenTaker } from './taker.js';
import type { View } from './view.js';

/** How the resting side of an order is worked in its present phase. */
export interface RestingRules {
  readonly purpose: 'clip' | 'finisher';
  /** Priced at the mid rule and moved each second. */
  readonly atMid: boolean;
  readonly fast: boolean;
  /** Bounds of a new clip once `leaving` no longer counts; null when nothing may rest, and why. */
  bounds(leaving: ExecutionChild | null): ClipBounds | HoldReason;
}

/**
 * Keeps at most one post-only child resting on the account of the decision: places it, or moves it by a
 * cancel now and a new child once that is closed (algorithms.md 4.11). Answers with what would have to find
 * room later: null when nothing waits for room, else the value that a child to be moved gives back.
 */
export function keepResting(view: View, draft: Draft, rules: RestingRules): Decimal | null {
  const { account, touch, position } = view;
  if (account === null || touch === null) return null;
  const live = position.open.find(({ child }) => rests(child) && child.accountId === account.accountId);
  if (!mayRest(view)) {
    draft.hold('BUDGET');
    draft.wakeIn(view.parent.settings.retryMs * view.loadFactor);
    return null;
  }
  const price = clipPrice(view, account, touch, rules.atMid);
  if (live !== undefined) {
    draft.hold('LIVE_CHILD');
    if (draft.isLeaving(live.child) || !wantsRePeg(view, account, touch, live.child, price)) return null;
    if (typeof rules.bounds(live.child) === 'string') return live.value;
    const at = mayRePegAt(view, live.child, rules.fast);
    if (at > view.now) draft.wakeAt(at);
    else draft.cancel(live.child, 're_peg', 'normal');
    return null;
  }
  if (draft.hasPlaced || hasOpenTaker(view)) {
    draft.hold('LIVE_CHILD');
    return null;
  }
  if (waitsAfterRefusal(view, draft)) return null;
  const bounds = rules.bounds(null);
  if (typeof bounds !== 'string' && placeClip(view, draft, price, bounds, rules.purpose)) return null;
  draft.hold(typeof bounds === 'string' ? bounds : 'BELOW_MINIMUM');
  return ZERO;
}

/** True, with the reason and the instant, while a refusal asks for patience. */
export function waitsAfterRefusal(view: View, draft: Draft): boolean {
  if (view.refusals.kind !== 'wait') return false;
  draft.hold(view.refusals.reason);
  draft.wakeAt(view.refusals.until);
  return true;
}
