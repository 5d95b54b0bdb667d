import type { Side } from '../instrument/instrument.js';
import {
  addQuantity,
  notionalOf,
  ZERO_NOTIONAL,
  ZERO_QUANTITY,
  type Notional,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import { epochMs, type EpochMs } from '../time/clock.js';

export const MINUTE_MS = 60_000;

/** Of the venue: what it calls a trade, and its time. */
export interface TradeMark {
  readonly id: string;
  readonly at: EpochMs;
}

/** What was traded in one minute of an instrument, in the order of the venue's numbers. */
export interface MinuteBar {
  /** Begin of the minute, UTC. */
  readonly minute: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** Sum of quantities, in the base asset. */
  readonly base: Quantity;
  /** Sum of price times quantity, in the quote asset. */
  readonly quote: Notional;
  readonly trades: number;
  /** The part of it that takers bought; null where it was not noted from the first trade on. */
  readonly bought: { readonly base: Quantity; readonly quote: Notional; readonly trades: number } | null;
  /** The first and the last trade; null where they were not noted. */
  readonly first: TradeMark | null;
  readonly last: TradeMark | null;
  /** False when trades of the minute are known or suspected to be missing. */
  readonly complete: boolean;
}

/** Bars as prints make them. A minute without a trade has no bar. */
export interface MinuteBars {
  /** The minute that prints are added to; null between two. */
  readonly open: MinuteBar | null;
  /** Over, oldest first, and not written down yet. */
  readonly closed: readonly MinuteBar[];
  /** Begin of the newest minute that is over; a late print counts in the one after it. */
  readonly over: EpochMs | null;
  /** Prints before the next one are missing: its minute is not complete. */
  readonly hole: boolean;
}

/** Before the first print: what was traded before we listened is missing from its minute. */
export const NO_BARS: MinuteBars = { open: null, closed: [], over: null, hole: true };

interface BarPrint {
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly aggressor: Side;
  readonly venueAt: EpochMs;
}

/** Adds a print that follows all that were added before. One that is late counts in the minute that is open. */
export function addToBars(bars: MinuteBars, print: BarPrint): MinuteBars {
  const { open, closed, over, hole } = bars;
  const own = epochMs(Math.floor(print.venueAt / MINUTE_MS) * MINUTE_MS);
  if (open !== null && own > open.minute) {
    return addToBars({ open: null, closed: [...closed, open], over: open.minute, hole }, print);
  }
  const minute = open?.minute ?? (over !== null && own <= over ? epochMs(over + MINUTE_MS) : own);
  const { price, qty } = print;
  const base = addQuantity(open?.base ?? ZERO_QUANTITY, qty);
  const quote = (open?.quote ?? ZERO_NOTIONAL).add(notionalOf(qty, price)) as Notional;
  const mark: TradeMark = { id: print.id, at: print.venueAt };
  const bar: MinuteBar = {
    minute,
    open: open?.open ?? price,
    high: open === null || price.gt(open.high) ? price : open.high,
    low: open === null || price.lt(open.low) ? price : open.low,
    close: price,
    base,
    quote,
    trades: (open?.trades ?? 0) + 1,
    bought: boughtWith(open === null ? NOTHING_BOUGHT : open.bought, print),
    first: open === null ? mark : open.first,
    last: mark,
    complete: (open?.complete ?? true) && !hole,
  };
  return { open: bar, closed, over, hole: false };
}

const NOTHING_BOUGHT = { base: ZERO_QUANTITY, quote: ZERO_NOTIONAL, trades: 0 };

function boughtWith(bought: MinuteBar['bought'], { price, qty, aggressor }: BarPrint): MinuteBar['bought'] {
  if (bought === null || aggressor === 'sell') return bought;
  return {
    base: addQuantity(bought.base, qty),
    quote: bought.quote.add(notionalOf(qty, price)) as Notional,
    trades: bought.trades + 1,
  };
}

/** Prints were lost between the last one and the next: both their minutes are not complete. */
export function breakBars(bars: MinuteBars): MinuteBars {
  return { ...bars, open: bars.open === null ? null : { ...bars.open, complete: false }, hole: true };
}

/** Ends the open minute when it is over by the clock, for a market in which no later print ends it. */
export function closeBars(bars: MinuteBars, now: EpochMs, graceMs: number): MinuteBars {
  const { open, closed } = bars;
  if (open === null || now < open.minute + MINUTE_MS + graceMs) return bars;
  return { ...bars, open: null, closed: [...closed, open], over: open.minute };
}
