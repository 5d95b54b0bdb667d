import type { DirectUse } from './direct-share.js';
import type { FairQueue } from './fair-share.js';

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
  /** When the call was sent whose reading was applied last; 0 = none. */
  readAt: number;
}

/** State of one limit and scope. A missing one means that the state was lost: the limit counts as full. */
export interface LimitState {
  /** Counts as full until then; 0 = known. */
  cold: number;
  /** No call of any kind until then; 0 = open. */
  closed: number;
  /** Ceilings are halved until then. */
  halved: number;
  /** The last two rate refusals, older first; 0 = none. */
  strike1: number;
  strike2: number;
  windows: Record<string, WindowState>;
}

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
  /** Last known venue minus Redis clock. */
  offset: number;
  /** By age, and by rising error: an older, worse sample is dropped. */
  samples: ClockSample[];
}

/** What one token holds of one limit. */
export interface TokenPart {
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly cost: number;
  readonly onSuccess: number;
  /** The windows it was counted in, each with `settled` as it stood then. */
  readonly windows: readonly { readonly start: number; readonly seen: number }[];
}

export interface TokenState {
  /** Redis time of the reservation: the call was not sent before. */
  readonly at: number;
  readonly holdUntil: number;
  /** `backs` of the clock at that time. */
  readonly backs: number;
  /** `spent`: the hold ended without an answer, the cost stands. */
  phase: 'open' | 'spent' | 'settled' | 'released';
  readonly parts: readonly TokenPart[];
  /** What it took of its strategy's share, by name of the use. */
  readonly direct?: readonly { readonly name: string; readonly slot: number; readonly cost: number }[];
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
  readonly window: number;
  readonly windowMs: number;
  /** Percent of the venue's limit: 50, 90 or 100. */
  readonly threshold: number;
  readonly used: number;
  readonly limitValue: number;
  readonly at: number;
}

export function emptyBudget(): BudgetState {
  return {
    clock: { lastNow: 0, backs: 0, offset: 0, samples: [] },
    announced: {},
    limits: {},
    tokens: {},
    fair: {},
    direct: {},
  };
}
