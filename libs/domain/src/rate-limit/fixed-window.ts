import type { Announced, Crossing, LimitState, TokenPart, WindowState } from './budget-state.js';
import type { ClockView } from './venue-clock.js';

/** Shortest time a lost state counts as full: no call of before may still be on its way then. */
export const MIN_COLD_MS = 15_000;
/** Windows this long past are forgotten. */
export const KEEP_WINDOW_MS = 60_000;
export const THRESHOLDS = [50, 90, 100] as const;

/** Starts of all windows that [from, to] touches, in venue time. */
export function windowsTouched(from: number, to: number, windowMs: number): number[] {
  const starts: number[] = [];
  for (let start = Math.floor(from / windowMs) * windowMs; start <= to; start += windowMs) starts.push(start);
  return starts;
}

/** A state that nothing is known of: it counts as full for one window. */
export function coldState(windowMs: number, now: number): LimitState {
  return { cold: coldEnd(windowMs, now), closed: 0, halved: 0, strike1: 0, strike2: 0, windows: {} };
}

export function coldEnd(windowMs: number, now: number): number {
  return now + Math.max(windowMs, MIN_COLD_MS);
}

export function windowOf(state: LimitState, start: number): WindowState {
  return (state.windows[String(start)] ??= { used: 0, inFlight: 0, settled: 0, crossed: 0, readAt: 0 });
}

/** A window so long past that no late answer can still matter to it. */
export function isPast(start: number, windowMs: number, view: ClockView, now: number): boolean {
  return start + windowMs + KEEP_WINDOW_MS < now + view.offset - view.error;
}

export function pruneWindows(state: LimitState, windowMs: number, view: ClockView, now: number): void {
  state.windows = Object.fromEntries(
    Object.entries(state.windows).filter(([start]) => !isPast(Number(start), windowMs, view, now)),
  );
}

/** The figure in force: what the venue announced last, else the definition's. */
export function limitInForce(announced: Announced | undefined, defined: number): number {
  return announced && announced.limit > 0 ? announced.limit : defined;
}

/**
 * The thresholds reached for the first time in each window that has begun. A window yet to come only
 * holds what may arrive in it; its crossings are told once it is there. `refused`: the venue itself said
 * that the limit is used up, which counts as 100 % of the running window.
 */
export function takeCrossings(
  state: LimitState,
  part: Pick<TokenPart, 'id' | 'scope' | 'windowMs'>,
  limit: number,
  view: ClockView,
  now: number,
  refused = false,
): Crossing[] {
  const found: Crossing[] = [];
  const current = Math.floor((now + view.offset) / part.windowMs) * part.windowMs;
  for (const start of Object.keys(state.windows)
    .map(Number)
    .sort((a, b) => a - b)) {
    if (start > current) continue;
    const window = windowOf(state, start);
    for (const threshold of THRESHOLDS) {
      const reached = window.used * 100 >= limit * threshold || (refused && start === current);
      if (!reached || threshold <= window.crossed) continue;
      window.crossed = threshold;
      found.push({
        limit: part.id,
        scope: part.scope,
        window: start,
        windowMs: part.windowMs,
        threshold,
        used: window.used,
        limitValue: limit,
        at: now,
      });
    }
  }
  return found;
}
