import type { LimitDraw } from './limit-draw.js';

/** The period of a limit is looked at in this many slots. */
export const DIRECT_SLOTS = 10;

/** On whose behalf a direct order is placed, and how much of the place ceiling all of these may take. */
export interface DirectShare {
  readonly strategyId: string;
  /** In thousandths of the ceiling. */
  readonly share: number;
}

/** Cost granted to one strategy's direct orders on one limit, by number of the slot. */
export type DirectUse = Readonly<Record<string, number>>;

export function directUseName(draw: Pick<LimitDraw, 'name'>, direct: DirectShare): string {
  return `${draw.name}:${direct.strategyId}`;
}

/**
 * In what time a limit gives all it has, in ms; 0 for one that is not about time, which is not shared out: a
 * budget for life has no half that comes back.
 */
export function directPeriodMs(draw: Pick<LimitDraw, 'kind' | 'limit' | 'windowMs' | 'rate'>): number {
  if (draw.kind === 'ban' || draw.kind === 'lifetime_budget') return 0;
  return draw.rate > 0 ? Math.ceil(draw.limit / draw.rate) : draw.windowMs;
}

/** Length of a slot in ms. */
export function directSlotMs(periodMs: number): number {
  return Math.ceil(periodMs / DIRECT_SLOTS);
}

/**
 * When the strategy may have `cost` more of `allowed` (by the clock of Redis); null = now. One slot more than a
 * period has is counted, so no stretch as long as the period holds more than was allowed. What alone is
 * larger than allowed may go while nothing else counts: a share that rounds to nothing forbids nothing.
 */
export function directDeniedUntil(
  use: DirectUse | undefined,
  cost: number,
  allowed: number,
  periodMs: number,
  now: number,
): number | null {
  const slots = counted(use, periodMs, now);
  let sum = slots.reduce((total, [, taken]) => total + taken, 0);
  let until: number | null = null;
  for (const [slot, taken] of slots) {
    if (sum === 0 || sum + cost <= allowed) break;
    sum -= taken;
    until = (slot + DIRECT_SLOTS + 1) * directSlotMs(periodMs);
  }
  return until;
}

/** The strategy was granted `cost` in the running slot. */
export function addDirectUse(use: DirectUse | undefined, cost: number, periodMs: number, now: number): DirectUse {
  const slots = new Map(counted(use, periodMs, now));
  const slot = directSlot(periodMs, now);
  slots.set(slot, (slots.get(slot) ?? 0) + cost);
  return Object.fromEntries(slots);
}

/** Gives back what was taken in `slot`, where it still counts. */
export function giveBackDirectUse(use: DirectUse, slot: number, cost: number): DirectUse {
  const taken = use[String(slot)];
  return taken === undefined ? use : { ...use, [String(slot)]: Math.max(0, taken - cost) };
}

export function directSlot(periodMs: number, now: number): number {
  return Math.floor(now / directSlotMs(periodMs));
}

/** The slots that still count, oldest first. */
function counted(use: DirectUse | undefined, periodMs: number, now: number): [number, number][] {
  const oldest = directSlot(periodMs, now) - DIRECT_SLOTS;
  return Object.entries(use ?? {})
    .map(([slot, taken]): [number, number] => [Number(slot), taken])
    .filter(([slot]) => slot >= oldest)
    .sort(([a], [b]) => a - b);
}
