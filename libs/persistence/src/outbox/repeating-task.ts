/** Runs a task over and over, never two at once, with a pause between; `nudge` ends the pause early. */
export class RepeatingTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private nudged = false;
  private stopped = false;

  /**
   * @param task must not throw for ordinary trouble; what it throws goes to `onError`
   * @param everyMs pause after one run ended
   */
  constructor(
    private readonly task: () => Promise<void>,
    private readonly everyMs: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): this {
    this.nudge();
    return this;
  }

  nudge(): void {
    if (this.stopped) return;
    this.nudged = true;
    if (this.running !== undefined) return;
    clearTimeout(this.timer);
    this.running = this.run();
  }

  /** Waits for the run that is under way; nothing runs afterwards. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.nudged && !this.stopped) {
      this.nudged = false;
      try {
        await this.task();
      } catch (error) {
        this.onError(error);
        break; // pause before the next try, however many nudges came
      }
    }
    this.running = undefined;
    if (!this.stopped) this.timer = setTimeout(() => this.nudge(), this.everyMs);
  }
}
