import type { LifetimeState } from '../budget-state.js';
import { plainAllowance } from './allowance.js';
import { IN_FLIGHT_RETRY_MS, type Family } from './family.js';
import { freshRunning, isNewer, land, rearm, runningCrossings, unseen } from './running.js';

/** After so many actions the venue's own count is asked for. */
export const READ_EVERY = 500;
/** Cancels go beyond the cap by as much as the cap itself, but by no more than this. */
export const CANCELS_BEYOND = 100_000;
/** The cap grows by trading, which nothing here can foresee: ask again after so long. */
const RETRY_MS = 60_000;
/** Only a reading makes a lost state known: about thirty years. */
const UNTIL_READ_MS = 1_000_000_000_000;

/**
 * Actions of a whole life, against a cap that the venue tells. Beyond the cap one action in `windowMs` goes,
 * as long as none is on its way. Cancels go on meanwhile, by their own cap: one may overtake that action, and a venue
 * that counts it as the one of this time refuses the action. No grant can know; the next waits from the later answer.
 */
export const lifetimeBudget: Family<LifetimeState> = {
  fresh: (now) => ({
    kind: 'lifetime_budget',
    ...freshRunning(now),
    used: 0,
    cap: 0,
    since: 0,
    actedAt: now,
  }),
  spanMs: () => UNTIL_READ_MS,
  limitOf: (state, { limit }) => (state.cap > 0 ? state.cap : limit),
  allowed: (limit, ceiling, isCancel) =>
    plainAllowance(isCancel ? Math.min(limit + CANCELS_BEYOND, limit * 2) : limit, ceiling),
  used: (state) => state.used + state.inFlight,

  earliest: (state, draw, allowed, _, { now }) => {
    if (state.used + state.inFlight + draw.cost <= allowed) return null;
    if (state.inFlight > 0 && state.used + draw.cost <= allowed) return now + IN_FLIGHT_RETRY_MS;
    if (draw.windowMs === 0 || draw.cost > 1) return now + RETRY_MS;
    if (state.inFlight > 0) return now + IN_FLIGHT_RETRY_MS;
    const dripAt = state.actedAt + draw.windowMs;
    return now >= dripAt ? null : dripAt;
  },

  take: (state, draw, _, moment) => {
    rearm(state, state.used + state.inFlight, lifetimeBudget.limitOf(state, draw), moment.now);
    state.inFlight += draw.cost;
    return { seen: state.settled };
  },

  giveBack: (state, part) => land(state, part.cost),

  spend: (state, part, at) => {
    land(state, part.cost);
    book(state, part.cost, at);
  },

  settle: (state, _, { part, isOpen, final, repliedAt }) => {
    if (!isOpen) return;
    if (part) land(state, part.cost);
    book(state, final, repliedAt);
  },

  read: (state, _, answered) => {
    const { used: told, cap } = answered.reading ?? {};
    if (told === undefined || !isNewer(state, answered)) return null;
    if (cap !== undefined && cap > 0) state.cap = cap;
    const ours = unseen(state, answered);
    const delta = told + ours - state.used;
    state.used = told + ours;
    state.since = ours;
    return delta;
  },

  addBooked: () => undefined,

  close: (state, draw, _, { now }) => {
    state.used = Math.max(state.used, lifetimeBudget.limitOf(state, draw));
    state.since = Math.max(state.since, READ_EVERY);
    return now + (draw.windowMs > 0 ? draw.windowMs : RETRY_MS);
  },

  crossings: (state, draw, { now }, refused) => {
    const limit = lifetimeBudget.limitOf(state, draw);
    return runningCrossings(state, draw, state.used + state.inFlight, limit, now, refused);
  },
  isReadingDue: (state) => state.since >= READ_EVERY,
};

function book(state: LifetimeState, cost: number, at: number): void {
  state.settled += cost;
  state.used += cost;
  state.since += cost;
  if (cost > 0) state.actedAt = Math.max(state.actedAt, at);
}
