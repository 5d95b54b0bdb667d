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

/**
 * The next place in the line of a limit: right when it opens for the first, each other one pace later; who finds the line
 * longer than it may be comes in between those before. All in ms by one clock.
 * @param last the place given before, 0 for none
 */
export function nextPlace(last: number, opensAt: number, { everyMs, overMs }: Pace): number {
  const at = last + everyMs;
  if (at < opensAt) return opensAt;
  return at < opensAt + overMs ? at : opensAt + ((at - opensAt) % overMs);
}
