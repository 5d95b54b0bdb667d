import type { MarketSnapshot } from '../market-data/snapshot.js';
import { Dec, type Decimal, type Price } from '../numeric/decimal.js';
import type { Side } from '../instrument/instrument.js';
import type { EpochMs } from '../time/clock.js';
import type { RiskLimits } from './risk-limits.js';

/** The market as the gate was told of it before its transaction began; its age is judged inside. */
export interface GateReference {
  /** Best prices; null where a side is empty or the book is not held to be right. */
  readonly bid: Price | null;
  readonly ask: Price | null;
  /** Database clock: when the book was last known to be right. */
  readonly at: EpochMs;
  /** Median of the mid over the last 60 s; null while there is none: no jump is seen then. */
  readonly medianMid60: Price | null;
  /** The mid at the beginning of the drift window; null while nothing is known of it. */
  readonly windowMid: Price | null;
}

/** A published snapshot as a reference; null when it never held a book. `windowMid` is remembered by the caller. */
export function referenceOf(snapshot: MarketSnapshot | null, windowMid: Price | null): GateReference | null {
  if (snapshot === null || snapshot.at === null) return null;
  const isLive = snapshot.status === 'live';
  return {
    bid: (isLive ? snapshot.bids[0]?.price : undefined) ?? null,
    ask: (isLive ? snapshot.asks[0]?.price : undefined) ?? null,
    at: snapshot.at,
    medianMid60: snapshot.medianMid60,
    windowMid,
  };
}

export type ReferenceVerdict =
  | { readonly kind: 'accepted'; readonly mid: Decimal; readonly ageMs: number; readonly jumpPct: Decimal | null }
  | { readonly kind: 'stale'; readonly ageMs: number | null }
  | { readonly kind: 'crossed'; readonly bid: Price; readonly ask: Price; readonly ageMs: number };

/** RC-04: how good the reference is at `now`. A jump is told, not judged: reducing orders pass it. */
export function judgeReference(
  reference: GateReference | null,
  limits: Pick<RiskLimits, 'referenceMaxAgeMs'>,
  now: EpochMs,
): ReferenceVerdict {
  if (reference === null) return { kind: 'stale', ageMs: null };
  const ageMs = Math.max(0, now - reference.at);
  const { bid, ask, medianMid60 } = reference;
  if (ageMs > limits.referenceMaxAgeMs || bid === null || ask === null) return { kind: 'stale', ageMs };
  if (bid.gte(ask)) return { kind: 'crossed', bid, ask, ageMs };
  const mid = bid.add(ask).div(2);
  const jumpPct = medianMid60 === null ? null : mid.sub(medianMid60).abs().div(medianMid60).mul(100);
  return { kind: 'accepted', mid, ageMs, jumpPct };
}

/** Percent by which a price is worse than a reference for the side; negative where it is better. */
export function worseByPct(side: Side, price: Decimal, reference: Decimal): Decimal {
  const worse = side === 'buy' ? price.sub(reference) : reference.sub(price);
  return worse.div(reference).mul(100);
}

/** The worst price that stands `pct` percent from a reference. */
export function collarPrice(side: Side, reference: Decimal, pct: Decimal): Decimal {
  const part = new Dec(pct).div(100);
  return reference.mul(side === 'buy' ? part.add(1) : new Dec(1).sub(part));
}
