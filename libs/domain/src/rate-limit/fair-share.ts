import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';

/** Virtual time of a whole limit at weight 1: fine enough for a call of the largest, exact for years of use. */
export const FAIR_SCALE = 100_000_000;
/** A parent may be this many of its own calls ahead of the lowest waiting one. */
export const FAIR_QUANTUM = 4;
export const MAX_FAIR_WEIGHT = 4;
/** Whose turn it is not asks again after this. */
export const FAIR_RETRY_MS = 50;
/** How long after it was told to come a parent still counts as waiting. */
export const WAITING_MS = 2_000;
/** A parent that waited and was granted is expected back within this, for its next call. */
export const NEXT_CALL_MS = 200;
/** A parent that was told to come within this time keeps its place until then. */
export const KEEP_PLACE_MS = 60_000;

/** On whose behalf a call is made. */
export interface FairParent {
  readonly id: string;
  /** Whole, 1 to {@link MAX_FAIR_WEIGHT}: its share among those that wait. */
  readonly weight: number;
}

export interface FairEntry {
  /** Virtual time at which its next call starts: what it was granted so far, divided by weight. */
  readonly time: number;
  /** Counts as waiting until then, by the clock of Redis; 0 = does not wait. */
  readonly until: number;
}

/** Who shares one limit at one priority. Losing it costs nothing but a moment of equal starts. */
export interface FairQueue {
  /** Nobody starts earlier, so that nothing can be saved up. Never above the lowest waiting parent. */
  readonly floor: number;
  /** Those not below the floor; everyone else starts at it. */
  readonly parents: Readonly<Record<string, FairEntry>>;
}

const NOBODY: FairQueue = { floor: 0, parents: {} };

/** What the queue of a limit and priority is kept under. */
export function fairQueueName(draw: Pick<LimitDraw, 'name'>, priority: Priority): string {
  return `${draw.name}:${priority}`;
}

/** The queue at `now` (clock of Redis): who did not come back in time waits no longer. */
export function fairQueueAt(queue: FairQueue = NOBODY, now: number): FairQueue {
  const entries = Object.entries(queue.parents);
  if (entries.every(([, { until }]) => until === 0 || until >= now)) return queue;
  const parents = entries.map(([id, { time, until }]) => [id, { time, until: until >= now ? until : 0 }]);
  return { floor: queue.floor, parents: Object.fromEntries(parents) as Record<string, FairEntry> };
}

/** Whether the parent has to let the lowest waiting one go first (start-time fair queueing, venues.md B6). */
export function isAhead(queue: FairQueue, parent: FairParent, draw: Taken): boolean {
  return startOf(queue, parent.id) - lowestWaiting(queue, parent.id) > FAIR_QUANTUM * stepOf(parent, draw);
}

/** The parent was refused and told to come at `comeAt`. */
export function waitInTurn(queue: FairQueue, parent: FairParent, comeAt: number, now: number): FairQueue {
  const until = (comeAt - now <= KEEP_PLACE_MS ? comeAt : now) + WAITING_MS;
  return { ...queue, parents: { ...queue.parents, [parent.id]: { time: startOf(queue, parent.id), until } } };
}

/**
 * A call of the parent was granted. The floor follows at a quarter of the pace at which the shares of those that wait grow, so that
 * newcomers without end cannot keep an old parent waiting, and to one quantum behind the call, so that a parent
 * which comes back has lost nothing and saved up no more than that.
 */
export function takeTurn(queue: FairQueue, parent: FairParent, draw: Taken, now: number): FairQueue {
  const start = startOf(queue, parent.id);
  const until = (queue.parents[parent.id]?.until ?? 0) > 0 ? now + NEXT_CALL_MS : 0;
  const step = stepOf(parent, draw);
  const others = Object.entries(queue.parents).filter(([id]) => id !== parent.id);
  const waiting = others.filter(([, { until }]) => until > 0).length;
  const pace = Math.floor(step / (4 * (waiting + 1)));
  const wanted = Math.max(queue.floor + pace, start - FAIR_QUANTUM * step);
  const floor = Math.min(wanted, lowestWaiting(queue, parent.id));
  const kept = [...others, [parent.id, { time: start + step, until }] as const].filter(([, e]) => e.time >= floor);
  return { floor, parents: Object.fromEntries(kept) };
}

function startOf(queue: FairQueue, parentId: string): number {
  return Math.max(queue.floor, queue.parents[parentId]?.time ?? queue.floor);
}

type Taken = Pick<LimitDraw, 'cost' | 'limit'>;

function stepOf(parent: FairParent, { cost, limit }: Taken): number {
  return Math.max(1, Math.floor((cost * FAIR_SCALE) / (Math.max(limit, 1) * parent.weight)));
}

/** `Infinity` when nobody else waits. */
function lowestWaiting(queue: FairQueue, exceptId: string): number {
  const times = Object.entries(queue.parents).flatMap(([id, e]) => (e.until > 0 && id !== exceptId ? [e.time] : []));
  return Math.min(Infinity, ...times);
}
