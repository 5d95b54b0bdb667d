/**
 * The door through which everything leaves that the exchange says: replies, events, market data. It opens once in a turn
 * of the event loop, when every request of the turn is worked off and the journal has taken what they did in one write.
 * So nothing is heard of that a kill could take back, and neither the file nor the sockets cost a call per order.
 */
export class Departures {
  #held: (() => void)[] = [];
  #opening: NodeJS.Immediate | null = null;

  constructor(
    /** Writes down all that happened; when it throws, nobody hears of it. */
    private readonly writeDown: () => void,
    /** Something could not leave; the rest goes on. */
    private readonly onCrash: (error: unknown) => void,
  ) {}

  /** Lets `leave` happen at the end of this turn, after everything that was held before it. */
  hold(leave: () => void): void {
    this.#held.push(leave);
    this.#opening ??= setImmediate(() => this.open());
  }

  /** Lets everything leave now. */
  open(): void {
    if (this.#opening !== null) clearImmediate(this.#opening);
    this.#opening = null;
    this.writeDown();
    const leaving = this.#held;
    this.#held = [];
    for (const leave of leaving)
      try {
        leave();
      } catch (error) {
        this.onCrash(error);
      }
  }
}
