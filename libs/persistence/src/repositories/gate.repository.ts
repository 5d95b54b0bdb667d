import {
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type AccountId,
  type GateParent,
  type GateSibling,
  type Instrument,
  type ParentOrderId,
  type ParentOrderStatus,
  type Side,
  type Sizing,
  type VenueId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows } from '../sql.js';

export interface GateFacts {
  readonly parent: GateParent;
  readonly siblings: readonly GateSibling[];
  readonly instrument: Instrument;
  /** The account's gateway status allows placing, and a process holds its lease. */
  readonly mayPlace: boolean;
  readonly statusText: string;
}

interface FactColumns {
  status: ParentOrderStatus;
  side: Side;
  symbol: string;
  account_ids: string[];
  sizing: Sizing;
  order_qty: string;
  limit_price: string | null;
  ends_at: Date | null;
  base: string;
  quote: string;
  pair: string;
  market_type: Instrument['marketType'];
  tick: string;
  lot: string;
  min_qty: string;
  min_notional: string;
  instrument_status: Instrument['status'];
  account_status: string | null;
  account_reason: string | null;
  held: boolean | null;
}

/** How long after its planned end a parent may still send at most: FINISHER of algorithms.md 4.8 plus pauses to come. */
const FINISHER_MAX = '600 seconds';

/**
 * What the last gate needs, read in the claim's transaction with the parent's row locked (venues.md A9). The parent's
 * latest end is its planned time without pauses and out-of-limit time, both of which move it out, plus FINISHER.
 */
export async function readGateFacts(
  tx: Tx,
  parentOrderId: ParentOrderId,
  accountId: AccountId,
  venue: VenueId,
): Promise<GateFacts | null> {
  const asked = row<FactColumns>(
    tx,
    `SELECT p.status, p.side, p.symbol, p.account_ids, p.sizing, p.order_qty, p.limit_price,
            COALESCE(p.finisher_from, p.activated_at + make_interval(secs => p.duration_ms / 1000.0))
              + COALESCE((SELECT sum(COALESCE(i.to_at, clock_timestamp()) - i.from_at) FROM order_intervals i
                          WHERE i.parent_order_id = p.id), interval '0') + interval '${FINISHER_MAX}' AS ends_at,
            i.base, i.quote, i.pair, i.market_type, i.tick, i.lot, i.min_qty, i.min_notional,
            i.status AS instrument_status, s.status AS account_status, s.reason AS account_reason,
            l.lease_until > clock_timestamp() AS held
     FROM parent_orders p
     JOIN instruments i ON i.venue = $3 AND i.symbol = p.symbol
     LEFT JOIN account_states s ON s.account_id = $2
     LEFT JOIN account_leases l ON l.account_id = $2
     WHERE p.id = $1`,
    [parentOrderId, accountId, venue],
  );
  const ofSiblings = rows<{
    sequence: number;
    open: boolean;
    price: string;
    order_qty: string;
    cum_qty: string;
    cum_notional: string;
  }>(
    tx,
    `SELECT sequence, status <> 'closed' AS open, price, order_qty, cum_qty, cum_notional FROM child_orders
     WHERE parent_order_id = $1 AND (status <> 'closed' OR cum_qty > 0)`,
    [parentOrderId],
  );
  const [found, siblings] = await Promise.all([asked, ofSiblings]);
  if (found === null) return null;
  const placing = found.account_status === 'trading' || found.account_status === 'degraded';
  return {
    parent: {
      status: found.status,
      side: found.side,
      symbol: found.symbol,
      accountIds: found.account_ids,
      sizing: found.sizing,
      orderQty: decimal(found.order_qty),
      limitPrice: found.limit_price === null ? null : price(found.limit_price),
      endsAt: found.ends_at === null ? null : epochMs(found.ends_at.getTime()),
    },
    siblings: siblings.map((s) => ({
      sequence: s.sequence,
      open: s.open,
      price: price(s.price),
      orderQty: quantity(s.order_qty),
      cumQty: quantity(s.cum_qty),
      cumNotional: notional(s.cum_notional),
    })),
    instrument: {
      venue,
      symbol: found.symbol,
      pair: found.pair,
      marketType: found.market_type,
      base: found.base,
      quote: found.quote,
      tick: price(found.tick),
      lot: quantity(found.lot),
      minQty: quantity(found.min_qty),
      minNotional: notional(found.min_notional),
      status: found.instrument_status,
    },
    mayPlace: placing && found.held === true,
    statusText: `${found.account_status ?? 'unknown'}: ${found.held === true ? (found.account_reason ?? '') : 'no gateway holds the account'}`,
  };
}
