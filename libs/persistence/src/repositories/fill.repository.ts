import {
  price,
  quantity,
  ZERO,
  type AccountId,
  type ChildOrder,
  type Decimal,
  type Fill,
  type FillAnomaly,
  type InferredFill,
  type ParentOrderId,
  type Replacement,
  type TenantId,
} from '#domain';
import type { Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { affected, rows, send } from '../sql.js';
import type { StoredChildOrder } from './child-order-row.js';

/** What a booked fill has to do with inferred ones: it is one, or takes the place of some. */
export interface Inference {
  readonly isInferred: boolean;
  readonly replaced: readonly Replacement[];
}

const A_FACT: Inference = { isInferred: false, replaced: [] };

/**
 * Own volume by account and instrument, as the volume of others wants it: what replaces an inferred fill counts once, and
 * the newest trade is one that the venue has told. Parameters as those of the booking.
 */
const COUNT_OWN = `
         INSERT INTO own_volumes AS o (account_id, symbol, tenant_id, cum_base, last_trade_id, last_traded_at)
         VALUES ($4, $5, $3, $17::numeric, CASE WHEN $16 THEN '' ELSE $7 END,
                 to_timestamp($15::double precision / 1000))
         ON CONFLICT (account_id, symbol) DO UPDATE SET cum_base = o.cum_base + EXCLUDED.cum_base,
           last_trade_id = CASE WHEN EXCLUDED.last_trade_id = '' OR EXCLUDED.last_traded_at < o.last_traded_at
                                THEN o.last_trade_id ELSE EXCLUDED.last_trade_id END,
           last_traded_at = GREATEST(o.last_traded_at, EXCLUDED.last_traded_at)`;

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

  /** What stands in for trades that the venue has not told of this child, oldest first. */
  async inferred(child: StoredChildOrder): Promise<InferredFill[]> {
    const found = await rows<{ id: string; last_qty: string; last_px: string; role: Fill['role'] }>(
      this.tx,
      `SELECT id, last_qty, last_px, role FROM fills WHERE parent_order_id = $1 AND sequence = $2 AND inferred
       ORDER BY booked_at, id`,
      [child.parentOrderId, child.sequence],
    );
    return found.map((f) => ({ id: f.id, lastQty: quantity(f.last_qty), lastPx: price(f.last_px), role: f.role }));
  }

  /**
   * Books a fill whose key was just taken: the fill, its child's and its parent's progress, in one go. What it replaces
   * of inferred fills leaves the sums with it, so nothing counts twice at any instant.
   * @param feeQuote the fee in the quote asset, null when it cannot be converted
   */
  async book(
    child: StoredChildOrder,
    next: ChildOrder,
    fill: Fill,
    feeQuote: Decimal | null,
    anomaly: FillAnomaly | undefined,
    inference: Inference = A_FACT,
  ): Promise<void> {
    const value = fill.lastPx.mul(fill.lastQty);
    const replaced = sumsOf(inference.replaced);
    const inferredQty = (inference.isInferred ? fill.lastQty : ZERO).sub(replaced.qty);
    await send(
      this.tx,
      `WITH booked AS (
         INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                            last_px, role, fee, fee_asset, fee_quote, anomaly, inferred, traded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16,
                 to_timestamp($15::double precision / 1000))),
       child AS (
         UPDATE child_orders SET cum_qty = cum_qty + $17::numeric, cum_notional = cum_notional + $18::numeric,
                inferred_qty = inferred_qty + $20::numeric, updated_at = clock_timestamp()
         WHERE parent_order_id = $1 AND sequence = $2),
       own AS (${COUNT_OWN})
       UPDATE parent_orders SET cum_base = cum_base + $17::numeric, cum_quote = cum_quote + $18::numeric,
              maker_quote = maker_quote + $19::numeric,
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
        inference.isInferred,
        fill.lastQty.sub(replaced.qty).toFixed(),
        value.sub(replaced.value).toFixed(),
        (fill.role === 'maker' ? value : ZERO).sub(replaced.makerValue).toFixed(),
        inferredQty.toFixed(),
      ],
    );
    for (const { inferred, qty } of inference.replaced) await this.shrink(child, inferred, qty);
    await audit(this.tx, this.tenantId, [
      {
        entity: 'fill',
        entityId: next.clientOrderId,
        event: anomaly ?? (inference.isInferred ? 'inferred' : 'booked'),
        data: {
          tradeId: fill.tradeId,
          venueOrderId: fill.venueOrderId,
          lastQty: fill.lastQty.toFixed(),
          lastPx: fill.lastPx.toFixed(),
          ...(inference.replaced.length === 0 ? {} : { replacesInferred: replaced.qty.toFixed() }),
        },
      },
    ]);
  }

  /** Takes inferred fills, or parts of them, out of the sums of their child and its parent. */
  async withdraw(child: StoredChildOrder, replaced: readonly Replacement[]): Promise<void> {
    if (replaced.length === 0) return;
    const { qty, value, makerValue } = sumsOf(replaced);
    await send(
      this.tx,
      `WITH child AS (
         UPDATE child_orders SET cum_qty = cum_qty - $3::numeric, cum_notional = cum_notional - $4::numeric,
                inferred_qty = inferred_qty - $3::numeric, updated_at = clock_timestamp()
         WHERE parent_order_id = $1 AND sequence = $2),
       own AS (UPDATE own_volumes SET cum_base = cum_base - $3::numeric WHERE account_id = $6 AND symbol = $7)
       UPDATE parent_orders SET cum_base = cum_base - $3::numeric, cum_quote = cum_quote - $4::numeric,
              maker_quote = maker_quote - $5::numeric, updated_at = clock_timestamp(), version = version + 1
       WHERE id = $1`,
      [
        child.parentOrderId,
        child.sequence,
        qty.toFixed(),
        value.toFixed(),
        makerValue.toFixed(),
        child.accountId,
        child.symbol,
      ],
    );
    for (const { inferred, qty: part } of replaced) await this.shrink(child, inferred, part);
  }

  private shrink(child: StoredChildOrder, inferred: InferredFill, qty: Decimal): Promise<void> {
    if (qty.gte(inferred.lastQty))
      return send(this.tx, 'DELETE FROM fills WHERE parent_order_id = $1 AND id = $2 AND inferred', [
        child.parentOrderId,
        inferred.id,
      ]);
    return send(
      this.tx,
      'UPDATE fills SET last_qty = last_qty - $3::numeric WHERE parent_order_id = $1 AND id = $2 AND inferred',
      [child.parentOrderId, inferred.id, qty.toFixed()],
    );
  }
}

function sumsOf(replaced: readonly Replacement[]): { qty: Decimal; value: Decimal; makerValue: Decimal } {
  let [qty, value, makerValue] = [ZERO, ZERO, ZERO];
  for (const { inferred, qty: part } of replaced) {
    const partValue = part.mul(inferred.lastPx);
    qty = qty.add(part);
    value = value.add(partValue);
    if (inferred.role === 'maker') makerValue = makerValue.add(partValue);
  }
  return { qty, value, makerValue };
}
