import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Decimals of prices and quantities that count; both become whole numbers of such steps, rounded down. */
export interface Decimals {
  readonly price: number;
  readonly qty: number;
}

export type CapturedLevel = readonly [ticks: number, lots: number];

/** One line of a capture; levels as whole steps. */
export interface CapturedLine {
  /** The line as it stands in the file. */
  readonly text: string;
  /** Receive time in microseconds since 1970. */
  readonly atMicros: number;
  readonly kind: 'ticker' | 'trade' | 'depth' | 'snapshot';
  /** `u`, `lastUpdateId` or, for a trade, `t`. */
  readonly id: number;
  /** All that the line tells of each side; of a ticker the touch alone. */
  readonly bids: readonly CapturedLevel[];
  readonly asks: readonly CapturedLevel[];
}

export interface Touch {
  readonly bid: CapturedLevel;
  readonly ask: CapturedLevel;
}

type Row = readonly [price: string, qty: string];

interface Message {
  readonly lastUpdateId?: number;
  readonly bids?: readonly Row[];
  readonly asks?: readonly Row[];
  readonly stream?: string;
  readonly data?: Record<string, unknown>;
}

/** What a capture says, taken from its text by `JSON.parse`: the tests' own reading, with no code of the venue in it. */
export class Capture {
  readonly lines: readonly CapturedLine[];
  readonly #tickers: readonly CapturedLine[];

  constructor(file: string, decimals: Decimals) {
    const text = gunzipSync(readFileSync(file)).toString('latin1').trimEnd();
    this.lines = text.split('\n').map((line) => readLine(line, decimals));
    this.#tickers = this.lines.filter(({ kind }) => kind === 'ticker').sort((a, b) => a.id - b.id);
  }

  count(kind: CapturedLine['kind']): number {
    return this.lines.filter((line) => line.kind === kind).length;
  }

  get seconds(): number {
    return ((this.lines.at(-1) as CapturedLine).atMicros - (this.lines[0] as CapturedLine).atMicros) / 1e6;
  }

  /**
   * The touch as of an update id. The vendor sends a ticker for every change of it, so it is that of the captured ticker
   * with the highest id that is not above; null: none was captured so far.
   */
  tickerAt(id: number): CapturedLine | null {
    let [from, to] = [0, this.#tickers.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#tickers[middle] as CapturedLine).id <= id) from = middle + 1;
      else to = middle;
    }
    return this.#tickers[from - 1] ?? null;
  }
}

/** The book by the vendor's own recipe: the snapshot, then every diff that is newer, and nothing from other streams. */
export class DepthAloneBook {
  /** Update id of the book, 0 before the snapshot. */
  id = 0;
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  #early: CapturedLine[] = [];

  /** @returns whether the book is another than before */
  read(line: CapturedLine): boolean {
    if (line.kind === 'snapshot' && this.id === 0) {
      this.#set(line);
      for (const diff of this.#early) if (diff.id > this.id) this.#set(diff);
      return true;
    }
    if (line.kind !== 'depth' || line.id <= this.id) return false;
    if (this.id > 0) this.#set(line);
    else this.#early.push(line);
    return this.id > 0;
  }

  touch(): Touch {
    const bid = Math.max(...this.bids.keys());
    const ask = Math.min(...this.asks.keys());
    return { bid: [bid, this.bids.get(bid) ?? 0], ask: [ask, this.asks.get(ask) ?? 0] };
  }

  #set({ id, bids, asks }: CapturedLine): void {
    this.id = id;
    for (const [side, levels] of [[this.bids, bids] as const, [this.asks, asks] as const])
      for (const [ticks, lots] of levels)
        if (lots === 0) side.delete(ticks);
        else side.set(ticks, lots);
  }
}

/**
 * The book of all streams at any line, in another way than the venue's: the last word on a price is that of the message
 * with the highest update id that spoke of it, where a ticker speaks of every price at or better than its own and a
 * snapshot of all of them.
 */
export class LastWordBook {
  readonly #said = { bids: new Map<number, CapturedLevel>(), asks: new Map<number, CapturedLevel>() };
  #ticker = { id: 0, bids: 0, asks: Infinity };
  /** Prices better than the last ticker's that depth has spoken of since, or that were as new as it. */
  readonly #better = { bids: new Set<number>(), asks: new Set<number>() };
  /** Whether depth spoke since the last ticker: if not, only a ticker that moves inwards takes levels away. */
  #isStirred = false;

  read({ kind, id, bids, asks }: CapturedLine): void {
    if (kind === 'trade' || (kind === 'ticker' && id < this.#ticker.id)) return;
    if (kind === 'snapshot') this.#drop((_side, _ticks, said) => said < id);
    for (const [side, levels] of [['bids', bids] as const, ['asks', asks] as const])
      for (const [ticks, lots] of levels)
        if ((this.#said[side].get(ticks)?.[0] ?? 0) <= id) {
          this.#said[side].set(ticks, [id, lots]);
          if (this.#isBetter(side, ticks)) this.#better[side].add(ticks);
        }
    if (kind !== 'ticker') {
      this.#isStirred = true;
      return;
    }
    const before = this.#ticker;
    this.#ticker = { id, bids: bids[0]?.[0] ?? 0, asks: asks[0]?.[0] ?? Infinity };
    if (!this.#isStirred && this.#ticker.bids >= before.bids && this.#ticker.asks <= before.asks) return;
    this.#isStirred = false;
    if (before.id === 0) this.#drop((side, ticks, said) => said < id && this.#isBetter(side, ticks));
    else this.#dropBetter(before, id);
  }

  /** As above, without a look at the prices that were no better before and are none now. */
  #dropBetter(before: { readonly bids: number; readonly asks: number }, id: number): void {
    for (let ticks = this.#ticker.bids + 1; ticks <= before.bids; ticks += 1) this.#better.bids.add(ticks);
    for (let ticks = before.asks; ticks < this.#ticker.asks; ticks += 1) this.#better.asks.add(ticks);
    for (const side of ['bids', 'asks'] as const)
      for (const ticks of this.#better[side]) {
        const [said = Infinity] = this.#said[side].get(ticks) ?? [];
        if (said < id && this.#isBetter(side, ticks)) this.#said[side].delete(ticks);
        if (said < id || said === Infinity || !this.#isBetter(side, ticks)) this.#better[side].delete(ticks);
      }
  }

  lotsAt(side: 'bids' | 'asks', ticks: number): number {
    const [id, lots] = this.#said[side].get(ticks) ?? [0, 0];
    return id < this.#ticker.id && this.#isBetter(side, ticks) ? 0 : lots;
  }

  /** How many levels a side has. */
  count(side: 'bids' | 'asks'): number {
    let levels = 0;
    for (const [ticks, [, lots]] of this.#said[side]) if (lots > 0 && this.lotsAt(side, ticks) > 0) levels += 1;
    return levels;
  }

  #drop(isGone: (side: 'bids' | 'asks', ticks: number, said: number) => boolean): void {
    for (const side of ['bids', 'asks'] as const)
      for (const [ticks, [said]] of this.#said[side]) if (isGone(side, ticks, said)) this.#said[side].delete(ticks);
  }

  /** Than the last ticker's price on that side. */
  #isBetter(side: 'bids' | 'asks', ticks: number): boolean {
    return side === 'bids' ? ticks > this.#ticker.bids : ticks < this.#ticker.asks;
  }
}

function readLine(text: string, decimals: Decimals): CapturedLine {
  const message = JSON.parse(text.slice(20)) as Message;
  const { data = {}, stream = '' } = message;
  const levels = (rows: readonly Row[]): CapturedLevel[] =>
    rows.map(([price, qty]) => [scaled(price, decimals.price), scaled(qty, decimals.qty)]);
  const line = (kind: CapturedLine['kind'], id: unknown, bids: readonly Row[], asks: readonly Row[]) => ({
    text,
    atMicros: Number(text.slice(0, 16)),
    kind,
    id: id as number,
    bids: levels(bids),
    asks: levels(asks),
  });
  if (message.lastUpdateId !== undefined)
    return line('snapshot', message.lastUpdateId, message.bids ?? [], message.asks ?? []);
  if (stream.endsWith('@trade')) return line('trade', data['t'], [], []);
  const row = (price: string, qty: string): Row[] => [[data[price] as string, data[qty] as string]];
  if (stream.endsWith('@bookTicker')) return line('ticker', data['u'], row('b', 'B'), row('a', 'A'));
  return line('depth', data['u'], data['b'] as Row[], data['a'] as Row[]);
}

/** Whole steps of 10^-decimals, rounded down, by way of the digits. */
function scaled(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(decimals, '0').slice(0, decimals));
}
