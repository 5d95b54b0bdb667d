import {
  decimal,
  epochMs,
  type AccountId,
  type Decimal,
  type EpochMs,
  type Side,
  type TenantId,
  type VenueOrderId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { rows, send, theRow } from '../sql.js';

/** `gone`: the venue no longer lists it, and does not say how it ended. */
export type ExternalOrderStatus = 'working' | 'filled' | 'canceled' | 'expired' | 'rejected' | 'gone';

/** An order at one of our accounts that is not ours. */
export interface ExternalOrder {
  readonly symbol: string;
  readonly venueOrderId: VenueOrderId;
  /** The client id it carries, as the venue writes it; null where it is not told. */
  readonly clientText: string | null;
  readonly side: Side;
  readonly status: ExternalOrderStatus;
  readonly orderQty: Decimal;
  readonly cumQty: Decimal;
  readonly price: Decimal | null;
  readonly venueAt: EpochMs;
}

export interface StoredExternalOrder extends ExternalOrder {
  readonly firstSeenAt: EpochMs;
  readonly updatedAt: EpochMs;
}

interface Columns {
  symbol: string;
  venue_order_id: string;
  client_text: string | null;
  side: Side;
  status: ExternalOrderStatus;
  order_qty: string;
  cum_qty: string;
  price: string | null;
  venue_at: Date;
  first_seen_at: Date;
  updated_at: Date;
}

const COLUMNS = `symbol, venue_order_id, client_text, side, status, order_qty, cum_qty, price, venue_at, first_seen_at,
  updated_at`;

/** Orders of others at our accounts (venues.md A7): stored and shown. Nothing here changes one at its venue. */
export class ExternalOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Stores what the venue says of them; an older word than the stored one, or one after the end, changes nothing. */
  async save(accountId: AccountId, orders: readonly ExternalOrder[]): Promise<void> {
    if (orders.length === 0) return;
    const seen = await rows<{ venue_order_id: string; symbol: string; is_new: boolean }>(
      this.tx,
      `INSERT INTO external_orders AS e (account_id, tenant_id, symbol, venue_order_id, client_text, side, status, order_qty,
                                         cum_qty, price, venue_at)
       SELECT $1, $2, n.symbol, n.venue_order_id, n.client_text, n.side, n.status, n.order_qty, n.cum_qty, n.price,
              to_timestamp(n.venue_ms / 1000)
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[], $9::numeric[], $10::numeric[],
                   $11::double precision[])
            AS n(symbol, venue_order_id, client_text, side, status, order_qty, cum_qty, price, venue_ms)
       ON CONFLICT (account_id, symbol, venue_order_id) DO UPDATE SET status = EXCLUDED.status,
         client_text = COALESCE(EXCLUDED.client_text, e.client_text), order_qty = EXCLUDED.order_qty,
         cum_qty = EXCLUDED.cum_qty, price = EXCLUDED.price, venue_at = EXCLUDED.venue_at, updated_at = clock_timestamp()
       WHERE e.venue_at <= EXCLUDED.venue_at AND e.cum_qty <= EXCLUDED.cum_qty AND e.status IN ('working', 'gone')
         AND (e.status, e.cum_qty, e.order_qty, e.price)
             IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.cum_qty, EXCLUDED.order_qty, EXCLUDED.price)
       RETURNING e.symbol, e.venue_order_id, e.first_seen_at = e.updated_at AS is_new`,
      [
        accountId,
        this.tenantId,
        orders.map((o) => o.symbol),
        orders.map((o) => o.venueOrderId),
        orders.map((o) => o.clientText),
        orders.map((o) => o.side),
        orders.map((o) => o.status),
        orders.map((o) => o.orderQty.toFixed()),
        orders.map((o) => o.cumQty.toFixed()),
        orders.map((o) => o.price?.toFixed() ?? null),
        orders.map((o) => o.venueAt),
      ],
    );
    await audit(
      this.tx,
      this.tenantId,
      seen
        .filter((one) => one.is_new)
        .map((one) => ({
          entity: 'account' as const,
          entityId: accountId,
          event: 'EXTERNAL_ORDER_SEEN',
          data: { symbol: one.symbol, venueOrderId: one.venue_order_id },
        })),
    );
  }

  /** Those that work at the venue as far as we know, oldest first. */
  async working(accountId: AccountId): Promise<StoredExternalOrder[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM external_orders WHERE account_id = $1 AND status = 'working'
       ORDER BY first_seen_at, venue_order_id`,
      [accountId],
    );
    return found.map(toExternal);
  }

  /** Those that work, and the last that ended: what a person looks at. */
  async shown(accountId: AccountId, limit: number): Promise<StoredExternalOrder[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM external_orders WHERE account_id = $1
       ORDER BY (status = 'working') DESC, updated_at DESC, venue_order_id LIMIT $2`,
      [accountId, limit],
    );
    return found.map(toExternal);
  }

  async find(accountId: AccountId, symbol: string, venueOrderId: string): Promise<StoredExternalOrder | null> {
    const [found] = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM external_orders WHERE account_id = $1 AND symbol = $2 AND venue_order_id = $3`,
      [accountId, symbol, venueOrderId],
    );
    return found === undefined ? null : toExternal(found);
  }

  async countWorking(accountId: AccountId): Promise<number> {
    const { count } = await theRow<{ count: number }>(
      this.tx,
      `SELECT count(*)::integer AS count FROM external_orders WHERE account_id = $1 AND status = 'working'`,
      [accountId],
    );
    return count;
  }

  /** The venue lists it no longer and knows nothing of its end. */
  async markGone(accountId: AccountId, symbol: string, venueOrderId: VenueOrderId): Promise<void> {
    await send(
      this.tx,
      `UPDATE external_orders SET status = 'gone', updated_at = clock_timestamp()
       WHERE account_id = $1 AND symbol = $2 AND venue_order_id = $3 AND status = 'working'`,
      [accountId, symbol, venueOrderId],
    );
  }
}

function toExternal(c: Columns): StoredExternalOrder {
  return {
    symbol: c.symbol,
    venueOrderId: c.venue_order_id as VenueOrderId,
    clientText: c.client_text,
    side: c.side,
    status: c.status,
    orderQty: decimal(c.order_qty),
    cumQty: decimal(c.cum_qty),
    price: c.price === null ? null : decimal(c.price),
    venueAt: epochMs(c.venue_at.getTime()),
    firstSeenAt: epochMs(c.first_seen_at.getTime()),
    updatedAt: epochMs(c.updated_at.getTime()),
  };
}
