import type { DeskFill } from '../strategies/order-desk.js';
import type { WindowOrder } from '../strategies/window-order.js';
import type { MarketSeries } from './market-series.js';
import { trackingError } from './tracking-error.js';

export interface Fees {
  readonly makerBps: number;
  readonly takerBps: number;
}

/** What is measured of one order, in this order in every table; costs in bps, positive is worse. */
export const MEASURES = [
  'arrival',
  'twap',
  'vwap',
  'fee',
  'allIn',
  'allInVwap',
  'errorMax',
  'errorRms',
  'makerRatio',
  'completion',
  'restAtEnd',
  'actionsPerMinute',
  'halfSpread',
  'sigma1',
] as const;
export type Measure = (typeof MEASURES)[number];
export type RunMeasures = Readonly<Record<Measure, number>>;

export interface RunRecord {
  readonly order: WindowOrder;
  readonly fills: readonly DeskFill[];
  readonly actions: number;
  /** Planned share at u; a straight line where the strategy has no other plan. */
  readonly target: (u: number) => number;
}

/**
 * Measures of one order that ran (algorithms.md 9 and 10). Every strategy is held against the same interval, the
 * window, so that a difference of two of them does not depend on the benchmark.
 *
 * @throws RangeError when nothing was filled, or the window holds no quotes or trades: there is nothing to measure
 */
export function measureRun(
  { order, fills, actions, target }: RunRecord,
  series: MarketSeries,
  fees: Fees,
): RunMeasures {
  const { startAt, durationMs, side, lots } = order;
  const endAt = startAt + durationMs * 1_000;
  const executed = sum(fills, (fill) => fill.lots);
  const notional = sum(fills, (fill) => fill.lots * fill.ticks);
  const made = sum(fills, (fill) => (fill.isMaker ? fill.lots * fill.ticks : 0));
  const [arrivalMid, twapMid] = [series.midAt(startAt), series.timeWeightedMid(startAt, endAt)];
  const vwapPrice = series.volumeWeightedPrice(startAt, endAt);
  const [halfSpread, sigma1] = [series.halfSpreadBps(startAt, endAt), series.sigma1Bps(startAt, endAt)];
  if (
    executed === 0 ||
    arrivalMid === null ||
    twapMid === null ||
    vwapPrice === null ||
    halfSpread === null ||
    sigma1 === null
  )
    throw new RangeError(
      `Order ${order.id}: needs fills, quotes and trades in its window, had ${executed} lots filled`,
    );
  const sign = side === 'buy' ? 1 : -1;
  const costAgainst = (price: number): number => sign * Math.log(notional / executed / price) * 10_000;
  const makerRatio = made / notional;
  const fee = makerRatio * fees.makerBps + (1 - makerRatio) * fees.takerBps;
  const [twap, vwap] = [costAgainst(twapMid), costAgainst(vwapPrice)];
  const inTime = fills.filter(({ at }) => at < endAt);
  const error = trackingError(
    inTime.map((fill) => ({ u: (fill.at - startAt) / (durationMs * 1_000), share: fill.lots / lots })),
    target,
  );
  return {
    arrival: costAgainst(arrivalMid),
    twap,
    vwap,
    fee,
    allIn: twap + fee,
    allInVwap: vwap + fee,
    errorMax: error.max,
    errorRms: error.rms,
    makerRatio,
    completion: executed / lots,
    restAtEnd: 1 - sum(inTime, (fill) => fill.lots) / lots,
    actionsPerMinute: (actions * 60_000) / durationMs,
    halfSpread,
    sigma1,
  };
}

function sum(fills: readonly DeskFill[], value: (fill: DeskFill) => number): number {
  return fills.reduce((total, fill) => total + value(fill), 0);
}
