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
  readonly priceJumpRatio: number;
  readonly priceJumpWaitMs: number;
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
  priceJumpRatio: 0.03,
  priceJumpWaitMs: 5_000,
});
