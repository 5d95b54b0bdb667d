import {
  decimal,
  type AccountId,
  type Algorithm,
  type Decimal,
  type ParentOrderId,
  type Side,
  type UserId,
} from '#domain';
import type { Tx } from '../database.js';
import { rows, theRow } from '../sql.js';
import { FROM_MICROS, type EpochMicros } from './epoch-micros.js';

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

/** What orders cost together: sums, and means weighted by executed notional; null where nothing is known. */
export interface CostReport {
  readonly orders: number;
  readonly pairs: number;
  readonly averageActiveMs: Decimal | null;
  /** In quote. */
  readonly notional: Decimal;
  readonly makerNotional: Decimal;
  readonly fees: Decimal;
  /** In basis points, positive is cost. */
  readonly feeBps: Decimal | null;
  readonly departureBps: Decimal | null;
  readonly arrivalBps: Decimal | null;
  readonly vwapBps: Decimal | null;
  readonly intervalReturnBps: Decimal | null;
  readonly participation: Decimal | null;
  /** Executed notional by exchange, largest first. */
  readonly byExchange: readonly { readonly exchange: string; readonly notional: Decimal }[];
}

/** What one order cost, as it was stored behind its end. */
export interface StoredCost {
  /** In base; what late fills added since is not in the figures yet. */
  readonly executed: Decimal;
  readonly arrivalBps: Decimal | null;
  readonly vwapBps: Decimal | null;
}

/** Orders of the user within the window of all lists that have ended, with what they cost. */
const CHOSEN = `FROM parent_orders p JOIN order_costs c ON c.parent_order_id = p.id
  WHERE p.user_id = $1 AND p.id >= first_uuid_of(now() - interval '12 months') AND p.created_at >= now() - interval '12 months'
    AND ($2::uuid[] IS NULL OR p.account_ids && $2) AND ($3::text[] IS NULL OR upper(p.pair) = ANY($3))
    AND ($4::text IS NULL OR p.side = $4) AND ($5::text[] IS NULL OR p.algorithm = ANY($5))
    AND ($6::text[] IS NULL OR p.request->>'super_strategy' = ANY($6))
    AND ($7::bigint IS NULL OR p.created_at >= ${FROM_MICROS('$7')})
    AND ($8::bigint IS NULL OR p.created_at <= ${FROM_MICROS('$8')})`;

/** Mean over orders that have the figure, weighted by what they executed. */
const mean = (column: string): string =>
  `sum(c.${column} * c.cum_quote) FILTER (WHERE c.${column} IS NOT NULL)
     / NULLIF(sum(c.cum_quote) FILTER (WHERE c.${column} IS NOT NULL), 0)`;

/** Costs of many orders of one user together (order-api.md 4.9). */
export class CostReportRepository {
  constructor(
    private readonly tx: Tx,
    private readonly userId: UserId,
  ) {}

  async read(filter: CostFilter): Promise<CostReport> {
    const parameters = [
      this.userId,
      filter.accountIds,
      filter.pairs?.map((pair) => pair.toUpperCase()) ?? null,
      filter.side,
      filter.algorithms,
      filter.superStrategies,
      filter.from,
      filter.to,
    ];
    const sums = await theRow<Record<string, string | null> & { orders: number; pairs: number }>(
      this.tx,
      `SELECT count(*)::integer AS orders, count(DISTINCT p.pair)::integer AS pairs, avg(c.active_ms) AS active_ms,
              COALESCE(sum(c.cum_quote), 0) AS notional, COALESCE(sum(c.maker_quote), 0) AS maker,
              COALESCE(sum(c.fee_quote), 0) AS fees, ${mean('fee_bps')} AS fee, ${mean('departure_bps')} AS departure,
              ${mean('arrival_bps')} AS arrival, ${mean('vwap_bps')} AS vwap, ${mean('interval_return_bps')} AS returns,
              ${mean('participation')} AS participation
       ${CHOSEN}`,
      parameters,
    );
    const exchanges = await rows<{ exchange: string; notional: string }>(
      this.tx,
      `SELECT a.exchange, sum(f.last_px * f.last_qty) AS notional
       FROM (SELECT p.id ${CHOSEN}) o JOIN fills f ON f.parent_order_id = o.id JOIN accounts a ON a.id = f.account_id
       WHERE NOT EXISTS (SELECT 1 FROM fill_busts b WHERE b.parent_order_id = f.parent_order_id
         AND b.account_id = f.account_id AND b.symbol = f.symbol AND b.venue_order_id = f.venue_order_id
         AND b.trade_id = f.trade_id)
       GROUP BY a.exchange ORDER BY 2 DESC, 1`,
      parameters,
    );
    const orNull = (name: string): Decimal | null => {
      const text = sums[name];
      return text === null || text === undefined ? null : decimal(text);
    };
    return {
      orders: sums.orders,
      pairs: sums.pairs,
      averageActiveMs: orNull('active_ms'),
      notional: decimal(sums['notional'] ?? '0'),
      makerNotional: decimal(sums['maker'] ?? '0'),
      fees: decimal(sums['fees'] ?? '0'),
      feeBps: orNull('fee'),
      departureBps: orNull('departure'),
      arrivalBps: orNull('arrival'),
      vwapBps: orNull('vwap'),
      intervalReturnBps: orNull('returns'),
      participation: orNull('participation'),
      byExchange: exchanges.map(({ exchange, notional }) => ({ exchange, notional: decimal(notional) })),
    };
  }

  /** Of those orders of the user whose cost is stored. */
  async ofOrders(ids: readonly ParentOrderId[]): Promise<ReadonlyMap<ParentOrderId, StoredCost>> {
    const found = await rows<{ id: string; cum_base: string; arrival_bps: string | null; vwap_bps: string | null }>(
      this.tx,
      `SELECT parent_order_id AS id, cum_base, arrival_bps, vwap_bps FROM order_costs
       WHERE parent_order_id = ANY($1::uuid[]) AND user_id = $2`,
      [ids, this.userId],
    );
    const orNull = (text: string | null): Decimal | null => (text === null ? null : decimal(text));
    return new Map(
      found.map((r) => [
        r.id as ParentOrderId,
        { executed: decimal(r.cum_base), arrivalBps: orNull(r.arrival_bps), vwapBps: orNull(r.vwap_bps) },
      ]),
    );
  }
}
