import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { VenueRecord } from './venue-record.js';

/** Where facts go before anybody hears of them. */
export interface RecordLog {
  append(records: readonly VenueRecord[]): void;
  /** All that `action` appends becomes one entry: after a kill it is there as a whole or not at all. */
  together<T>(action: () => T): T;
  clear(): void;
}

/** For an exchange that is to forget everything at its end. */
export const NO_JOURNAL: RecordLog = {
  append: () => undefined,
  together: (action) => action(),
  clear: () => undefined,
};

/** Characters that may wait for the end of a turn; a dump that is taken back has many times more. */
const LONGEST_UNWRITTEN = 1_048_576;

/**
 * Append-only file, one operation with all its records per line. The lines of a turn of the event loop are written by one
 * plain write before anything about them leaves (see `Departures`): the kernel keeps them when the process is killed
 * (loss of power is not covered; nothing is fsynced).
 */
export class Journal implements RecordLog {
  readonly #fd: number;
  #together: VenueRecord[] | null = null;
  #unwritten = '';

  /**
   * @param onLost the journal could not be written; memory is ahead of it then, and the process must end: going on
   *   would acknowledge what a restart does not know
   * @throws Error when a line before the last cannot be read: that is damage, not a torn write
   */
  static open(directory: string, onLost: (error: unknown) => void): { journal: Journal; operations: VenueRecord[][] } {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'journal.jsonl');
    const fd = openSync(path, 'a+', 0o600);
    const { operations, validBytes } = readOperations(path);
    // Only a write that never finished, and so was never answered, ends without a line break.
    if (validBytes < fstatSync(fd).size) ftruncateSync(fd, validBytes);
    return { journal: new Journal(fd, onLost), operations };
  }

  private constructor(
    fd: number,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.#fd = fd;
  }

  append(records: readonly VenueRecord[]): void {
    if (this.#together !== null) {
      this.#together.push(...records);
      return;
    }
    // What nobody waits for, such as the market's own ids, is written at the end of the turn as well.
    if (this.#unwritten === '') setImmediate(() => this.flush());
    this.#unwritten += `${JSON.stringify(records)}\n`;
    if (this.#unwritten.length > LONGEST_UNWRITTEN) this.flush();
  }

  /** Writes what was appended and not written yet. @throws what writing throws: nobody may be told of it then */
  flush(): void {
    if (this.#unwritten === '') return;
    try {
      const lines = Buffer.from(this.#unwritten);
      for (let written = 0; written < lines.length;) written += writeSync(this.#fd, lines, written);
      this.#unwritten = '';
    } catch (error) {
      this.onLost(error);
      throw error;
    }
  }

  together<T>(action: () => T): T {
    if (this.#together !== null) return action();
    const records: VenueRecord[] = (this.#together = []);
    try {
      return action();
    } finally {
      this.#together = null;
      if (records.length > 0) this.append(records);
    }
  }

  clear(): void {
    this.#unwritten = '';
    ftruncateSync(this.#fd, 0);
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}

function readOperations(path: string): { operations: VenueRecord[][]; validBytes: number } {
  const bytes = readFileSync(path);
  const operations: VenueRecord[][] = [];
  let from = 0;
  for (let end = bytes.indexOf(10, from); end !== -1; end = bytes.indexOf(10, from)) {
    try {
      operations.push(JSON.parse(bytes.toString('utf8', from, end)) as VenueRecord[]);
    } catch (cause) {
      throw new Error(
        `Journal ${path}: line ${operations.length + 1} is not JSON; restore it or start on an empty folder`,
        {
          cause,
        },
      );
    }
    from = end + 1;
  }
  return { operations, validBytes: from };
}
