import type { Logger } from '#observability';

/** A market may make a thousand conditions true at once; the pool is for others, too. */
const AT_ONCE = 4;

interface Settlement {
  readonly write: () => Promise<boolean>;
  readonly done: (isWritten: boolean) => void;
}

/** Writes what comes of conditions, a few at a time, in the order in which they were asked for. */
export class Settlements {
  private readonly waiting: Settlement[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly logger: Logger) {}

  /** @param done called when it is over; false: it was refused, or could not be written */
  add(write: () => Promise<boolean>, done: Settlement['done']): void {
    this.waiting.push({ write, done });
    this.next();
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private next(): void {
    while (this.running.size < AT_ONCE) {
      const settlement = this.waiting.shift();
      if (settlement === undefined) return;
      const run = this.run(settlement).finally(() => {
        this.running.delete(run);
        this.next();
      });
      this.running.add(run);
    }
  }

  private async run({ write, done }: Settlement): Promise<void> {
    let isWritten = false;
    try {
      isWritten = await write();
    } catch (error) {
      this.logger.warn({ err: error }, 'what a condition came to was not written, it is evaluated again');
    }
    done(isWritten);
  }
}
