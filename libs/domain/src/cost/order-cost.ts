import { sampleSecond, type MarketSample } from '../market-data/market-samples.js';
import { Dec, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import { addMs, type EpochMs } from '../time/clock.js';
import { activeMs } from '../trajectory/active-time.js';
import { MARKOUT_SECONDS, type CostFill, type MarkoutSeconds } from './cost-fill.js';
import type { BookedTrade, CostedOrder, SamplesOf } from './costed-order.js';
import { wholeFillsOf } from './fill-figures.js';
import type { HeldTimes } from './held-times.js';
import { combine, given, known, unknown, type Measure } from './measure.js';
import { gridOf, tradedBy, trackedPoints, type TrackedOrder } from './plan-tracking.js';
import { trackingError, type TrackingError } from './tracking-error.js';
import { costOfWhole, type TransactionCost } from './transaction-cost.js';
import { executedOf, type Executed } from './whole-fills.js';

/** The cost of one order, algorithms.md 9 whole. */
export interface OrderCost {
  readonly cost: TransactionCost;
  readonly activeMs: number;
  /** What the market traded in active time, our own included, and others' part of it. */
  readonly marketBase: Measure;
  readonly marketQuote: Measure;
  readonly othersBase: Measure;
  readonly marketVwap: Measure;
  readonly marketTwap: Measure;
  /** Against the plans as they were rebased, and against the first one. */
  readonly tracking: TrackingError;
  readonly planTracking: TrackingError;
  /** Sent after due, in ms. */
  readonly latenessMeanMs: Measure;
  readonly latenessMaxMs: Measure;
  readonly held: HeldTimes;
}

const HALF = new Dec('0.5');
/** A sample is taken at most this long after its second began. */
const SAMPLE_LATE_MS = 150;
/** A mid that is missing for longer than this share of the time leaves no mean. */
const MOST_UNKNOWN = 0.1;

/** The second whose sample was surely taken before `at`, and at most 1.15 s before it. */
const secondBefore = (at: EpochMs): number => sampleSecond(addMs(at, -SAMPLE_LATE_MS));
/** The first second whose sample was taken at `at` or later, at most 1.15 s later. */
const secondAfter = (at: EpochMs, seconds: MarkoutSeconds): number => Math.ceil((at + seconds * 1_000) / 1_000);

/** What must be known of the market: seconds by instrument. */
export function samplesWanted(order: CostedOrder): ReadonlyMap<string, readonly number[]> {
  const wanted = new Map<string, Set<number>>(order.instruments.map((instrument) => [instrument, new Set<number>()]));
  const { at } = gridOf(order);
  for (const seconds of wanted.values()) for (const instant of at) seconds.add(sampleSecond(instant));
  for (const fill of order.fills) {
    const seconds = wanted.get(fill.instrument);
    seconds?.add(secondBefore(fill.at));
    for (const horizon of MARKOUT_SECONDS) seconds?.add(secondAfter(fill.at, horizon));
    const feeIn = fill.otherFee?.instrument ?? null;
    if (feeIn === null) continue;
    const ofFee = wanted.get(feeIn) ?? new Set();
    wanted.set(feeIn, ofFee.add(secondBefore(fill.at)));
  }
  return new Map([...wanted].map(([instrument, seconds]) => [instrument, [...seconds]]));
}

/** Measures one order; what is not known of the market leaves its figures null, with the reason. */
export function orderCost(order: CostedOrder, samples: SamplesOf): OrderCost {
  const steps = orderCostInSteps(order, samples);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps, so that whoever takes them can do other things in between: with ten thousand fills it is long. */
export function* orderCostInSteps(order: CostedOrder, samples: SamplesOf): Generator<undefined, OrderCost, undefined> {
  const quotes = quotesOf(samples);
  yield;
  const judged = order.fills.map((fill) => costFill(fill, quotes));
  yield;
  const fills = wholeFillsOf(judged);
  const executed = executedOf(fills);
  const marketBase = publicBase(order, executed);
  const marketQuote = combine([marketBase, given(order.marketQuote, 'public volume')], (_, quote = ZERO) => quote);
  const othersBase = combine([marketBase, given(order.othersBase, 'public volume')], (_, others = ZERO) => others);
  const marketVwap = combine([marketBase, marketQuote], (base = ZERO, quote = ZERO) =>
    base.isZero() ? unknown('nothing was traded in public') : quote.div(base),
  );
  const marketTwap = meanMid(order, quotes);
  yield;
  const cost = costOfWhole(fills, {
    side: order.side,
    sizing: order.sizing,
    orderQty: order.orderQty,
    benchmarks: {
      arrival: order.arrival,
      decision: order.decision ?? order.arrival,
      start: order.start,
      end: order.end,
      marketVwap: marketVwap.value as Price | null,
      othersVwap: marketBase.value === null ? null : othersVwap(order, executed),
      marketTwap: marketTwap.value as Price | null,
      othersVolume: othersBase.value as Quantity | null,
    },
  });
  yield;
  const late = order.sent.map(({ dueAt, sentAt }) => new Dec(Math.max(0, sentAt - dueAt)));
  const lateness = (value: () => Decimal): Measure =>
    late.length === 0 ? unknown('nothing was sent') : known(value());
  const tracked: TrackedOrder = { ...order, traded: tradedBy(order, fills, samples) };
  const byLast = tracking(order, trackedPoints(tracked, order.plans));
  return {
    cost,
    activeMs: activeMs(order.activatedAt, order.until, order.inactive),
    marketBase,
    marketQuote,
    othersBase,
    marketVwap,
    marketTwap,
    tracking: byLast,
    planTracking: order.plans.length < 2 ? byLast : tracking(order, trackedPoints(tracked, order.plans.slice(0, 1))),
    latenessMeanMs: lateness(() => Dec.sum(...late).div(late.length)),
    latenessMaxMs: lateness(() => Dec.max(...late)),
    held: order.held,
  };
}

function tracking(order: CostedOrder, points: ReturnType<typeof trackedPoints>): TrackingError {
  if (points !== null) return trackingError(order.orderQty, points);
  const none = unknown(order.plans.length === 0 ? 'no plan' : 'no public volume');
  return { max: none, rms: none, outside: none };
}

/** Ours are part of what was traded in public: less than them is not all of it. */
function publicBase({ marketBase }: CostedOrder, { executed }: Executed): Measure {
  return marketBase?.lt(executed) === true
    ? unknown('the public volume lacks trades of our own')
    : given(marketBase, 'public volume');
}

/** Public trades without our own: those in the active time, should a few be booked of after it. */
function othersVwap({ marketBase, marketQuote }: CostedOrder, { executed, notional }: Executed): Price | null {
  if (marketBase === null || marketQuote === null) return null;
  const [base, quote] = [marketBase.sub(executed), marketQuote.sub(notional)];
  return base.gt(ZERO) && quote.gt(ZERO) ? (quote.div(base) as Price) : null;
}

interface Quote {
  readonly mid: Price;
  readonly halfSpread: Decimal;
}

/** By instrument and second. */
type Quotes = ReadonlyMap<string, ReadonlyMap<number, Quote>>;

/** Mids of the markets, each computed once however many fills look at it. */
function quotesOf(samples: SamplesOf): Quotes {
  const ofMarket = (seconds: ReadonlyMap<number, MarketSample>): ReadonlyMap<number, Quote> =>
    new Map([...seconds].flatMap(([second, sample]) => quoteOf(second, sample)));
  return new Map([...samples].map(([instrument, seconds]) => [instrument, ofMarket(seconds)]));
}

function quoteOf(second: number, { bid, ask }: MarketSample): [number, Quote][] {
  if (bid === null || ask === null) return [];
  return [[second, { mid: bid.add(ask).mul(HALF) as Price, halfSpread: ask.sub(bid).mul(HALF) }]];
}

function costFill(fill: BookedTrade, quotes: Quotes): CostFill & Pick<BookedTrade, 'at'> {
  const ofInstrument = quotes.get(fill.instrument);
  const before = ofInstrument?.get(secondBefore(fill.at));
  const after = (seconds: MarkoutSeconds): Price | null =>
    ofInstrument?.get(secondAfter(fill.at, seconds))?.mid ?? null;
  return {
    at: fill.at,
    price: fill.price,
    qty: fill.qty,
    role: fill.role,
    feeQuote: fill.feeQuote ?? otherFeeInQuote(fill, quotes),
    feeAsset: fill.otherFee?.asset,
    mid: before?.mid ?? null,
    halfSpread: before?.halfSpread ?? null,
    midAfter: { 1: after(1), 5: after(5), 30: after(30) },
  };
}

/** A fee in an asset of neither side, at the mid that this asset had just before the fill. */
function otherFeeInQuote({ otherFee, at }: BookedTrade, quotes: Quotes): Decimal | null {
  if (otherFee === null || otherFee.instrument === null) return null;
  const quote = quotes.get(otherFee.instrument)?.get(secondBefore(at));
  return quote === undefined ? null : otherFee.amount.mul(quote.mid);
}

/** Time-weighted mid of the active time, sampled; a mid holds until the next one that is known. */
function meanMid(order: CostedOrder, quotes: Quotes): Measure {
  const mids = quotes.get(order.instruments[0]);
  const { at, dt } = gridOf(order);
  let [sum, time, unknownTime]: [Decimal, number, number] = [ZERO, 0, 0];
  let last: Price | null = order.start;
  for (const [index, instant] of at.entries()) {
    const mid = mids?.get(sampleSecond(instant))?.mid ?? null;
    const length = dt[index] ?? 0;
    if (mid === null) unknownTime += length;
    last = mid ?? last;
    if (last === null) continue;
    sum = sum.add(last.mul(length));
    time += length;
  }
  const whole = dt.reduce((total, length) => total + length, 0);
  if (whole === 0) return given(order.start, 'active time');
  if (time === 0 || unknownTime > whole * MOST_UNKNOWN)
    return unknown('the market was not known for a tenth of the time');
  return known(sum.div(time));
}
