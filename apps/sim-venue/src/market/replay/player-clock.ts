/** What the intervals of a tape pass on. */
export interface PlayerClock {
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** Calls `done` after so many milliseconds or a little later. @returns what calls it off */
  readonly after: (ms: number, done: () => void) => () => void;
}

export const REAL_CLOCK: PlayerClock = {
  now: () => performance.now(),
  after(ms, done) {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  },
};
