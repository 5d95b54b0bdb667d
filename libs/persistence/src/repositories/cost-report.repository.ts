import {
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type AccountId,
  type Algorithm,
  type Decimal,
  type EpochMs,
  type Interval,
  type Notional,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type UserId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { rows, theRow } from '../sql.js';
import { FROM_MICROS, MS, type EpochMicros } from './epoch-micros.js';
import { NOT_BUSTED } from './fill-record.js';
import type { CostColumn } from './order-cost-columns.js';
import { INACTIVE, MARKET_SO_FAR } from './order-view.repository.js';

/** Every field that is null does not filter. */
export interface CostFilter {
  readonly accountIds: readonly AccountId[] | null;
  readonly pairs: readonly string[] | null;
  readonly side: Side | null;
  readonly algorithms: readonly Algorithm[] | null;
  readonly superStrategies: readonly string[] | null;
  /** On the creation time, both inclusive. */
  readonly from: EpochMicros | null;
  readonly to: EpochMicros | null;
}

/** Means over orders, weighted by what those that have the figure executed. In basis points, positive is cost. */
export const REPORT_MEANS = [
  'feeBps',
  'departureBps',
  'arrivalBps',
  'vwapBps',
  'intervalReturnBps',
  'participation',
] as const;
export type ReportMean = (typeof REPORT_MEANS)[number];

/** What orders cost together: sums, and means weighted by executed notional; null where nothing is known. */
export interface CostReport extends Readonly<Record<ReportMean, Decimal | null>> {
  readonly orders: number;
  readonly pairs: number;
  readonly averageActiveMs: Decimal | null;
  /** In quote. */
  readonly notional: Decimal;
  readonly makerNotional: Decimal;
  readonly fees: Decimal;
  /** Executed notional by exchange, largest first. */
  readonly byExchange: readonly { readonly exchange: string; readonly notional: Decimal }[];
}

/** The same of orders whose cost is stored, in a form that can be added to. */
export interface StoredCosts {
  readonly orders: number;
  readonly pairs: readonly string[];
  readonly activeMs: Decimal;
  readonly notional: Decimal;
  readonly makerNotional: Decimal;
  readonly fees: Decimal;
  /** The notional that the mean was weighted with beside it. */
  readonly means: Readonly<Record<ReportMean, { readonly mean: Decimal | null; readonly notional: Decimal }>>;
}

/** An order that has executed something and whose cost is not stored: it runs, or has ended this moment. */
export interface RunningCost {
  readonly id: ParentOrderId;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly pair: string;
  readonly side: Side;
  readonly activatedAt: EpochMs;
  /** When it ended, else when it was read. */
  readonly asOf: EpochMs;
  readonly isOpen: boolean;
  readonly inactive: readonly Interval[];
  readonly cumBase: Quantity;
  readonly cumQuote: Notional;
  readonly makerQuote: Decimal;
  /** Null when a fee could not be converted. */
  readonly feeQuote: Decimal | null;
  readonly arrivalPrice: Price | null;
  /** Null while it runs. */
  readonly endPrice: Price | null;
  readonly market: { readonly base: Decimal; readonly quote: Decimal } | null;
}

/** What one order cost, as it was stored behind its end. */
export interface StoredCost {
  /** In base; what late fills added since is not in the figures yet. */
  readonly executed: Decimal;
  readonly arrivalBps: Decimal | null;
  readonly vwapBps: Decimal | null;
}

/** Orders of the user, `p`, within the window of all lists. */
const ASKED_FOR = `p.user_id = $1
    AND p.id >= first_uuid_of(now() - interval '12 months') AND p.created_at >= now() - interval '12 months'
    AND ($2::uuid[] IS NULL OR p.account_ids && $2) AND ($3::text[] IS NULL OR upper(p.pair) = ANY($3))
    AND ($4::text IS NULL OR p.side = $4) AND ($5::text[] IS NULL OR p.algorithm = ANY($5))
    AND ($6::text[] IS NULL OR p.request->>'super_strategy' = ANY($6))
    AND ($7::bigint IS NULL OR p.created_at >= ${FROM_MICROS('$7')})
    AND ($8::bigint IS NULL OR p.created_at <= ${FROM_MICROS('$8')})`;
const STORED = `FROM parent_orders p JOIN order_costs c ON c.parent_order_id = p.id WHERE ${ASKED_FOR}`;

const COLUMN_OF: Readonly<Record<ReportMean, CostColumn>> = {
  feeBps: 'fee_bps',
  departureBps: 'departure_bps',
  arrivalBps: 'arrival_bps',
  vwapBps: 'vwap_bps',
  intervalReturnBps: 'interval_return_bps',
  participation: 'participation',
};

/** Of orders that have the figure, weighted by what they executed. */
const weighted = (name: ReportMean): string => {
  const [column, weight] = [`c.${COLUMN_OF[name]}`, `sum(c.cum_quote) FILTER (WHERE c.${COLUMN_OF[name]} IS NOT NULL)`];
  return `sum(${column} * c.cum_quote) / NULLIF(${weight}, 0) AS "${name}", COALESCE(${weight}, 0) AS "${name} of"`;
};

const orNull = <T>(text: string | null | undefined, parse: (text: string) => T): T | null =>
  text === null || text === undefined ? null : parse(text);

/** Costs of many orders of one user together (order-api.md 4.9). */
export class CostReportRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  /**
   * Of orders whose cost is stored, which is done some time after they ended.
   * @param counted orders to leave out: the cost of one that ran when it was read may have been stored since
   */
  async stored(filter: CostFilter, counted: readonly ParentOrderId[]): Promise<StoredCosts> {
    const sums = await theRow<Record<string, string> & { orders: number; pairs: string[] | null }>(
      this.tx,
      `SELECT count(*)::integer AS orders, array_agg(DISTINCT p.pair) AS pairs, COALESCE(sum(c.active_ms), 0) AS active_ms,
              COALESCE(sum(c.cum_quote), 0) AS notional, COALESCE(sum(c.maker_quote), 0) AS maker,
              COALESCE(sum(c.fee_quote), 0) AS fees, ${REPORT_MEANS.map(weighted).join(', ')}
       ${STORED} AND p.id <> ALL($9::uuid[])`,
      [...this.parametersOf(filter), counted],
    );
    const means = REPORT_MEANS.map((name) => {
      const mean = { mean: orNull(sums[name], decimal), notional: decimal(sums[`${name} of`] ?? '0') };
      return [name, mean] as const;
    });
    return {
      orders: sums.orders,
      pairs: sums.pairs ?? [],
      activeMs: decimal(sums['active_ms'] ?? '0'),
      notional: decimal(sums['notional'] ?? '0'),
      makerNotional: decimal(sums['maker'] ?? '0'),
      fees: decimal(sums['fees'] ?? '0'),
      means: Object.fromEntries(means) as StoredCosts['means'],
    };
  }

  /** The newest `limit` orders that have executed something and whose cost is not stored. */
  async running(filter: CostFilter, limit: number): Promise<RunningCost[]> {
    const found = await rows<RunningColumns>(
      this.tx,
      `SELECT p.id, p.venue, p.symbol, p.pair, p.side, p.cum_base, p.cum_quote, p.maker_quote, p.fee_quote,
              p.arrival_price, p.end_price, p.ended_at IS NULL AS is_open, ${MS('p.activated_at')} AS activated_at,
              ${MS('COALESCE(p.ended_at, clock_timestamp())')} AS as_of, ${INACTIVE} AS inactive, ${MARKET_SO_FAR} AS market,
              EXISTS (SELECT 1 FROM fills f WHERE f.parent_order_id = p.id AND f.fee_quote IS NULL) AS lacks_fee
       FROM parent_orders p
       WHERE ${ASKED_FOR} AND p.cum_base > 0 AND p.activated_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM order_costs c WHERE c.parent_order_id = p.id)
       ORDER BY p.created_at DESC, p.id DESC LIMIT $9`,
      [...this.parametersOf(filter), limit],
    );
    return found.map(toRunning);
  }

  /** Executed notional by exchange, largest first: of orders whose cost is stored, and of those named. */
  async byExchange(filter: CostFilter, running: readonly ParentOrderId[]): Promise<CostReport['byExchange']> {
    const found = await rows<{ exchange: string; notional: string }>(
      this.tx,
      `SELECT a.exchange, sum(f.last_px * f.last_qty) AS notional
       FROM (SELECT p.id ${STORED} UNION SELECT unnest($9::uuid[])) o
       JOIN fills f ON f.parent_order_id = o.id JOIN accounts a ON a.id = f.account_id
       WHERE ${NOT_BUSTED}
       GROUP BY a.exchange ORDER BY 2 DESC, 1`,
      [...this.parametersOf(filter), running],
    );
    return found.map(({ exchange, notional: sum }) => ({ exchange, notional: decimal(sum) }));
  }

  private parametersOf(filter: CostFilter): unknown[] {
    return [
      this.userId,
      filter.accountIds,
      filter.pairs?.map((pair) => pair.toUpperCase()) ?? null,
      filter.side,
      filter.algorithms,
      filter.superStrategies,
      filter.from,
      filter.to,
    ];
  }

  /** Of those orders of the user whose cost is stored. */
  async ofOrders(ids: readonly ParentOrderId[]): Promise<ReadonlyMap<ParentOrderId, StoredCost>> {
    const found = await rows<{ id: string; cum_base: string; arrival_bps: string | null; vwap_bps: string | null }>(
      this.tx,
      `SELECT parent_order_id AS id, cum_base, arrival_bps, vwap_bps FROM order_costs
       WHERE parent_order_id = ANY($1::uuid[]) AND user_id = $2`,
      [ids, this.userId],
    );
    return new Map(
      found.map((r) => [
        r.id as ParentOrderId,
        {
          executed: decimal(r.cum_base),
          arrivalBps: orNull(r.arrival_bps, decimal),
          vwapBps: orNull(r.vwap_bps, decimal),
        },
      ]),
    );
  }
}

interface RunningColumns {
  readonly id: string;
  readonly venue: string;
  readonly symbol: string;
  readonly pair: string;
  readonly side: Side;
  readonly cum_base: string;
  readonly cum_quote: string;
  readonly maker_quote: string;
  readonly fee_quote: string;
  readonly lacks_fee: boolean;
  readonly arrival_price: string | null;
  readonly end_price: string | null;
  readonly is_open: boolean;
  readonly activated_at: number;
  readonly as_of: number;
  readonly inactive: readonly { readonly from: number; readonly to: number | null }[];
  readonly market: { readonly base: string | null; readonly quote: string | null } | null;
}

function toRunning(r: RunningColumns): RunningCost {
  const { base = null, quote = null } = r.market ?? {};
  return {
    id: r.id as ParentOrderId,
    venue: r.venue as VenueId,
    symbol: r.symbol,
    pair: r.pair,
    side: r.side,
    activatedAt: epochMs(r.activated_at),
    asOf: epochMs(r.as_of),
    isOpen: r.is_open,
    inactive: r.inactive.map(({ from, to }) => ({ from: epochMs(from), to: to === null ? null : epochMs(to) })),
    cumBase: quantity(r.cum_base),
    cumQuote: notional(r.cum_quote),
    makerQuote: decimal(r.maker_quote),
    feeQuote: r.lacks_fee ? null : decimal(r.fee_quote),
    arrivalPrice: orNull(r.arrival_price, price),
    endPrice: orNull(r.end_price, price),
    market: base === null || quote === null ? null : { base: decimal(base), quote: decimal(quote) },
  };
}
