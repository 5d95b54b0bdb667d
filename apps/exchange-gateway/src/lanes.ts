type Work = () => Promise<void>;

interface Lane {
  readonly waiting: Work[];
  atWork: number;
}

/**
 * Runs work by account, or by venue, each in a lane of its own with a few places: what hangs in one, at a venue that does
 * not answer for example, fills the places of that lane and of no other.
 */
export class Lanes<Key> {
  private readonly lanes = new Map<Key, Lane>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  /**
   * @param places pieces of work in one lane at the same time
   * @param onError what a piece of work throws goes here and holds up no other
   */
  constructor(
    private readonly places: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(key: Key, work: Work): void {
    if (this.stopped) return;
    const lane = this.lanes.get(key) ?? { waiting: [], atWork: 0 };
    this.lanes.set(key, lane);
    lane.waiting.push(work);
    if (lane.atWork >= this.places) return;
    lane.atWork += 1;
    const running = this.run(key, lane).finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** False while another piece of work would have to wait. */
  hasRoom(key: Key): boolean {
    return (this.lanes.get(key)?.atWork ?? 0) < this.places;
  }

  /** All that was added is done before it ends. */
  async drain(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** What has begun is waited for; what waits is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private async run(key: Key, lane: Lane): Promise<void> {
    for (let work = lane.waiting.shift(); work !== undefined && !this.stopped; work = lane.waiting.shift())
      try {
        await work();
      } catch (error) {
        this.onError(error);
      }
    lane.atWork -= 1;
    if (lane.atWork === 0) this.lanes.delete(key);
  }
}
