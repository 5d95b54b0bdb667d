import {
  CHUNK_SECONDS,
  decimal,
  price,
  type AccountId,
  type Decimal,
  type Price,
  type Side,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';

/** A maker fill of ours and the mid five seconds later. */
export interface JudgedFill {
  readonly side: Side;
  readonly price: Price;
  readonly midAfter: Decimal;
}

/** How long cancels took at an account's venue lately. */
export interface CancelTimes {
  readonly count: number;
  /** 99th percentile in ms; null without any. */
  readonly p99Ms: number | null;
}

/** Fills newer than this may lack the market after them: five seconds, and ten until those are written. */
const UNTIL_KNOWN = '20 seconds';
const CHILDREN_LOOKED_AT = 400;
const CANCELS_LOOKED_AT = 500;

/** What our orders have met at a venue account lately. */
export class AccountHabitsRepository {
  constructor(private readonly tx: Tx) {}

  /** The newest maker fills whose next seconds are known, newest first. */
  async makerFills(accountId: AccountId, venue: VenueId, symbol: string, limit: number): Promise<JudgedFill[]> {
    const found = await rows<{ side: Side; last_px: string; mid: string }>(
      this.tx,
      `SELECT f.side, f.last_px, (m.bids[f.i] + m.asks[f.i]) / 2 AS mid
       FROM (
         SELECT c.side, f.last_px, f.traded_at, f.second / ${CHUNK_SECONDS} AS chunk,
                (f.second % ${CHUNK_SECONDS} + 1)::integer AS i
         FROM (SELECT parent_order_id, sequence, side FROM child_orders
               WHERE account_id = $1 AND symbol = $3 AND closed_at > now() - interval '8 days' AND status = 'closed'
                 AND cum_qty > 0 AND time_in_force <> 'ioc'
               ORDER BY closed_at DESC LIMIT ${CHILDREN_LOOKED_AT}) c
         JOIN LATERAL (
           SELECT last_px, traded_at, ceil(extract(epoch FROM traded_at) + 5)::bigint AS second FROM fills f
           WHERE f.parent_order_id = c.parent_order_id AND f.sequence = c.sequence AND f.role = 'maker' AND NOT f.inferred
             AND f.traded_at < now() - interval '${UNTIL_KNOWN}') f ON true
         ORDER BY f.traded_at DESC LIMIT $4) f
       JOIN market_samples m ON m.venue = $2 AND m.symbol = $3 AND m.chunk = f.chunk
       WHERE m.bids[f.i] IS NOT NULL AND m.asks[f.i] IS NOT NULL
       ORDER BY f.traded_at DESC`,
      [accountId, venue, symbol, limit],
    );
    return found.map(({ side, last_px: px, mid }) => ({ side, price: price(px), midAfter: decimal(mid) }));
  }

  /** Of the newest cancels of a day, from when they were asked for until they were booked. */
  async cancelTimes(accountId: AccountId): Promise<CancelTimes> {
    const found = await row<{ count: number; p99: number | null }>(
      this.tx,
      `SELECT count(*)::integer AS count, percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)::double precision AS p99
       FROM (SELECT extract(epoch FROM closed_at - cancel_requested_at) * 1000 AS ms FROM child_orders
             WHERE account_id = $1 AND closed_at > now() - interval '1 day' AND status = 'closed'
               AND close_reason = 'canceled' AND cancel_requested_at IS NOT NULL AND closed_at >= cancel_requested_at
             ORDER BY closed_at DESC LIMIT ${CANCELS_LOOKED_AT}) c`,
      [accountId],
    );
    return { count: found?.count ?? 0, p99Ms: found?.p99 ?? null };
  }
}
