/** Below this we trust the browser's clock: answers carry whole seconds only. */
const TRUSTED_MS = 2_000;

/** Estimates how far the server's clock is ahead of ours from the times that its answers carry. */
export interface ClockEstimate {
  /** Server minus browser, in ms, of the quickest answer so far; it is at most half its way off, and half a second. */
  readonly offsetMs: number;
  readonly tookMs: number;
}

/** The better of two estimates: the answer that took less time. `receivedAt` is the browser's time of the answer. */
export function improveClock(
  known: ClockEstimate | null,
  serverMs: number,
  receivedAt: number,
  tookMs: number,
): ClockEstimate {
  if (known !== null && known.tookMs <= tookMs) return known;
  return { offsetMs: serverMs + 500 - (receivedAt - tookMs / 2), tookMs };
}

/** What to add to the browser's clock: nothing unless it is clearly wrong. */
export function correctionOf(estimate: ClockEstimate | null): number {
  if (estimate === null || Math.abs(estimate.offsetMs) < TRUSTED_MS) return 0;
  return Math.round(estimate.offsetMs);
}
