import { takeToken, type BucketLimit, type BucketState } from './token-bucket.js';

/** Which budget of a token a route draws on; cancels have their own, so that trading load cannot block them. */
export type RateClass = 'reads' | 'writes' | 'cancels';

/** order-api.md 9. */
export const RATE_LIMITS: Readonly<Record<RateClass, BucketLimit>> = {
  reads: { capacity: 100, perSecond: 50 },
  writes: { capacity: 40, perSecond: 20 },
  cancels: { capacity: 50, perSecond: 50 },
};

const MAX_BUCKETS = 30_000;

/**
 * Request budgets by token, in the memory of this process: N replicas grant N times as much, which protects each of
 * them and is no accounting.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, BucketState>();

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** @returns null when granted, else the milliseconds until a token is free */
  take(tokenHash: string, rateClass: RateClass): number | null {
    const key = `${rateClass} ${tokenHash}`;
    const taken = takeToken(RATE_LIMITS[rateClass], this.buckets.get(key), this.monotonicMs());
    this.buckets.delete(key); // last used goes last, so the first is the one to forget
    this.buckets.set(key, taken.state);
    if (this.buckets.size > MAX_BUCKETS) this.forgetOldest();
    return taken.granted ? null : taken.retryAfterMs;
  }

  private forgetOldest(): void {
    const oldest = this.buckets.keys().next();
    if (oldest.done !== true) this.buckets.delete(oldest.value);
  }
}
