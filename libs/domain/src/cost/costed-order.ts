import type { Interval, PlanVersion } from '../execution/contract.js';
import type { Instrument, Side } from '../instrument/instrument.js';
import type { MarketSample } from '../market-data/market-samples.js';
import type { Decimal, Price, Quantity } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';
import type { VolumeProfile } from '../trajectory/volume-profile.js';
import type { HeldTimes } from './held-times.js';

/** One booked fill as its row tells it. */
export interface BookedTrade {
  /** `BTCUSDT.sim`. */
  readonly instrument: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly role: 'maker' | 'taker';
  /** Null for a fee in an asset of neither side. */
  readonly feeQuote: Decimal | null;
  /** Such a fee, and the instrument whose mid is its price in quote; null where there is no such instrument. */
  readonly otherFee: { readonly amount: Decimal; readonly asset: string; readonly instrument: string | null } | null;
  /** By the venue. */
  readonly at: EpochMs;
}

/** All that the cost of one order is computed from, but for the market. */
export interface CostedOrder {
  readonly side: Side;
  readonly sizing: 'base' | 'quote';
  /** In the target token. */
  readonly orderQty: Decimal;
  /** Each once, that of the first account first: its mid is the order's. */
  readonly instruments: readonly [string, ...string[]];
  /** What their venues take at least, of those that are still listed. */
  readonly rules: readonly Pick<Instrument, 'lot' | 'minQty' | 'minNotional'>[];
  readonly activatedAt: EpochMs;
  /** When it ended; now while it runs. */
  readonly until: EpochMs;
  readonly finisherFrom: EpochMs | null;
  /** Where active time stands still. */
  readonly inactive: readonly Interval[];
  readonly arrival: Price | null;
  /** The signal's reference price; null: the arrival price stands for it. */
  readonly decision: Price | null;
  readonly start: Price | null;
  readonly end: Price | null;
  /** Public volume in active time, all of it and of others. */
  readonly marketBase: Decimal | null;
  readonly marketQuote: Decimal | null;
  readonly othersBase: Decimal | null;
  readonly fills: readonly BookedTrade[];
  readonly plans: readonly PlanVersion[];
  readonly profiles: ReadonlyMap<string, VolumeProfile>;
  readonly alphaTilt: Decimal;
  readonly discretion: Decimal;
  /** When child orders were due and when they were sent, where both are known. */
  readonly sent: readonly { readonly dueAt: EpochMs; readonly sentAt: EpochMs }[];
  readonly held: HeldTimes;
}

/** Samples by instrument and second. */
export type SamplesOf = ReadonlyMap<string, ReadonlyMap<number, MarketSample>>;
