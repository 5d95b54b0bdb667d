import { Lanes } from '../lanes.js';
import type { RestOfCancel } from './cancel-child.js';
import type { CancelsFirst } from './cancels-first.js';

/** Of all accounts: many transactions at a time only wait for each other's connections, and fail when they wait too long. */
const BOOKED_AT_ONCE = 4;
/** The account's stream mostly says it first, and then there is nothing left to book. */
const STREAM_FIRST_MS = 100;

/**
 * What the venues have answered to cancels, to be booked: the next cancel leaves before the last one is booked. What is not
 * booked when the process dies stays due.
 */
export class LaterBookings {
  private readonly lanes: Lanes<'all'>;
  private readonly waiting = new Map<NodeJS.Timeout, RestOfCancel>();
  private readonly passing = new Set<RestOfCancel>();

  constructor(
    private readonly first: Pick<CancelsFirst, 'pass'>,
    onError: (error: unknown) => void,
  ) {
    this.lanes = new Lanes(BOOKED_AT_ONCE, onError);
  }

  add(book: RestOfCancel): void {
    const timer = setTimeout(() => {
      this.waiting.delete(timer);
      this.passing.add(book);
      // Waits outside of the lane: four of 100 ms each would be all that is booked while cancels go on coming.
      void this.first.pass().then(() => this.begin(book));
    }, STREAM_FIRST_MS);
    this.waiting.set(timer, book);
  }

  /** What was answered is booked: what still waits begins now, and all of it is waited for. */
  async stop(): Promise<void> {
    for (const [timer, book] of this.waiting) {
      clearTimeout(timer);
      this.passing.add(book);
    }
    this.waiting.clear();
    for (const book of this.passing) this.begin(book);
    await this.lanes.drain();
    await this.lanes.stop();
  }

  private begin(book: RestOfCancel): void {
    if (this.passing.delete(book)) this.lanes.add('all', book);
  }
}
