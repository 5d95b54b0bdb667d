import type { BanState, FamilyState } from '../budget-state.js';
import type { FamilyKind } from '../limit-definition.js';
import type { Family } from './family.js';
import { fixedWindow } from './fixed-window.js';
import { credits, decayingCounter, tokenBucket } from './level.js';
import { lifetimeBudget } from './lifetime-budget.js';
import { perBlock } from './per-block.js';
import { rollingWindow } from './rolling-window.js';

/** Counts nothing: a ban is only ever closed or open. */
const ban: Family<BanState> = {
  fresh: () => ({ kind: 'ban' }),
  spanMs: () => 0,
  limitOf: () => 0,
  allowed: () => 0,
  used: () => 0,
  earliest: () => null,
  take: () => ({ seen: 0 }),
  giveBack: () => undefined,
  spend: () => undefined,
  settle: () => undefined,
  read: () => null,
  addBooked: () => undefined,
  close: (_, __, ___, { now }) => now,
  crossings: () => [],
  isReadingDue: () => false,
};

const FAMILIES = {
  fixed_window: fixedWindow,
  rolling_window: rollingWindow,
  token_bucket: tokenBucket,
  decaying_counter: decayingCounter,
  credits,
  lifetime_budget: lifetimeBudget,
  per_block: perBlock,
  ban,
} as const satisfies Record<FamilyKind, unknown>;

/** The family of a kind. Whoever hands it a state has asked whether that is of the same kind. */
export function familyOf(kind: FamilyKind): Family<FamilyState> {
  return FAMILIES[kind];
}
