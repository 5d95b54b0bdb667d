import {
  decimal,
  epochMs,
  type Decimal,
  type OwnTrade,
  type ParentOrderId,
  type TenantId,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { rows } from '../sql.js';
import type { OrderLeg } from './execution-order.repository.js';

/** What the account group of an order has traded on an instrument, and what it still may. */
export interface OwnVolume {
  readonly venue: VenueId;
  readonly symbol: string;
  /** Ever booked, by orders of ours. */
  readonly cumBase: Decimal;
  readonly lastTrade: OwnTrade | null;
  /**
   * Unfilled remainders of open child orders, the larger one where a change of the quantity is under way; zero for an order
   * that follows nobody's volume.
   */
  readonly working: Decimal;
  /**
   * False while one of these open child orders is of an account whose fills may not all have come: its stream is broken
   * or being reconciled, or nobody looks after it.
   */
  readonly isTold: boolean;
}

interface Columns {
  readonly venue: string;
  readonly symbol: string;
  readonly cum_base: string | null;
  readonly last_trade_id: string | null;
  readonly last_traded_ms: string | null;
  readonly working: string | null;
  readonly is_told: boolean | null;
}

/** Own volume: of all accounts whose owners own an account of the order. */
export class OwnVolumeRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /**
   * By instrument of the legs. One statement, so that a fill which is booked meanwhile is in one part or the other;
   * in both at worst. What is open is only summed for an order that follows the volume of others: there may be thousands.
   */
  async read(id: ParentOrderId, legs: readonly OrderLeg[]): Promise<OwnVolume[]> {
    const found = await rows<Columns>(
      this.tx,
      `WITH legs AS (SELECT DISTINCT venue, symbol FROM unnest($1::text[], $2::text[]) AS l (venue, symbol)),
            follower AS MATERIALIZED (
              SELECT 1 FROM parent_orders
              WHERE id = $5 AND (params ->> 'povLimit' IS NOT NULL OR params ->> 'povTarget' IS NOT NULL)),
            ours AS (SELECT a.id, a.venue FROM accounts a
                     WHERE a.user_id IN (SELECT user_id FROM accounts WHERE id = ANY($3::uuid[])))
       SELECT l.venue, l.symbol, own.cum_base, own.last_trade_id, own.last_traded_ms, open.working, open.is_told
       FROM legs l
       LEFT JOIN LATERAL (
         SELECT sum(o.cum_base) AS cum_base,
                (array_agg(o.last_trade_id ORDER BY o.last_traded_at DESC))[1] AS last_trade_id,
                (extract(epoch FROM max(o.last_traded_at)) * 1000)::bigint AS last_traded_ms
         FROM ours a JOIN own_volumes o ON o.account_id = a.id AND o.symbol = l.symbol WHERE a.venue = l.venue) own ON true
       LEFT JOIN LATERAL (
         SELECT sum(GREATEST(0, GREATEST(c.order_qty, COALESCE(c.amend_qty, 0)) - c.cum_qty)) AS working,
                bool_and(COALESCE(s.status = 'trading' AND h.lease_until > clock_timestamp(), false)) AS is_told
         FROM ours a JOIN child_orders c ON c.account_id = a.id AND c.tenant_id = $4 AND c.status <> 'closed'
           AND c.symbol = l.symbol
         LEFT JOIN account_states s ON s.account_id = a.id LEFT JOIN account_leases h ON h.account_id = a.id
         WHERE a.venue = l.venue AND EXISTS (SELECT 1 FROM follower)) open ON true`,
      [
        legs.map(({ venue }) => venue),
        legs.map(({ symbol }) => symbol),
        legs.map(({ accountId }) => accountId),
        this.tenantId,
        id,
      ],
    );
    return found.map((one) => ({
      venue: one.venue as VenueId,
      symbol: one.symbol,
      cumBase: decimal(one.cum_base ?? '0'),
      lastTrade:
        one.last_trade_id === null || one.last_traded_ms === null
          ? null
          : { tradeId: one.last_trade_id, tradedAt: epochMs(Number(one.last_traded_ms)) },
      working: decimal(one.working ?? '0'),
      isTold: one.is_told ?? true,
    }));
  }
}
