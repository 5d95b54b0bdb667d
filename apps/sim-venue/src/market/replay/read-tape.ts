import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TapeError } from './tape-error.js';

/** Some whole lines of a capture; only the last one of a file may lack its line break. */
export interface TapeBlock {
  readonly bytes: Uint8Array;
  /** Number of the first line in it; the file's first line is 1. */
  readonly firstLine: number;
  /** False when the file ends here without a line break. */
  readonly endsWithBreak: boolean;
}

const LINE_BREAK = 10;
const CHUNK_BYTES = 128 * 1_024;
/** The longest line of a real capture is a snapshot of 5,000 levels a side: some 400 kB. */
const MAX_LINE_BYTES = 8 * 1_048_576;

/**
 * Unpacks a gzip file as it is read, a block of whole lines at a time, so that memory does not grow with the file.
 *
 * @throws TapeError naming the line that was reached when the file cannot be read, is not gzip, is damaged or is cut short
 */
export async function* readTape(file: string): AsyncGenerator<TapeBlock> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => unpacked.destroy(error));
  source.pipe(unpacked);
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(LINE_BREAK) + 1;
      rest = bytes.subarray(end);
      if (rest.length > MAX_LINE_BYTES)
        throw new TapeError(
          file,
          line + countLines(bytes.subarray(0, end)),
          `is longer than ${MAX_LINE_BYTES} bytes; expected one message per line`,
        );
      if (end === 0) continue;
      const block = { bytes: bytes.subarray(0, end), firstLine: line, endsWithBreak: true };
      line += countLines(block.bytes);
      yield block;
    }
  } catch (error) {
    if (error instanceof TapeError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') !== true)
      throw new TapeError(file, null, `cannot be read (${message}); expected a readable gzip file`, { cause: error });
    const problem = source.bytesRead === 0 ? 'found an empty file; expected recorded messages' : damage(code, message);
    throw new TapeError(file, line, problem, { cause: error });
  } finally {
    source.destroy();
    unpacked.destroy();
  }
  if (rest.length > 0) yield { bytes: rest, firstLine: line, endsWithBreak: false };
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_BREAK); at !== -1; at = bytes.indexOf(LINE_BREAK, at + 1)) lines += 1;
  return lines;
}

function damage(code: string, message: string): string {
  if (code === 'Z_BUF_ERROR') return 'the gzip stream ends here before its end; expected a complete file';
  if (message === 'incorrect header check') return 'found a file that is not gzip; expected gzip text';
  return `the gzip stream is damaged from about here (${message}); expected an intact file`;
}
