export type BarType = 'time' | 'tick' | 'volume' | 'dollar';

export const BAR_TYPES = new Map<string, BarType>([
  ['time', 'time'],
  ['tick', 'tick'],
  ['volume', 'volume'],
  ['dollar', 'dollar'],
]);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Lengths of time bars, by the name that Mizar has for them. */
export const TIME_BAR_MS = {
  '1min': MINUTE_MS,
  '3min': 3 * MINUTE_MS,
  '5min': 5 * MINUTE_MS,
  '15min': 15 * MINUTE_MS,
  '30min': 30 * MINUTE_MS,
  '1H': HOUR_MS,
  '2H': 2 * HOUR_MS,
  '4H': 4 * HOUR_MS,
  '6H': 6 * HOUR_MS,
  '12H': 12 * HOUR_MS,
  D: 24 * HOUR_MS,
} as const;
export type TimeSubclass = keyof typeof TIME_BAR_MS;
/** `dynamic`: of all but time bars. */
export type BarSubclass = TimeSubclass | 'dynamic';

const TIME_SUBCLASSES = Object.keys(TIME_BAR_MS) as readonly TimeSubclass[];
/** Names that exchanges have for the same; `1m` is a minute, and there are no months. */
const ALIASES: ReadonlyMap<string, TimeSubclass> = new Map([
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

export function subclassNamed(name: string): BarSubclass | undefined {
  if (name === 'dynamic') return name;
  return TIME_SUBCLASSES.find((one) => one === name) ?? ALIASES.get(name);
}

export function subclassesOf(barType: BarType): readonly BarSubclass[] {
  return barType === 'time' ? TIME_SUBCLASSES : ['dynamic'];
}
