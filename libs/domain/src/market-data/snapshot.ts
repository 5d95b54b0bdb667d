import type { BookLevel } from '../execution/contract.js';
import {
  decimal,
  notional,
  price,
  quantity,
  toDecimalString,
  ZERO,
  type Decimal,
  type Notional,
  type Price,
  type Quantity,
} from '../numeric/decimal.js';
import type { VenueId } from '../parent-order/ids.js';
import { epochMs, type EpochMs } from '../time/clock.js';

/** Characters of a reason that are told. */
export const MAX_REASON = 500;
/** Levels per side in a published snapshot. */
export const SNAPSHOT_LEVELS = 20;

/** Status of a feed (venues.md A8); all but `live` mean "no market". */
export const FEED_STATUSES = ['connecting', 'syncing', 'live', 'stale', 'resyncing', 'down'] as const;
export type MarketStatus = (typeof FEED_STATUSES)[number];

/** Best bid and offer as the venue tells them, faster than the book; a side without orders is null. */
export interface BestQuotes {
  readonly bid: BookLevel | null;
  readonly ask: BookLevel | null;
  /** Database clock: when they were last known to be right. */
  readonly at: EpochMs;
}

/** Of a perpetual. */
export interface MarkQuote {
  /** The price that margins are counted with. */
  readonly price: Price;
  /** Share of a position's value that longs pay to shorts next; negative the other way round. Null: not told. */
  readonly fundingRate: Decimal | null;
  readonly nextFundingAt: EpochMs | null;
  /** Database clock: when they were last known to be right. */
  readonly at: EpochMs;
}

/** One instrument's market as feed-handler publishes it: the last value is all there is, older ones are gone. */
export interface MarketSnapshot {
  readonly venue: VenueId;
  /** The venue's own name, `BTCUSDT`. */
  readonly symbol: string;
  /** Our name, `BTC-USDT`. */
  readonly pair: string;
  readonly status: MarketStatus;
  /** Why it has this status; null before the first change. */
  readonly reason: string | null;
  /** Database clock: when the book was last known to be right; null while it never was. */
  readonly at: EpochMs | null;
  /** The venue's number of the last change in the book; null without a book. */
  readonly seq: number | null;
  /** Best first; empty without a book, and while the status is another than `live`. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** Half of best bid plus best ask; null while a side is empty, and while the status is another than `live`. */
  readonly mid: Price | null;
  /** Null where the venue tells none apart from its book, and while they are not known. */
  readonly bbo: BestQuotes | null;
  /** Null where the market has none, and while it is not known. */
  readonly mark: MarkQuote | null;
  /** sigma_k of algorithms.md 1 in bps; null until there are 30 returns, see {@link sigmaOrZero}. */
  readonly sigma1Bps: Decimal | null;
  readonly sigma5Bps: Decimal | null;
  readonly sigma10Bps: Decimal | null;
  /** Median of the mid over the last 60 s; null without data: then there is no price-jump check. */
  readonly medianMid60: Price | null;
  readonly lastTradeId: string | null;
  /** Public volume since the feed's epoch; it survives restarts of the feed. */
  readonly cumBaseVolume: Quantity;
  readonly cumQuoteVolume: Notional;
}

/**
 * How a reader takes a sigma that is not known yet: as zero. Every formula that uses it is bounded below, so
 * the collar of a taker falls to its floor of 5 bps and the distance of a maker to the spread: the careful side.
 */
export function sigmaOrZero(sigma: Decimal | null): Decimal {
  return sigma ?? ZERO;
}

/** The snapshot as JSON text; amounts are plain decimal strings. */
export function encodeSnapshot(snapshot: MarketSnapshot): string {
  const text = (value: Decimal | null): string | null => (value === null ? null : toDecimalString(value));
  const level = (l: BookLevel | null) => l && [toDecimalString(l.price), toDecimalString(l.qty)];
  const levels = (side: readonly BookLevel[]) => side.map(level);
  return JSON.stringify({
    v: 1,
    venue: snapshot.venue,
    symbol: snapshot.symbol,
    pair: snapshot.pair,
    status: snapshot.status,
    reason: snapshot.reason,
    at: snapshot.at,
    seq: snapshot.seq,
    bids: levels(snapshot.bids),
    asks: levels(snapshot.asks),
    mid: text(snapshot.mid),
    bbo: snapshot.bbo && {
      bid: level(snapshot.bbo.bid),
      ask: level(snapshot.bbo.ask),
      at: snapshot.bbo.at,
    },
    mark: snapshot.mark && {
      price: text(snapshot.mark.price),
      fundingRate: text(snapshot.mark.fundingRate),
      nextFundingAt: snapshot.mark.nextFundingAt,
      at: snapshot.mark.at,
    },
    sigma1Bps: text(snapshot.sigma1Bps),
    sigma5Bps: text(snapshot.sigma5Bps),
    sigma10Bps: text(snapshot.sigma10Bps),
    medianMid60: text(snapshot.medianMid60),
    lastTradeId: snapshot.lastTradeId,
    cumBaseVolume: text(snapshot.cumBaseVolume),
    cumQuoteVolume: text(snapshot.cumQuoteVolume),
  });
}

export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError';
}

/** @throws InvalidSnapshotError when the text is not a snapshot of version 1: it names the field and what it must be */
export function decodeSnapshot(text: string): MarketSnapshot {
  const fields = objectOf(text);
  const read = <T>(name: string, expected: string, parse: (value: unknown) => T): T => {
    try {
      return parse(fields[name]);
    } catch {
      throw new InvalidSnapshotError(`${name} must be ${expected}, was ${JSON.stringify(fields[name] ?? null)}`);
    }
  };
  const orNull =
    <T>(parse: (value: unknown) => T) =>
    (value: unknown): T | null =>
      value === null ? null : parse(value);
  /** Of what older versions do not say. */
  const orAbsent = <T>(parse: (value: unknown) => T) => {
    const known = orNull(parse);
    return (value: unknown): T | null => known(value ?? null);
  };
  const amount = 'a plain decimal string or null';

  read('v', '1', (value) => check(value === 1));
  return {
    venue: read('venue', 'a non-empty string', (value) => textOf(value) as VenueId),
    symbol: read('symbol', 'a non-empty string', textOf),
    pair: read('pair', 'a non-empty string', textOf),
    status: read('status', FEED_STATUSES.join(', '), statusOf),
    reason: read('reason', 'a text or null', orAbsent(sentenceOf)),
    at: read(
      'at',
      'whole milliseconds or null',
      orNull((value) => epochMs(wholeOf(value))),
    ),
    seq: read('seq', 'a whole number or null', orNull(wholeOf)),
    bids: read('bids', 'a list of [price, quantity], best first', levelsOf),
    asks: read('asks', 'a list of [price, quantity], best first', levelsOf),
    mid: read(
      'mid',
      amount,
      orNull((value) => price(textOf(value))),
    ),
    bbo: read('bbo', 'bid, ask and at, or null', orAbsent(bestQuotesOf)),
    mark: read('mark', 'price, fundingRate, nextFundingAt and at, or null', orAbsent(markOf)),
    sigma1Bps: read(
      'sigma1Bps',
      amount,
      orNull((value) => decimal(textOf(value))),
    ),
    sigma5Bps: read(
      'sigma5Bps',
      amount,
      orNull((value) => decimal(textOf(value))),
    ),
    sigma10Bps: read(
      'sigma10Bps',
      amount,
      orNull((value) => decimal(textOf(value))),
    ),
    medianMid60: read(
      'medianMid60',
      amount,
      orNull((value) => price(textOf(value))),
    ),
    lastTradeId: read('lastTradeId', 'a string or null', orNull(textOf)),
    cumBaseVolume: read('cumBaseVolume', 'a plain decimal string', (value) => quantity(textOf(value))),
    cumQuoteVolume: read('cumQuoteVolume', 'a plain decimal string', (value) => notional(textOf(value))),
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidSnapshotError('a snapshot must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function check(holds: boolean): void {
  if (!holds) throw new InvalidSnapshotError('does not hold');
}

function textOf(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > 128) throw new InvalidSnapshotError('not a text');
  return value;
}

function sentenceOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_REASON) throw new InvalidSnapshotError('not a reason');
  return value;
}

function wholeOf(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new InvalidSnapshotError('not a whole number');
  return value as number;
}

function statusOf(value: unknown): MarketStatus {
  const found = FEED_STATUSES.find((status) => status === value);
  if (found === undefined) throw new InvalidSnapshotError('not a status');
  return found;
}

function levelsOf(value: unknown): BookLevel[] {
  if (!Array.isArray(value) || value.length > SNAPSHOT_LEVELS) throw new InvalidSnapshotError('not a list of levels');
  return value.map(levelOf);
}

function levelOf(row: unknown): BookLevel {
  if (!Array.isArray(row) || row.length !== 2) throw new InvalidSnapshotError('not a level');
  return { price: price(textOf(row[0])), qty: quantity(textOf(row[1])) };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new InvalidSnapshotError('not an object');
  return value as Record<string, unknown>;
}

function bestQuotesOf(value: unknown): BestQuotes {
  const { bid, ask, at } = recordOf(value);
  const side = (level: unknown): BookLevel | null => (level === null ? null : levelOf(level));
  return { bid: side(bid), ask: side(ask), at: epochMs(wholeOf(at)) };
}

function markOf(value: unknown): MarkQuote {
  const { price: px, fundingRate, nextFundingAt, at } = recordOf(value);
  return {
    price: price(textOf(px)),
    fundingRate: fundingRate === null ? null : decimal(textOf(fundingRate)),
    nextFundingAt: nextFundingAt === null ? null : epochMs(wholeOf(nextFundingAt)),
    at: epochMs(wholeOf(at)),
  };
}
