import type { CallKind } from './classify.js';

/** What waits is taken in this order: a cancel before all, what is fenced before what is only asked. */
const RANK: Readonly<Record<CallKind, number>> = { cancel: 0, place: 1, amend: 1, lookup: 2, read: 3 };

interface Waiting {
  readonly rank: number;
  readonly run: () => Promise<void>;
}

/** Calls that leave one after another; those that wait let a cancel go first. */
export class SerialTurns {
  private readonly waiting: Waiting[] = [];
  private busy = false;

  /** Runs the work when nothing before it is under way, and settles as it does. */
  take<T>(kind: CallKind, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): Promise<void> => work().then(resolve, reject);
      const rank = RANK[kind];
      const after = this.waiting.findIndex((one) => one.rank > rank);
      this.waiting.splice(after < 0 ? this.waiting.length : after, 0, { rank, run });
      if (!this.busy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.busy = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) await next.run();
    this.busy = false;
  }
}
