import { createHash, type Hash } from 'node:crypto';

/** Running SHA-256 over everything that happened in the books, free of wall-clock times: equal runs have equal hashes. */
export class EventLog {
  #hash: Hash = createHash('sha256');
  #count = 0;
  #pending = '';

  add(line: string): void {
    this.#pending += `${line}\n`;
    this.#count += 1;
    if (this.#pending.length > 16_384) this.#flush();
  }

  digest(): { sha256: string; events: number } {
    this.#flush();
    return { sha256: this.#hash.copy().digest('hex'), events: this.#count };
  }

  clear(): void {
    this.#hash = createHash('sha256');
    this.#count = 0;
    this.#pending = '';
  }

  #flush(): void {
    this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
