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
 * lets costs leave from their sending or fall while they are held, ignores ceilings, or believes an older copy.
 */
export const PRESSING_SEEDS: Readonly<Partial<Record<CountedKind, readonly number[]>>> = {
  fixed_window: [1, 5, 15],
  rolling_window: [5, 10],
  token_bucket: [1, 9, 25, 32],
  decaying_counter: [1, 30],
  credits: [1, 2],
  per_block: [1, 2],
  batch_pool: [7],
};
