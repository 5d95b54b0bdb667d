import type { LimitDraw } from './limit-draw.js';

/** How those who wait for one limit come back: one each `everyMs`, and none later than `overMs` after it opens. */
export interface Pace {
  readonly everyMs: number;
  readonly overMs: number;
}

/** A little faster than the limit lets calls through, so that nothing of it is left unused. In thousandths. */
const FASTER = 800;

/**
 * The pace at which calls like this one come back to a limit that was used up: that of the limit itself, over one window,
 * or the time in which a full level is empty. Null for limits that nobody waits for in a line: a ban, a budget for life.
 */
export function paceOf(draw: Pick<LimitDraw, 'kind' | 'limit' | 'windowMs' | 'rate' | 'cost'>): Pace | null {
  const { kind, limit, rate, cost } = draw;
  if (kind === 'ban' || kind === 'lifetime_budget' || limit <= 0) return null;
  const overMs = rate > 0 ? limit / rate : draw.windowMs;
  const everyMs = ((overMs * Math.min(cost, limit)) / limit) * (FASTER / 1_000);
  return everyMs > 0 ? { everyMs, overMs } : null;
}

/** Of the parents that wait for one limit, how many there are and which one this is, from 0. */
export interface LineOf {
  readonly index: number;
  readonly parents: number;
}

/** Whoever comes later than this after the opening may be taken for one who does not come: fair sharing waits for 2 s. */
const FIRST_WITHIN_MS = 1_500;

/**
 * The next place of a parent in the line of a limit. Parents take turns: the first call of each comes soon after the
 * limit opens, each further one as many paces later as there are parents, so that none waits behind the whole queue of
 * another. Who finds the line longer than it may be comes in between those before. All in ms by one clock.
 * @param last the parent's place given before, 0 for none
 */
export function nextPlace(
  last: number,
  opensAt: number,
  { everyMs, overMs }: Pace,
  { index, parents }: LineOf = { index: 0, parents: 1 },
): number {
  const first = opensAt + Math.min(index * everyMs, FIRST_WITHIN_MS, overMs / 2);
  const at = last + everyMs * parents;
  if (at < first) return first;
  return at < opensAt + overMs ? at : opensAt + ((at - opensAt) % overMs);
}
