import { Dec, inBps, type Decimal, type Measure, type OrderCost } from '#domain';

/** Scale of `numeric(38,18)`. */
const STORED_PLACES = 18;

/** Figures of `order_costs`, by column; `missing` holds the reasons of those that are null. */
export const COST_COLUMNS = [
  'fee_quote',
  'market_base',
  'market_quote',
  'others_base',
  'average_price',
  'market_vwap',
  'market_twap',
  'end_price',
  'arrival_bps',
  'vwap_bps',
  'others_vwap_bps',
  'twap_bps',
  'departure_bps',
  'interval_return_bps',
  'fee_bps',
  'all_in_bps',
  'participation',
  'maker_ratio',
  'spread_capture',
  'delay_quote',
  'trading_quote',
  'opportunity_quote',
  'fees_quote',
  'shortfall_quote',
  'basis_quote',
  'shortfall_bps',
  'tracking_max',
  'tracking_rms',
  'tracking_outside',
  'plan_tracking_max',
  'plan_tracking_rms',
] as const;
export type CostColumn = (typeof COST_COLUMNS)[number];

/** What the market traded in the order's active time, and where it stands at the end. */
export interface CostInputs {
  readonly marketBase: Decimal | null;
  readonly marketQuote: Decimal | null;
  readonly othersBase: Decimal | null;
  readonly end: Decimal | null;
}

export type CostFigures = Readonly<Record<CostColumn, Measure>>;

const given = (value: Decimal | null, missing: string): Measure =>
  value === null ? { value, missing } : { value, missing: null };

/** The parts of a shortfall are sums of stored amounts: nothing of them is rounded away. */
export function figuresOf(order: OrderCost, inputs: CostInputs): CostFigures {
  const { cost, tracking, planTracking } = order;
  const { shortfall } = cost;
  return {
    fee_quote: shortfall.fees,
    market_base: given(inputs.marketBase, 'no public volume'),
    market_quote: given(inputs.marketQuote, 'no public volume'),
    others_base: given(inputs.othersBase, 'no public volume'),
    average_price: cost.average,
    market_vwap: order.marketVwap,
    market_twap: order.marketTwap,
    end_price: given(inputs.end, 'no end price'),
    arrival_bps: cost.arrivalBps,
    vwap_bps: cost.vwapBps,
    others_vwap_bps: cost.othersVwapBps,
    twap_bps: cost.twapBps,
    departure_bps: cost.departureBps,
    interval_return_bps: cost.intervalReturnBps,
    fee_bps: cost.feeBps,
    all_in_bps: cost.allInBps,
    participation: cost.participation,
    maker_ratio: cost.makerRatio,
    spread_capture: cost.spreadCapture,
    delay_quote: shortfall.delay,
    trading_quote: shortfall.trading,
    opportunity_quote: shortfall.opportunity,
    fees_quote: shortfall.fees,
    shortfall_quote: shortfall.total,
    basis_quote: shortfall.basis,
    shortfall_bps: inBps(shortfall.total, shortfall.basis),
    tracking_max: tracking.max,
    tracking_rms: tracking.rms,
    tracking_outside: tracking.outside,
    plan_tracking_max: planTracking.max,
    plan_tracking_rms: planTracking.rms,
  };
}

/** What no report sums: text by name, null with a reason where it is missing. */
export function detailsOf({ cost, latenessMeanMs, latenessMaxMs, held }: OrderCost): object {
  const text = ({ value, missing }: Measure): object =>
    value === null ? { value, missing } : { value: rounded(value).toFixed() };
  const markouts = (role: 'maker' | 'taker'): object => ({
    s1: text(cost.markoutBps[role][1]),
    s5: text(cost.markoutBps[role][5]),
    s30: text(cost.markoutBps[role][30]),
  });
  return {
    markoutBps: { maker: markouts('maker'), taker: markouts('taker') },
    latenessMs: { mean: text(latenessMeanMs), max: text(latenessMaxMs) },
    heldMs: { budget: held.budget, feed: held.feed, cap: held.cap },
  };
}

export function rounded(value: Decimal): Decimal {
  return value.toDecimalPlaces(STORED_PLACES, Dec.ROUND_HALF_EVEN);
}
