import {
  costOfTotals,
  coveredMs,
  Dec,
  isFinal,
  known,
  NO_BENCHMARKS,
  unknown,
  ZERO,
  type Decimal,
  type Price,
  type Quantity,
} from '#domain';
import { toEpochMs } from '#order-intake';
import type { EpochMicros, OrderRecord } from '#persistence';
import { orNull, ratio } from './show-values.js';

/** Figures that both views of an order derive from its row. */
export interface OrderProgress {
  readonly averagePrice: Decimal | null;
  readonly targetToken: string;
  /** In the target token. */
  readonly executed: Decimal;
  readonly remaining: Decimal;
  /** Cut, not rounded, to two decimals: 100 means all of it. */
  readonly pctFilled: Decimal;
  readonly isActive: boolean;
  /** Null while a condition or its turn in a chain holds the order. */
  readonly begins: EpochMicros | null;
  /** Null without a trajectory, and while it is not known when the order begins. */
  readonly ends: EpochMicros | null;
  readonly durationS: number | null;
}

export function progressOf(order: OrderRecord): OrderProgress {
  const executed: Decimal = order.sizing === 'base' ? order.cumBase : order.cumQuote;
  const begins = beginOf(order);
  return {
    averagePrice: order.cumBase.isZero() ? null : ratio(order.cumQuote, order.cumBase),
    targetToken: order.sizing === 'base' ? order.base : order.quote,
    executed,
    remaining: Dec.max(order.orderQty.sub(executed), 0),
    pctFilled: executed.div(order.orderQty).mul(100).toDecimalPlaces(2, Dec.ROUND_DOWN),
    isActive: order.status !== 'COMPLETE' && order.status !== 'CANCELED',
    begins,
    ends: begins === null ? null : endOf(order, begins),
    durationS: orNull(lengthOf(order), (ms) => Math.max(1, Math.round(ms / 1000))),
  };
}

/**
 * Activation is kept in whole milliseconds, and never shown before the start that it followed. When a chain's member that
 * waits for its turn will begin, or a leg that a condition holds with all others, nobody knows, nor that it ever will where
 * it is paused or was canceled meanwhile.
 */
function beginOf({
  activatedAt,
  startAt,
  condition,
  isHeldByFirstLeg,
  chainId,
  status,
}: OrderRecord): EpochMicros | null {
  if (activatedAt !== null) return activatedAt > startAt ? activatedAt : startAt;
  const waitsForItsTurn = chainId !== null && status !== 'ACTIVE';
  return condition !== null || isHeldByFirstLeg || waitsForItsTurn ? null : startAt;
}

/** Planned active time, or the estimate of it where the order follows volume. */
const lengthOf = ({ durationMs, estimatedMs }: OrderRecord): number | null => estimatedMs ?? durationMs;

/**
 * The planned end moves out by the time in which the clock stood still. A Target Time order has no such time: its window
 * ends half its length after the target.
 */
function endOf(order: OrderRecord, begins: EpochMicros): EpochMicros | null {
  const { targetTime, inactive, asOf } = order;
  const length = lengthOf(order);
  if (length === null) return null;
  if (targetTime !== null) return (targetTime * 1000 + length * 500) as EpochMicros;
  return (begins + (length + coveredMs(toEpochMs(begins), asOf, inactive)) * 1000) as EpochMicros;
}

/** Costs in basis points, positive is worse (algorithms.md 9); null where something is missing. */
export interface OrderCosts {
  readonly slippageBps: Decimal | null;
  readonly feeBps: Decimal | null;
  /** Own share of the public volume, which our own fills are part of. */
  readonly participation: Decimal | null;
  /** Public volume over the order's active time, in base; null when it has ended and nobody knows. */
  readonly marketVolume: Decimal | null;
  /** Volume-weighted price of the public trades over the order's life, our own included where the venue prints them. */
  readonly vwap: Decimal | null;
  readonly vwapSlippageBps: Decimal | null;
}

export function costsOf(order: OrderRecord): OrderCosts {
  const { side, arrivalPrice, market, cumBase, cumQuote } = order;
  const fees = order.lacksFee ? unknown('the worth of a fee') : known(order.feeQuote);
  const isOver = order.activatedAt !== null && isFinal(order.status);
  const isTraded = market !== null && !market.base.isZero();
  const vwap = isTraded && !market.quote.isZero() ? (ratio(market.quote, market.base) as Price) : null;
  // While the order runs, all that is not its own counts as others'.
  const others = isTraded ? (market.others ?? Dec.max(market.base.sub(cumBase), 0)) : null;
  const cost = costOfTotals(
    { side, executed: cumBase, notional: cumQuote, makerNotional: ZERO, fees },
    { ...NO_BENCHMARKS, arrival: arrivalPrice, marketVwap: vwap, othersVolume: others as Quantity | null },
  );
  return {
    slippageBps: cost.arrivalBps.value,
    vwap,
    vwapSlippageBps: cost.vwapBps.value,
    feeBps: cost.feeBps.value,
    participation: cost.participation.value?.toDecimalPlaces(18, Dec.ROUND_DOWN) ?? null,
    marketVolume: market?.base ?? (isOver ? null : ZERO),
  };
}
