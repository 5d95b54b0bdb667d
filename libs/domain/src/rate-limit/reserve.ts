import { allowance } from './allowance.js';
import { tokenOf, type BudgetState, type Crossing, type TokenPart } from './budget-state.js';
import { copyState } from './copy-state.js';
import { familyOf } from './families/families.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import { coldEnd, coldRetryAt, inForce, keptOf, stateOf, stateToChange } from './limit-state.js';
import type { Denial, RefusalReason, ReserveRequest, ReserveResult } from './reserve-request.js';
import { sweepHolds } from './sweep.js';
import { denyByTurn, takeTurns, waitForTurns } from './turns.js';
import { clockView, noteTime, type ClockView } from './venue-clock.js';

export type { Denial, RefusalReason, ReserveRequest, ReserveResult } from './reserve-request.js';

/** When a closed limit opens, each lower priority waits this much longer, so that cancels go first. */
export const OPENING_STEP_MS = 100;
const OPENING_ORDER: Readonly<Record<Priority, number>> = { cancel: 0, reduce: 1, place: 2, query: 3 };

/**
 * Takes the cost of one call from all its limits, or nothing from any (venues.md B5). A refusal changes no
 * limit, except that holds which have ended by now are booked as spent; only who waits is noted.
 */
export function reserve(
  previous: BudgetState,
  request: ReserveRequest,
  now: number,
): { readonly state: BudgetState; readonly result: ReserveResult } {
  const view = viewOf(previous, request, now);
  const known = tokenOf(previous, request.token);
  if (known) {
    const { at, holdUntil } = known;
    return { state: previous, result: { granted: true, at, holdUntil, ...view, crossings: [], due: [] } };
  }
  const swept = sweepHolds(previous, now);
  const asked = { ...request, draws: request.draws.map((draw) => inForce(swept.announced, draw)) };
  const refusal = asked.mode === 'adopt' ? null : refuse(swept, asked, view, now);
  if (refusal) return { state: waitForTurns(swept, asked, refusal.denials, now), result: refusal.result };
  return take(swept, asked, view, now);
}

/** A lost state knows nothing of the venue's clock: an adopted call arrives when its first reservation said it would. */
function viewOf({ clock }: BudgetState, { mode, view }: ReserveRequest, now: number): ClockView {
  return mode === 'adopt' && view ? view : clockView(clock, now);
}

interface Refusal {
  readonly result: ReserveResult;
  readonly denials: ReadonlyMap<LimitDraw, Denial>;
}

/** The refusal that counts, of all limits; null when every one of them grants. */
function refuse(state: BudgetState, request: ReserveRequest, view: ClockView, now: number): Refusal | null {
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
  const kept = keptOf(state, draw);
  if (kept && kept.closed > 0) {
    const opensAt = kept.closed + OPENING_ORDER[request.priority] * OPENING_STEP_MS;
    if (now < opensAt) return { reason: draw.kind === 'ban' ? 'banned' : 'exhausted', until: opensAt };
  }
  if (draw.kind === 'ban' || draw.cost === 0 || request.mode === 'probe') return null;
  const limit = stateOf(state, draw);
  if (!limit) return { reason: 'cold', until: coldRetryAt(coldEnd(draw, now), now) };
  if (now < limit.cold) return { reason: 'cold', until: coldRetryAt(limit.cold, now) };
  const allowed = allowance(limit, draw, request.priority, now);
  const until = familyOf(draw.kind).earliest(limit, draw, allowed, request.holdMs, { now, view });
  return until === null ? null : { reason: 'exhausted', until };
}

function take(
  previous: BudgetState,
  request: ReserveRequest,
  view: ClockView,
  now: number,
): { readonly state: BudgetState; readonly result: ReserveResult } {
  const state = copyState(
    previous,
    request.draws.map(({ name }) => name),
  );
  noteTime(state.clock, now);
  if (request.mode === 'adopt' && state.clock.samples.length === 0) state.clock.offset = view.offset;
  const at = request.mode === 'adopt' ? Math.min(request.at, now) : now;
  const holdUntil = at + request.holdMs;
  const parts: TokenPart[] = [];
  const crossings: Crossing[] = [];
  const due: string[] = [];
  for (const draw of request.draws) {
    if (draw.kind === 'ban') continue;
    const family = familyOf(draw.kind);
    const limit = stateToChange(state, draw, now);
    const { name, kind, cost, windowMs, rate } = draw;
    const held = family.take(limit, draw, { at, until: holdUntil }, { now, view });
    parts.push({ name, kind, cost, windowMs, rate, ...held });
    crossings.push(...family.crossings(limit, draw, { now, view }, false));
    if (family.isReadingDue(limit)) due.push(draw.id);
  }
  const { backs, life } = state.clock;
  const adopted = request.mode === 'adopt' && ({ adopted: true } as const);
  state.tokens[request.token] = { at, holdUntil, backs, life, phase: 'open', ...adopted, parts };
  takeTurns(state, request, now);
  return { state, result: { granted: true, at, holdUntil, ...view, crossings, due } };
}
