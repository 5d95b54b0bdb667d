import type { BudgetState } from './budget-state.js';
import { limitInForce, windowsTouched } from './fixed-window.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw, LimitFigures } from './limit-draw.js';
import { allowance } from './allowance.js';
import { clockView } from './venue-clock.js';

/** One limit as a person looks at it. */
export interface LimitUsage {
  readonly limit: string;
  readonly scope: string;
  readonly used: number;
  /** The venue's figure in force. */
  readonly limitValue: number;
  readonly windowStart: number;
  readonly windowEnd: number;
  readonly source: 'local' | 'venue';
  readonly cold: boolean;
  /** Closed or banned until then, by the clock of Redis; null = open. */
  readonly closedUntil: number | null;
}

/** State of a limit in the running window; where two may be running, the fuller one. */
export function usageOf(
  state: Pick<BudgetState, 'clock' | 'announced' | 'limits'>,
  draw: Pick<LimitDraw, 'name' | 'id' | 'scope'> & LimitFigures,
  now: number,
): LimitUsage {
  const { name, id, scope, windowMs } = draw;
  const limit = state.limits[name];
  const closedUntil = limit && limit.closed > now ? limit.closed : null;
  const common = { limit: id, scope, closedUntil };
  if (draw.kind === 'ban') {
    return { ...common, used: 0, limitValue: 0, windowStart: now, windowEnd: now, source: 'venue', cold: false };
  }
  const view = clockView(state.clock, now);
  const starts = windowsTouched(now + view.offset - view.error, now + view.offset + view.error, windowMs);
  const current = Math.floor((now + view.offset) / windowMs) * windowMs;
  const windows = starts.map((start) => limit?.windows[String(start)]);
  return {
    ...common,
    used: Math.max(0, ...windows.map((w) => w?.used ?? 0)),
    limitValue: limitInForce(state.announced[id], draw.limit),
    windowStart: current,
    windowEnd: current + windowMs,
    source: (limit?.windows[String(current)]?.readAt ?? 0) > 0 ? 'venue' : 'local',
    cold: !limit || now < limit.cold,
  };
}

/**
 * Unused fraction, 0..1, of this priority's ceiling on the tightest of the given limits; 0 while one is
 * closed or unknown.
 */
export function freeShare(
  state: Pick<BudgetState, 'clock' | 'announced' | 'limits'>,
  draws: readonly LimitDraw[],
  priority: Priority,
  now: number,
): number {
  let free = 1;
  for (const draw of draws) {
    const usage = usageOf(state, draw, now);
    if (usage.closedUntil !== null || usage.cold) return 0;
    const limit = state.limits[draw.name];
    if (draw.kind === 'ban' || !limit) continue;
    const allowed = allowance(state, limit, draw, priority, now);
    free = Math.min(free, allowed > 0 ? Math.max(0, allowed - usage.used) / allowed : 0);
  }
  return free;
}
