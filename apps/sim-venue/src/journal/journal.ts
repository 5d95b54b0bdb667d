import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FolderLock } from './folder-lock.js';
import { readLines } from './read-lines.js';
import type { VenueRecord } from './venue-record.js';

/** Where facts go before anybody hears of them. */
export interface RecordLog {
  append(records: readonly VenueRecord[]): void;
  /** All that `action` appends becomes one entry: after a kill it is there as a whole or not at all. */
  together<T>(action: () => T): T;
  /** From now on `records` are all there ever was: a kill finds either what was before or these, whole. */
  replace(records: readonly VenueRecord[]): void;
}

/** For an exchange that is to forget everything at its end. */
export const NO_JOURNAL: RecordLog = {
  append: () => undefined,
  together: (action) => action(),
  replace: () => undefined,
};

/** Characters that may wait for the end of a turn; a dump that is taken back has many times more. */
const LONGEST_UNWRITTEN = 1_048_576;
/** Records of a dump that share a line, so that no line is ever too long to be read. */
const RECORDS_PER_LINE = 1_000;

/**
 * Append-only file, one operation with all its records per line. The lines of a turn of the event loop are written by one
 * plain write before anything about them leaves (see `Departures`): the kernel keeps them when the process is killed
 * (loss of power is not covered; nothing is fsynced).
 */
export class Journal implements RecordLog {
  readonly #path: string;
  readonly #lock: FolderLock;
  #fd: number;
  #together: VenueRecord[] | null = null;
  #unwritten = '';

  /**
   * @param onLost the journal could not be written; memory is ahead of it then, and the process must end: going on
   *   would acknowledge what a restart does not know
   * @throws Error when another process writes the journal of this folder
   */
  static open(directory: string, onLost: (error: unknown) => void): Journal {
    mkdirSync(directory, { recursive: true });
    return new Journal(directory, onLost);
  }

  private constructor(
    directory: string,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.#path = join(directory, 'journal.jsonl');
    this.#lock = FolderLock.take(directory);
    this.#fd = openSync(this.#path, 'a+', 0o600);
  }

  /**
   * What an earlier life of the process wrote, one operation after the other as they are read: to be gone through once,
   * to its end, before anything is appended. Drops a last line whose write never finished, and so was never answered.
   *
   * @throws Error when a line before the last cannot be read: that is damage, not a torn write
   */
  *operations(): Generator<VenueRecord[]> {
    let validBytes = 0;
    let number = 0;
    for (const { text, end } of readLines(this.#fd)) {
      number += 1;
      yield parseLine(this.#path, number, text);
      validBytes = end;
    }
    if (validBytes < fstatSync(this.#fd).size) ftruncateSync(this.#fd, validBytes);
  }

  append(records: readonly VenueRecord[]): void {
    if (this.#together !== null) {
      for (const record of records) this.#together.push(record);
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
      writeWhole(this.#fd, this.#unwritten);
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

  /** @throws what writing throws; the journal is as it was then */
  replace(records: readonly VenueRecord[]): void {
    const path = `${this.#path}.new`;
    rmSync(path, { force: true });
    const fd = openSync(path, 'ax+', 0o600);
    try {
      for (let from = 0; from < records.length; from += RECORDS_PER_LINE)
        writeWhole(fd, `${JSON.stringify(records.slice(from, from + RECORDS_PER_LINE))}\n`);
      renameSync(path, this.#path);
    } catch (error) {
      closeSync(fd);
      rmSync(path, { force: true });
      throw error;
    }
    closeSync(this.#fd);
    this.#fd = fd;
    this.#unwritten = '';
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
    this.#lock.release();
  }
}

function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}

function parseLine(path: string, number: number, text: string): VenueRecord[] {
  try {
    return JSON.parse(text) as VenueRecord[];
  } catch (cause) {
    throw new Error(`Journal ${path}: line ${number} is not JSON; restore it or start on an empty folder`, { cause });
  }
}
