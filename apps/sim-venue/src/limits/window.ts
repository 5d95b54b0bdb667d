/** A count that starts anew at every multiple of its length on the venue's clock. */
export class Window {
  #startedAt = 0;
  #used = 0;

  constructor(private readonly lengthMs: number) {}

  used(now: number): number {
    const startedAt = now - (now % this.lengthMs);
    if (startedAt !== this.#startedAt) {
      this.#startedAt = startedAt;
      this.#used = 0;
    }
    return this.#used;
  }

  add(now: number, amount: number): number {
    this.#used = Math.max(0, this.used(now) + amount);
    return this.#used;
  }

  /** Takes off what was added at `chargedAt`, unless the span of that is over. */
  giveBack(chargedAt: number, amount: number): void {
    if (chargedAt - (chargedAt % this.lengthMs) === this.#startedAt) this.#used = Math.max(0, this.#used - amount);
  }

  secondsLeft(now: number): number {
    return Math.max(1, Math.ceil((this.lengthMs - (now % this.lengthMs)) / 1_000));
  }
}
