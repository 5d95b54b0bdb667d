/** Things to be done after a while, all of which can be called off at once. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();

  /** @param onCrash what `action` threw; nobody waits for it */
  constructor(private readonly onCrash: (error: unknown) => void) {}

  after(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      try {
        action();
      } catch (error) {
        this.onCrash(error);
      }
    }, ms);
    this.#running.add(timer);
  }

  clear(): void {
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }
}
