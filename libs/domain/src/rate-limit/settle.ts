import {
  closedToken,
  tokenOf,
  type BudgetState,
  type Crossing,
  type LimitState,
  type TokenState,
} from './budget-state.js';
import { copyState } from './copy-state.js';
import { WAIT_WINDOW, type Reading } from './families/family.js';
import { familyOf } from './families/families.js';
import type { LimitDraw } from './limit-draw.js';
import { inForce, stateToChange } from './limit-state.js';
import { sweepHolds } from './sweep.js';
import { addSample, clockView, noteTime, type ClockView } from './venue-clock.js';

/** Three rate refusals within this time halve the ceilings. */
export const STRIKE_SPAN_MS = 300_000;
export const HALVED_MS = 600_000;

export interface Closure {
  readonly name: string;
  /** From now; WAIT_WINDOW or WAIT_REFILL where the limit itself says how long. */
  readonly ms: number;
  /** The venue's own time of opening, by its clock; then `ms` is not looked at. */
  readonly venueAt?: number;
}

export interface SettleRequest {
  readonly token: string;
  /** `success` and `failure` take the cost that the call's data names for them. */
  readonly outcome: 'success' | 'failure' | 'unknown';
  /** By the clock of Redis; -1 = not known, then the reservation and the settlement bound the call. */
  readonly sentAt: number;
  readonly repliedAt: number;
  /** Venue's own time in the answer; -1 = none. */
  readonly venueMs: number;
  readonly venueSlackMs: number;
  /** The call's limits, for a token whose state was lost: its cost is booked as spent. */
  readonly draws: readonly LimitDraw[];
  /** What the venue told of limits, by the name of the limit. */
  readonly readings: readonly Reading[];
  /** Limits the venue closed. */
  readonly closures: readonly Closure[];
}

export interface SettleResult {
  /** `kept`: no answer is known, the token stays in flight to its hold end. `repeated`: settled before. */
  readonly kind: 'settled' | 'lost' | 'kept' | 'repeated';
  readonly crossings: readonly Crossing[];
  /** Venue minus local count of each applied reading, in the amounts of the draw. */
  readonly corrections: readonly { readonly limit: string; readonly scope: string; readonly delta: number }[];
}

/**
 * Moves a call's cost from "may arrive until its hold ends" to where it may have arrived between its sending
 * and its answer, then applies what the answer told: the venue's clock, counts and closures.
 */
export function settle(
  previous: BudgetState,
  request: SettleRequest,
  now: number,
): { readonly state: BudgetState; readonly result: SettleResult } {
  const before = tokenOf(previous, request.token);
  if (before && (before.phase === 'settled' || before.phase === 'released')) {
    return { state: previous, result: { kind: 'repeated', crossings: [], corrections: [] } };
  }
  if (before && request.outcome === 'unknown' && request.repliedAt < 0) {
    return { state: previous, result: { kind: 'kept', crossings: [], corrections: [] } };
  }
  const state = copyState(
    sweepHolds(previous, now),
    request.draws.map(({ name }) => name),
  );
  noteTime(state.clock, now);
  const token = tokenOf(state, request.token);
  const isSteady = token?.backs === state.clock.backs;
  const [sentAt, repliedAt] =
    token && !isSteady ? [now - (token.holdUntil - token.at), now] : callSpan(request, token?.at, now);
  if (isSteady && request.venueMs >= 0) {
    addSample(state.clock, sentAt, repliedAt, request.venueMs, request.venueSlackMs);
  }
  const view = clockView(state.clock, now);
  const settling: Settling = { state, request, token, sentAt, repliedAt, view, now, crossings: [], corrections: [] };
  const draws = request.draws.map((draw) => inForce(state.announced, draw));
  for (const draw of draws) if (draw.kind !== 'ban') settleDraw(settling, draw);
  for (const draw of draws) close(settling, draw);
  if (token) state.tokens[request.token] = closedToken(token, 'settled');
  const { crossings, corrections } = settling;
  return { state, result: { kind: token ? 'settled' : 'lost', crossings, corrections } };
}

interface Settling {
  readonly state: BudgetState;
  readonly request: SettleRequest;
  readonly token: TokenState | undefined;
  readonly sentAt: number;
  readonly repliedAt: number;
  readonly view: ClockView;
  readonly now: number;
  readonly crossings: Crossing[];
  readonly corrections: { limit: string; scope: string; delta: number }[];
}

/**
 * A sender's times are believed only inside the span that the clock of Redis has seen itself. When that
 * clock went back meanwhile, only the hold bounds the call, and the answer says nothing about the venue's clock.
 */
function callSpan(request: SettleRequest, reservedAt: number | undefined, now: number): [number, number] {
  const { sentAt, repliedAt } = request;
  const earliest = Math.min(reservedAt ?? (sentAt < 0 ? now : sentAt), now);
  if (sentAt < earliest || sentAt > now || repliedAt > now) return [earliest, now];
  if (repliedAt < 0) return [sentAt, now];
  return repliedAt < sentAt ? [earliest, now] : [sentAt, repliedAt];
}

/**
 * A call of before the state was lost does not end the cold period: others like it may be on their way, and
 * are only known again once their senders have adopted them. Nor is believed what an adopted one was told: the venue
 * may have counted for it before it met calls that were settled in the lost state, of which nobody knows any more.
 */
function settleDraw(settling: Settling, draw: LimitDraw): void {
  const { state, request, token, sentAt, repliedAt, view, now } = settling;
  const family = familyOf(draw.kind);
  const limit = stateToChange(state, draw, now);
  const part = token?.parts.find((p) => p.name === draw.name && p.kind === draw.kind);
  const { cost, onSuccess, onFailure } = draw;
  const final = request.outcome === 'success' ? onSuccess : request.outcome === 'failure' ? onFailure : cost;
  const reading = request.readings.find((r) => r.name === draw.name);
  const answered = { now, view, sentAt, repliedAt, part, isOpen: token?.phase !== 'spent', final, reading };
  family.settle(limit, draw, answered);
  const delta = reading && !token?.adopted ? family.read(limit, draw, answered) : null;
  if (delta !== null) {
    settling.corrections.push({ limit: draw.id, scope: draw.scope, delta });
    if (token) limit.cold = 0;
  }
  settling.crossings.push(...family.crossings(limit, draw, { now, view }, false));
}

function close(settling: Settling, draw: LimitDraw): void {
  const { state, view, now, sentAt } = settling;
  const closure = settling.request.closures.find((c) => c.name === draw.name);
  if (!closure) return;
  const family = familyOf(draw.kind);
  const isBan = draw.kind === 'ban';
  const limit = stateToChange(state, draw, now);
  if (isBan) limit.cold = 0;
  const wait = closure.ms < 0 ? closure.ms : WAIT_WINDOW;
  let end = family.close(limit, draw, wait, { now, view });
  if (closure.ms >= 0) end = now + closure.ms;
  if (closure.venueAt !== undefined) end = closure.venueAt - view.offset + view.error;
  limit.closed = Math.max(limit.closed, end);
  if (isBan) return;
  strike(limit, sentAt, now);
  settling.crossings.push(...family.crossings(limit, draw, { now, view }, true));
}

/** Calls that were on their way at the last refusal are refused for the same reason: they do not count again. */
function strike(limit: LimitState, sentAt: number, now: number): void {
  if (sentAt <= limit.strike2 && limit.strike2 <= now) return;
  if (limit.strike1 > 0 && now - limit.strike1 <= STRIKE_SPAN_MS) limit.halved = now + HALVED_MS;
  limit.strike1 = limit.strike2;
  limit.strike2 = now;
}
