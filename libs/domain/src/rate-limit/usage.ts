import { allowance } from './allowance.js';
import type { BudgetState } from './budget-state.js';
import { familyOf } from './families/families.js';
import type { Priority } from './limit-definition.js';
import { scaleOf, type LimitDraw, type LimitFigures } from './limit-draw.js';
import { inForce, keptOf, openState, stateOf } from './limit-state.js';
import { clockView } from './venue-clock.js';

/** One limit as a person looks at it. */
export interface LimitUsage {
  readonly limit: string;
  readonly scope: string;
  /** In whole units of the limit, rounded up. */
  readonly used: number;
  /** The figure in force, in whole units. */
  readonly limitValue: number;
  /** The running window in venue time; for kinds without windows both are now. */
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly source: 'local' | 'venue';
  readonly cold: boolean;
  /** Closed or banned until then, by the clock of Redis; null = open. */
  readonly closedUntil: number | null;
}

type Known = Pick<BudgetState, 'clock' | 'announced' | 'limits'>;

/** State of a limit as it stands; of two windows that may be running, the fuller one. */
export function usageOf(
  state: Known,
  draw: Pick<LimitDraw, 'name' | 'id' | 'scope'> & LimitFigures,
  now: number,
): LimitUsage {
  const { id, scope, kind, windowMs } = draw;
  const found = stateOf(state, draw);
  const limit = found ?? openState(draw, now);
  const closed = keptOf(state, draw)?.closed ?? 0;
  const figures = inForce(state.announced, draw);
  const family = familyOf(kind);
  const view = clockView(state.clock, now);
  const scale = scaleOf(kind);
  const venueNow = now + view.offset;
  const start = kind === 'fixed_window' ? Math.floor(venueNow / windowMs) * windowMs : venueNow;
  return {
    limit: id,
    scope,
    used: Math.ceil(family.used(limit, figures, { now, view }) / scale),
    limitValue: Math.floor(family.limitOf(limit, figures) / scale),
    windowStart: start,
    windowEnd: kind === 'fixed_window' ? start + windowMs : start,
    source: toldBy(limit, start),
    cold: kind !== 'ban' && (!found || now < found.cold),
    closedUntil: closed > now ? closed : null,
  };
}

function toldBy(limit: BudgetState['limits'][string], start: number): 'local' | 'venue' {
  if (limit.kind === 'ban') return 'venue';
  const readAt = limit.kind === 'fixed_window' ? (limit.windows[String(start)]?.readAt ?? 0) : limit.readAt;
  return readAt > 0 ? 'venue' : 'local';
}

/**
 * Unused fraction, 0..1, of this priority's ceiling on the tightest of the given limits; 0 while one is
 * closed or unknown.
 */
export function freeShare(state: Known, draws: readonly LimitDraw[], priority: Priority, now: number): number {
  const view = clockView(state.clock, now);
  let free = 1;
  for (const draw of draws) {
    const limit = stateOf(state, draw);
    if ((keptOf(state, draw)?.closed ?? 0) > now) return 0;
    if (draw.kind === 'ban') continue;
    if (!limit || now < limit.cold) return 0;
    const figures = inForce(state.announced, draw);
    const used = familyOf(draw.kind).used(limit, figures, { now, view });
    const allowed = allowance(limit, figures, priority, now);
    free = Math.min(free, allowed > 0 ? Math.max(0, allowed - used) / allowed : 0);
  }
  return free;
}
