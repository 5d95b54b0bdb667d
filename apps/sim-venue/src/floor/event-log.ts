import { createHash, type Hash } from 'node:crypto';

/** Running SHA-256 over everything that happened in the books, free of wall-clock times: equal runs have equal hashes. */
export class EventLog {
  #hash: Hash = createHash('sha256');
  #count = 0;
  #pending = '';
  /** Lines of one tape in a row are logged as one: there are 300,000 of them in a second. */
  readonly #run = { symbol: '', first: 0, last: 0 };

  /** A line of the tape that plays in this symbol's market; what trades because of it follows. */
  addTapeLine(symbol: string, line: number): void {
    const run = this.#run;
    if (run.symbol === symbol && line === run.last + 1) run.last = line;
    else {
      this.#endRun();
      run.symbol = symbol;
      run.first = run.last = line;
    }
    this.#count += 1;
  }

  add(line: string): void {
    this.#endRun();
    this.#pending += `${line}\n`;
    this.#count += 1;
    if (this.#pending.length > 16_384) this.#flush();
  }

  /** Asking changes nothing: a run of tape lines goes on as if nobody had asked. */
  digest(): { sha256: string; events: number } {
    this.#flush();
    return { sha256: this.#hash.copy().update(this.#runText()).digest('hex'), events: this.#count };
  }

  clear(): void {
    this.#hash = createHash('sha256');
    this.#count = 0;
    this.#pending = '';
    this.#run.symbol = '';
  }

  #endRun(): void {
    if (this.#run.symbol === '') return;
    this.#pending += this.#runText();
    this.#run.symbol = '';
  }

  #runText(): string {
    const { symbol, first, last } = this.#run;
    return symbol === '' ? '' : `tape ${symbol} ${first} to ${last}\n`;
  }

  #flush(): void {
    // Plain ASCII, which both encodings write alike: this one needs no second look at every character.
    this.#hash.update(this.#pending, 'latin1');
    this.#pending = '';
  }
}
