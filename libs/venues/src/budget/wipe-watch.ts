/** Which life of its keys a venue's budget is in: they are all lost at once, and begin again with the next call. */
export interface BudgetLife {
  readonly id: string;
  readonly ageMs: number;
}

/** While a process has calls on their way it looks this often whether their reservations still exist. */
export const WATCH_MS = 100;
/**
 * After a wipe no reading is believed for so long: every process must have told its calls that are on their way, which
 * the venue's count does not hold yet. More than the time between two looks and a round trip.
 */
export const GATHER_MS = 300;

/** Notices that the shared state was lost, also while this process reserves nothing. */
export class WipeWatch {
  private known: string | null = null;
  private gatheringUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | null = null;

  /**
   * @param look null while Redis is down
   * @param onWipe tells the new state what this process still has on its way
   * @param isBusy whether there is anything to tell
   */
  constructor(
    private readonly look: () => Promise<BudgetLife | null>,
    private readonly onWipe: () => Promise<void>,
    private readonly isBusy: () => boolean,
    private readonly monotonicMs: () => number,
  ) {}

  /** How long the counts of the venue do not yet set the state; 0 when they do. */
  get gatheringMs(): number {
    return Math.max(0, this.gatheringUntil - this.monotonicMs());
  }

  /** Looks now; a look that is under way serves as well. */
  check(): Promise<void> {
    this.checking ??= this.checkNow().finally(() => (this.checking = null));
    return this.checking;
  }

  /** Looks from time to time as long as there is something to tell. */
  arm(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.check()
        .catch(() => undefined) // what Redis refuses now is asked again
        .then(() => {
          if (this.isBusy()) this.arm();
        });
    }, WATCH_MS).unref();
  }

  private async checkNow(): Promise<void> {
    const askedAt = this.monotonicMs();
    const life = await this.look();
    if (!life || life.id === this.known) return;
    const isWipe = this.known !== null;
    this.known = life.id;
    this.gatheringUntil = askedAt + GATHER_MS - life.ageMs;
    if (this.gatheringUntil < this.monotonicMs()) this.gatheringUntil = -Infinity;
    if (isWipe || this.isBusy()) await this.onWipe();
  }
}
