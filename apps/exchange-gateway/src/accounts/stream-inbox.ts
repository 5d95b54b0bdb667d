import type { UserEvent } from '#venues';

type BalancesEvent = Extract<UserEvent, { kind: 'balances' }>;

interface WaitingBalances {
  /** In the order they came, each as of its own time: a later one leaves out of those before what it tells anew. */
  readonly events: readonly BalancesEvent[];
  /** Monotonic ms when the first of them came. */
  readonly since: number;
}

/** Balances wait at most so long behind orders and fills. */
const BALANCES_BY_MS = 500;

/**
 * What an account's stream says, handled one after the other in the order it came. Balances come with almost every order
 * and fill; while others wait, only the newest of each asset is kept and handled after them: they are told for people and
 * for limits, and hold up no fill.
 */
export class StreamInbox {
  private readonly events: UserEvent[] = [];
  private balances: WaitingBalances | null = null;
  private running: Promise<void> | null = null;

  /**
   * @param handle must not reject
   * @param monotonic ms
   */
  constructor(
    private readonly handle: (event: UserEvent) => Promise<void>,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  push(event: UserEvent): void {
    if (event.kind === 'balances') this.balances = newest(this.balances, event, this.monotonic());
    else this.events.push(event);
    this.running ??= Promise.resolve().then(() => this.run());
  }

  /** Once everything that came so far was handled. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    for (let next = this.take(); next !== undefined; next = this.take()) await this.handle(next);
    this.running = null;
  }

  private take(): UserEvent | undefined {
    const { balances } = this;
    if (balances !== null && (this.events.length === 0 || this.monotonic() - balances.since > BALANCES_BY_MS)) {
      const [next, ...later] = balances.events;
      this.balances = later.length === 0 ? null : { ...balances, events: later };
      return next;
    }
    return this.events.shift();
  }
}

/** One that came out of order is kept beside the newer one, for whoever writes them to compare. */
function newest(waiting: WaitingBalances | null, event: BalancesEvent, now: number): WaitingBalances {
  if (waiting === null) return { events: [event], since: now };
  const told = new Set(event.balances.map(({ asset }) => asset));
  const before = waiting.events.flatMap((earlier) => {
    if (earlier.venueAt > event.venueAt) return [earlier];
    const balances = earlier.balances.filter(({ asset }) => !told.has(asset));
    return balances.length === 0 ? [] : [{ ...earlier, balances }];
  });
  return { events: [...before, event], since: waiting.since };
}
