import type { TradingFloor } from '../../floor/trading-floor.js';
import type { SymbolMarket } from '../../floor/symbol-market.js';
import { gridOf, symbolOfSnapshot, type TapeSummary } from './inspect-tape.js';
import type { QueueMode } from './level-queue.js';
import type { PlayerClock } from './player-clock.js';
import { RecordedBook } from './recorded-book.js';
import { ReplayMarket } from './replay-market.js';
import { ScratchBook } from './scratch-book.js';
import { TapeCursor } from './tape-cursor.js';
import { TapeLineReader } from './tape-line.js';

/** What happens when the tape has been played: the book stays, the tape begins anew, or the market goes away. */
export type TapeEnd = 'hold' | 'loop' | 'stop';

export interface ReplayOptions {
  /** Intervals of the tape are divided by this; `Infinity`: no waiting at all. */
  readonly speed: number;
  readonly end: TapeEnd;
  readonly queue: QueueMode;
  /** `manual`: lines are applied by {@link TapePlayer.step} alone. */
  readonly time: 'real' | 'manual';
  /** `when_asked`: the market opens at once but stands still until {@link TapePlayer.play}. */
  readonly start: 'at_once' | 'when_asked';
}

export interface PlayerHooks {
  readonly clock: PlayerClock;
  /** The tape broke while it was played; the market holds what it shows. */
  readonly onProblem: (error: unknown) => void;
}

/** A book is complete enough to open with this many levels a side, or after so much of the tape (venues.md C7). */
const READY_LEVELS = 20;
const READY_MICROS = 5_000_000;
/** Lines are applied for so long at most before others get a turn. */
const TURN_MS = 5;
/** A tape that takes no time is not repeated faster than this. */
const SHORTEST_LOOP_MS = 100;
/** Ids are shifted by whole multiples, so that the recorded digits stay recognisable. */
const ID_SHIFT = 1_000_000_000;
/** Recorded trade ids begin at least so far above the venue's own. */
const OWN_ID_RANGE = 100_000_000;

/**
 * Plays a capture into one symbol's market. What comes before the book is ready is applied at once and silently; from
 * there on the intervals of the tape, divided by the speed, pass on the venue's clock.
 */
export class TapePlayer {
  readonly #reader: TapeLineReader;
  readonly #replay: ReplayMarket;
  #record!: RecordedBook;
  #cursor!: TapeCursor;
  #openedAtMicros = 0;
  #openedAtMs = 0;
  #atMicros = 0;
  #loops = 0;
  #gaps = 0;
  #tradeShift = 0;
  #updateShift = 0;
  #playing = false;
  #ended = false;
  #stopped = false;
  #problem: string | null = null;
  #wake: (() => void) | null = null;
  #stepping: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly exchange: TradingFloor,
    private readonly market: SymbolMarket,
    readonly summary: TapeSummary,
    readonly options: ReplayOptions,
    private readonly hooks: PlayerHooks,
  ) {
    this.#reader = new TapeLineReader(gridOf(market.spec), market.spec.symbol);
    this.#replay = new ReplayMarket(exchange, market, options.queue);
  }

  /** Opens the market with the tape's first complete book and begins to play. @throws TapeError */
  static async open(
    exchange: TradingFloor,
    market: SymbolMarket,
    summary: TapeSummary,
    options: ReplayOptions,
    hooks: PlayerHooks,
  ): Promise<TapePlayer> {
    const player = new TapePlayer(exchange, market, summary, options, hooks);
    await player.#begin();
    if (options.start === 'at_once') player.play();
    return player;
  }

  /** Lets a tape run that waits to be asked; one that runs, or is manual, is not changed. */
  play(): void {
    if (this.#playing || this.options.time === 'manual') return;
    this.#playing = true;
    this.#openedAtMs = this.hooks.clock.now();
    void this.#run();
  }

  /** Applies the next `lines` lines of a manual tape. @returns how many there were */
  step(lines: number): Promise<number> {
    const steps = this.#stepping.then(() => this.#step(lines));
    this.#stepping = steps.catch(() => undefined);
    return steps;
  }

  /** Ends the replay; what the book shows stays until {@link close}. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#wake?.();
    void this.#cursor.close();
  }

  /** Ends the replay and takes the recorded quantity off the book. */
  close(): void {
    this.stop();
    this.#replay.close();
    this.market.continueAboveRecorded();
  }

  describe(): Record<string, unknown> {
    const { file, lines, skipped, ignored, firstAt, lastAt } = this.summary;
    const { speed, end, queue, time } = this.options;
    return {
      file,
      speed,
      end,
      queue,
      time,
      line: this.#cursor.line,
      ofLines: lines,
      seconds: seconds(this.#atMicros - firstAt),
      ofSeconds: seconds(lastAt - firstAt),
      at: new Date(this.#atMicros / 1_000).toISOString(),
      skipped,
      ignored,
      gaps: this.#gaps + this.#record.gaps,
      loops: this.#loops,
      playing: this.#playing && !this.#ended,
      ended: this.#ended,
      problem: this.#problem,
    };
  }

  async #run(): Promise<void> {
    try {
      while (!this.#isStopped()) {
        const beganAt = this.hooks.clock.now();
        await this.#playToEnd();
        if (this.#isStopped()) return;
        if (this.options.end !== 'loop') return this.#end();
        const early = SHORTEST_LOOP_MS - (this.hooks.clock.now() - beganAt);
        if (early > 0) await this.#sleep(early);
        if (!this.#isStopped()) await this.#again();
      }
    } catch (error) {
      this.#break(error);
    }
  }

  async #playToEnd(): Promise<void> {
    const { clock } = this.hooks;
    let turnBegan = clock.now();
    for (;;) {
      while (this.#cursor.advance()) {
        const isEarly = this.#msUntilDue() >= 1;
        if (isEarly || clock.now() - turnBegan > TURN_MS) {
          if (isEarly) await this.#sleepUntilDue();
          else await new Promise(setImmediate);
          if (this.#isStopped()) return;
          turnBegan = clock.now();
        }
        this.#apply();
      }
      if (!(await this.#cursor.more()) || this.#isStopped()) return;
    }
  }

  async #step(lines: number): Promise<number> {
    let done = 0;
    while (done < lines && !this.#ended && !this.#stopped) {
      if (this.#cursor.advance()) {
        this.#apply();
        done += 1;
      } else if (!(await this.#cursor.more())) {
        if (this.options.end === 'loop') await this.#again();
        else this.#end();
      }
    }
    return done;
  }

  /** Reads up to the first complete book and opens the market with it. */
  async #begin(): Promise<void> {
    const { summary, market } = this;
    this.#cursor = new TapeCursor(summary.file, this.#reader);
    const scratch = new ScratchBook();
    this.#record = new RecordedBook(scratch);
    while (!(await this.#fillUntilReady(scratch)));
    if (this.#isStopped()) return;
    this.#tradeShift = shiftAbove(
      summary.tradeIds.first,
      Math.max(market.recordedTradeId, market.lastTradeId + OWN_ID_RANGE),
    );
    this.#updateShift = shiftAbove(summary.updateIds.first, market.updateId);
    this.#replay.atMicros = this.#atMicros;
    this.exchange.applyRecord(market, 'begins', () => this.#replay.open(scratch.levels()));
    this.#record.target = this.#replay;
    this.#openedAtMicros = this.#atMicros;
    this.#openedAtMs = this.hooks.clock.now();
  }

  /** @returns whether the book is ready, or the tape is at its end */
  async #fillUntilReady(scratch: ScratchBook): Promise<boolean> {
    const { firstAt, lastAt } = this.summary;
    const isShort = lastAt - firstAt < READY_MICROS;
    while (this.#cursor.advance()) {
      const line = this.#reader;
      this.#atMicros = Math.max(this.#atMicros, line.atMicros);
      this.#showBook();
      const levels = Math.min(scratch.book.count('BUY'), scratch.book.count('SELL'));
      if (levels >= READY_LEVELS || this.#atMicros - firstAt >= READY_MICROS) return true;
      if (levels > 0 && (isShort || this.#record.hasSnapshot)) return true;
    }
    return !(await this.#cursor.more());
  }

  /** What the line at hand says about the book. @returns whether it says anything */
  #showBook(): boolean {
    const line = this.#reader;
    const { symbol } = this.summary;
    if (line.kind === 'snapshot') {
      if ((line.symbol || symbolOfSnapshot(this.summary, line.updateId)) !== symbol) return false;
      this.#record.snapshot(line);
    } else if (line.symbol !== symbol) return false;
    else if (line.kind === 'ticker') this.#record.ticker(line);
    else if (line.kind === 'depth') this.#record.depth(line);
    else return false;
    return true;
  }

  #apply(): void {
    const line = this.#reader;
    const { market } = this;
    this.#atMicros = Math.max(this.#atMicros, line.atMicros);
    this.#replay.atMicros = this.#atMicros;
    this.exchange.applyRecord(market, this.#cursor.line, () => {
      if (line.kind === 'trade' && line.symbol === this.summary.symbol)
        return this.#replay.trade(line.ticks, line.lots, line.buyerIsMaker, line.tradeId + this.#tradeShift);
      market.recordedUpdate(line.updateId + this.#updateShift, () => this.#showBook());
    });
  }

  /** The tape from its beginning, with ids above those that were used. */
  async #again(): Promise<void> {
    this.#gaps += this.#record.gaps;
    this.#loops += 1;
    this.#atMicros = 0;
    await this.#begin();
  }

  #end(): void {
    this.#ended = true;
    if (this.options.end === 'stop') this.#replay.close();
  }

  #break(error: unknown): void {
    if (this.#stopped) return;
    this.#ended = true;
    this.#problem = error instanceof Error ? error.message : String(error);
    this.hooks.onProblem(error);
  }

  /** Of the line at hand. */
  #msUntilDue(): number {
    const onTape = (this.#reader.atMicros - this.#openedAtMicros) / 1_000;
    return this.#openedAtMs + onTape / this.options.speed - this.hooks.clock.now();
  }

  /** Timers may be early by part of a millisecond; a stop ends it at once. */
  async #sleepUntilDue(): Promise<void> {
    for (let wait = this.#msUntilDue(); wait >= 1 && !this.#stopped; wait = this.#msUntilDue()) await this.#sleep(wait);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.hooks.clock.after(ms, resolve);
      this.#wake = () => {
        callOff();
        resolve();
      };
    });
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}

/** The least multiple of the shift that lifts `first` above `used`. */
function shiftAbove(first: number, used: number): number {
  return first > used ? 0 : Math.ceil((used + 1 - first) / ID_SHIFT) * ID_SHIFT;
}

function seconds(micros: number): number {
  return Math.max(0, Math.round(micros / 1_000) / 1_000);
}
