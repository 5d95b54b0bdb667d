/**
 * The engine's constants in one frozen object (algorithms.md); a parent order stores the version that
 * it began with, so that a later release does not change an order half-way.
 */
export interface ExecutionSettings {
  readonly version: 1;
  /** Shortest time between two decisions that no event asked for. Default 250 ms. */
  readonly minWakeGapMs: number;
  /** Shortest life of a resting child before it may be moved. Default 2,000 ms; `active_limit` 1,000. */
  readonly minRestMs: number;
  readonly activeLimitRestMs: number;
  /** Book older than this: nothing new. Default 2,000 ms. */
  readonly staleBookMs: number;
  /** Book older than this: resting children are cancelled. Default 5,000 ms. */
  readonly deadBookMs: number;
  /** Wait after a post-only refusal. Default 250 ms. */
  readonly postOnlyBackoffMs: number;
  readonly heartbeatMs: number;
  readonly lateHeartbeatMs: number;
  readonly marketCollarBps: number;
  readonly maxMarketReissues: number;
  readonly marketWindowMs: number;
  /**
   * A taker that has not left us after this is taken back: its price is that of an old book. One without an outcome no
   * longer keeps other accounts back. Default 2,000 ms.
   */
  readonly takerPatienceMs: number;
  readonly priceJumpRatio: number;
  readonly priceJumpWaitMs: number;
  /** `nextWakeAt` is rounded up to this grid. Default 50 ms. */
  readonly wakeGridMs: number;
  /** A market is out of limit until it has been inside for this long. Default 1,000 ms. */
  readonly limitReturnMs: number;
  /** Out of limit for this long in total, with `ool_pause`, ends the order. Default 7 days. */
  readonly maxOutOfLimitMs: number;
  /** One pause of this length cancels the order. Default 24 h. */
  readonly maxPauseMs: number;
  /** Cancels of a strict order go out at least this long before its end. Default 500 ms. */
  readonly minEndGuardMs: number;
  /** A gap between decisions is an outage above twice the slice interval and above this. Default 10,000 ms. */
  readonly minOutageMs: number;
  /** No usable market for this long fails the order. Default 1 h. */
  readonly maxUnavailableMs: number;
  /** Refusals of one kind in a row that fail the order. Default 5. */
  readonly maxRefusals: number;
  /** First wait after a refusal that was not post-only; doubles with each. Default 1,000 ms. */
  readonly refusalBackoffMs: number;
  /** Wait before trying again what the market did not allow: depth, collar, budget. Default 1,000 ms. */
  readonly retryMs: number;
}

export const EXECUTION_SETTINGS: ExecutionSettings = Object.freeze({
  version: 1,
  minWakeGapMs: 250,
  minRestMs: 2_000,
  activeLimitRestMs: 1_000,
  staleBookMs: 2_000,
  deadBookMs: 5_000,
  postOnlyBackoffMs: 250,
  heartbeatMs: 60_000,
  lateHeartbeatMs: 10_000,
  marketCollarBps: 300,
  maxMarketReissues: 5,
  marketWindowMs: 10_000,
  takerPatienceMs: 2_000,
  priceJumpRatio: 0.03,
  priceJumpWaitMs: 5_000,
  wakeGridMs: 50,
  limitReturnMs: 1_000,
  maxOutOfLimitMs: 7 * 86_400_000,
  maxPauseMs: 86_400_000,
  minEndGuardMs: 500,
  minOutageMs: 10_000,
  maxUnavailableMs: 3_600_000,
  maxRefusals: 5,
  refusalBackoffMs: 1_000,
  retryMs: 1_000,
});
