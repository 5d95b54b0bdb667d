import type { Notional, Price, Quantity } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';

/** Seconds that are kept together. */
export const CHUNK_SECONDS = 10;
/** What was traded up to seven days ago is asked for, and one day more. */
export const SAMPLES_KEPT_MS = 8 * 86_400_000;

/** The market at the first look within a second. */
export interface MarketSample {
  /** Best bid and ask; null while there is no market, or a side is empty. */
  readonly bid: Price | null;
  readonly ask: Price | null;
  /** Public volume since the feed's epoch; null while prints are known to be missing. */
  readonly cumBase: Quantity | null;
  readonly cumQuote: Notional | null;
}

/** Ten seconds of one instrument. */
export interface SampleChunk {
  /** Seconds since 1970, divided by ten. */
  readonly chunk: number;
  /** One per second; null where nobody looked. */
  readonly samples: readonly (MarketSample | null)[];
}

export const sampleSecond = (at: EpochMs): number => Math.floor(at / 1_000);
export const startOfChunk = (chunk: number): EpochMs => epochMs(chunk * CHUNK_SECONDS * 1_000);

/** Takes one sample a second and hands out ten at a time. */
export class MarketSampler {
  private second: number | null = null;
  private open: { readonly chunk: number; readonly samples: (MarketSample | null)[] } | null = null;
  private closed: SampleChunk[] = [];

  /** @param keep chunks that wait at most; the oldest go first */
  constructor(private readonly keep: number) {}

  /** @returns false when the second has its sample, or time went back */
  wants(at: EpochMs): boolean {
    return this.second === null || sampleSecond(at) > this.second;
  }

  /** A second look within the same second changes nothing. */
  take(at: EpochMs, sample: MarketSample): void {
    if (!this.wants(at)) return;
    const second = sampleSecond(at);
    const chunk = Math.floor(second / CHUNK_SECONDS);
    if (this.open?.chunk !== chunk) this.close();
    this.open ??= { chunk, samples: Array.from({ length: CHUNK_SECONDS }, () => null) };
    this.open.samples[second - chunk * CHUNK_SECONDS] = sample;
    this.second = second;
  }

  /** Those that are over, oldest first, and of `last` the one that is not, too. They are handed out once. */
  handOut(last = false): readonly SampleChunk[] {
    if (last) this.close();
    const chunks = this.closed;
    this.closed = [];
    return chunks;
  }

  /** They could not be kept: they are handed out again. */
  handBack(chunks: readonly SampleChunk[]): void {
    this.closed = [...chunks, ...this.closed].slice(-this.keep);
  }

  private close(): void {
    if (this.open !== null) this.closed.push(this.open);
    if (this.closed.length > this.keep) this.closed.shift();
    this.open = null;
  }
}
