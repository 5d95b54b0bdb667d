import type { CountedKind } from './model-rules.js';

/** Seeds of worlds in which a property once failed: they are run again before any other. */
export const KEPT_SEEDS: Readonly<Record<CountedKind, readonly number[]>> = {
  fixed_window: [],
  rolling_window: [],
  token_bucket: [],
  decaying_counter: [],
  credits: [],
  lifetime_budget: [],
  per_block: [],
  batch_pool: [],
};

/**
 * Seeds of pressing worlds that find out a budget with a fault: one that counts what is in flight in one window only,
 * lets costs leave from their sending or fall while they are held, ignores ceilings, or believes an older copy. Of a
 * budget for life: one that forgets what was never answered or leaves it out of a reading, lets several go beyond the
 * cap at once or too early, or believes what calls of before a loss were told (131, 226). In 7 and 18 a cancel overtakes
 * an action beyond the cap, and in 957 one goes beyond its own. Of blocks, 23 and 29: one that counts what was answered in the
 * block that was told, and not in the next.
 */
export const PRESSING_SEEDS: Readonly<Record<CountedKind, readonly number[]>> = {
  fixed_window: [1, 5, 15],
  rolling_window: [5, 10],
  token_bucket: [1, 9, 25, 32],
  decaying_counter: [1, 30],
  credits: [1, 2],
  lifetime_budget: [5, 7, 9, 18, 19, 36, 123, 131, 226, 957],
  per_block: [1, 23, 29],
  batch_pool: [7],
};

/**
 * Seeds of skewed worlds that find out a budget which ignores how far the venue's clock may be off: everywhere (19, 56), where
 * it looks for room (19, 56), where it takes (93, 225) or where it settles (56).
 */
export const SKEWED_SEEDS: readonly number[] = [19, 56, 93, 225];
