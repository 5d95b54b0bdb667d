import { Dec, type Decimal } from '#domain';
import type { CostReport } from '#persistence';
import { jsonNumber } from '../http/json-number.js';

type View = Readonly<Record<string, unknown>>;

const UNITS = [
  ['1e9', 'B'],
  ['1e6', 'M'],
  ['1e3', 'K'],
] as const;

/** `GET /api/tca_stats/` (order-api.md 4.9): costs in basis points, positive is worse. Pure. */
export function showCostReport(report: CostReport): View {
  const { notional, makerNotional, byExchange } = report;
  const taken = notional.sub(makerNotional);
  const bps = (value: Decimal | null): unknown => rounded(value, 4);
  return {
    summary: {
      num_orders: report.orders,
      num_pairs: report.pairs,
      avg_duration: rounded(report.averageActiveMs?.div(1000) ?? null, 3),
      sum_notional: jsonNumber(notional),
      orders_value: dollars(notional),
      sum_fee: jsonNumber(report.fees),
      exch_fee: dollars(report.fees),
      fee_cost: bps(report.feeBps),
      pov: rounded(report.participation, 6),
      departure_cost: bps(report.departureBps),
      arrival_cost: bps(report.arrivalBps),
      vwap_cost: bps(report.vwapBps),
      interval_returns: bps(report.intervalReturnBps),
    },
    breakdowns: {
      fill_role: breakdown([
        ['MAKE', makerNotional],
        ['TAKE', taken],
      ]),
      fill_exchange: breakdown(byExchange.map(({ exchange, notional: part }) => [exchange, part])),
    },
  };
}

/** In percent of the whole; without anything traded there is nothing to divide. */
function breakdown(parts: readonly (readonly [label: string, notional: Decimal])[]): View {
  const total = parts.reduce((sum, [, part]) => sum.add(part), new Dec(0));
  const known = total.isZero() ? [] : parts;
  return {
    cutbys: ['All'],
    labels: known.map(([label]) => label),
    data: Object.fromEntries(known.map(([label, part]) => [label, [rounded(part.div(total).mul(100), 4)]])),
  };
}

function rounded(value: Decimal | null, places: number): unknown {
  return value === null ? null : jsonNumber(value.toDecimalPlaces(places, Dec.ROUND_HALF_EVEN).add(0));
}

/** `$602.38K` for people. */
function dollars(value: Decimal): string {
  const [size, unit] = UNITS.find(([least]) => value.abs().gte(least)) ?? ['1', ''];
  const text = value.abs().div(size).toFixed(2, Dec.ROUND_HALF_EVEN);
  return `${value.isNegative() && Number(text) !== 0 ? '-' : ''}$${text}${unit}`;
}
