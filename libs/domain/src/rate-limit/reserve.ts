import { allowance } from './allowance.js';
import type { BudgetState, Crossing, LimitState, TokenPart } from './budget-state.js';
import {
  coldEnd,
  coldState,
  limitInForce,
  pruneWindows,
  takeCrossings,
  windowOf,
  windowsTouched,
} from './fixed-window.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import type { Denial, RefusalReason, ReserveRequest, ReserveResult } from './reserve-request.js';
import { denyByTurn, takeTurns, waitForTurns } from './turns.js';
import { clockView, noteTime, type ClockView } from './venue-clock.js';

export type { Denial, RefusalReason, ReserveRequest, ReserveResult } from './reserve-request.js';

/** Unsettled calls of ours are what is in the way: answers are due any moment. */
export const IN_FLIGHT_RETRY_MS = 100;
/** When a closed limit opens, each lower priority waits this much longer, so that cancels go first. */
export const OPENING_STEP_MS = 100;
const OPENING_ORDER: Readonly<Record<Priority, number>> = { cancel: 0, reduce: 1, place: 2, query: 3 };

/**
 * Takes the cost of one call from all its limits, or nothing from any (venues.md B5). A reservation
 * counts in every window in which the call may arrive: from now to the end of its hold, by the venue's
 * clock with its uncertainty.
 */
export function reserve(
  previous: BudgetState,
  request: ReserveRequest,
  now: number,
): { readonly state: BudgetState; readonly result: ReserveResult } {
  const view = clockView(previous.clock, now);
  const known = previous.tokens[request.token];
  if (known) {
    const { at, holdUntil } = known;
    return { state: previous, result: { granted: true, at, holdUntil, ...view, crossings: [] } };
  }
  const refusal = refuse(previous, request, view, now);
  if (refusal) return { state: waitForTurns(previous, request, refusal.denials, now), result: refusal.result };

  const state = structuredClone(previous);
  noteTime(state.clock, now);
  const at = request.mode === 'adopt' ? Math.min(request.at, now) : now;
  const holdUntil = at + request.holdMs;
  const parts: TokenPart[] = [];
  const crossings: Crossing[] = [];
  for (const draw of request.draws) {
    if (draw.kind === 'ban') continue;
    const limit = (state.limits[draw.name] ??= coldState(draw.windowMs, now));
    pruneWindows(limit, draw.windowMs, view, now);
    const starts = windowsTouched(at + view.offset - view.error, holdUntil + view.offset + view.error, draw.windowMs);
    const windows = starts.map((start) => {
      const window = windowOf(limit, start);
      window.used += draw.cost;
      window.inFlight += draw.cost;
      return { start, seen: window.settled };
    });
    const { name, id, scope, windowMs, cost, onSuccess } = draw;
    parts.push({ name, id, scope, limit: draw.limit, windowMs, cost, onSuccess, windows });
    crossings.push(...takeCrossings(limit, draw, limitInForce(state.announced[id], draw.limit), view, now));
  }
  state.tokens[request.token] = { at, holdUntil, backs: state.clock.backs, phase: 'open', parts };
  takeTurns(state, request, now);
  return { state, result: { granted: true, at, holdUntil, ...view, crossings } };
}

interface Refusal {
  readonly result: ReserveResult;
  readonly denials: ReadonlyMap<LimitDraw, Denial>;
}

function refuse(state: BudgetState, request: ReserveRequest, view: ClockView, now: number): Refusal | null {
  if (request.mode === 'adopt') return null;
  let [retryAt, worst, limit] = [0, null as Denial | null, ''];
  const cold: string[] = [];
  const denials = new Map<LimitDraw, Denial>();
  for (const draw of request.draws) {
    const ask = (asked: LimitDraw) => deny(state, asked, request, view, now);
    const denial = ask(draw) ?? denyByTurn(state, request, draw, ask, now);
    if (!denial) continue;
    denials.set(draw, denial);
    retryAt = Math.max(retryAt, denial.until);
    if (denial.reason === 'cold') cold.push(draw.id);
    const graver = !worst || GRAVITY[denial.reason] > GRAVITY[worst.reason];
    if (graver || (worst && denial.reason === worst.reason && denial.until > worst.until)) {
      worst = denial;
      limit = draw.id;
    }
  }
  return worst && { result: { granted: false, now, retryAt, limit, reason: worst.reason, cold }, denials };
}

/** Which reason is told when several limits refuse: a ban forbids a probe, a cold limit asks for one. */
const GRAVITY: Readonly<Record<RefusalReason, number>> = {
  fair_share: 0,
  exhausted: 1,
  cold: 2,
  banned: 3,
};

function deny(
  state: BudgetState,
  draw: LimitDraw,
  request: ReserveRequest,
  view: ClockView,
  now: number,
): Denial | null {
  const limit = state.limits[draw.name];
  if (limit && limit.closed > 0) {
    const opensAt = limit.closed + OPENING_ORDER[request.priority] * OPENING_STEP_MS;
    if (now < opensAt) return { reason: draw.kind === 'ban' ? 'banned' : 'exhausted', until: opensAt };
  }
  if (draw.kind === 'ban' || draw.cost === 0 || request.mode === 'probe') return null;
  if (!limit) return { reason: 'cold', until: coldEnd(draw.windowMs, now) };
  if (now < limit.cold) return { reason: 'cold', until: limit.cold };
  return denyByWindows(limit, draw, allowance(state, limit, draw, request.priority, now), request.holdMs, view, now);
}

function denyByWindows(
  limit: LimitState,
  draw: LimitDraw,
  allowed: number,
  holdMs: number,
  view: ClockView,
  now: number,
): Denial | null {
  let until = 0;
  const venueNow = now + view.offset;
  for (const start of windowsTouched(venueNow - view.error, venueNow + holdMs + view.error, draw.windowMs)) {
    const window = limit.windows[String(start)];
    const used = window?.used ?? 0;
    if (used + draw.cost <= allowed) continue;
    const windowOver = start + draw.windowMs + view.error - view.offset;
    const freedByAnswers = used - (window?.inFlight ?? 0) + draw.cost <= allowed;
    until = Math.max(until, freedByAnswers ? Math.min(windowOver, now + IN_FLIGHT_RETRY_MS) : windowOver);
  }
  return until > 0 ? { reason: 'exhausted', until } : null;
}
