import { sideSign, type Side } from '../instrument/instrument.js';
import { Dec, ZERO, type Decimal, type Notional, type Price, type Quantity } from '../numeric/decimal.js';
import type { CostFill } from './cost-fill.js';
import { fillFigures, wholeFillsOf, type FillFigures } from './fill-figures.js';
import { lnRatio } from './ln-ratio.js';
import { combine, given, inBps, known, unknown, type Measure } from './measure.js';
import { executedOf, type WholeFills } from './whole-fills.js';

/** Prices and volumes an order is measured against; null where nobody knew them. */
export interface CostBenchmarks {
  /** Mid at acceptance. */
  readonly arrival: Price | null;
  /** The signal's reference price; the arrival price without one. */
  readonly decision: Price | null;
  /** Mid at the first active instant, and at the end. */
  readonly start: Price | null;
  readonly end: Price | null;
  /** Volume-weighted price of all public trades, of those of others, and time-weighted mid, over the active time. */
  readonly marketVwap: Price | null;
  readonly othersVwap: Price | null;
  readonly marketTwap: Price | null;
  /** V_o: public base volume in active time without our own. */
  readonly othersVolume: Quantity | null;
}

/** Nothing of them is known. */
export const NO_BENCHMARKS: CostBenchmarks = {
  ...{ arrival: null, decision: null, start: null, end: null },
  ...{ marketVwap: null, othersVwap: null, marketTwap: null, othersVolume: null },
};

export interface CostInput {
  readonly side: Side;
  /** Q in the target token; a quote-sized order counts as Q / P_d base units. */
  readonly orderQty: Decimal;
  readonly sizing: 'base' | 'quote';
  readonly fills: readonly CostFill[];
  readonly benchmarks: CostBenchmarks;
}

/** What an order has executed, added up. */
export interface ExecutedTotals {
  readonly side: Side;
  /** X in base, its quote notional N, and the part of it that was made. */
  readonly executed: Decimal;
  readonly notional: Decimal;
  readonly makerNotional: Decimal;
  /** In quote. */
  readonly fees: Measure;
}

/** Figures that need no more of the fills than their totals. */
export interface CostOfTotals {
  /** N / X, in price. */
  readonly average: Measure;
  readonly arrivalBps: Measure;
  /** Against all public trades, our own included, and against those of others. */
  readonly vwapBps: Measure;
  readonly othersVwapBps: Measure;
  readonly twapBps: Measure;
  readonly departureBps: Measure;
  readonly intervalReturnBps: Measure;
  /** X / (V_o + X) and maker notional / N, in [0, 1]. */
  readonly participation: Measure;
  readonly makerRatio: Measure;
  readonly feeBps: Measure;
  /** Arrival slippage with fees. */
  readonly allInBps: Measure;
}

/** Transaction costs of an order (algorithms.md 9). Positive is cost; bps unless said otherwise. */
export interface TransactionCost extends CostOfTotals, FillFigures {
  /** Executed base quantity X and its quote notional N. */
  readonly executed: Quantity;
  readonly notional: Notional;
  readonly shortfall: Shortfall;
}

/** Components of the implementation shortfall, in quote; they add up to `total` exactly (I15). */
export interface Shortfall {
  readonly delay: Measure;
  readonly trading: Measure;
  readonly opportunity: Measure;
  readonly fees: Measure;
  readonly total: Measure;
  readonly totalBps: Measure;
  /** Quote notional that the bps refer to: Q * P_d. */
  readonly basis: Measure;
}

const BPS = new Dec(10_000);

/** Measures one order. Figures that need a fill are missing, with a reason, while there is none. */
export function transactionCost({ fills, ...order }: CostInput): TransactionCost {
  return costOfWhole(wholeFillsOf(fills), order);
}

/** The same of fills that are read already. */
export function costOfWhole(fills: WholeFills<CostFill>, order: Omit<CostInput, 'fills'>): TransactionCost {
  const { side, benchmarks } = order;
  const { executed, notional, makerNotional } = executedOf(fills);
  const fees = feesOf(fills);
  return {
    ...costOfTotals({ side, executed, notional, makerNotional, fees }, benchmarks),
    ...fillFigures(fills, sideSign(side)),
    executed,
    notional,
    shortfall: shortfallOf(order, executed, notional, fees),
  };
}

/** The same figures of an order whose totals are known and whose fills need not be read. */
export function costOfTotals(
  { side, executed, notional, makerNotional: made, fees }: ExecutedTotals,
  benchmarks: CostBenchmarks,
): CostOfTotals {
  const sign = sideSign(side);
  const average = executed.gt(ZERO) ? known(notional.div(executed)) : unknown('nothing was executed');
  const against = (price: Price | null, name: string): Measure =>
    combine([average, given(price, name)], (mean = ZERO, reference = ZERO) => logBps(sign, mean, reference));
  const arrivalBps = against(benchmarks.arrival, 'arrival price');
  const feeBps = combine([average, fees], (_, paid = ZERO) => paid.mul(BPS).div(notional));
  return {
    average,
    arrivalBps,
    vwapBps: against(benchmarks.marketVwap, 'market VWAP'),
    othersVwapBps: against(benchmarks.othersVwap, 'VWAP of others'),
    twapBps: against(benchmarks.marketTwap, 'market TWAP'),
    departureBps: against(benchmarks.end, 'end price'),
    intervalReturnBps: combine(
      [average, given(benchmarks.end, 'end price'), given(benchmarks.arrival, 'arrival price')],
      (_, end = ZERO, arrival = ZERO) => logBps(sign, end, arrival),
    ),
    participation: combine([average, given(benchmarks.othersVolume, 'market volume')], (_, others = ZERO) =>
      executed.div(others.add(executed)),
    ),
    makerRatio: combine([average], () => made.div(notional)),
    feeBps,
    allInBps: combine([arrivalBps, feeBps], (slippage = ZERO, fee = ZERO) => slippage.add(fee)),
  };
}

/** s * ln(price / reference) in bps. */
function logBps(sign: 1 | -1, price: Decimal, reference: Decimal): Decimal {
  return lnRatio(price, reference).mul(BPS).mul(sign);
}

function feesOf(fills: WholeFills<CostFill>): Measure {
  let sum: Decimal = ZERO;
  for (const { feeQuote, feeAsset } of fills.all.map(({ fill }) => fill)) {
    if (feeQuote === null) return unknown(`no mid of ${feeAsset ?? 'the asset of a fee'} at a fill`);
    sum = sum.add(feeQuote);
  }
  return known(sum);
}

/**
 * Delay + trading + opportunity + fees. All four are sums of products, so they add up to
 * s * (N + (Q - X) * P_e - Q * P_d) + fees in exact decimal. For a quote-sized order Q is Q / P_d, which
 * is rounded once and then used throughout.
 */
function shortfallOf(
  input: Omit<CostInput, 'fills'>,
  executed: Quantity,
  notional: Notional,
  fees: Measure,
): Shortfall {
  const { benchmarks, sizing } = input;
  const sign = sideSign(input.side);
  const decision = given(benchmarks.decision ?? benchmarks.arrival, 'decision price');
  const end = given(benchmarks.end, 'end price');
  const start = executed.isZero() ? decision : given(benchmarks.start, 'start price');
  const base = combine([decision], (at = ZERO) => (sizing === 'base' ? input.orderQty : baseQuantity(input, at)));
  const delay = combine([decision, start], (at = ZERO, first = ZERO) => first.sub(at).mul(executed).mul(sign));
  const trading = combine([start], (first = ZERO) => notional.sub(first.mul(executed)).mul(sign));
  const opportunity = combine([base, decision, end], (whole = ZERO, at = ZERO, last = ZERO) =>
    last.sub(at).mul(whole.sub(executed)).mul(sign),
  );
  const total = combine([delay, trading, opportunity, fees], (...parts) =>
    parts.reduce((sum, part) => sum.add(part), ZERO),
  );
  const basis = combine([base, decision], (whole = ZERO, at = ZERO) => whole.mul(at));
  return { delay, trading, opportunity, fees, total, totalBps: inBps(total, basis), basis };
}

const BASE_PLACES = 18;

function baseQuantity(input: Omit<CostInput, 'fills'>, decision: Decimal): Decimal {
  return input.orderQty.div(decision).toDecimalPlaces(BASE_PLACES, Dec.ROUND_HALF_EVEN);
}
