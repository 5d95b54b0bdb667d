import type { Crossing, FixedWindowState, TokenPart, WindowState } from '../budget-state.js';
import type { LimitDraw } from '../limit-draw.js';
import type { ClockView } from '../venue-clock.js';
import { IN_FLIGHT_RETRY_MS, type Answered, type Family, type Moment } from './family.js';
import { THRESHOLDS } from './running.js';
import { plainAllowance } from './allowance.js';

/** Windows this long past are forgotten. */
export const KEEP_WINDOW_MS = 60_000;

/** Starts of all windows that [from, to] touches, in venue time. */
export function windowsTouched(from: number, to: number, windowMs: number): number[] {
  const starts: number[] = [];
  for (let start = Math.floor(from / windowMs) * windowMs; start <= to; start += windowMs) starts.push(start);
  return starts;
}

export function windowOf(state: FixedWindowState, start: number): WindowState {
  return (state.windows[String(start)] ??= { used: 0, inFlight: 0, settled: 0, crossed: 0, readAt: 0, readBy: 0 });
}

/** A window so long past that no late answer can still matter to it. */
function isPast(start: number, windowMs: number, { now, view }: Moment): boolean {
  return start + windowMs + KEEP_WINDOW_MS < now + view.offset - view.error;
}

function prune(state: FixedWindowState, windowMs: number, moment: Moment): void {
  state.windows = Object.fromEntries(
    Object.entries(state.windows).filter(([start]) => !isPast(Number(start), windowMs, moment)),
  );
}

/** The windows that may be running now, by all that is known of the venue's clock. */
function windowsNow(windowMs: number, now: number, view: ClockView): number[] {
  return windowsTouched(now + view.offset - view.error, now + view.offset + view.error, windowMs);
}

function windowsAnswered({ sentAt, repliedAt, view }: Answered, windowMs: number): number[] {
  return windowsTouched(sentAt + view.offset - view.error, repliedAt + view.offset + view.error, windowMs);
}

/**
 * Windows aligned to the epoch by the venue's clock. A call counts in every window in which it may arrive:
 * from its reservation to the end of its hold, and once it is answered from its sending to its answer.
 */
export const fixedWindow: Family<FixedWindowState> = {
  fresh: () => ({ kind: 'fixed_window', windows: {} }),
  spanMs: ({ windowMs }) => windowMs,
  limitOf: (_, { limit }) => limit,
  allowed: plainAllowance,

  used: (state, { windowMs }, { now, view }) =>
    Math.max(0, ...windowsNow(windowMs, now, view).map((start) => state.windows[String(start)]?.used ?? 0)),

  earliest: (state, draw, allowed, holdMs, { now, view }) => {
    let until = 0;
    const venueNow = now + view.offset;
    for (const start of windowsTouched(venueNow - view.error, venueNow + holdMs + view.error, draw.windowMs)) {
      const window = state.windows[String(start)];
      const used = window?.used ?? 0;
      if (used + draw.cost <= allowed) continue;
      const windowOver = start + draw.windowMs + view.error - view.offset;
      const freedByAnswers = used - (window?.inFlight ?? 0) + draw.cost <= allowed;
      until = Math.max(until, freedByAnswers ? Math.min(windowOver, now + IN_FLIGHT_RETRY_MS) : windowOver);
    }
    return until > 0 ? until : null;
  },

  take: (state, draw, hold, moment) => {
    prune(state, draw.windowMs, moment);
    const { offset, error } = moment.view;
    const starts = windowsTouched(hold.at + offset - error, hold.until + offset + error, draw.windowMs);
    const windows = starts.map((start) => {
      const window = windowOf(state, start);
      window.used += draw.cost;
      window.inFlight += draw.cost;
      return { start, seen: window.settled };
    });
    return { seen: 0, windows };
  },

  giveBack: uncount,

  spend: (state, part) => {
    for (const { start } of part.windows ?? []) {
      const window = state.windows[String(start)];
      if (!window) continue;
      window.inFlight -= part.cost;
      window.settled += part.cost;
    }
  },

  settle: (state, draw, answered) => {
    if (!answered.isOpen) return;
    if (answered.part) uncount(state, answered.part);
    for (const start of windowsAnswered(answered, draw.windowMs)) {
      if (isPast(start, draw.windowMs, answered)) continue;
      const window = windowOf(state, start);
      window.used += answered.final;
      window.settled += answered.final;
    }
  },

  read: (state, draw, answered) => {
    const told = answered.reading?.used;
    const [start, ...more] = windowsAnswered(answered, draw.windowMs);
    if (told === undefined || start === undefined || more.length > 0) return null;
    const window = windowOf(state, start);
    if (window.readAt > answered.sentAt) return null;
    const seen = answered.part?.windows?.find((w) => w.start === start)?.seen ?? 0;
    const used = told + window.inFlight + Math.max(0, window.settled - answered.final - seen);
    const delta = used - window.used;
    Object.assign(window, { used, readAt: answered.sentAt, readBy: answered.repliedAt });
    return delta;
  },

  addBooked: (state, _, start, used) => {
    const window = windowOf(state, start);
    window.used = Math.max(window.used, used);
  },

  close: (state, { windowMs }, _, { now, view }) => {
    const current = Math.floor((now + view.offset) / windowMs) * windowMs;
    windowOf(state, current);
    return current + windowMs + view.error - view.offset;
  },

  crossings: windowCrossings,
  isReadingDue: () => false,
};

/** Takes an open reservation out of the windows it was counted in. */
function uncount(state: FixedWindowState, part: TokenPart): void {
  for (const { start } of part.windows ?? []) {
    const window = state.windows[String(start)];
    if (!window) continue;
    window.used -= part.cost;
    window.inFlight -= part.cost;
  }
}

/**
 * A window yet to come only holds what may arrive in it; its crossings are told once it is there. A refusal
 * of the venue counts as 100 % of the running window.
 */
function windowCrossings(state: FixedWindowState, draw: LimitDraw, moment: Moment, refused: boolean): Crossing[] {
  prune(state, draw.windowMs, moment);
  const { id, scope, limit, windowMs } = draw;
  const { now, view } = moment;
  const found: Crossing[] = [];
  const current = Math.floor((now + view.offset) / windowMs) * windowMs;
  for (const start of Object.keys(state.windows)
    .map(Number)
    .sort((a, b) => a - b)) {
    if (start > current) continue;
    const window = windowOf(state, start);
    for (const threshold of THRESHOLDS) {
      const reached = window.used * 100 >= limit * threshold || (refused && start === current);
      if (!reached || threshold <= window.crossed) continue;
      window.crossed = threshold;
      const { used } = window;
      found.push({ limit: id, scope, window: start, windowMs, threshold, used, limitValue: limit, at: now });
    }
  }
  return found;
}
