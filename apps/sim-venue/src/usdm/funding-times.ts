const EIGHT_HOURS = 8 * 3_600_000;

/** The next of 00:00, 08:00 and 16:00 UTC after `now`. */
export function nextFundingAt(now: number): number {
  return now - (now % EIGHT_HOURS) + EIGHT_HOURS;
}

/** Of the intervals' ordinary funding: 0.01 %, in 10^-8. */
export const ORDINARY_RATE_UNITS = 10_000n;
