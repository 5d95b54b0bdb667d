import type { Notional, Price, Quantity } from '../numeric/decimal.js';
import type { EpochMs } from '../time/clock.js';

/** Minutes of each kind of bar by time (signal-apis.md 2.5); each begins at a multiple of its length since 1970, UTC. */
export const TIME_BAR_MINUTES = {
  '1min': 1,
  '3min': 3,
  '5min': 5,
  '15min': 15,
  '30min': 30,
  '1H': 60,
  '2H': 120,
  '4H': 240,
  '6H': 360,
  '12H': 720,
  D: 1_440,
} as const;
export type TimeBarSubclass = keyof typeof TIME_BAR_MINUTES;

const ALIASES: ReadonlyMap<string, TimeBarSubclass> = new Map([
  ['1m', '1min'],
  ['3m', '3min'],
  ['5m', '5min'],
  ['15m', '15min'],
  ['30m', '30min'],
  ['1h', '1H'],
  ['2h', '2H'],
  ['4h', '4H'],
  ['6h', '6H'],
  ['12h', '12H'],
  ['1d', 'D'],
]);

/** By its name or its alias; null of another. */
export function timeBarSubclass(name: string): TimeBarSubclass | null {
  return Object.hasOwn(TIME_BAR_MINUTES, name) ? (name as TimeBarSubclass) : (ALIASES.get(name) ?? null);
}

/** A part of what was traded in a bar. */
export interface BarShare {
  readonly base: Quantity;
  readonly quote: Notional;
  readonly trades: number;
}

/** What was traded in a time; one in which nothing was traded has no bar. */
export interface TimeBar extends BarShare {
  /** Its begin. */
  readonly at: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  /** What takers bought and sold; null where it was not noted for every minute. */
  readonly bought: BarShare | null;
  readonly sold: BarShare | null;
  /** By the venue's clock. Where they are not known, begin and end of the first and the last minute. */
  readonly firstAt: EpochMs;
  readonly lastAt: EpochMs;
  /** Digits. Where the venue has no such numbers, or they are not known, the first and the last ms of the bar. */
  readonly firstTradeId: string;
  readonly lastTradeId: string;
}
