import type { CostBasis, Priority, RefusalReason, Scopes } from '#domain';
import type { AnswerSigns } from './answer-signs.js';

/** `probe`: a call that sets a lost state again, from the emergency share (venues.md B4). */
export type CallPriority = Priority | 'probe';

export type BudgetRefusalReason = RefusalReason | 'redis_down';

export type Reservation =
  | {
      readonly granted: true;
      readonly token: string;
      /** By the clock of Redis; the cost counts as spent from then on. */
      readonly holdUntil: number;
    }
  | {
      readonly granted: false;
      /** By the clock of Redis; `retryInMs` is the same as a length, for delaying a job. */
      readonly retryAt: number;
      readonly retryInMs: number;
      /** When to come for a place that waits with others for the limit, at `retryInMs` or later; absent: then. */
      readonly comeInMs?: number;
      /** The limit that refuses longest for `reason`. */
      readonly limit: string;
      readonly reason: BudgetRefusalReason;
      /** Limits whose state is unknown: a probe that reads them sets them. */
      readonly cold: readonly string[];
    };

/** What the call costs depends on `params` (such as `limit` of a depth call), `orders` and `agesMs`. */
export interface ReserveOptions extends CostBasis {
  /** Name of the account's tier, where the venue has some. */
  readonly tier?: string;
  /** How long the call may still reach the venue, fence and margin; default 15 s. */
  readonly holdMs?: number;
  /** The parent order that the call is for: parents that wait share what is left of a limit. */
  readonly parentId?: string;
  /** Who takes turns with others, where the call is for no parent order: market data, an account, the venue's time. */
  readonly turnOf?: string;
  /** The share among those that wait: whole, 1 to 4; default as settings say of the strategy or account, else 1. */
  readonly weight?: number;
  /** The strategy that the parent order is of. */
  readonly strategyId?: string;
  /** A direct order of the strategy: together these take at most a part of the place ceiling. */
  readonly isDirect?: boolean;
}

/** How a call ended, as far as limits are concerned. `unknown` without a reply stays held to its end. */
export type CallOutcome = 'success' | 'failure' | 'unknown';

/** `WireMeta` fits; the instants are by the clock that the budget was given. */
export interface CallAnswer extends AnswerSigns {
  readonly sentAt?: number;
  readonly repliedAt?: number;
  /** The venue's own time in the answer's body. Without it a `date` header serves, to half a second. */
  readonly venueMs?: number;
}

/** The first fill of an order, by the venue's clock. */
export interface FirstFill {
  /** Names the order among all of the venue. */
  readonly orderId: string;
  readonly placedAt: number;
  readonly filledAt: number;
}

/** Spends a venue's rate limits before calls are made. Never throws for what a venue or Redis does. */
export interface Budget {
  /**
   * Takes the cost of one call from every limit it draws on, or from none.
   * @throws RangeError when the call has no known cost or a scope is missing
   */
  reserve(call: string, scopes: Scopes, priority: CallPriority, options?: ReserveOptions): Promise<Reservation>;
  /** Tells how the call ended. Repeating it changes nothing. */
  settle(token: string, outcome: CallOutcome, answer?: CallAnswer): Promise<void>;
  /** Gives back what was reserved for a call that provably never left this host. */
  release(token: string): Promise<void>;
  /**
   * The cold time of those limits of `call` that have no state begins now, and not with the first call, as far as the scopes
   * name them: for a call that must not wait when it comes.
   */
  beginCold?(call: string, scopes: Scopes): Promise<void>;
  /**
   * Ends the cold time of those limits of `call` that orders alone draw on, where nothing of ours can have reached the venue
   * for `unusedForMs`, and that is as long as a cost counts. What other software has used is not known then, as it is not when
   * the cold time is over; the first answer tells it.
   */
  openUnused?(call: string, scopes: Scopes, unusedForMs: number): Promise<void>;
  /** An order that `call` placed has its first fill: a venue that limits unfilled orders counts one less. */
  creditFill?(call: string, scopes: Scopes, fill: FirstFill): Promise<void>;
}
