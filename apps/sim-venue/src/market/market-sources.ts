import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange } from '../exchange/exchange.js';
import type { SymbolMarket } from '../exchange/symbol-market.js';
import { ScriptedMarket } from './scripted-market.js';
import { SYNTHETIC_PROFILES, SyntheticMarket } from './synthetic-market.js';

export type SourceRequest =
  | { readonly source: 'scripted' }
  | { readonly source: 'synthetic'; readonly time: 'real' | 'manual'; readonly seed?: number | undefined };

type Source =
  | { readonly kind: 'scripted'; readonly script: ScriptedMarket }
  | {
      readonly kind: 'synthetic';
      readonly crowd: SyntheticMarket;
      readonly time: 'real' | 'manual';
      readonly seed: number;
    };

/** Operations of a real-time crowd per call of `tick`, which comes every 100 ms. */
const STEPS_PER_TICK = 2;
const LAST_PRICES = 'market.json';

/** Which source moves which symbol, and the pace of those that run by the clock. */
export class MarketSources {
  readonly #sources = new Map<string, Source>();
  readonly #lastTicks: Readonly<Record<string, number>>;

  constructor(
    private readonly exchange: Exchange,
    private readonly options: {
      readonly seed: number;
      readonly initial: 'synthetic' | 'scripted';
      /** Where last prices are kept, so that a crowd continues where the price was; null: nowhere. */
      readonly directory: string | null;
    },
  ) {
    this.#lastTicks = options.directory === null ? {} : readLastPrices(options.directory);
  }

  /** Gives every symbol its first source. Symbols without a profile have no crowd and are scripted. */
  start(): void {
    for (const market of this.exchange.markets.values()) {
      const hasCrowd = SYNTHETIC_PROFILES[market.spec.symbol] !== undefined;
      const wanted = this.options.initial === 'synthetic' && hasCrowd;
      this.#open(market, wanted ? { source: 'synthetic', time: 'real' } : { source: 'scripted' });
    }
  }

  /** @returns null, or why the symbol cannot have that source */
  switchTo(market: SymbolMarket, request: SourceRequest): string | null {
    if (request.source === 'synthetic' && SYNTHETIC_PROFILES[market.spec.symbol] === undefined)
      return `source must be scripted for ${market.spec.symbol}, was synthetic: it has no synthetic profile`;
    this.#close(market.spec.symbol);
    this.#open(market, request);
    return null;
  }

  /** @returns the script of this symbol, or null while it has another source */
  scriptOf(symbol: string): ScriptedMarket | null {
    const source = this.#sources.get(symbol);
    return source?.kind === 'scripted' ? source.script : null;
  }

  /** Runs `steps` operations of a crowd that waits for it. @returns whether there is one */
  advance(symbol: string, steps: number): boolean {
    const source = this.#sources.get(symbol);
    if (source?.kind !== 'synthetic' || source.time !== 'manual') return false;
    for (let i = 0; i < steps; i += 1) source.crowd.step();
    return true;
  }

  describe(symbol: string): Record<string, unknown> {
    const source = this.#sources.get(symbol);
    if (source?.kind !== 'synthetic') return { source: 'scripted' };
    return { source: 'synthetic', time: source.time, seed: source.seed };
  }

  /** To be called every 100 ms. */
  tick(): void {
    for (const source of this.#sources.values())
      if (source.kind === 'synthetic' && source.time === 'real')
        for (let i = 0; i < STEPS_PER_TICK; i += 1) source.crowd.step();
  }

  /** After a reset of the exchange: the same sources, from their beginning. */
  restart(): void {
    for (const [symbol, source] of [...this.#sources]) {
      if (source.kind === 'scripted') source.script.stop();
      const market = this.exchange.markets.get(symbol) as SymbolMarket;
      this.#open(market, source.kind === 'scripted' ? { source: 'scripted' } : { source: 'synthetic', ...source });
    }
  }

  stop(): void {
    this.rememberPrices();
    for (const source of this.#sources.values()) if (source.kind === 'scripted') source.script.stop();
  }

  rememberPrices(): void {
    if (this.options.directory === null) return;
    const prices = [...this.exchange.markets.values()].map((market) => [market.spec.symbol, market.referenceTicks()]);
    const path = join(this.options.directory, LAST_PRICES);
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(prices)));
    renameSync(`${path}.new`, path);
  }

  #open(market: SymbolMarket, request: SourceRequest): void {
    const { symbol } = market.spec;
    const profile = SYNTHETIC_PROFILES[symbol];
    if (request.source === 'scripted' || profile === undefined) {
      this.#sources.set(symbol, { kind: 'scripted', script: new ScriptedMarket(this.exchange, market) });
      return;
    }
    const seed = request.seed ?? this.options.seed;
    // A crowd that must repeat starts from its profile, whatever the price was before.
    const startTicks = request.time === 'real' ? (this.#lastTicks[symbol] ?? profile.startTicks) : profile.startTicks;
    const crowd = new SyntheticMarket(this.exchange, market, profile, symbolSeed(seed, symbol), startTicks);
    this.#sources.set(symbol, { kind: 'synthetic', crowd, time: request.time, seed });
    crowd.open();
  }

  #close(symbol: string): void {
    const source = this.#sources.get(symbol);
    if (source?.kind === 'scripted') source.script.close();
    else source?.crowd.close();
  }
}

/** Symbols draw from sequences of their own (FNV-1a over the name). */
function symbolSeed(seed: number, symbol: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const char of symbol) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

function readLastPrices(directory: string): Record<string, number> {
  mkdirSync(directory, { recursive: true });
  let text: string;
  try {
    text = readFileSync(join(directory, LAST_PRICES), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const prices = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(prices).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0),
  );
}
