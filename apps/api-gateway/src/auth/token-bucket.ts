/** `capacity` at once, `perSecond` sustained; whole numbers. */
export interface BucketLimit {
  readonly capacity: number;
  readonly perSecond: number;
}

export interface BucketState {
  readonly milliTokens: number;
  /** Monotonic clock. */
  readonly atMs: number;
}

export type Taken =
  | { readonly granted: true; readonly state: BucketState }
  | { readonly granted: false; readonly state: BucketState; readonly retryAfterMs: number };

/** Takes one token, if there is one. A bucket not seen before is full: it only guards this process. */
export function takeToken(limit: BucketLimit, previous: BucketState | undefined, nowMs: number): Taken {
  const full = limit.capacity * 1000;
  const last = previous ?? { milliTokens: full, atMs: nowMs };
  const now = Math.max(nowMs, last.atMs);
  const available = Math.min(full, last.milliTokens + (now - last.atMs) * limit.perSecond);
  if (available >= 1000) return { granted: true, state: { milliTokens: available - 1000, atMs: now } };
  return {
    granted: false,
    state: { milliTokens: available, atMs: now },
    retryAfterMs: Math.ceil((1000 - available) / limit.perSecond),
  };
}
