import type { Price } from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';

/** Ten minutes. */
export const PRICE_SECONDS_KEPT = 600;
/** Each second has its place among these; the one that is not over has one besides. */
export const PRICE_SLOTS = PRICE_SECONDS_KEPT + 1;
/** Times between more holes than this are forgotten, the oldest first. */
const MAX_WHOLE_TIMES = 50;

/** Where a price was in one second; a second without a price has none. */
export interface SecondRange {
  /** Since 1970, by the database's clock. */
  readonly second: number;
  readonly low: Price;
  readonly high: Price;
  /** Number of the newest update that tells of it. */
  readonly seq: number;
}

/** From when until when every price is in the ranges. */
export interface WholeTime {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** The last ten minutes of a price. */
export interface PriceHistory {
  /** Number of the newest update: all prices until it are in. */
  readonly seq: number;
  /** Oldest first, apart from each other. */
  readonly whole: readonly WholeTime[];
  readonly seconds: readonly SecondRange[];
}

/** Where a price was since some time. */
export interface PriceRange {
  /** Null: there was no price since. */
  readonly low: Price | null;
  readonly high: Price | null;
  /** Updates with higher numbers are not in. */
  readonly seq: number;
  /** Until when the prices are known; null: not at all. */
  readonly until: EpochMs | null;
  /** Whether no price between since when and `until` is missing. */
  readonly isWhole: boolean;
}

/**
 * The range of a price since a time, in whole seconds: that of `since` counts as well.
 * @param seen number of the newest update whose prices are known: seconds that no later one tells of are left out, too
 */
export function rangeSince(
  { seq, whole, seconds }: PriceHistory,
  since: EpochMs,
  seen: number | null = null,
): PriceRange {
  let [low, high]: [Price | null, Price | null] = [null, null];
  for (const one of seconds) {
    if (one.second < secondOf(since) || (seen !== null && one.seq <= seen)) continue;
    if (low === null || one.low.lt(low)) low = one.low;
    if (high === null || one.high.gt(high)) high = one.high;
  }
  const last = whole.at(-1);
  return { low, high, seq, until: last?.to ?? null, isWhole: last !== undefined && last.from <= since };
}

export const secondOf = (at: EpochMs): number => Math.floor(at / 1_000);
export const slotOf = (second: number): number => second % PRICE_SLOTS;

type Range = Pick<SecondRange, 'second' | 'low' | 'high'>;

interface Kept extends Range {
  /** Null while not all of it is told. */
  readonly seq: number | null;
}

/** Keeps the range of each second, and since when none of them is missing. */
export class PriceSeconds {
  private readonly slots = new Map<number, Kept>();
  /** Slots with prices that are not told yet. */
  private readonly changed = new Set<number>();
  private times: { readonly from: EpochMs; to: EpochMs }[] = [];
  private isBroken = true;
  /** The first of the times goes on where the history of another ends. */
  private continues = false;

  get isChanged(): boolean {
    return this.changed.size > 0;
  }

  get whole(): readonly WholeTime[] {
    return this.times.map(({ from, to }) => ({ from, to }));
  }

  /** Until when every price is in; null while that is not known of any time. */
  get wholeUntil(): EpochMs | null {
    return this.times.at(-1)?.to ?? null;
  }

  add(price: Price, at: EpochMs): void {
    this.widen({ second: secondOf(at), low: price, high: price });
  }

  /** Every price until now was heard, since the last {@link lose}. */
  stillWhole(at: EpochMs): void {
    const last = this.times.at(-1);
    if (this.isBroken || last === undefined) this.times.push({ from: at, to: at });
    else if (at > last.to) last.to = at;
    this.isBroken = false;
    this.forget(at);
  }

  /** Prices may go by from now on. */
  lose(): void {
    this.isBroken = true;
  }

  /** All that went by is in now, also what went by before we came. */
  regain(at: EpochMs): void {
    if (this.times.length === 0) this.continues = true;
    else this.isBroken = false;
    this.stillWhole(at);
  }

  /** Takes in what another kept; what that lacks is to be told. */
  merge({ seconds, whole }: PriceHistory): void {
    for (const slot of this.slots.keys()) this.changed.add(slot);
    for (const theirs of seconds) {
      this.widen(theirs);
      const slot = slotOf(theirs.second);
      const own = this.slots.get(slot);
      if (own?.second !== theirs.second || !own.low.eq(theirs.low) || !own.high.eq(theirs.high)) continue;
      this.slots.set(slot, theirs);
      this.changed.delete(slot);
    }
    const [last, first] = [whole.at(-1), this.times[0]];
    const isBridged = this.continues && last !== undefined && first !== undefined && last.to < first.from;
    this.times = united([...whole, ...this.times, ...(isBridged ? [{ from: last.to, to: first.from }] : [])]);
    this.continues = false;
  }

  /** Those that are to be told, at most `limit`, with the update of number `seq`; what was told before keeps its number. */
  take(seq: number, limit: number): SecondRange[] {
    return [...this.changed].slice(0, limit).map((slot) => {
      const own = this.slots.get(slot) as Kept;
      const told = { ...own, seq: own.seq ?? seq };
      this.slots.set(slot, told);
      this.changed.delete(slot);
      return told;
    });
  }

  /** They may not have been told. */
  giveBack(seconds: readonly SecondRange[]): void {
    for (const range of seconds) if (this.slots.get(slotOf(range.second))?.second === range.second) this.widen(range);
  }

  private widen({ second, low, high }: Range): void {
    const slot = slotOf(second);
    const own = this.slots.get(slot);
    if (own !== undefined && own.second > second) return; // of before what is kept
    const range =
      own?.second === second
        ? { low: low.lt(own.low) ? low : own.low, high: high.gt(own.high) ? high : own.high }
        : { low, high };
    if (own?.second !== second || own.seq !== null || range.low !== own.low || range.high !== own.high) {
      this.slots.set(slot, { second, ...range, seq: null });
    }
    this.changed.add(slot);
  }

  /** Times of before what is kept. */
  private forget(now: EpochMs): void {
    const oldest = epochMs((secondOf(now) - PRICE_SECONDS_KEPT + 1) * 1_000);
    const [first] = this.times;
    if (first === undefined || (first.from >= oldest && this.times.length <= MAX_WHOLE_TIMES)) return;
    const kept = this.times.filter(({ to }) => to >= oldest).slice(-MAX_WHOLE_TIMES);
    if (kept[0] !== first) this.continues = false;
    this.times = kept.map(({ from, to }) => ({ from: from < oldest ? oldest : from, to }));
  }
}

/** The same times, joined where they touch. */
function united(times: readonly WholeTime[]): { readonly from: EpochMs; to: EpochMs }[] {
  const joined: { readonly from: EpochMs; to: EpochMs }[] = [];
  for (const { from, to } of times.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last === undefined || from > last.to) joined.push({ from, to });
    else if (to > last.to) last.to = to;
  }
  return joined.slice(-MAX_WHOLE_TIMES);
}
