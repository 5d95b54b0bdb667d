const SHORTEST_MS = 30_000;
const LONGEST_MS = 600_000;

/** Active time that FINISHER may take: a tenth of the duration, between 30 s and 600 s (algorithms.md 4.8). */
export function finisherLengthMs(durationMs: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, durationMs / 10));
}
