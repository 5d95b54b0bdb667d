import { readTape, type TapeBlock } from './read-tape.js';
import type { TapeLineReader } from './tape-line.js';

/** Walks a capture line by line while the next block is being unpacked. */
export class TapeCursor {
  /** Number of the line at hand, 0 before the first. */
  line = 0;
  readonly #blocks: AsyncGenerator<TapeBlock>;
  #next: Promise<IteratorResult<TapeBlock>>;
  #bytes: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(
    file: string,
    private readonly reader: TapeLineReader,
  ) {
    this.#blocks = readTape(file);
    this.#next = this.#ahead();
  }

  /** Reads the next line of the block at hand; lines that cannot be read are gone past. @returns false at its end */
  advance(): boolean {
    while (this.#at < this.#bytes.length) {
      const from = this.#at;
      const end = this.#bytes.indexOf(10, from);
      const to = end === -1 ? this.#bytes.length : end;
      this.#at = to + 1;
      this.line += 1;
      if (this.reader.read(this.#bytes, from, to) === null) return true;
    }
    return false;
  }

  /** Fetches the next block. @returns false at the end of the file @throws TapeError when the file has changed for the worse */
  async more(): Promise<boolean> {
    const next = await this.#next;
    if (next.done === true) return false;
    this.#bytes = next.value.bytes;
    this.#at = 0;
    this.#next = this.#ahead();
    return true;
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }

  #ahead(): Promise<IteratorResult<TapeBlock>> {
    const next = this.#blocks.next();
    next.catch(() => undefined); // whoever asks for it is told
    return next;
  }
}
