import type { DirectUse } from './direct-share.js';
import type { FairQueue } from './fair-share.js';
import type { FamilyKind } from './limit-definition.js';

/** One aligned window of one limit. All counts are in the limit's own units. */
export interface WindowState {
  /** What the venue may have counted at most: settled, in flight, and what others used as the venue told. */
  used: number;
  /** Part of `used`: ours, reserved and without an answer. */
  inFlight: number;
  /** Ours, settled; only ever compared with an earlier value of itself, to date a reading. */
  settled: number;
  /** The highest threshold in percent whose crossing was told. */
  crossed: number;
  /** When the call was sent whose reading was applied last, and when it was answered; 0 = none. */
  readAt: number;
  readBy: number;
}

/** What limits of every kind keep. */
export interface KnownLimit {
  /** The life in which it was counted; in a later one only what the venue closed still holds. */
  life: number;
  /** Counts as full until then; 0 = known. */
  cold: number;
  /** No call of any kind until then; 0 = open. */
  closed: number;
  /** Ceilings are halved until then. */
  halved: number;
  /** The last two rate refusals, older first; 0 = none. */
  strike1: number;
  strike2: number;
}

/** What kinds without aligned windows keep besides. Amounts are in those of the draw. */
export interface Running {
  /** Ours, reserved and without an answer. */
  inFlight: number;
  /** All of ours that was ever settled; only ever compared with an earlier value of itself. */
  settled: number;
  /** When the call was sent whose reading was applied last; 0 = none. */
  readAt: number;
  /** When the thresholds were last armed; it never repeats. It takes the place of the window in a crossing. */
  arm: number;
  /** The highest threshold in percent that was crossed since and has not been armed again. */
  crossed: number;
}

export interface FixedWindowState {
  kind: 'fixed_window';
  /** By the window's start in venue time. */
  windows: Record<string, WindowState>;
}

export interface RollingWindowState extends Running {
  kind: 'rolling_window';
  /** Settled costs by the time up to which they count. */
  entries: Record<string, number>;
}

export interface LevelState extends Running {
  kind: 'token_bucket' | 'decaying_counter' | 'credits';
  /** Settled costs less what has fallen since, as of `at`, in millionths. */
  level: number;
  at: number;
}

export interface LifetimeState extends Running {
  kind: 'lifetime_budget';
  used: number;
  /** As the venue told it; 0 = never, the definition's figure holds. */
  cap: number;
  /** Settled since the last reading. */
  since: number;
  /** The last answer to an action. */
  actedAt: number;
}

export interface PerBlockState extends Running {
  kind: 'per_block';
  /** The highest block seen; 0 = none. */
  height: number;
  /** Settled costs by the last block that they can have been in. */
  entries: Record<string, number>;
}

export interface BanState {
  kind: 'ban';
}

/** State of one limit and scope. A missing one means that the state was lost: the limit counts as full. */
export type LimitState = KnownLimit & FamilyState;

/** What a limit keeps of what was used, by its kind. */
export type FamilyState = FixedWindowState | RollingWindowState | LevelState | LifetimeState | PerBlockState | BanState;

/** Venue minus Redis clock, from one answer that carried the venue's time. */
export interface ClockSample {
  readonly offset: number;
  readonly error: number;
  readonly at: number;
}

export interface ClockState {
  /** The latest time the script has seen. */
  lastNow: number;
  /** How often it went back; times of before and after do not compare. */
  backs: number;
  /** Rises whenever the counts may be those of an older copy: none of an earlier life is believed. */
  life: number;
  /** Last known venue minus Redis clock. */
  offset: number;
  /** By age, and by rising error: an older, worse sample is dropped. */
  samples: ClockSample[];
}

/** What one token holds of one limit. */
export interface TokenPart {
  readonly name: string;
  readonly kind: FamilyKind;
  readonly cost: number;
  readonly windowMs: number;
  readonly rate: number;
  /** Kinds without windows: `settled` as it stood when the token was made. */
  readonly seen: number;
  /** Fixed windows: those it was counted in, each with `settled` as it stood then. */
  readonly windows?: readonly { readonly start: number; readonly seen: number }[];
}

export interface TokenState {
  /** Redis time of the reservation: the call was not sent before. */
  readonly at: number;
  readonly holdUntil: number;
  /** `backs` and `life` of the clock at that time. */
  readonly backs: number;
  readonly life: number;
  /** `spent`: the hold ended without an answer, the cost stands. */
  readonly phase: 'open' | 'spent' | 'settled' | 'released';
  /** Reserved before the state was lost, and told anew. */
  readonly adopted?: true;
  readonly parts: readonly TokenPart[];
  /** What it took of its strategy's share, by name of the use. */
  readonly direct?: readonly { readonly name: string; readonly slot: number; readonly cost: number }[];
}

/** What is kept of a token that is settled or released: that it was there. Nothing of it is ever taken back. */
export function closedToken({ at, holdUntil, backs, life }: TokenState, phase: 'settled' | 'released'): TokenState {
  return { at, holdUntil, backs, life, phase, parts: [] };
}

/** A token of this life; one of an earlier life counts as lost with the counts it was taken from. */
export function tokenOf(state: Pick<BudgetState, 'clock' | 'tokens'>, id: string): TokenState | undefined {
  const found = state.tokens[id];
  return found?.life === state.clock.life ? found : undefined;
}

/** A limit as the venue announced it; a raise waits for its confirmation. */
export interface Announced {
  /** In force; 0 = none yet, the definition's figure holds. */
  limit: number;
  pending: number;
  pendingAt: number;
}

/** Everything kept for one venue. */
export interface BudgetState {
  clock: ClockState;
  /** By the limit's id, or its name where one scope has a figure of its own; `#rate` behind it for the rate. */
  announced: Record<string, Announced>;
  limits: Record<string, LimitState>;
  tokens: Record<string, TokenState>;
  /** By {@link fairQueueName}. */
  fair: Record<string, FairQueue>;
  /** By {@link directUseName}. */
  direct: Record<string, DirectUse>;
}

/** A usage threshold was reached for the first time in a window. */
export interface Crossing {
  readonly limit: string;
  readonly scope: string;
  /** Start of the window; for kinds without windows when the threshold was armed, which never repeats. */
  readonly window: number;
  /** 0 for kinds without windows. */
  readonly windowMs: number;
  /** Percent of the venue's limit: 50, 90 or 100. */
  readonly threshold: number;
  /** In whole units of the limit, rounded up. */
  readonly used: number;
  readonly limitValue: number;
  readonly at: number;
}

export function emptyBudget(): BudgetState {
  return {
    clock: { lastNow: 0, backs: 0, life: 0, offset: 0, samples: [] },
    announced: {},
    limits: {},
    tokens: {},
    fair: {},
    direct: {},
  };
}
