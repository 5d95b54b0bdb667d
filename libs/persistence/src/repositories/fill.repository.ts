import type { AccountId, ChildOrder, Decimal, Fill, FillAnomaly, ParentOrderId, TenantId } from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, rows, send } from '../sql.js';
import type { StoredChildOrder } from './child-order-row.js';

/** Fills: each one a fact, booked once whichever way it is reported (D-04). */
export class FillRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Those of the fills that are not booked yet. */
  async unbooked<F extends Fill>(accountId: AccountId, symbol: string, fills: readonly F[]): Promise<F[]> {
    if (fills.length === 0) return [];
    const known = await rows<{ venue_order_id: string; trade_id: string }>(
      this.tx,
      `SELECT venue_order_id, trade_id FROM fill_keys WHERE account_id = $1 AND symbol = $2 AND trade_id = ANY($3)`,
      [accountId, symbol, fills.map((f) => f.tradeId)],
    );
    const booked = new Set(known.map((k) => `${k.venue_order_id}|${k.trade_id}`));
    return fills.filter((f) => !booked.has(`${f.venueOrderId}|${f.tradeId}`));
  }

  /** Takes the fill's identity; false when it was taken before, and then nothing more may be written for it. */
  async takeKey(accountId: AccountId, symbol: string, fill: Fill, parentOrderId: ParentOrderId): Promise<boolean> {
    const inserted = await affected(
      this.tx,
      `INSERT INTO fill_keys (account_id, symbol, venue_order_id, trade_id, tenant_id, parent_order_id)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [accountId, symbol, fill.venueOrderId, fill.tradeId, this.tenantId, parentOrderId],
    );
    return inserted === 1;
  }

  /**
   * Books a fill whose key was just taken: the fill, its child's and its parent's progress, in one go.
   * @param feeQuote the fee in the quote asset, null when it cannot be converted
   */
  async book(
    child: StoredChildOrder,
    next: ChildOrder,
    fill: Fill,
    feeQuote: Decimal | null,
    anomaly: FillAnomaly | undefined,
  ): Promise<void> {
    const value = fill.lastPx.mul(fill.lastQty);
    await send(
      this.tx,
      `WITH booked AS (
         INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                            last_px, role, fee, fee_asset, fee_quote, anomaly, traded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, to_timestamp($15::double precision / 1000))),
       child AS (
         UPDATE child_orders SET cum_qty = cum_qty + $8::numeric, cum_notional = cum_notional + $16::numeric,
                updated_at = clock_timestamp()
         WHERE parent_order_id = $1 AND sequence = $2)
       UPDATE parent_orders SET cum_base = cum_base + $8::numeric, cum_quote = cum_quote + $16::numeric,
              maker_quote = maker_quote + CASE WHEN $10 = 'maker' THEN $16::numeric ELSE 0 END,
              fee_quote = fee_quote + COALESCE($13::numeric, 0), updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [
        child.parentOrderId,
        child.sequence,
        this.tenantId,
        child.accountId,
        child.symbol,
        fill.venueOrderId,
        fill.tradeId,
        fill.lastQty.toFixed(),
        fill.lastPx.toFixed(),
        fill.role,
        fill.fee.toFixed(),
        fill.feeAsset,
        feeQuote?.toFixed() ?? null,
        anomaly ?? null,
        fill.tradedAt,
        value.toFixed(),
      ],
    );
    await audit(this.tx, this.tenantId, [
      {
        entity: 'fill',
        entityId: next.clientOrderId,
        event: anomaly ?? 'booked',
        data: {
          tradeId: fill.tradeId,
          venueOrderId: fill.venueOrderId,
          lastQty: fill.lastQty.toFixed(),
          lastPx: fill.lastPx.toFixed(),
        },
      },
    ]);
  }
}
