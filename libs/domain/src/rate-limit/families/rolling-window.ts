import type { RollingWindowState } from '../budget-state.js';
import { plainAllowance } from './allowance.js';
import { IN_FLIGHT_RETRY_MS, type Family } from './family.js';
import { freshRunning, isNewer, land, rearm, runningCrossings, unseen } from './running.js';

/** Costs that leave within this part of the window of each other are kept as one. */
const GRAINS = 50;

/** Until when a cost counts that arrived at `arrivedBy` at the latest; rounded up to the grain. */
function leavesAt(arrivedBy: number, windowMs: number): number {
  const grain = Math.max(1, Math.floor(windowMs / GRAINS));
  return Math.ceil((arrivedBy + windowMs) / grain) * grain;
}

/** Settled costs that may still be in the window, by the time they leave. */
function living(state: RollingWindowState, now: number): [number, number][] {
  return Object.entries(state.entries)
    .map(([until, cost]): [number, number] => [Number(until), cost])
    .filter(([until]) => until >= now)
    .sort(([a], [b]) => a - b);
}

function sum(entries: readonly (readonly [number, number])[]): number {
  return entries.reduce((total, [, cost]) => total + cost, 0);
}

function add(state: RollingWindowState, cost: number, arrivedBy: number, windowMs: number): void {
  if (cost === 0) return;
  const key = String(leavesAt(arrivedBy, windowMs));
  state.entries[key] = (state.entries[key] ?? 0) + cost;
}

function prune(state: RollingWindowState, now: number): void {
  state.entries = Object.fromEntries(Object.entries(state.entries).filter(([until]) => Number(until) >= now));
}

/**
 * Any stretch of `windowMs`. A call counts from its reservation to `windowMs` after its answer: it arrived
 * no later, and whatever is granted after that arrives later. No clock but that of Redis matters.
 */
export const rollingWindow: Family<RollingWindowState> = {
  fresh: (now) => ({ kind: 'rolling_window', ...freshRunning(now), entries: {} }),
  spanMs: ({ windowMs }) => windowMs,
  limitOf: (_, { limit }) => limit,
  allowed: plainAllowance,
  used: (state, _, { now }) => sum(living(state, now)) + state.inFlight,

  earliest: (state, draw, allowed, _, { now }) => {
    const entries = living(state, now);
    const settled = sum(entries);
    let over = settled + state.inFlight + draw.cost - allowed;
    if (over <= 0) return null;
    let until = now + draw.windowMs;
    for (const [leaves, cost] of entries) {
      over -= cost;
      if (over > 0) continue;
      until = leaves + 1;
      break;
    }
    const freedByAnswers = settled + draw.cost <= allowed;
    return freedByAnswers ? Math.min(until, now + IN_FLIGHT_RETRY_MS) : until;
  },

  take: (state, draw, _, moment) => {
    prune(state, moment.now);
    rearm(state, rollingWindow.used(state, draw, moment), draw.limit, moment.now);
    state.inFlight += draw.cost;
    return { seen: state.settled };
  },

  giveBack: (state, part) => land(state, part.cost),

  spend: (state, part, at) => {
    land(state, part.cost);
    state.settled += part.cost;
    add(state, part.cost, at, part.windowMs);
  },

  settle: (state, draw, { part, isOpen, final, repliedAt, now }) => {
    prune(state, now);
    if (!isOpen) return;
    if (part) land(state, part.cost);
    state.settled += final;
    add(state, final, repliedAt, draw.windowMs);
  },

  /** Less than we counted: what leaves first is dropped, since the venue's count leaves no later. */
  read: (state, draw, answered) => {
    const told = answered.reading?.used;
    if (told === undefined || !isNewer(state, answered)) return null;
    const entries = living(state, answered.now);
    const delta = told + unseen(state, answered) - sum(entries);
    let surplus = -delta;
    const left = entries.map(([until, cost]): [number, number] => {
      const dropped = Math.max(0, Math.min(cost, surplus));
      surplus -= dropped;
      return [until, cost - dropped];
    });
    state.entries = Object.fromEntries(left.filter(([, cost]) => cost > 0));
    if (delta > 0) add(state, delta, answered.repliedAt, draw.windowMs);
    return delta;
  },

  addBooked: (state, { windowMs }, start, used, { now, view }) => {
    add(state, used, Math.min(start + windowMs + view.error - view.offset, now), windowMs);
  },

  close: (_, { windowMs }, __, { now }) => now + windowMs,

  crossings: (state, draw, moment, refused) =>
    runningCrossings(state, draw, rollingWindow.used(state, draw, moment), draw.limit, moment.now, refused),
  isReadingDue: () => false,
};
