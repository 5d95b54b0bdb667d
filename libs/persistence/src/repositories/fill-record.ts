import { decimal, price, quantity, type Decimal, type Price, type Quantity } from '#domain';
import { MICROS, type EpochMicros } from './epoch-micros.js';

/** A fill as its owner sees it. */
export interface FillRecord {
  readonly id: string;
  readonly sequence: number;
  readonly tradeId: string;
  readonly tradedAt: EpochMicros;
  readonly lastPx: Price;
  readonly lastQty: Quantity;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly role: 'maker' | 'taker';
}

/** Columns of a fill, of the alias `f`. */
export const FILL_COLUMNS = `f.id, f.sequence, f.trade_id, ${MICROS('f.traded_at')} AS traded_at, f.last_px, f.last_qty,
  f.fee, f.fee_asset, f.role`;

/** SQL: true of a fill `f` that the venue did not take back. */
export const NOT_BUSTED = `NOT EXISTS (SELECT 1 FROM fill_busts b WHERE b.parent_order_id = f.parent_order_id
  AND b.account_id = f.account_id AND b.symbol = f.symbol AND b.venue_order_id = f.venue_order_id AND b.trade_id = f.trade_id)`;

/** Oldest first; those of one instant in the order of their placements. */
export function byTime(a: FillRecord, b: FillRecord): number {
  return a.tradedAt - b.tradedAt || a.sequence - b.sequence || (a.id < b.id ? -1 : 1);
}

export interface FillColumns {
  id: string;
  sequence: number;
  trade_id: string;
  traded_at: string;
  last_px: string;
  last_qty: string;
  fee: string;
  fee_asset: string;
  role: 'maker' | 'taker';
}

export function toFill(r: FillColumns): FillRecord {
  return {
    id: r.id,
    sequence: r.sequence,
    tradeId: r.trade_id,
    tradedAt: Number(r.traded_at) as EpochMicros,
    lastPx: price(r.last_px),
    lastQty: quantity(r.last_qty),
    fee: decimal(r.fee),
    feeAsset: r.fee_asset,
    role: r.role,
  };
}
