import type { AccountId } from '#domain';

type Work = () => Promise<void>;

interface Lane {
  readonly waiting: Work[];
  atWork: number;
}

/**
 * Runs work for accounts, each in a lane of its own with a few places: what hangs in one, a venue that does not answer for
 * example, fills the places of that account and of no other.
 */
export class AccountLanes {
  private readonly lanes = new Map<AccountId, Lane>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  /**
   * @param places pieces of work of one account at the same time
   * @param onError what a piece of work throws goes here and holds up no other
   */
  constructor(
    private readonly places: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(accountId: AccountId, work: Work): void {
    if (this.stopped) return;
    const lane = this.lanes.get(accountId) ?? { waiting: [], atWork: 0 };
    this.lanes.set(accountId, lane);
    lane.waiting.push(work);
    if (lane.atWork >= this.places) return;
    lane.atWork += 1;
    const running = this.run(accountId, lane).finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** What has begun is waited for; what waits is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private async run(accountId: AccountId, lane: Lane): Promise<void> {
    for (let work = lane.waiting.shift(); work !== undefined && !this.stopped; work = lane.waiting.shift())
      try {
        await work();
      } catch (error) {
        this.onError(error);
      }
    lane.atWork -= 1;
    if (lane.atWork === 0) this.lanes.delete(accountId);
  }
}
