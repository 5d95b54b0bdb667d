import type { LevelState } from '../budget-state.js';
import type { LimitFigures } from '../limit-draw.js';
import { plainAllowance } from './allowance.js';
import { IN_FLIGHT_RETRY_MS, WAIT_REFILL, type Family } from './family.js';
import { freshRunning, isNewer, land, rearm, runningCrossings, unseen } from './running.js';

/** Credits that run out cost the session, so no call takes more than this, in thousandths of the pool. */
export const CREDITS_CEILING = 900;

/** Milliseconds times thousandths a second are millionths. A clock that went back lets nothing fall. */
function levelAt(state: LevelState, rate: number, time: number): number {
  return Math.max(0, state.level - Math.max(0, time - state.at) * rate);
}

/**
 * Adds a cost that arrived at `arrivedBy` at the latest. The later it is taken to have arrived, the higher
 * the level is after; what changed the level since is never undone.
 */
function add(state: LevelState, rate: number, cost: number, arrivedBy: number): void {
  if (arrivedBy > state.at) {
    state.level = levelAt(state, rate, arrivedBy);
    state.at = arrivedBy;
  }
  state.level += cost;
}

/** How long `amount` takes to fall, in ms, rounded up. */
function fallMs(amount: number, rate: number): number {
  return rate > 0 ? Math.ceil(amount / rate) : NEVER_MS;
}
const NEVER_MS = 1_000_000_000_000;

/**
 * Counters that fall by so much a second, and buckets seen from their other end: the level is what is
 * missing from a full one. A cost is held from the reservation on and begins to fall at its answer, as it
 * may have arrived only then.
 */
function levelFamily(kind: LevelState['kind']): Family<LevelState> {
  const used = (state: LevelState, { rate }: LimitFigures, now: number) => levelAt(state, rate, now) + state.inFlight;
  return {
    fresh: (now) => ({ kind, ...freshRunning(now), level: 0, at: now }),
    spanMs: ({ limit, rate }) => fallMs(limit, rate),
    limitOf: (_, { limit }) => limit,
    allowed: (limit, ceiling) =>
      plainAllowance(limit, kind === 'credits' ? Math.min(ceiling, CREDITS_CEILING) : ceiling),
    used: (state, figures, { now }) => used(state, figures, now),

    earliest: (state, draw, allowed, _, { now }) => {
      const over = used(state, draw, now) + draw.cost - allowed;
      if (over <= 0) return null;
      const level = levelAt(state, draw.rate, now);
      if (draw.cost > allowed) return now + fallMs(draw.limit, draw.rate);
      if (over > level) return now + IN_FLIGHT_RETRY_MS;
      const until = now + fallMs(over, draw.rate);
      return level + draw.cost <= allowed ? Math.min(until, now + IN_FLIGHT_RETRY_MS) : until;
    },

    take: (state, draw, _, { now }) => {
      rearm(state, used(state, draw, now), draw.limit, now);
      state.inFlight += draw.cost;
      return { seen: state.settled };
    },

    giveBack: (state, part) => land(state, part.cost),

    spend: (state, part, at) => {
      land(state, part.cost);
      state.settled += part.cost;
      add(state, part.rate, part.cost, at);
    },

    settle: (state, draw, { part, isOpen, final, repliedAt }) => {
      if (!isOpen) return;
      if (part) land(state, part.cost);
      state.settled += final;
      add(state, draw.rate, final, repliedAt);
    },

    read: (state, draw, answered) => {
      const told = answered.reading?.used;
      if (told === undefined || !isNewer(state, answered)) return null;
      const before = levelAt(state, draw.rate, answered.repliedAt);
      state.level = told + unseen(state, answered);
      state.at = Math.max(state.at, answered.repliedAt);
      return state.level - before;
    },

    addBooked: (state, draw, _, used, { now }) => add(state, draw.rate, used, now),

    close: (state, draw, wait, { now }) => {
      state.level = Math.max(levelAt(state, draw.rate, now), draw.limit);
      state.at = now;
      return now + fallMs(state.level - (wait === WAIT_REFILL ? 0 : draw.resume), draw.rate);
    },

    crossings: (state, draw, { now }, refused) =>
      runningCrossings(state, draw, used(state, draw, now), draw.limit, now, refused),
    isReadingDue: () => false,
  };
}

export const tokenBucket = levelFamily('token_bucket');
export const decayingCounter = levelFamily('decaying_counter');
export const credits = levelFamily('credits');
