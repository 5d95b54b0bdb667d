import type { CallKind } from './classify.js';

/**
 * What waits is taken in this order: what takes risk away, then what tells whether an order exists, then what is fenced,
 * then what is only compared.
 */
const RANK: Readonly<Record<CallKind, number>> = { cancel: 0, cancelMany: 0, lookup: 1, place: 2, amend: 2, read: 3 };

/** Behind so many calls of better rank a call of a rank is let through, so that none waits for ever. */
export const PATIENCE = 16;

type Run = () => Promise<void>;

/** Calls of one rank, in the order in which they came. */
interface Line {
  readonly waiting: Run[];
  /** Calls of better rank that were taken since one of these was, or since the first of these came. */
  passedOver: number;
}

/**
 * Calls that leave one after another, those of better rank first and those of one rank in turn. A rank that waits is
 * taken after at most {@link PATIENCE} calls of better ranks and one of each other rank whose patience has ended too.
 */
export class SerialTurns {
  private readonly lines: readonly Line[] = [0, 1, 2, 3].map(() => ({ waiting: [], passedOver: 0 }));
  private busy = false;

  /** Runs the work when nothing before it is under way, and settles as it does. */
  take<T>(kind: CallKind, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.lines[RANK[kind]]?.waiting.push(async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      if (!this.busy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.busy = true;
    for (let next = this.next(); next !== undefined; next = this.next()) await next();
    this.busy = false;
  }

  private next(): Run | undefined {
    const lines = this.lines.filter(({ waiting }) => waiting.length > 0);
    const taken = lines.find(({ passedOver }) => passedOver >= PATIENCE) ?? lines[0];
    if (taken === undefined) return undefined;
    const run = taken.waiting.shift();
    taken.passedOver = 0;
    for (const line of lines.slice(lines.indexOf(taken) + 1)) line.passedOver += 1;
    return run;
  }
}
