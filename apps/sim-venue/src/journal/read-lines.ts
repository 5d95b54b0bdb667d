import { readSync } from 'node:fs';

const CHUNK_BYTES = 1_048_576;
/** Below the longest text that the runtime can hold. */
const LONGEST_LINE_BYTES = 500_000_000;
const LINE_BREAK = 10;

export interface FileLine {
  /** Without its line break. */
  readonly text: string;
  /** Bytes of the file up to here, the line break included. */
  readonly end: number;
}

/**
 * The lines of a file of any length, from its beginning, a chunk in memory at a time. What stands behind the last line
 * break is no line.
 *
 * @throws Error for a line of more than `longestBytes`, 500 MB unless said otherwise
 */
export function* readLines(fd: number, longestBytes = LONGEST_LINE_BYTES): Generator<FileLine> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let offset = 0;
  for (let size = read(fd, chunk, offset); size > 0; size = read(fd, chunk, offset)) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_BREAK); at !== -1 && at < size; at = chunk.indexOf(LINE_BREAK, from)) {
      if (begunBytes + at - from > longestBytes)
        throw new Error(`A line ends at byte ${offset + at}, more than ${longestBytes} bytes from its beginning`);
      const rest = chunk.subarray(from, at);
      yield { text: (begun.length === 0 ? rest : Buffer.concat([...begun, rest])).toString(), end: offset + at + 1 };
      begun = [];
      begunBytes = 0;
      from = at + 1;
    }
    begunBytes += size - from;
    // What is too long to be a line is counted alone: either no line break ever comes, or it is an error.
    if (begunBytes > longestBytes) begun = [];
    else begun.push(Buffer.from(chunk.subarray(from, size)));
    offset += size;
  }
}

function read(fd: number, chunk: Buffer, offset: number): number {
  return readSync(fd, chunk, 0, CHUNK_BYTES, offset);
}
