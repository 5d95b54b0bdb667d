/** What a line of a capture is; `other` is a stream that a replay has no use for. */
export type TapeKind = 'ticker' | 'trade' | 'depth' | 'snapshot' | 'other';

/** Size of one tick and one lot in units of 10^-8. */
export interface TapeGrid {
  readonly tickUnits: number;
  readonly stepUnits: number;
}

/** A step as `multiple` x 10^-decimals: most are a power of ten, and digits beyond it then need no arithmetic. */
interface Step {
  readonly decimals: number;
  readonly multiple: number;
}

const UNIT: Step = { decimals: 8, multiple: 1 };

/** Levels of one side: ticks and lots in turn. The first `2 * count` numbers count, the rest is of earlier lines. */
export interface TapeLevels {
  readonly pairs: number[];
  count: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const TIME_DIGITS = 19;
const UNIT_DECIMALS = 8;
/** Beyond it, units of 10^-8 leave the safe integers. */
const MAX_WHOLE = 90_000_000;
const MAX_NESTING = 8;

/** Which fields a line had; every kind needs its own. */
const HAS = {
  u: 1,
  bid: 2,
  bidQty: 4,
  ask: 8,
  askQty: 16,
  bids: 32,
  asks: 64,
  t: 128,
  p: 256,
  q: 512,
  m: 1024,
  s: 2048,
  S: 4096,
};
const TICKER = HAS.u | HAS.bid | HAS.bidQty | HAS.ask | HAS.askQty | HAS.s;
const TRADE = HAS.t | HAS.p | HAS.q | HAS.m | HAS.s;
const DEPTH = HAS.u | HAS.bids | HAS.asks | HAS.s;
const SNAPSHOT = HAS.S | HAS.bids | HAS.asks;

class Unreadable extends Error {}

/**
 * Reads lines of a capture: `<receive time, ns since 1970> <JSON>`, where the JSON is a combined-stream frame of
 * `bookTicker`, `trade` or `depth` (spot and USD-M) or a bare depth snapshot.
 *
 * It works on bytes and leaves the result in its own fields, which the next line overwrites: at 300,000 lines a second
 * neither strings nor objects can be made per line. Fields may stand in any order and others beside them are skipped.
 */
export class TapeLineReader {
  kind: TapeKind = 'other';
  /** Receive time in microseconds since 1970: nanoseconds would leave the safe integers. */
  atMicros = 0;
  /** `s` of the message; for a snapshot `symbol` or `s`, which the vendor does not send: mostly empty. */
  symbol = '';
  /** `u` of ticker and depth, `lastUpdateId` of a snapshot. */
  updateId = 0;
  /** `U` of a depth message, 0 without. */
  firstUpdateId = 0;
  /** `pu` of a USD-M depth message, 0 without. */
  previousUpdateId = 0;
  tradeId = 0;
  /** Of a trade. */
  ticks = 0;
  lots = 0;
  buyerIsMaker = false;
  /** Of a ticker; 0 ticks and 0 lots: that side is empty. */
  bidTicks = 0;
  bidLots = 0;
  askTicks = 0;
  askLots = 0;
  /** Of depth and snapshot. */
  readonly bids: TapeLevels = { pairs: [], count: 0 };
  readonly asks: TapeLevels = { pairs: [], count: 0 };

  #bytes: Uint8Array = new Uint8Array();
  #from = 0;
  #at = 0;
  #to = 0;
  #has = 0;
  #streamKind: TapeKind | null = null;
  #tick: Step;
  #lot: Step;
  readonly #ownTick: Step;
  readonly #ownLot: Step;
  readonly #ownStream: string;

  /**
   * @param grid of `symbol`; amounts of streams of other symbols are read as they are, in units of 10^-8
   * @param symbol null: everything is on that grid
   */
  constructor(
    private readonly grid: TapeGrid,
    symbol: string | null = null,
  ) {
    this.#tick = this.#ownTick = stepOf(grid.tickUnits);
    this.#lot = this.#ownLot = stepOf(grid.stepUnits);
    this.#ownStream = symbol?.toLowerCase() ?? '';
  }

  /**
   * Reads the line in `bytes` from `from` up to `to`, its line break excluded.
   *
   * @returns null, or why it cannot be read: what stands where, and what was expected
   */
  read(bytes: Uint8Array, from: number, to: number): string | null {
    this.#bytes = bytes;
    this.#from = this.#at = from;
    this.#to = to > from && bytes[to - 1] === 0x0d ? to - 1 : to;
    this.#has = 0;
    this.#streamKind = null;
    this.#tick = this.#ownTick;
    this.#lot = this.#ownLot;
    this.firstUpdateId = this.previousUpdateId = 0;
    try {
      this.#time();
      this.#object(0);
      if (this.#at !== this.#to) this.#fail('the end of the line');
      this.#decideKind();
      return null;
    } catch (error) {
      if (error instanceof Unreadable) return error.message;
      throw error;
    }
  }

  #time(): void {
    const end = this.#at + TIME_DIGITS;
    let micros = 0;
    for (let i = this.#at; i < end; i += 1) {
      const digit = (this.#bytes[i] as number) - ZERO;
      if (i >= this.#to || !(digit >= 0 && digit <= 9)) this.#fail('19 digits of receive time (ns since 1970)');
      if (i < end - 3) micros = micros * 10 + digit;
    }
    this.atMicros = micros;
    this.#at = end;
    this.#take(0x20, 'a space after the receive time');
  }

  #decideKind(): void {
    const isSnapshot = this.#streamKind === null;
    this.kind = this.#streamKind ?? 'snapshot';
    if (this.kind === 'other') return;
    const needs = isSnapshot ? SNAPSHOT : this.kind === 'ticker' ? TICKER : this.kind === 'trade' ? TRADE : DEPTH;
    if ((this.#has & needs) !== needs)
      throw new Unreadable(
        isSnapshot
          ? 'expected a combined-stream frame (stream, data) or a depth snapshot (lastUpdateId, bids, asks)'
          : `expected every field of a ${this.kind} message, some are missing`,
      );
    if (isSnapshot && (this.#has & HAS.s) === 0) this.symbol = '';
    if (this.kind === 'ticker') this.#checkTicker();
    if (this.kind === 'trade' && (this.ticks === 0 || this.lots === 0))
      throw new Unreadable('expected a trade of a positive price and quantity');
  }

  #checkTicker(): void {
    if (this.bidTicks === 0 || this.bidLots === 0) this.bidTicks = this.bidLots = 0;
    if (this.askTicks === 0 || this.askLots === 0) this.askTicks = this.askLots = 0;
    if (this.bidTicks > 0 && this.askTicks > 0 && this.bidTicks >= this.askTicks)
      throw new Unreadable(`expected the bid below the ask, found ${this.bidTicks} against ${this.askTicks} ticks`);
  }

  #object(nesting: number): void {
    this.#take(OPEN_OBJECT, '{');
    if (this.#bytes[this.#at] === CLOSE_OBJECT) {
      this.#at += 1;
      return;
    }
    for (;;) {
      const from = this.#string();
      const length = this.#at - 1 - from;
      this.#take(COLON, ':');
      if (nesting > 1) this.#skip(nesting);
      else if (length === 1) this.#short(this.#bytes[from] as number, nesting);
      else this.#long(from, length, nesting);
      if (this.#bytes[this.#at] !== COMMA) break;
      this.#at += 1;
    }
    this.#take(CLOSE_OBJECT, '}');
  }

  #short(key: number, nesting: number): void {
    switch (key) {
      case 0x75: // u
        this.updateId = this.#whole();
        this.#has |= HAS.u;
        return;
      case 0x55: // U
        this.firstUpdateId = this.#whole();
        return;
      case 0x73: // s
        this.#symbol();
        this.#has |= HAS.s;
        return;
      case 0x74: // t
        this.tradeId = this.#whole();
        this.#has |= HAS.t;
        return;
      case 0x70: // p
        this.ticks = this.#amount(this.#tick, 'price');
        this.#has |= HAS.p;
        return;
      case 0x71: // q
        this.lots = this.#amount(this.#lot, 'quantity');
        this.#has |= HAS.q;
        return;
      case 0x6d: // m
        this.buyerIsMaker = this.#boolean();
        this.#has |= HAS.m;
        return;
      case 0x62: // b
        if (this.#bytes[this.#at] === OPEN_LIST) return this.#levels(this.bids, HAS.bids);
        this.bidTicks = this.#amount(this.#tick, 'price');
        this.#has |= HAS.bid;
        return;
      case 0x42: // B
        this.bidLots = this.#amount(this.#lot, 'quantity');
        this.#has |= HAS.bidQty;
        return;
      case 0x61: // a
        if (this.#bytes[this.#at] === OPEN_LIST) return this.#levels(this.asks, HAS.asks);
        this.askTicks = this.#amount(this.#tick, 'price');
        this.#has |= HAS.ask;
        return;
      case 0x41: // A
        this.askLots = this.#amount(this.#lot, 'quantity');
        this.#has |= HAS.askQty;
        return;
      default:
        this.#skip(nesting);
    }
  }

  #long(from: number, length: number, nesting: number): void {
    if (this.#is(from, length, 'pu')) this.previousUpdateId = this.#whole();
    else if (nesting > 0) this.#skip(nesting);
    else if (this.#is(from, length, 'stream')) this.#stream();
    else if (this.#is(from, length, 'data') && this.#streamKind !== 'other') this.#object(nesting + 1);
    else if (this.#is(from, length, 'lastUpdateId')) {
      this.updateId = this.#whole();
      this.#has |= HAS.S;
    } else if (this.#is(from, length, 'symbol')) {
      this.#symbol();
      this.#has |= HAS.s;
    } else if (this.#is(from, length, 'bids')) this.#levels(this.bids, HAS.bids);
    else if (this.#is(from, length, 'asks')) this.#levels(this.asks, HAS.asks);
    else this.#skip(nesting);
  }

  #stream(): void {
    const from = this.#string();
    const end = this.#at - 1;
    let at = from;
    while (at < end && this.#bytes[at] !== 0x40) at += 1;
    if (this.#ownStream !== '' && !this.#is(from, at - from, this.#ownStream)) this.#tick = this.#lot = UNIT;
    const length = end - at;
    this.#streamKind = 'other';
    if (this.#is(at, length, '@bookTicker')) this.#streamKind = 'ticker';
    else if (this.#is(at, length, '@trade')) this.#streamKind = 'trade';
    else if (
      this.#is(at, length, '@depth') ||
      this.#is(at, length, '@depth@100ms') ||
      this.#is(at, length, '@depth@0ms') ||
      this.#is(at, length, '@depth@250ms') ||
      this.#is(at, length, '@depth@500ms')
    )
      this.#streamKind = 'depth';
  }

  #symbol(): void {
    const from = this.#string();
    const length = this.#at - 1 - from;
    // Nearly always the one of the line before.
    if (!this.#is(from, length, this.symbol))
      this.symbol = String.fromCharCode(...this.#bytes.subarray(from, from + length));
  }

  #levels(into: TapeLevels, has: number): void {
    const bytes = this.#bytes;
    into.count = 0;
    this.#take(OPEN_LIST, '[');
    if (bytes[this.#at] === CLOSE_LIST) this.#at += 1;
    else {
      for (;;) {
        this.#take(OPEN_LIST, '[');
        const ticks = this.#amount(this.#tick, 'price');
        this.#take(COMMA, ',');
        const lots = this.#amount(this.#lot, 'quantity');
        this.#take(CLOSE_LIST, ']');
        if (ticks === 0) this.#fail('a positive price');
        const at = 2 * into.count;
        into.pairs[at] = ticks;
        into.pairs[at + 1] = lots;
        into.count += 1;
        if (bytes[this.#at] !== COMMA) break;
        this.#at += 1;
      }
      this.#take(CLOSE_LIST, ']');
    }
    this.#has |= has;
  }

  /** A plain decimal in quotes, as a whole number of steps; a quantity is rounded down to whole lots. */
  #amount(step: Step, what: 'price' | 'quantity'): number {
    const bytes = this.#bytes;
    this.#take(QUOTE, `a ${what} in quotes`);
    const start = this.#at;
    let at = start;
    let value = 0;
    let digit = (bytes[at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      at += 1;
      digit = (bytes[at] as number) - ZERO;
    }
    if (at === start || value > MAX_WHOLE) this.#fail(`a ${what} of at most ${MAX_WHOLE}`);
    let decimals = 0;
    if (bytes[at] === POINT) {
      at += 1;
      digit = (bytes[at] as number) - ZERO;
      while (digit >= 0 && digit <= 9 && decimals < step.decimals) {
        value = value * 10 + digit;
        decimals += 1;
        at += 1;
        digit = (bytes[at] as number) - ZERO;
      }
      const kept = at;
      while (bytes[at] === ZERO) at += 1;
      digit = (bytes[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) at = this.#beyondStep(at, decimals + at - kept, what);
      if (decimals === 0 && at === kept) this.#fail(`digits after the point of a ${what}`);
    }
    for (; decimals < step.decimals; decimals += 1) value *= 10;
    if (step.multiple > 1) {
      const steps = Math.floor(value / step.multiple);
      if (what === 'price' && steps * step.multiple !== value) this.#failGrid();
      value = steps;
    }
    this.#at = at;
    this.#take(QUOTE, `a closing quote after the ${what}`);
    return value;
  }

  /**
   * Digits other than 0 that are finer than the step. Old orders may be finer than today's lot, and the part of a lot
   * cannot be traded; a price cannot be finer than a tick.
   *
   * @returns where the digits end
   */
  #beyondStep(from: number, decimals: number, what: 'price' | 'quantity'): number {
    let at = from;
    for (let byte = this.#bytes[at] as number; byte >= ZERO && byte <= NINE; byte = this.#bytes[at] as number) {
      if (byte !== ZERO && decimals + at - from >= UNIT_DECIMALS)
        this.#fail(`a ${what} of at most ${UNIT_DECIMALS} decimals`);
      at += 1;
    }
    if (what === 'price') this.#failGrid();
    return at;
  }

  #failGrid(): never {
    return this.#fail(`a price on the symbol's grid of ${this.grid.tickUnits}e-8`);
  }

  #whole(): number {
    let value = 0;
    let at = this.#at;
    for (;;) {
      const byte = this.#bytes[at] as number;
      if (at >= this.#to || byte < ZERO || byte > NINE) break;
      value = value * 10 + (byte - ZERO);
      at += 1;
    }
    if (at === this.#at || !Number.isSafeInteger(value)) this.#fail('a whole number');
    this.#at = at;
    return value;
  }

  #boolean(): boolean {
    if (this.#is(this.#at, 4, 'true')) {
      this.#at += 4;
      return true;
    }
    if (!this.#is(this.#at, 5, 'false')) this.#fail('true or false');
    this.#at += 5;
    return false;
  }

  /** @returns where the text begins; it ends one before where the reader stands */
  #string(): number {
    this.#take(QUOTE, 'a text in quotes');
    const from = this.#at;
    for (let at = from; at < this.#to; at += 1) {
      const byte = this.#bytes[at];
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) {
        this.#at = at + 1;
        return from;
      }
    }
    this.#at = this.#to;
    return this.#fail('a closing quote');
  }

  /** Any JSON value that is of no interest. */
  #skip(nesting: number): void {
    if (nesting > MAX_NESTING) this.#fail('fewer nested values');
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) this.#string();
    else if (byte === OPEN_OBJECT) this.#object(Math.max(nesting, 1) + 1);
    else if (byte === OPEN_LIST) {
      this.#at += 1;
      if (this.#bytes[this.#at] !== CLOSE_LIST)
        for (;;) {
          this.#skip(nesting + 1);
          if (this.#bytes[this.#at] !== COMMA) break;
          this.#at += 1;
        }
      this.#take(CLOSE_LIST, ']');
    } else {
      const from = this.#at;
      while (this.#at < this.#to && isWordByte(this.#bytes[this.#at] as number)) this.#at += 1;
      if (this.#at === from) this.#fail('a value');
    }
  }

  #is(from: number, length: number, word: string): boolean {
    if (length !== word.length || from + length > this.#to) return false;
    for (let i = 0; i < length; i += 1) if (this.#bytes[from + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  #take(byte: number, expected: string): void {
    if (this.#at >= this.#to || this.#bytes[this.#at] !== byte) this.#fail(expected);
    this.#at += 1;
  }

  #fail(expected: string): never {
    const found = Buffer.from(this.#bytes.subarray(Math.min(this.#at, this.#to), Math.min(this.#at + 24, this.#to)));
    const column = this.#at - this.#from + 1;
    throw new Unreadable(
      `expected ${expected} at column ${column}, found ${found.length === 0 ? 'the end of the line' : JSON.stringify(found.toString('latin1'))}`,
    );
  }
}

/** @param units whole number of 10^-8 */
function stepOf(units: number): Step {
  let decimals = UNIT_DECIMALS;
  let multiple = units;
  for (; decimals > 0 && multiple % 10 === 0; decimals -= 1) multiple /= 10;
  return { decimals, multiple };
}

/** Bytes of numbers, true, false and null. */
function isWordByte(byte: number): boolean {
  return (
    (byte >= ZERO && byte <= NINE) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === POINT ||
    byte === 0x45
  );
}
