import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

type Level = readonly [price: string, qty: string];

/** 2024-08-08 23:54:14 UTC, in ms. */
const FIRST_MS = 1_723_161_254_000;

/**
 * A capture made by hand: each call adds one line in the vendor's form. Times are milliseconds since the tape began and
 * stay where they are until `at` moves them.
 */
export class RecordedTape {
  readonly lines: string[] = [];
  #ms = 0;
  #updateId: number;
  /** `u` of the last depth message or snapshot: the next begins right after it, whatever tickers came between. */
  #depthId: number;
  #tradeId = 3_735_683_258;

  constructor(
    readonly symbol = 'BTCUSDT',
    firstUpdateId = 50_000_000_000,
  ) {
    this.#updateId = this.#depthId = firstUpdateId;
  }

  at(ms: number): this {
    this.#ms = ms;
    return this;
  }

  ticker(bid: Level, ask: Level): this {
    const u = (this.#updateId += 3);
    return this.#frame('bookTicker', { u, s: this.symbol, b: bid[0], B: bid[1], a: ask[0], A: ask[1] });
  }

  /** @param hit side that rested: `bid` was hit by a seller */
  trade(price: string, qty: string, hit: 'bid' | 'ask'): this {
    const t = (this.#tradeId += 1);
    const T = FIRST_MS + this.#ms;
    return this.#frame('trade', {
      e: 'trade',
      E: T,
      s: this.symbol,
      t,
      p: price,
      q: qty,
      T,
      m: hit === 'bid',
      M: true,
    });
  }

  depth(bids: readonly Level[], asks: readonly Level[] = []): this {
    const U = this.#depthId + 1;
    const u = (this.#depthId = this.#updateId += 5);
    return this.#frame('depth@100ms', {
      e: 'depthUpdate',
      E: FIRST_MS + this.#ms,
      s: this.symbol,
      U,
      u,
      b: bids,
      a: asks,
    });
  }

  snapshot(bids: readonly Level[], asks: readonly Level[]): this {
    this.#depthId = this.#updateId;
    return this.raw(`${this.#time()} ${JSON.stringify({ lastUpdateId: this.#updateId, bids, asks })}`);
  }

  raw(line: string): this {
    this.lines.push(line);
    return this;
  }

  get text(): string {
    return this.lines.map((line) => `${line}\n`).join('');
  }

  #frame(stream: string, data: object): this {
    return this.raw(`${this.#time()} ${JSON.stringify({ stream: `${this.symbol.toLowerCase()}@${stream}`, data })}`);
  }

  #time(): string {
    return `${FIRST_MS + this.#ms}000000`;
  }
}

/** A folder for tapes; remove it in the end. */
export class TapeFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tape-'));
  #count = 0;

  /** @returns the file's path */
  write(tape: RecordedTape | string): string {
    return this.writeBytes(gzipSync(typeof tape === 'string' ? tape : tape.text));
  }

  /** As it is, whole or broken. @returns the file's path */
  writeBytes(bytes: Uint8Array): string {
    this.#count += 1;
    const file = join(this.path, `tape-${this.#count}.gz`);
    writeFileSync(file, bytes);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
