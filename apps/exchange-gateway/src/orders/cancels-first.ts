/** From the word of a cancel until it is taken, and between one and the next: other work is held back so long. */
const HEARD_MS = 25;
/** However many cancels there are, nothing is held back longer. */
const LONGEST_MS = 100;
/** Where something was held back that long, everything passes for this time: places do not trickle beside endless cancels. */
const OPEN_MS = 50;

/**
 * Lets cancels go before other work of this process: what would begin now waits until those that were asked for have left,
 * and for a moment at most. Every process hears of every cancel, so that all make way, whichever sends it (venues.md B6).
 */
export class CancelsFirst {
  private quietAt = -Infinity;
  private openUntil = -Infinity;
  private sending = 0;
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** A cancel was asked for. */
  heard(): void {
    this.quietAt = performance.now() + HEARD_MS;
  }

  /** Runs the sending of a cancel. */
  async send<T>(work: () => Promise<T>): Promise<T> {
    this.sending += 1;
    try {
      return await work();
    } finally {
      this.sending -= 1;
      if (this.sending === 0) this.look();
    }
  }

  /** Resolves once other work may begin. */
  pass(): Promise<void> {
    if (this.isQuiet()) return Promise.resolve();
    return new Promise((resolve) => {
      const begin = (): void => {
        clearTimeout(patience);
        resolve();
      };
      const patience = setTimeout(() => {
        this.openUntil = performance.now() + OPEN_MS;
        this.look();
      }, LONGEST_MS);
      this.waiting.push(begin);
      this.look();
    });
  }

  private isQuiet(): boolean {
    const now = performance.now();
    return now < this.openUntil || (this.sending === 0 && now >= this.quietAt);
  }

  private look(): void {
    clearTimeout(this.timer);
    if (this.isQuiet()) {
      const waiting = this.waiting;
      this.waiting = [];
      for (const begin of waiting) begin();
    } else if (this.sending === 0 && this.waiting.length > 0)
      this.timer = setTimeout(() => this.look(), Math.max(1, this.quietAt - performance.now()));
  }
}
