/** Bounds of one condition (order-api.md 6). */
export const CONDITION_LIMITS = {
  /** Characters of the text. */
  length: 2_000,
  tokens: 200,
  /** Brackets within brackets, those of calls included. */
  nesting: 32,
  /** Different prices. */
  prices: 16,
  /** Different variables of its own. */
  variables: 16,
} as const;
