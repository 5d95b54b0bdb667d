import type { HoldReason } from '../execution/contract.js';
import type { EpochMs } from '../time/clock.js';

/** What may keep an order from placing what it would: its budget, the market's feed, its cap of the volume. */
export const HINDRANCES = ['budget', 'feed', 'cap'] as const;
export type Hindrance = (typeof HINDRANCES)[number];

/** How long an order was held back by what, in ms. Kept with the order. */
export interface HeldTimes {
  readonly budget: number;
  readonly feed: number;
  readonly cap: number;
  /** What has held it since its last decision. */
  readonly by: Hindrance | null;
  /** How much of the blockage that lasts nobody looked after it; see `ExecutionParent.unseenMs`. */
  readonly unseen: number;
  /** Since when it waits, or waited, for a price that had jumped; see `ExecutionParent.jumpedSince`. */
  readonly jumpedSince: EpochMs | null;
}

export const NEVER_HELD: HeldTimes = { budget: 0, feed: 0, cap: 0, by: null, unseen: 0, jumpedSince: null };

const HINDRANCE_OF: Readonly<Partial<Record<HoldReason, Hindrance>>> = {
  BUDGET: 'budget',
  STALE_DATA: 'feed',
  NO_VOLUME: 'feed',
  POV_LIMITED: 'cap',
};

/** Decisions of an order that is held back are never further apart, unless nobody makes them. */
const LONGEST_STEP_MS = 120_000;

/**
 * After a decision: what held the order back at the one before has done so until now. Time in which nobody decided is
 * not of the hindrance.
 */
export function trackHeld(
  before: HeldTimes,
  lastDecisionAt: EpochMs | null,
  holds: readonly HoldReason[],
  now: EpochMs,
): HeldTimes {
  const { by } = before;
  const since = lastDecisionAt === null ? 0 : Math.max(0, now - lastDecisionAt);
  const elapsed = since > LONGEST_STEP_MS ? 0 : since;
  const times = by === null ? before : { ...before, [by]: before[by] + elapsed };
  const next = holds.flatMap((reason) => HINDRANCE_OF[reason] ?? []);
  return { ...times, by: next[0] ?? null };
}
