const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Monday, 5 January 1970: the vendor's weeks begin on Mondays. */
const FIRST_MONDAY = 4 * DAY;

const LENGTHS: Readonly<Record<string, number>> = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '3d': 3 * DAY,
};

/** One of the vendor's candle lengths. */
export interface KlineInterval {
  readonly name: string;
  /** When the candle that covers `at` begins, ms since 1970. */
  openOf(at: number): number;
  /** When the candle after the one that begins at `openAt` begins. */
  nextOf(openAt: number): number;
}

/**
 * @param offsetMs how far before those of UTC its days begin
 * @returns null for a length that the vendor does not have
 */
export function klineInterval(name: string, offsetMs = 0): KlineInterval | null {
  if (name === '1M') return shifted(name, offsetMs, monthOf, (openAt) => monthOf(openAt, 1));
  if (name === '1w')
    return shifted(
      name,
      offsetMs,
      (at) => floorTo(at - FIRST_MONDAY, WEEK) + FIRST_MONDAY,
      (openAt) => openAt + WEEK,
    );
  const length = Object.hasOwn(LENGTHS, name) ? LENGTHS[name] : undefined;
  if (length === undefined) return null;
  return shifted(
    name,
    offsetMs,
    (at) => floorTo(at, length),
    (openAt) => openAt + length,
  );
}

function shifted(
  name: string,
  offsetMs: number,
  openOf: (at: number) => number,
  nextOf: (openAt: number) => number,
): KlineInterval {
  return {
    name,
    openOf: (at) => openOf(at + offsetMs) - offsetMs,
    nextOf: (openAt) => nextOf(openAt + offsetMs) - offsetMs,
  };
}

function monthOf(at: number, later = 0): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later);
}

function floorTo(at: number, length: number): number {
  return Math.floor(at / length) * length;
}
