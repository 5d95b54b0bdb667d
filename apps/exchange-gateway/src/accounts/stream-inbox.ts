import type { UserEvent } from '#venues';

type BalancesEvent = Extract<UserEvent, { kind: 'balances' }>;

interface WaitingBalances {
  readonly event: BalancesEvent;
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
      this.balances = null;
      return balances.event;
    }
    return this.events.shift();
  }
}

function newest(waiting: WaitingBalances | null, event: BalancesEvent, now: number): WaitingBalances {
  if (waiting === null) return { event, since: now };
  const assets = new Set(event.balances.map(({ asset }) => asset));
  const balances = [...waiting.event.balances.filter(({ asset }) => !assets.has(asset)), ...event.balances];
  return { event: { ...event, balances }, since: waiting.since };
}
