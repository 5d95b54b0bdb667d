/**
 * Which life a venue's budget is in: its keys are all lost at once and begin again with the next call, and at another
 * server, or one that has started anew, what it kept may be an older copy.
 */
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

/** Notices that the shared state was lost or is an older one, also while this process reserves nothing. */
export class WipeWatch {
  private known: string | null = null;
  private lookedOver: number | null = null;
  private isTold = true;
  private gatheringUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | null = null;

  /**
   * @param look null while Redis is down
   * @param onWipe tells the new state what this process still has on its way; false when not all of it was heard
   * @param isBusy whether there is anything to tell
   * @param connection tells one connection to Redis from the next
   */
  constructor(
    private readonly look: () => Promise<BudgetLife | null>,
    private readonly onWipe: () => Promise<boolean>,
    private readonly isBusy: () => boolean,
    private readonly connection: () => number,
    private readonly monotonicMs: () => number,
  ) {}

  /** Whether the life was looked up over the connection that there is now: only then are its counts this server's own. */
  get isSure(): boolean {
    return this.lookedOver === this.connection();
  }

  /** Looks where that is not so; a look that was under way may have been over the connection before. */
  async beSure(): Promise<void> {
    for (let looks = 0; looks < 2 && !this.isSure; looks += 1) await this.check();
  }

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
    const connection = this.connection();
    const life = await this.look();
    if (!life) return;
    this.lookedOver = connection;
    if (life.id !== this.known) this.begin(life, askedAt);
    if (!this.isTold) this.isTold = await this.onWipe();
  }

  private begin({ id, ageMs }: BudgetLife, askedAt: number): void {
    this.isTold = this.known === null && !this.isBusy();
    this.known = id;
    this.gatheringUntil = askedAt + GATHER_MS - ageMs;
    if (this.gatheringUntil < this.monotonicMs()) this.gatheringUntil = -Infinity;
  }
}
