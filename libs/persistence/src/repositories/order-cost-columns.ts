import { combine, Dec, inBps, known, ZERO, type Decimal, type Hindrance, type Measure, type OrderCost } from '#domain';

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

/** One order's cost as it is stored and shown. */
export interface CostRow {
  readonly activeMs: number;
  /** Those that the figures were made from, in base and in quote. */
  readonly cumBase: Decimal;
  readonly cumQuote: Decimal;
  readonly makerQuote: Decimal;
  readonly figures: Readonly<Record<CostColumn, Decimal | null>>;
  /** Why figures are null. */
  readonly missing: Readonly<Partial<Record<CostColumn, string>>>;
  readonly details: CostDetails;
}

/** Text, or null with the reason. */
export interface CostDetail {
  readonly value: string | null;
  readonly missing?: string;
}
type Markouts = Readonly<Record<'s1' | 's5' | 's30', CostDetail>>;

/** What no report sums. */
export interface CostDetails {
  readonly markoutBps: { readonly maker: Markouts; readonly taker: Markouts };
  readonly latenessMs: { readonly mean: CostDetail; readonly max: CostDetail };
  readonly heldMs: Readonly<Record<Hindrance, number>>;
}

const given = (value: Decimal | null, missing: string): Measure =>
  value === null ? { value, missing } : { value, missing: null };

/** At the scale of the columns: what is shown of a running order is what would be stored of it. */
export function costRow(order: OrderCost, end: Decimal | null): CostRow {
  const { cost, activeMs } = order;
  const measures = figuresOf(order, end);
  const makerQuote = cost.makerRatio.value?.mul(cost.notional) ?? ZERO;
  const of = <T>(read: (measure: Measure) => T): [CostColumn, T][] =>
    COST_COLUMNS.map((name) => [name, read(measures[name])]);
  return {
    activeMs: Math.round(activeMs),
    cumBase: cost.executed,
    cumQuote: cost.notional,
    makerQuote: rounded(makerQuote),
    figures: Object.fromEntries(of(({ value }) => (value === null ? null : rounded(value)))) as CostRow['figures'],
    missing: Object.fromEntries(of(({ missing }) => missing).filter(([, reason]) => reason !== null)),
    details: detailsOf(order),
  };
}

/** The parts of a shortfall are rounded before they are added up, so that they add up exactly as they are told (I15). */
function figuresOf(order: OrderCost, end: Decimal | null): Readonly<Record<CostColumn, Measure>> {
  const { cost, tracking, planTracking } = order;
  const { shortfall } = cost;
  const [delay, trading] = [atScale(shortfall.delay), atScale(shortfall.trading)];
  const [opportunity, fees] = [atScale(shortfall.opportunity), atScale(shortfall.fees)];
  const total = combine([delay, trading, opportunity, fees], (...values) =>
    values.reduce((sum, value) => sum.add(value), ZERO),
  );
  return {
    fee_quote: fees,
    market_base: order.marketBase,
    market_quote: order.marketQuote,
    others_base: order.othersBase,
    average_price: cost.average,
    market_vwap: order.marketVwap,
    market_twap: order.marketTwap,
    end_price: given(end, 'no end price'),
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
    delay_quote: delay,
    trading_quote: trading,
    opportunity_quote: opportunity,
    fees_quote: fees,
    shortfall_quote: total,
    basis_quote: shortfall.basis,
    shortfall_bps: inBps(total, shortfall.basis),
    tracking_max: tracking.max,
    tracking_rms: tracking.rms,
    tracking_outside: tracking.outside,
    plan_tracking_max: planTracking.max,
    plan_tracking_rms: planTracking.rms,
  };
}

function detailsOf({ cost, latenessMeanMs, latenessMaxMs, held }: OrderCost): CostDetails {
  const text = ({ value, missing }: Measure): CostDetail =>
    value === null ? { value, missing } : { value: rounded(value).toFixed() };
  const markouts = (role: 'maker' | 'taker'): Markouts => ({
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

const atScale = (measure: Measure): Measure => (measure.value === null ? measure : known(rounded(measure.value)));

function rounded(value: Decimal): Decimal {
  return value.toDecimalPlaces(STORED_PLACES, Dec.ROUND_HALF_EVEN);
}
