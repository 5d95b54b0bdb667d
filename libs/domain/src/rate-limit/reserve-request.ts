import type { Crossing } from './budget-state.js';
import type { DirectShare } from './direct-share.js';
import type { FairParent } from './fair-share.js';
import type { Priority } from './limit-definition.js';
import type { LimitDraw } from './limit-draw.js';
import type { ClockView } from './venue-clock.js';

export interface ReserveRequest {
  /** Made by the caller, so that a repeated request takes nothing twice. */
  readonly token: string;
  readonly priority: Priority;
  /** How long the call may still reach the venue: fence and margin, else 15 s. */
  readonly holdMs: number;
  /**
   * `normal`: within the ceiling. `probe`: beyond it and on a cold limit, for calls that the emergency
   * share has granted; only closed limits refuse. `adopt`: already sent, its state was lost; never refused.
   */
  readonly mode: 'normal' | 'probe' | 'adopt';
  /** For `adopt`: when it was first reserved, by the clock of the Redis that is asked now. */
  readonly at: number;
  /** For `adopt`: venue minus that clock, as it was known when the call was first reserved. */
  readonly view?: ClockView;
  readonly draws: readonly LimitDraw[];
  /** Shares each limit with the others that wait; without one the call neither waits nor is counted. */
  readonly parent?: FairParent;
  /** For a direct order: its strategy's share of the place ceiling. */
  readonly direct?: DirectShare;
}

export type RefusalReason = 'exhausted' | 'fair_share' | 'banned' | 'cold';

export type ReserveResult =
  | {
      readonly granted: true;
      readonly at: number;
      readonly holdUntil: number;
      /** Venue minus Redis clock and its uncertainty, by which the windows were chosen. */
      readonly offset: number;
      readonly error: number;
      readonly crossings: readonly Crossing[];
      /** Ids of the limits whose count should be asked of the venue. */
      readonly due: readonly string[];
    }
  | {
      readonly granted: false;
      readonly now: number;
      /** The latest of the failing limits' earliest times, by the clock of Redis. */
      readonly retryAt: number;
      readonly limit: string;
      readonly reason: RefusalReason;
      /** Ids of the limits whose state is unknown and could be set by a reading. */
      readonly cold: readonly string[];
    };

export interface Denial {
  readonly reason: RefusalReason;
  readonly until: number;
  /** The strategy's share is used up; other parents do not wait for that. */
  readonly isStrategy?: true;
}
