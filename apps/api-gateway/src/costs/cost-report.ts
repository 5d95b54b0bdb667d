import {
  activeMs,
  costOfTotals,
  Dec,
  known,
  NO_BENCHMARKS,
  unknown,
  weightedMean,
  ZERO,
  type CostOfTotals,
  type Decimal,
  type Price,
  type Quantity,
} from '#domain';
import { REPORT_MEANS, type CostReport, type ReportMean, type RunningCost, type StoredCosts } from '#persistence';

/**
 * Costs of orders that have ended, as stored, and of those that run, as of now by the same formulas. Pure.
 *
 * @param mid of a running order's instrument now, which stands for its end price; null when nobody knows
 */
export function costReport(
  stored: StoredCosts,
  running: readonly RunningCost[],
  byExchange: CostReport['byExchange'],
  mid: (order: RunningCost) => Price | null,
): CostReport {
  const live = running.map((order) => ({ order, cost: costOf(order, order.isOpen ? mid(order) : order.endPrice) }));
  const sum = (of: (order: RunningCost) => Decimal): Decimal =>
    running.reduce<Decimal>((total, order) => total.add(of(order)), ZERO);
  const orders = stored.orders + running.length;
  const active = stored.activeMs.add(sum((o) => new Dec(Math.round(activeMs(o.activatedAt, o.asOf, o.inactive)))));
  const means = REPORT_MEANS.map((name) => {
    const { mean, notional } = stored.means[name];
    const ofStored = mean === null ? [] : [{ measure: known(mean), notional }];
    const ofLive = live.map(({ order, cost }) => ({ measure: cost[name], notional: order.cumQuote }));
    return [name, weightedMean([...ofStored, ...ofLive]).value] as const;
  });
  return {
    orders,
    pairs: new Set([...stored.pairs, ...running.map(({ pair }) => pair)]).size,
    averageActiveMs: orders === 0 ? null : active.div(orders),
    notional: stored.notional.add(sum(({ cumQuote }) => cumQuote)),
    makerNotional: stored.makerNotional.add(sum(({ makerQuote }) => makerQuote)),
    fees: stored.fees.add(sum(({ feeQuote }) => feeQuote ?? ZERO)),
    ...(Object.fromEntries(means) as Record<ReportMean, Decimal | null>),
    byExchange,
  };
}

function costOf(
  { side, cumBase, cumQuote, makerQuote, feeQuote, arrivalPrice, market }: RunningCost,
  end: Price | null,
): CostOfTotals {
  const isTraded = market !== null && !market.base.isZero();
  return costOfTotals(
    {
      side,
      executed: cumBase,
      notional: cumQuote,
      makerNotional: makerQuote,
      fees: feeQuote === null ? unknown('a fee is in an asset of neither side') : known(feeQuote),
    },
    {
      ...NO_BENCHMARKS,
      arrival: arrivalPrice,
      end,
      marketVwap: isTraded ? (market.quote.div(market.base) as Price) : null,
      othersVolume: market === null ? null : (Dec.max(ZERO, market.base.sub(cumBase)) as Quantity),
    },
  );
}
