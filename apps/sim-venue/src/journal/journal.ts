import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerRecord } from '../spot/records.js';

/**
 * Append-only file, one operation with all its records per line. A line is written by a plain write before the reply
 * leaves: the kernel keeps it when the process is killed (loss of power is not covered; nothing is fsynced).
 */
export class Journal {
  readonly #fd: number;

  /** @throws Error when a line before the last cannot be read: that is damage, not a torn write. */
  static open(directory: string): { journal: Journal; operations: LedgerRecord[][] } {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'journal.jsonl');
    const fd = openSync(path, 'a+', 0o600);
    const { operations, validBytes } = readOperations(path);
    // Only a write that never finished, and so was never answered, ends without a line break.
    if (validBytes < fstatSync(fd).size) ftruncateSync(fd, validBytes);
    return { journal: new Journal(fd), operations };
  }

  private constructor(fd: number) {
    this.#fd = fd;
  }

  append(records: readonly LedgerRecord[]): void {
    const line = Buffer.from(`${JSON.stringify(records)}\n`);
    for (let written = 0; written < line.length;) written += writeSync(this.#fd, line, written);
  }

  clear(): void {
    ftruncateSync(this.#fd, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readOperations(path: string): { operations: LedgerRecord[][]; validBytes: number } {
  const bytes = readFileSync(path);
  const operations: LedgerRecord[][] = [];
  let from = 0;
  for (let end = bytes.indexOf(10, from); end !== -1; end = bytes.indexOf(10, from)) {
    try {
      operations.push(JSON.parse(bytes.toString('utf8', from, end)) as LedgerRecord[]);
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
