import type { BudgetState, Crossing, LimitState, TokenPart, TokenState } from './budget-state.js';
import {
  coldState,
  isPast,
  limitInForce,
  pruneWindows,
  takeCrossings,
  windowOf,
  windowsTouched,
} from './fixed-window.js';
import type { LimitDraw } from './limit-draw.js';
import { addSample, clockView, noteTime, type ClockView } from './venue-clock.js';

/** Holds that end are moved from in flight to spent, at most this many in one step. */
export const SWEEP_BATCH = 32;
/** Three rate refusals within this time halve the ceilings. */
export const STRIKE_SPAN_MS = 300_000;
export const HALVED_MS = 600_000;

export interface SettleRequest {
  readonly token: string;
  /** `success` takes the reduced cost where there is one. */
  readonly outcome: 'success' | 'failure' | 'unknown';
  /** By the clock of Redis; -1 = not known, then the reservation and the settlement bound the call. */
  readonly sentAt: number;
  readonly repliedAt: number;
  /** Venue's own time in the answer; -1 = none. */
  readonly venueMs: number;
  readonly venueSlackMs: number;
  /** The call's limits, for a token whose state was lost: its cost is booked as spent. */
  readonly draws: readonly LimitDraw[];
  /** The venue's own counts, by the name of the limit. */
  readonly readings: readonly { readonly name: string; readonly used: number }[];
  /** Limits the venue closed; `ms` from now, -1 = to the end of the window. */
  readonly closures: readonly { readonly name: string; readonly ms: number }[];
}

export interface SettleResult {
  /** `kept`: no answer is known, the token stays in flight to its hold end. `repeated`: settled before. */
  readonly kind: 'settled' | 'lost' | 'kept' | 'repeated';
  readonly crossings: readonly Crossing[];
  /** Venue minus local count of each applied reading. */
  readonly corrections: readonly { readonly limit: string; readonly scope: string; readonly delta: number }[];
}

/**
 * Moves a call's cost from "may arrive until its hold ends" to the windows that [sentAt - e,
 * repliedAt + e] touches, then applies what the answer told: the venue's clock, counts and closures.
 */
export function settle(
  previous: BudgetState,
  request: SettleRequest,
  now: number,
): { readonly state: BudgetState; readonly result: SettleResult } {
  const before = previous.tokens[request.token];
  if (before && (before.phase === 'settled' || before.phase === 'released')) {
    return { state: previous, result: { kind: 'repeated', crossings: [], corrections: [] } };
  }
  if (before && request.outcome === 'unknown' && request.repliedAt < 0) {
    return { state: previous, result: { kind: 'kept', crossings: [], corrections: [] } };
  }
  const state = structuredClone(previous);
  noteTime(state.clock, now);
  sweepHolds(state, now);
  const token = state.tokens[request.token];
  const isSteady = token?.backs === state.clock.backs;
  const [sentAt, repliedAt] =
    token && !isSteady ? [now - (token.holdUntil - token.at), now] : callSpan(request, token?.at, now);
  if (isSteady && request.venueMs >= 0) {
    addSample(state.clock, sentAt, repliedAt, request.venueMs, request.venueSlackMs);
  }
  const view = clockView(state.clock, now);
  const span: Span = { from: sentAt + view.offset - view.error, to: repliedAt + view.offset + view.error };
  const settling: Settling = { state, request, token, sentAt, span, view, now, crossings: [], corrections: [] };
  for (const draw of request.draws) if (draw.kind === 'fixed_window') settleDraw(settling, draw);
  for (const draw of request.draws) close(settling, draw);
  if (token) token.phase = 'settled';
  const { crossings, corrections } = settling;
  return { state, result: { kind: token ? 'settled' : 'lost', crossings, corrections } };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Settling {
  readonly state: BudgetState;
  readonly request: SettleRequest;
  readonly token: TokenState | undefined;
  readonly sentAt: number;
  readonly span: Span;
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

function settleDraw(settling: Settling, draw: LimitDraw): void {
  const { state, request, token, view, now } = settling;
  const limit = (state.limits[draw.name] ??= coldState(draw.windowMs, now));
  const part = token?.parts.find((p) => p.name === draw.name);
  const final = request.outcome === 'success' ? draw.onSuccess : draw.cost;
  const starts = windowsTouched(settling.span.from, settling.span.to, draw.windowMs);
  if (token?.phase !== 'spent') {
    if (part) uncount(limit, part);
    for (const start of starts) {
      if (isPast(start, draw.windowMs, view, now)) continue;
      const window = windowOf(limit, start);
      window.used += final;
      window.settled += final;
    }
  }
  const reading = request.readings.find((r) => r.name === draw.name);
  if (reading && starts.length === 1)
    applyReading(settling, limit, draw, part, final, starts[0] as number, reading.used);
  pruneWindows(limit, draw.windowMs, view, now);
  settling.crossings.push(...takeCrossings(limit, draw, limitInForce(state.announced[draw.id], draw.limit), view, now));
}

/** Takes an open reservation out of the windows it was counted in. */
export function uncount(limit: LimitState, part: TokenPart): void {
  for (const { start } of part.windows) {
    const window = limit.windows[String(start)];
    if (!window) continue;
    window.used -= part.cost;
    window.inFlight -= part.cost;
  }
}

/**
 * The venue's count, plus everything of ours that it may not have seen yet: what is in flight, and what
 * was settled since this call was reserved. Out of order readings are dropped; one across a window's end
 * never comes here. A call of before the state was lost does not end the cold period: others like it may
 * be on their way, and are only known again once their senders have adopted them.
 */
function applyReading(
  settling: Settling,
  limit: LimitState,
  draw: LimitDraw,
  part: TokenPart | undefined,
  own: number,
  start: number,
  told: number,
): void {
  const window = windowOf(limit, start);
  if (window.readAt > settling.sentAt) return;
  const seen = part?.windows.find((w) => w.start === start)?.seen ?? 0;
  const used = told + window.inFlight + Math.max(0, window.settled - own - seen);
  settling.corrections.push({ limit: draw.id, scope: draw.scope, delta: used - window.used });
  window.used = used;
  window.readAt = settling.sentAt;
  if (settling.token) limit.cold = 0;
}

function close(settling: Settling, draw: LimitDraw): void {
  const { state, view, now } = settling;
  const closure = settling.request.closures.find((c) => c.name === draw.name);
  if (!closure) return;
  const limit = (state.limits[draw.name] ??=
    draw.kind === 'ban' ? { ...coldState(0, now), cold: 0 } : coldState(draw.windowMs, now));
  const venueNow = now + view.offset;
  const windowOver =
    draw.windowMs > 0 ? (Math.floor(venueNow / draw.windowMs) + 1) * draw.windowMs + view.error - view.offset : now;
  limit.closed = Math.max(limit.closed, closure.ms >= 0 ? now + closure.ms : windowOver);
  if (draw.kind === 'ban') return;
  strike(limit, now);
  windowOf(limit, Math.floor(venueNow / draw.windowMs) * draw.windowMs);
  settling.crossings.push(
    ...takeCrossings(limit, draw, limitInForce(state.announced[draw.id], draw.limit), view, now, true),
  );
}

function strike(limit: LimitState, now: number): void {
  if (limit.strike1 > 0 && now - limit.strike1 <= STRIKE_SPAN_MS) {
    limit.halved = now + HALVED_MS;
    limit.strike1 = 0;
    limit.strike2 = 0;
    return;
  }
  limit.strike1 = limit.strike2;
  limit.strike2 = now;
}

/** An unsettled token is spent at its hold end: the cost stands in every window it may have arrived in. */
export function sweepHolds(state: BudgetState, now: number): void {
  const ended = Object.entries(state.tokens)
    .filter(([, token]) => token.phase === 'open' && token.holdUntil <= now)
    .sort(([a, x], [b, y]) => x.holdUntil - y.holdUntil || (a < b ? -1 : 1))
    .slice(0, SWEEP_BATCH);
  for (const [, token] of ended) {
    token.phase = 'spent';
    for (const part of token.parts) {
      for (const { start } of part.windows) {
        const window = state.limits[part.name]?.windows[String(start)];
        if (!window) continue;
        window.inFlight -= part.cost;
        window.settled += part.cost;
      }
    }
  }
}
