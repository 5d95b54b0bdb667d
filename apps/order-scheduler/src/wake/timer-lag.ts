/** Weight of the newest wake-up in the running mean. */
const WEIGHT = 0.05;
const CALM_MS = 500;
const MAX_FACTOR = 8;

/** How late wake-ups come in this process, and what the engine makes of it (algorithms.md 5). */
export class TimerLag {
  private meanMs = 0;

  constructor(private readonly onObserved: (lateMs: number) => void = () => undefined) {}

  observe(lateMs: number): void {
    this.meanMs += WEIGHT * (lateMs - this.meanMs);
    this.onObserved(lateMs);
  }

  /** 1 below 500 ms of lag, then lag / 500 ms, at most 8. */
  loadFactor(): number {
    return Math.min(MAX_FACTOR, Math.max(1, this.meanMs / CALM_MS));
  }
}
