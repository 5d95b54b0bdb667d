import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import type { ExecutionChild, HoldReason } from './contract.js';
import { budgetAllows, type Urgency } from './budget.js';
import type { Draft } from './draft.js';
import { isLighter } from './imbalance.js';
import { restingOutlets } from './outlets.js';
import { clipPrice, placeClip, type ClipBounds } from './passive-clip.js';
import { isAmending, rests, type OpenChild } from './position.js';
import { mayRePegAt, wantsRePeg } from './re-peg.js';
import { awaitsTaker } from './taker.js';
import { moveChild } from './move-child.js';
import { otherSide } from './watch.js';
import { imbalanceAt, thinsOut } from './timed-taker.js';
import { budgetOf, viewAt, withPlaced, type View } from './view.js';

/** How the resting side of an order is worked in its present phase. */
export interface RestingRules {
  readonly purpose: 'clip' | 'finisher';
  /** How badly it is wanted: decides what of the budget it may use (algorithms.md 4.11). */
  readonly urgency: Extract<Urgency, 'normal' | 'taker'>;
  /** Priced at the mid rule and moved each second. */
  readonly atMid: boolean;
  readonly fast: boolean;
  /** Leaves a side of the book that thins out (algorithms.md 4.4). */
  readonly fearsThinning: boolean;
  /** Set while a new clip waits while our queue is the lighter one; called when that holds it back. */
  readonly choosesEntry: (() => void) | null;
  /** Bounds of a new clip on the view's account once `leaving` no longer counts; when nothing may rest, why. */
  bounds(view: View, leaving: ExecutionChild | null): ClipBounds | HoldReason;
}

/** A clip waits for room: with the view in which all that was placed works, and what a child to be moved gives back. */
export interface WaitsForRoom {
  readonly view: View;
  readonly freed: Decimal;
}

/**
 * Keeps at most one post-only child resting on each account: places it where there is room, or moves it by a cancel
 * now and a new child once that is closed (algorithms.md 4.9, 4.11). Answers with what would have to find room later;
 * null when nothing waits for room.
 */
export function keepResting(view: View, draft: Draft, rules: RestingRules): WaitsForRoom | null {
  let freed: Decimal | null = null;
  for (const one of view.position.open) {
    const outlet = view.outlets.find(({ account }) => account.accountId === one.child.accountId);
    if (!rests(one.child) || outlet === undefined || outlet.blocked !== null) continue;
    const waiting = tend(viewAt(view, outlet), draft, one, rules);
    if (waiting !== null) freed = freed === null ? waiting : Dec.max(freed, waiting);
  }
  const placed = placeWhereRoom(view, draft, rules);
  if (!placed.waits && freed === null) return null;
  return { view: placed.view, freed: freed ?? ZERO };
}

/** Moves one resting child where it should be; its value when it waits for room to be placed anew. */
function tend(view: View, draft: Draft, { child, value }: OpenChild, rules: RestingRules): Decimal | null {
  const { account, touch, outlet, now } = view;
  if (account === null || touch === null || outlet === null) return null;
  draft.hold('LIVE_CHILD');
  if (draft.isLeaving(child) || isAmending(child)) return null;
  const restedAt = mayRePegAt(view, child, rules.fast);
  if (rules.fearsThinning && budgetOf(account) === 'all') {
    if (!thinsOut(view, outlet)) draft.watchImbalance(otherSide(view.parent.side));
    else if (restedAt > now) draft.wakeAt(restedAt);
    else {
      draft.cancel(child, 'imbalance', 'normal');
      return null;
    }
  }
  if (rules.fast) draft.wakeAt(Math.max(restedAt, now + view.parent.settings.activeLimitRestMs * view.loadFactor));
  const price = clipPrice(view, account, touch, rules.atMid);
  if (price === null || !wantsRePeg(view, account, touch, child, price)) return null;
  const bounds = rules.bounds(view, child);
  if (typeof bounds === 'string') return value;
  if (restedAt > now) draft.wakeAt(restedAt);
  else if (!waitsForBudget(view, draft, rules.urgency)) moveChild(view, draft, child, price, bounds, rules.urgency);
  return null;
}

/** The view with what was placed, and whether some account waits for room. */
function placeWhereRoom(
  view: View,
  draft: Draft,
  rules: RestingRules,
): { readonly view: View; readonly waits: boolean } {
  if (draft.hasPlaced || awaitsTaker(view)) {
    draft.hold('LIVE_CHILD');
    return { view, waits: false };
  }
  let now = view;
  for (;;) {
    const candidates = restingOutlets(now, draft.nextSequence, rules.urgency);
    if (candidates.length === 0 && !now.position.open.some(({ child }) => rests(child)))
      waitsForBudget(view, draft, rules.urgency);
    let waitsForRoom = false;
    let placed: ReturnType<typeof placeClip> = null;
    for (const outlet of candidates) {
      const here = viewAt(now, outlet);
      if (here.touch === null || waitsAfterRefusal(here, draft)) continue;
      const looks = rules.fearsThinning && budgetOf(outlet.account) === 'all';
      if (looks && rules.choosesEntry !== null && isLighter(imbalanceAt(here, outlet))) {
        draft.hold('THINNING');
        rules.choosesEntry();
        continue;
      }
      const price = clipPrice(here, outlet.account, here.touch, rules.atMid);
      if (price === null) {
        draft.hold('OUT_OF_LIMIT');
        continue;
      }
      const bounds = rules.bounds(here, null);
      if (typeof bounds !== 'string') placed = placeClip(here, draft, price, bounds, rules.purpose);
      if (placed !== null) {
        // it is judged again as soon as it may leave
        const { activeLimitRestMs, minRestMs } = view.parent.settings;
        if (looks && thinsOut(here, outlet))
          draft.wakeIn((rules.fast ? activeLimitRestMs : minRestMs) * view.loadFactor);
        break;
      }
      waitsForRoom = true;
      draft.hold(typeof bounds === 'string' ? bounds : 'BELOW_MINIMUM');
    }
    if (placed === null) return { view: now, waits: waitsForRoom };
    now = withPlaced(now, placed);
  }
}

/** True, with the reason and the instant, while the account has no budget for what rests. */
export function waitsForBudget(view: View, draft: Draft, urgency: Urgency = 'normal'): boolean {
  if (budgetAllows(budgetOf(view.account), urgency)) return false;
  draft.hold('BUDGET');
  draft.wakeIn(view.parent.settings.retryMs * view.loadFactor);
  return true;
}

/** True, with the reason and the instant, while a refusal asks for patience. */
export function waitsAfterRefusal(view: View, draft: Draft): boolean {
  if (view.wait === null) return false;
  draft.hold(view.wait.reason);
  draft.wakeAt(view.wait.until);
  return true;
}
