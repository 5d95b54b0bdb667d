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
