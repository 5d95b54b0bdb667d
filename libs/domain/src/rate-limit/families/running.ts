import type { Crossing, Running } from '../budget-state.js';
import { scaleOf, type LimitDraw } from '../limit-draw.js';
import type { Answered } from './family.js';

export const THRESHOLDS = [50, 90, 100] as const;
/** A threshold can be crossed anew once the use is this far below it, in percent. */
export const REARM_BELOW = 10;

/** What kinds without aligned windows begin with. */
export function freshRunning(now: number): Running {
  return { inFlight: 0, settled: 0, readAt: 0, arm: now, crossed: 0 };
}

/** Takes back what is no longer in flight; a state that was lost meanwhile never knew it. */
export function land(state: Running, cost: number): void {
  state.inFlight = Math.max(0, state.inFlight - cost);
}

/** Ours, settled since the answered call was reserved: the venue may not have counted it when it told. */
export function unseen(state: Running, { part, final }: Answered): number {
  return Math.max(0, state.settled - final - (part?.seen ?? 0));
}

/** Notes that a reading is applied. @returns false for one older than the last */
export function isNewer(state: Running, { sentAt, now }: Answered): boolean {
  if (state.readAt > sentAt && state.readAt <= now) return false;
  state.readAt = sentAt;
  return true;
}

/** Arms the thresholds that `used` is clearly below again. */
export function rearm(state: Running, used: number, limit: number, now: number): void {
  if (state.crossed === 0) return;
  let left = 0;
  for (const threshold of THRESHOLDS) {
    if (threshold <= state.crossed && used * 100 >= limit * (threshold - REARM_BELOW)) left = threshold;
  }
  if (left === state.crossed) return;
  state.crossed = left;
  state.arm = Math.max(state.arm + 1, now);
}

/** The thresholds reached for the first time since they were armed. */
export function runningCrossings(
  state: Running,
  draw: LimitDraw,
  used: number,
  limit: number,
  now: number,
  refused: boolean,
): Crossing[] {
  rearm(state, refused ? Math.max(used, limit) : used, limit, now);
  const found: Crossing[] = [];
  const scale = scaleOf(draw.kind);
  for (const threshold of THRESHOLDS) {
    if (threshold <= state.crossed || !(refused || used * 100 >= limit * threshold)) continue;
    state.crossed = threshold;
    found.push({
      limit: draw.id,
      scope: draw.scope,
      window: state.arm,
      windowMs: 0,
      threshold,
      used: Math.ceil(used / scale),
      limitValue: Math.floor(limit / scale),
      at: now,
    });
  }
  return found;
}
