import { Dec, type Decimal } from '../numeric/decimal.js';
import { wordsBehindPoint } from '../numeric/whole-units.js';
import { MARKOUT_SECONDS, type CostFill, type MarkoutSeconds, type PerHorizon } from './cost-fill.js';
import { LN_BITS, lnOfWhole } from './ln-ratio.js';
import { known, unknown, type Measure } from './measure.js';
import { WholeFills, type WholeFill } from './whole-fills.js';

/** What is measured fill by fill (algorithms.md 9). */
export interface FillFigures {
  /** Our touch is +1, the opposite touch -1. */
  readonly spreadCapture: Measure;
  /** Notional-weighted s * ln(p / mid after): what the market did to us after our fills. */
  readonly markoutBps: Readonly<Record<CostFill['role'], PerHorizon<Measure>>>;
}

const BPS = 10_000n;

/** Fills in the unit of all prices that they are judged by. */
export function wholeFillsOf<F extends CostFill>(fills: readonly F[]): WholeFills<F> {
  let words = 0;
  const hold = (price: Decimal | null): void => {
    if (price !== null) words = Math.max(words, wordsBehindPoint(price));
  };
  for (const { mid, halfSpread, midAfter } of fills) {
    hold(mid);
    hold(halfSpread);
    for (const seconds of MARKOUT_SECONDS) hold(midAfter[seconds]);
  }
  return new WholeFills(fills, words);
}

/**
 * Measures the fills of an order in whole numbers, with one logarithm per distinct price: ln(p / M) is ln(p / p1) less
 * ln(M / p1), p1 the first fill's price, both good to 35 decimals.
 */
export function fillFigures(fills: WholeFills<CostFill>, sign: 1 | -1): FillFigures {
  const ln = logarithms(fills);
  const ofRole = (role: CostFill['role']): PerHorizon<Measure> => {
    const ours = fills.all.filter(({ fill, notional }) => fill.role === role && notional !== 0n);
    if (ours.length === 0) return perHorizon(() => unknown(`no ${role} fills`));
    const weight = ours.reduce((sum, { notional }) => sum + notional, 0n);
    const atFills = ours.reduce((sum, { price, notional }) => sum + notional * ln.of(price), 0n);
    return perHorizon((seconds) => {
      const later = atMids(ours, seconds, ln);
      if (later === null) return unknown(`no quote ${seconds} s after a fill`);
      return known(quotient(BigInt(sign) * BPS * (atFills - later), weight << LN_BITS));
    });
  };
  return {
    spreadCapture: captured(fills, sign),
    markoutBps: { maker: ofRole('maker'), taker: ofRole('taker') },
  };
}

const perHorizon = <T>(of: (seconds: MarkoutSeconds) => T): PerHorizon<T> => ({ 1: of(1), 5: of(5), 30: of(30) });

/** Sum of p * q * ln M; null where a mid is missing. */
function atMids(fills: readonly WholeFill<CostFill>[], seconds: MarkoutSeconds, ln: Logarithms): bigint | null {
  let sum = 0n;
  for (const { fill, notional } of fills) {
    const mid = fill.midAfter[seconds];
    if (mid === null) return null;
    sum += notional * ln.ofMid(mid);
  }
  return sum;
}

/** Sum of p * q * s * (M - p) / H over the notional; each fill's part is cut off 128 bits below the unit of that. */
function captured(fills: WholeFills<CostFill>, sign: 1 | -1): Measure {
  let [sum, weight] = [0n, 0n];
  for (const { fill, price, notional } of fills.all) {
    const { mid, halfSpread } = fill;
    if (mid === null || halfSpread === null || halfSpread.isZero()) return unknown('no quote before a fill');
    sum += ((notional * (fills.price(mid) - price)) << LN_BITS) / fills.price(halfSpread);
    weight += notional;
  }
  return weight === 0n ? unknown('nothing was executed') : known(quotient(BigInt(sign) * sum, weight << LN_BITS));
}

interface Logarithms {
  /** ln(price / first). */
  of(price: bigint): bigint;
  /** The same of a mid, which several fills look at: it is the same number then, not only an equal one. */
  ofMid(mid: Decimal): bigint;
}

/** Each computed once. */
function logarithms(fills: WholeFills<CostFill>): Logarithms {
  const first = fills.all[0]?.price ?? 1n;
  const of = kept((price: bigint) => lnOfWhole(price, first));
  return { of, ofMid: kept((mid) => of(fills.price(mid))) };
}

function kept<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}

const quotient = (a: bigint, b: bigint): Decimal => new Dec(a.toString()).div(b.toString());
