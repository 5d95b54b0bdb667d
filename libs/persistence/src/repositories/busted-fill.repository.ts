import {
  quantity,
  type AccountId,
  type ChildOrder,
  type EpochMs,
  type Fill,
  type ParentOrderId,
  type Quantity,
  type Replacement,
  type TenantId,
  type TradeId,
  type VenueOrderId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, rows, send } from '../sql.js';
import type { StoredChildOrder } from './child-order-row.js';
import { FillRepository } from './fill.repository.js';

/** A fill by what names it at its venue, and whose it is. */
export interface BookedFill {
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
  readonly venueOrderId: VenueOrderId;
  readonly tradeId: TradeId;
  readonly lastQty: Quantity;
}

interface Columns {
  parent_order_id: string;
  sequence: number;
  venue_order_id: string;
  trade_id: string;
  last_qty: string;
}

const COLUMNS = 'f.parent_order_id, f.sequence, f.venue_order_id, f.trade_id, f.last_qty';
const IS_BUST = `EXISTS (SELECT 1 FROM fill_busts b WHERE b.account_id = f.account_id AND b.symbol = f.symbol
                           AND b.venue_order_id = f.venue_order_id AND b.trade_id = f.trade_id)`;
const TO_TIME = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/** Trades that a venue took back: what was booked stays, and leaves the sums in the transaction that says so. */
export class BustedFillRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /**
   * Fills that count, by trades from `from` on, booked before `bookedBefore`; of children that are open or ended since
   * `from`. Inferred ones are not among them: no venue lists those.
   */
  async standing(accountId: AccountId, symbol: string, from: EpochMs, bookedBefore: EpochMs): Promise<BookedFill[]> {
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM child_orders c JOIN fills f USING (parent_order_id, sequence)
       WHERE c.tenant_id = $5 AND c.account_id = $1 AND c.symbol = $2
         AND (c.status <> 'closed' OR c.closed_at >= ${TO_TIME('$3')})
         AND f.traded_at >= ${TO_TIME('$3')} AND f.booked_at < ${TO_TIME('$4')} AND NOT f.inferred AND NOT ${IS_BUST}
       ORDER BY f.traded_at, f.id`,
      [accountId, symbol, from, bookedBefore, this.tenantId],
    );
    return found.map(toBooked);
  }

  /** Those of a venue's trades that we hold for taken back. */
  async bustedAmong(accountId: AccountId, symbol: string, told: readonly Fill[]): Promise<BookedFill[]> {
    if (told.length === 0) return [];
    const found = await rows<Columns>(
      this.tx,
      `SELECT ${COLUMNS} FROM fill_busts b
       JOIN fills f ON f.parent_order_id = b.parent_order_id AND f.account_id = b.account_id AND f.symbol = b.symbol
         AND f.venue_order_id = b.venue_order_id AND f.trade_id = b.trade_id
       WHERE b.account_id = $1 AND b.symbol = $2 AND b.trade_id = ANY($3)`,
      [accountId, symbol, told.map((fill) => fill.tradeId)],
    );
    const names = new Set(told.map((fill) => `${fill.venueOrderId}|${fill.tradeId}`));
    return found.map(toBooked).filter((fill) => names.has(`${fill.venueOrderId}|${fill.tradeId}`));
  }

  /** Takes a fill out of its child's and its parent's sums. False when it was taken out before: nothing is written. */
  async bust(child: StoredChildOrder, next: ChildOrder, fill: BookedFill): Promise<boolean> {
    const inserted = await affected(
      this.tx,
      `INSERT INTO fill_busts (account_id, symbol, venue_order_id, trade_id, tenant_id, parent_order_id)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [child.accountId, child.symbol, fill.venueOrderId, fill.tradeId, this.tenantId, child.parentOrderId],
    );
    if (inserted !== 1) return false;
    await this.count(child, next, fill, -1);
    return true;
  }

  /**
   * Puts it back, where the venue tells the trade again, in the place of what was inferred meanwhile. False when it
   * stands: nothing is written.
   */
  async reinstate(
    child: StoredChildOrder,
    next: ChildOrder,
    fill: BookedFill,
    replaced: readonly Replacement[],
  ): Promise<boolean> {
    const deleted = await affected(
      this.tx,
      'DELETE FROM fill_busts WHERE account_id = $1 AND symbol = $2 AND venue_order_id = $3 AND trade_id = $4',
      [child.accountId, child.symbol, fill.venueOrderId, fill.tradeId],
    );
    if (deleted !== 1) return false;
    await new FillRepository(this.tx, this.tenantId).withdraw(child, replaced);
    await this.count(child, next, fill, 1);
    return true;
  }

  private async count(child: StoredChildOrder, next: ChildOrder, fill: BookedFill, sign: 1 | -1): Promise<void> {
    await send(
      this.tx,
      `WITH f AS (
         SELECT last_qty * $5::integer AS qty, last_qty * last_px * $5::integer AS value,
                CASE WHEN role = 'maker' THEN last_qty * last_px * $5::integer ELSE 0 END AS maker_value,
                COALESCE(fee_quote, 0) * $5::integer AS fee
         FROM fills WHERE parent_order_id = $1 AND sequence = $2 AND venue_order_id = $3 AND trade_id = $4 AND NOT inferred),
       child AS (
         UPDATE child_orders SET cum_qty = cum_qty + f.qty, cum_notional = cum_notional + f.value, updated_at = clock_timestamp()
         FROM f WHERE parent_order_id = $1 AND sequence = $2)
       UPDATE parent_orders SET cum_base = cum_base + f.qty, cum_quote = cum_quote + f.value,
              maker_quote = maker_quote + f.maker_value, fee_quote = parent_orders.fee_quote + f.fee,
              updated_at = clock_timestamp(), version = version + 1
       FROM f WHERE id = $1`,
      [child.parentOrderId, child.sequence, fill.venueOrderId, fill.tradeId, sign],
    );
    await audit(this.tx, this.tenantId, [
      {
        entity: 'fill',
        entityId: next.clientOrderId,
        event: sign === -1 ? 'busted' : 'reinstated',
        data: {
          tradeId: fill.tradeId,
          venueOrderId: fill.venueOrderId,
          lastQty: fill.lastQty.toFixed(),
          cumQty: next.cumQty.toFixed(),
        },
      },
    ]);
  }
}

function toBooked(found: Columns): BookedFill {
  return {
    parentOrderId: found.parent_order_id as ParentOrderId,
    sequence: found.sequence,
    venueOrderId: found.venue_order_id as VenueOrderId,
    tradeId: found.trade_id as TradeId,
    lastQty: quantity(found.last_qty),
  };
}
