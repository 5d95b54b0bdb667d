import type { EpochMs } from '#domain';

/** Weight of the newest wake-up in the running mean. */
const WEIGHT = 0.05;
/** In this time without a wake-up the mean halves. */
const HALF_LIFE_MS = 5_000;
const CALM_MS = 500;
const MAX_FACTOR = 8;

/** How late wake-ups come in this process, and what the engine makes of it (algorithms.md 5). */
export class TimerLag {
  private meanMs = 0;
  private seenAt: EpochMs;

  /** @param beganAt since when this process takes wake-ups: before that nobody was there to be slow */
  constructor(
    private readonly beganAt: EpochMs,
    private readonly onObserved: (lateMs: number) => void = () => undefined,
  ) {
    this.seenAt = beganAt;
  }

  /** A wake-up that came late, of an order that is still to be decided on. */
  observe(lateMs: number, now: EpochMs): void {
    // More than makes the greatest factor tells of an outage, not of load.
    const sample = Math.min(lateMs, now - this.beganAt, MAX_FACTOR * CALM_MS);
    const mean = this.meanAt(now);
    this.meanMs = mean + WEIGHT * (Math.max(0, sample) - mean);
    this.seenAt = now;
    this.onObserved(lateMs);
  }

  /** 1 below 500 ms of lag, then lag / 500 ms, at most 8. */
  loadFactor(now: EpochMs): number {
    return Math.min(MAX_FACTOR, Math.max(1, this.meanAt(now) / CALM_MS));
  }

  private meanAt(now: EpochMs): number {
    return this.meanMs * 0.5 ** (Math.max(0, now - this.seenAt) / HALF_LIFE_MS);
  }
}
