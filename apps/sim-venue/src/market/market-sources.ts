import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TradingFloor } from '../floor/trading-floor.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { TapeError } from './replay/tape-error.js';
import { inspectTape, type TapeSummary } from './replay/inspect-tape.js';
import { REAL_CLOCK } from './replay/player-clock.js';
import { TapePlayer, type ReplayOptions } from './replay/tape-player.js';
import { ScriptedMarket } from './scripted-market.js';
import { SyntheticMarket, type SyntheticProfile } from './synthetic-market.js';

export type SourceRequest =
  | { readonly source: 'scripted' }
  | { readonly source: 'synthetic'; readonly time: 'real' | 'manual'; readonly seed?: number | undefined }
  | ({ readonly source: 'replay' } & ReplayRequest);

/** What is not given is as the venue was started with. */
export type ReplayRequest = { readonly [K in keyof ReplayOptions]?: ReplayOptions[K] | undefined } & {
  /** Unset: the tape that the symbol was started with. */
  readonly file?: string | undefined;
};

type Source =
  | { readonly kind: 'scripted'; readonly script: ScriptedMarket }
  | {
      readonly kind: 'synthetic';
      readonly crowd: SyntheticMarket;
      readonly time: 'real' | 'manual';
      readonly seed: number;
    }
  | { readonly kind: 'replay'; readonly player: TapePlayer };

type Request =
  | Exclude<SourceRequest, { source: 'replay' }>
  | { readonly source: 'replay'; readonly summary: TapeSummary; readonly options: ReplayOptions };

export interface MarketSourcesOptions {
  /** How crowds behave, by symbol; a symbol without one has none. */
  readonly profiles: Readonly<Record<string, SyntheticProfile>>;
  readonly seed: number;
  readonly initial: 'synthetic' | 'scripted';
  /** Captures that are replayed from the start, already inspected; their symbols then have no other first source. */
  readonly tapes: readonly TapeSummary[];
  readonly replay: ReplayOptions;
  /** Where last prices are kept, so that a crowd continues where the price was; null: nowhere. */
  readonly directory: string | null;
  /** Name of the file with those prices. */
  readonly pricesFile: string;
  /** A tape broke while it was played. */
  readonly onProblem: (error: unknown) => void;
}

/** Operations of a real-time crowd per call of `tick`, which comes every 100 ms. */
const STEPS_PER_TICK = 2;
/** Operations of a manual crowd before others get a turn: some milliseconds. */
const STEPS_PER_TURN = 2_000;

/** Which source moves which symbol, and the pace of those that run by the clock. */
export class MarketSources {
  readonly #sources = new Map<string, Source>();
  readonly #lastTicks: Readonly<Record<string, number>>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly exchange: TradingFloor,
    private readonly options: MarketSourcesOptions,
  ) {
    this.#lastTicks = options.directory === null ? {} : readLastPrices(options.directory, options.pricesFile);
  }

  /** Gives every symbol its first source. Symbols without a profile have no crowd and are scripted. */
  async start(): Promise<void> {
    const { initial, replay } = this.options;
    for (const market of this.exchange.markets.values()) {
      const hasCrowd = this.options.profiles[market.spec.symbol] !== undefined;
      const tape = this.#tapeOf(market.spec.symbol);
      if (tape !== undefined) await this.#open(market, { source: 'replay', summary: tape, options: replay });
      else if (initial === 'synthetic' && hasCrowd) await this.#open(market, { source: 'synthetic', time: 'real' });
      else await this.#open(market, { source: 'scripted' });
    }
  }

  /** One switch at a time. @returns null, or why the symbol cannot have that source; it then keeps the one it has */
  switchTo(market: SymbolMarket, request: SourceRequest): Promise<string | null> {
    return this.#inTurn(async () => {
      if (request.source === 'synthetic' && this.options.profiles[market.spec.symbol] === undefined)
        return `source must be scripted for ${market.spec.symbol}, was synthetic: it has no synthetic profile`;
      const resolved = request.source === 'replay' ? await this.#inspected(market, request) : request;
      if (typeof resolved === 'string') return resolved;
      this.#close(market.spec.symbol);
      await this.#open(market, resolved);
      return null;
    });
  }

  /** @returns the script of this symbol, or null while it has another source */
  scriptOf(symbol: string): ScriptedMarket | null {
    const source = this.#sources.get(symbol);
    return source?.kind === 'scripted' ? source.script : null;
  }

  /** Runs `steps` operations of a crowd, or lines of a tape, that waits for it. @returns whether there is one */
  async advance(symbol: string, steps: number): Promise<boolean> {
    const source = this.#sources.get(symbol);
    if (source?.kind === 'replay' && source.player.options.time === 'manual') {
      await source.player.step(steps);
      return true;
    }
    if (source?.kind !== 'synthetic' || source.time !== 'manual') return false;
    for (let i = 1; i <= steps && this.#sources.get(symbol) === source; i += 1) {
      source.crowd.step();
      if (i % STEPS_PER_TURN === 0) await new Promise(setImmediate);
    }
    return true;
  }

  /** Lets a tape run that waits to be asked. @returns whether the symbol has a tape */
  play(symbol: string): boolean {
    const source = this.#sources.get(symbol);
    if (source?.kind !== 'replay') return false;
    source.player.play();
    return true;
  }

  describe(symbol: string): Record<string, unknown> {
    const source = this.#sources.get(symbol);
    if (source?.kind === 'replay') return { source: 'replay', ...source.player.describe() };
    if (source?.kind !== 'synthetic') return { source: 'scripted' };
    return { source: 'synthetic', time: source.time, seed: source.seed };
  }

  /** To be called every 100 ms. */
  tick(): void {
    for (const source of this.#sources.values())
      if (source.kind === 'synthetic' && source.time === 'real')
        for (let i = 0; i < STEPS_PER_TICK; i += 1) source.crowd.step();
  }

  /** After a reset of the exchange: the same sources, from their beginning. What moved before stands still at once. */
  async restart(): Promise<void> {
    this.#halt();
    // Those that open without waiting first, so that no other sees the moment without them.
    const sources = [...this.#sources].toSorted(
      ([, a], [, b]) => Number(a.kind === 'replay') - Number(b.kind === 'replay'),
    );
    this.#sources.clear();
    await this.#inTurn(async () => {
      for (const [symbol, source] of sources) {
        const market = this.exchange.markets.get(symbol) as SymbolMarket;
        if (source.kind === 'scripted') await this.#open(market, { source: 'scripted' });
        else if (source.kind === 'synthetic') await this.#open(market, { source: 'synthetic', ...source });
        else
          await this.#open(market, {
            source: 'replay',
            summary: source.player.summary,
            options: source.player.options,
          });
      }
    });
  }

  stop(): void {
    this.rememberPrices();
    this.#halt();
  }

  rememberPrices(): void {
    if (this.options.directory === null) return;
    const prices = [...this.exchange.markets.values()].map((market) => [market.spec.symbol, market.referenceTicks()]);
    const path = join(this.options.directory, this.options.pricesFile);
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(prices)));
    renameSync(`${path}.new`, path);
  }

  async #open(market: SymbolMarket, request: Request): Promise<void> {
    const { symbol } = market.spec;
    const { exchange } = this;
    if (request.source === 'replay') {
      const hooks = { clock: REAL_CLOCK, onProblem: this.options.onProblem };
      const player = await TapePlayer.open(exchange, market, request.summary, request.options, hooks);
      this.#sources.set(symbol, { kind: 'replay', player });
      return;
    }
    const profile = this.options.profiles[symbol];
    if (request.source === 'scripted' || profile === undefined) {
      this.#sources.set(symbol, { kind: 'scripted', script: new ScriptedMarket(exchange, market) });
      return;
    }
    const seed = request.seed ?? this.options.seed;
    // A crowd that must repeat starts from its profile, whatever the price was before.
    const startTicks = request.time === 'real' ? (this.#lastTicks[symbol] ?? profile.startTicks) : profile.startTicks;
    const crowd = new SyntheticMarket(exchange, market, profile, symbolSeed(seed, symbol), startTicks);
    this.#sources.set(symbol, { kind: 'synthetic', crowd, time: request.time, seed });
    crowd.open();
  }

  #close(symbol: string): void {
    const source = this.#sources.get(symbol);
    if (source?.kind === 'scripted') source.script.close();
    else if (source?.kind === 'synthetic') source.crowd.close();
    else source?.player.close();
    this.#sources.delete(symbol);
  }

  /** Ends what moves by itself; books stay as they are. */
  #halt(): void {
    for (const source of this.#sources.values()) {
      if (source.kind === 'scripted') source.script.stop();
      if (source.kind === 'replay') source.player.stop();
    }
  }

  #tapeOf(symbol: string): TapeSummary | undefined {
    return this.options.tapes.find((tape) => tape.symbol === symbol);
  }

  /** @returns the request with its tape inspected, or why it cannot be replayed here */
  async #inspected(market: SymbolMarket, request: ReplayRequest): Promise<Request | string> {
    const { replay } = this.options;
    const { symbol } = market.spec;
    const {
      file = this.#tapeOf(symbol)?.file,
      speed = replay.speed,
      end = replay.end,
      queue = replay.queue,
      time = replay.time,
      start = 'at_once',
    } = request;
    if (file === undefined) return `file must be given: the venue was started without a tape of ${symbol}`;
    const symbols = new Map([...this.exchange.markets].map(([name, { spec }]) => [name, spec]));
    try {
      const summary = await inspectTape(file, symbols, symbol);
      return { source: 'replay', summary, options: { speed, end, queue, time, start } };
    } catch (error) {
      if (error instanceof TapeError) return error.message;
      throw error;
    }
  }

  /** Opening takes time; two at once must not both close what was there. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Symbols draw from sequences of their own (FNV-1a over the name). */
function symbolSeed(seed: number, symbol: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const char of symbol) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

function readLastPrices(directory: string, file: string): Record<string, number> {
  mkdirSync(directory, { recursive: true });
  let text: string;
  try {
    text = readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const prices = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(prices).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0),
  );
}
