import { Dec, ZERO, type Quantity } from '../numeric/decimal.js';
import { addMs, type EpochMs } from '../time/clock.js';
import type { LegOrderReport } from './leg-event.js';
import {
  enteredBy,
  isEntryOrder,
  isWorking,
  leftOf,
  outcomeOf,
  type Leg,
  type LegOrder,
  type LegOrderEnd,
} from './leg.js';
import type { LegFailure, LegSkip } from './reason-codes.js';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** How long after the n-th exit in a row that failed the next is tried: 1, 2, 4 ... 60 s (signal-apis.md 6.3). */
export function retryDelayMs(failures: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16));
}

/** Books what is new in a report. Fills are facts, whenever they come; an end is told once. */
export function bookReport(leg: Leg, report: LegOrderReport, at: EpochMs): Leg {
  const before = leg.orders.find(({ id }) => id === report.id);
  if (before === undefined) return leg;
  const after = orderAfter(before, report);
  const isEntry = isEntryOrder(after) && after.filled.gt(before.filled);
  const isExcess = isEntry && (leg.outcome !== null || before.end !== null || after.filled.gt(after.orderQty));
  const booked: Leg = {
    ...leg,
    orders: leg.orders.map((order) => (order === before ? after : order)),
    lateFill: leg.lateFill || (isEntry && leg.outcome !== null),
    // it is exited, and nobody asked for that
    exit: isExcess && leg.exit === null ? { cause: { id: after.id, at: after.cause.at }, attempts: 0 } : leg.exit,
  };
  const hasEnded = before.end === null && after.end !== null;
  if (!hasEnded) return booked;
  return isEntryOrder(after) ? endEntry(booked, after, after.end) : endExit(booked, after, at);
}

function orderAfter(order: LegOrder, { filled, notional, fees, end }: LegOrderReport): LegOrder {
  const isMore = filled.gt(order.filled);
  const more = Dec.max(ZERO, filled.sub(order.filled));
  const counted = Dec.min(order.counted.of, order.counted.filled.add(Dec.min(more, leftOf(order)))) as Quantity;
  return {
    ...order,
    filled: isMore ? filled : order.filled,
    notional: isMore ? notional : order.notional,
    fees: Dec.max(order.fees, fees) as Quantity,
    counted: { ...order.counted, filled: counted },
    end: order.end ?? end,
  };
}

/** What it fell short of is not waited for any more. If nothing was ever filled and nothing works, the leg has failed. */
function endEntry(leg: Leg, order: LegOrder, end: LegOrderEnd | null): Leg {
  const short = Dec.max(ZERO, order.orderQty.sub(order.filled));
  const shortfall = leg.shortfall.add(short) as Quantity;
  const isIdle = leg.pending.length === 0 && !leg.orders.some(isWorking) && enteredBy(leg).qty.isZero();
  const isFailed = isIdle && leg.outcome === null && !leg.isClosing && short.gt(ZERO);
  return { ...leg, shortfall, outcome: isFailed ? outcomeOf(failureOf(end)) : leg.outcome };
}

function failureOf(end: LegOrderEnd | null): LegSkip | LegFailure {
  switch (end) {
    case 'insufficient_balance':
    case 'leverage_refused':
    case 'risk_denied':
      return end;
    case 'expired':
    case 'canceled':
      return 'entry_expired';
    default:
      return 'venue_rejected';
  }
}

/** An exit that ended short, and not by our wish, is tried again later, with `stop` settings. */
function endExit(leg: Leg, order: LegOrder, at: EpochMs): Leg {
  if (order.filled.gte(order.orderQty)) return { ...leg, failures: 0 };
  if (order.isCanceling) return leg;
  const failures = leg.failures + 1;
  return { ...leg, failures, isStop: true, retryAt: addMs(at, retryDelayMs(failures)) };
}
