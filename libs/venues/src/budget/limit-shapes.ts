import type { LimitParams, Priority } from '#domain';

/** Of a limit too small to keep a share of for anybody, everybody may take the whole. */
export const UNDIVIDED_CEILINGS: Readonly<Record<Priority, number>> = {
  query: 1_000,
  place: 1_000,
  reduce: 1_000,
  cancel: 1_000,
};

/** A limit whose exhaustion costs the session, and that no cancel draws on: nobody goes past nine tenths. */
export const NEVER_EMPTY_CEILINGS: Readonly<Record<Priority, number>> = {
  query: 900,
  place: 900,
  reduce: 900,
  cancel: 900,
};

/** `limit` calls in any span of `windowMs`. */
export function rollingWindow(
  limit: number,
  windowMs: number,
): { kind: 'rolling_window'; params: LimitParams['rolling_window'] } {
  return { kind: 'rolling_window', params: { limit, windowMs } };
}

/** A pool of `limit` orders in any span of `windowMs`, apart from the limit of single orders. */
export function batchPool(limit: number, windowMs: number): { kind: 'batch_pool'; params: LimitParams['batch_pool'] } {
  return { kind: 'batch_pool', params: { base: 'rolling_window', limit, windowMs } };
}

/** `rate` tokens a second come back, and `burst` fit in. */
export function tokenBucket(
  rate: number,
  burst: number,
): { kind: 'token_bucket'; params: LimitParams['token_bucket'] } {
  return { kind: 'token_bucket', params: { rate, burst } };
}

/** At most `max`, falling by `decay` a second; after a refusal open again at `resumeBelow`, default half of `max`. */
export function decayingCounter(
  max: number,
  decay: number,
  resumeBelow?: number,
): { kind: 'decaying_counter'; params: LimitParams['decaying_counter'] } {
  const params = resumeBelow === undefined ? { max, decay } : { max, decay, resumeBelow };
  return { kind: 'decaying_counter', params };
}

/** A pool of credits to which `refill` a second come back. */
export function credits(pool: number, refill: number): { kind: 'credits'; params: LimitParams['credits'] } {
  return { kind: 'credits', params: { pool, refill } };
}
