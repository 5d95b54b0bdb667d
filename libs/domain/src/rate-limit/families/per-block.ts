import type { PerBlockState } from '../budget-state.js';
import type { LimitFigures } from '../limit-draw.js';
import { plainAllowance } from './allowance.js';
import { IN_FLIGHT_RETRY_MS, type Family } from './family.js';
import { freshRunning, land, rearm, runningCrossings } from './running.js';

/** A call granted now is in this block at the earliest: those before it are done. */
function counted(state: PerBlockState, { blocks }: LimitFigures): number {
  let total = 0;
  for (const [height, cost] of Object.entries(state.entries)) {
    if (Number(height) + blocks > state.height) total += cost;
  }
  return total;
}

/** Answered when `height` was the highest block seen: in the next one at the latest. */
function add(state: PerBlockState, cost: number): void {
  if (cost === 0) return;
  const key = String(state.height + 1);
  state.entries[key] = (state.entries[key] ?? 0) + cost;
}

/**
 * At most so much in any `blocks` blocks in a row. What is in flight counts in every block; what is answered
 * counts in the block after the highest one seen by then. Only blocks that the venue tells let it go.
 */
export const perBlock: Family<PerBlockState> = {
  fresh: (now) => ({ kind: 'per_block', ...freshRunning(now), height: 0, entries: {} }),
  spanMs: ({ windowMs }) => windowMs,
  limitOf: (_, { limit }) => limit,
  allowed: plainAllowance,
  used: (state, figures) => counted(state, figures) + state.inFlight,

  earliest: (state, draw, allowed, _, { now }) => {
    const settled = counted(state, draw);
    if (settled + state.inFlight + draw.cost <= allowed) return null;
    const blockMs = Math.ceil(draw.windowMs / draw.blocks);
    return now + (settled + draw.cost <= allowed ? Math.min(blockMs, IN_FLIGHT_RETRY_MS) : blockMs);
  },

  take: (state, draw, _, { now }) => {
    rearm(state, counted(state, draw) + state.inFlight, draw.limit, now);
    state.inFlight += draw.cost;
    return { seen: state.settled };
  },

  giveBack: (state, part) => land(state, part.cost),

  spend: (state, part) => {
    land(state, part.cost);
    state.settled += part.cost;
    add(state, part.cost);
  },

  settle: (state, { blocks }, { part, isOpen, final, reading }) => {
    if (reading?.height !== undefined) {
      state.height = Math.max(state.height, reading.height);
      state.entries = Object.fromEntries(
        Object.entries(state.entries).filter(([height]) => Number(height) + blocks > state.height),
      );
    }
    if (!isOpen) return;
    if (part) land(state, part.cost);
    state.settled += final;
    add(state, final);
  },

  read: () => null,
  addBooked: () => undefined,
  close: (_, { windowMs }, __, { now }) => now + windowMs,

  crossings: (state, draw, { now }, refused) =>
    runningCrossings(state, draw, counted(state, draw) + state.inFlight, draw.limit, now, refused),
  isReadingDue: () => false,
};
