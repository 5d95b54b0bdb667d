import {
  decimal,
  epochMs,
  type AccountId,
  type Decimal,
  type EpochMs,
  type MarginType,
  type ParentOrderId,
  type TenantId,
} from '#domain';
import type { Tx } from '../database.js';
import { row, rows, send } from '../sql.js';
import { underLease, type SaidUnderLease } from './account-state.repository.js';

/** A position as the venue reports it; `long` and `short` in hedge mode, else `both`. */
export interface StoredPosition {
  readonly symbol: string;
  readonly side: 'both' | 'long' | 'short';
  /** Signed: below zero is short. */
  readonly qty: Decimal;
  /** Null without a position. */
  readonly entryPx: Decimal | null;
  readonly markPx: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
  readonly leverage: Decimal | null;
  readonly marginType: MarginType | null;
}

export interface ShownPosition extends StoredPosition {
  readonly source: 'stream' | 'poll';
  readonly venueAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** What an order that may only reduce has to reckon with. */
export interface ReduciblePosition {
  /** In base, below zero when short; null while the venue has not told of positions. */
  readonly both: Decimal | null;
  /** Of an account that holds both sides. */
  readonly long: Decimal | null;
  readonly short: Decimal | null;
  /** Unfilled remainders of reduce-only children of other orders. */
  readonly reducingBuys: Decimal;
  readonly reducingSells: Decimal;
  /** A trade of the account is booked that what the venue last told of the position may lack. */
  readonly isBehind: boolean;
}

/** A position that the venue has told nothing newer of for this long after a trade stands as it is; seconds. */
const BEHIND_AT_MOST_S = 60;

/** Positions of venue accounts, as their venues report them. */
export class PositionRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /**
   * A poll names every position, so what it leaves out is zero; a stream event names what changed, and says nothing of
   * what it leaves null. An older report never replaces a newer one.
   * @param leaseEpoch `stale` when the account has changed hands since
   */
  save(
    accountId: AccountId,
    positions: readonly StoredPosition[],
    source: 'stream' | 'poll',
    venueAt: EpochMs,
    leaseEpoch: number,
  ): Promise<SaidUnderLease> {
    return underLease(this.tx, accountId, leaseEpoch, () => this.write(accountId, positions, source, venueAt));
  }

  /** Those that are not zero, and those that were until a moment ago. */
  async ofAccount(accountId: AccountId): Promise<ShownPosition[]> {
    const found = await rows<{
      symbol: string;
      side: StoredPosition['side'];
      qty: string;
      entry_px: string | null;
      mark_px: string | null;
      unrealized_pnl: string | null;
      leverage: string | null;
      margin_type: MarginType | null;
      source: ShownPosition['source'];
      venue_at: Date;
      updated_at: Date;
    }>(
      this.tx,
      `SELECT symbol, side, qty, entry_px, mark_px, unrealized_pnl, leverage, margin_type, source, venue_at, updated_at
       FROM positions WHERE account_id = $1 ORDER BY symbol, side`,
      [accountId],
    );
    const orNull = (text: string | null): Decimal | null => (text === null ? null : decimal(text));
    return found.map((p) => ({
      symbol: p.symbol,
      side: p.side,
      qty: decimal(p.qty),
      entryPx: orNull(p.entry_px),
      markPx: orNull(p.mark_px),
      unrealizedPnl: orNull(p.unrealized_pnl),
      leverage: orNull(p.leverage),
      marginType: p.margin_type,
      source: p.source,
      venueAt: epochMs(p.venue_at.getTime()),
      updatedAt: epochMs(p.updated_at.getTime()),
    }));
  }

  /** @param except the order that asks */
  async reducible(accountId: AccountId, symbol: string, except: ParentOrderId): Promise<ReduciblePosition> {
    const found = await row<{
      known: boolean;
      both: string | null;
      long: string | null;
      short: string | null;
      buys: string | null;
      sells: string | null;
      behind: boolean | null;
    }>(
      this.tx,
      `SELECT s.positions_at IS NOT NULL AS known, p.both, p.long, p.short, c.buys, c.sells,
              (SELECT o.last_traded_at > COALESCE(p.told_at, '-infinity')
                      AND o.last_traded_at > clock_timestamp() - make_interval(secs => ${BEHIND_AT_MOST_S})
               FROM own_volumes o WHERE o.account_id = $1 AND o.symbol = $2) AS behind
       FROM account_states s,
            LATERAL (SELECT sum(qty) FILTER (WHERE side = 'both') AS both, sum(qty) FILTER (WHERE side = 'long') AS long,
                            sum(qty) FILTER (WHERE side = 'short') AS short, max(venue_at) AS told_at
                     FROM positions WHERE account_id = $1 AND symbol = $2) p,
            LATERAL (SELECT sum(qty) FILTER (WHERE side = 'buy') AS buys, sum(qty) FILTER (WHERE side = 'sell') AS sells
                     FROM (SELECT side, GREATEST(0, GREATEST(order_qty, COALESCE(amend_qty, 0)) - cum_qty) AS qty
                           FROM child_orders WHERE tenant_id = $4 AND account_id = $1 AND symbol = $2 AND status <> 'closed'
                             AND reduce_only AND parent_order_id <> $3) o) c
       WHERE s.account_id = $1`,
      [accountId, symbol, except, this.tenantId],
    );
    const isKnown = found?.known === true;
    const qty = (text: string | null | undefined): Decimal | null => (isKnown ? decimal(text ?? '0') : null);
    return {
      both: qty(found?.both),
      long: qty(found?.long),
      short: qty(found?.short),
      reducingBuys: decimal(found?.buys ?? '0'),
      reducingSells: decimal(found?.sells ?? '0'),
      isBehind: found?.behind === true,
    };
  }

  private async write(
    accountId: AccountId,
    positions: readonly StoredPosition[],
    source: 'stream' | 'poll',
    venueAt: EpochMs,
  ): Promise<void> {
    const text = (value: Decimal | null): string | null => value?.toFixed() ?? null;
    await send(
      this.tx,
      `INSERT INTO positions AS p (account_id, tenant_id, symbol, side, qty, entry_px, mark_px, unrealized_pnl, leverage,
                                   margin_type, source, venue_at)
       SELECT $1, $2, n.*, $11, to_timestamp($12::double precision / 1000)
       FROM unnest($3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[],
                   $10::text[]) AS n
       ON CONFLICT (account_id, symbol, side) DO UPDATE SET qty = EXCLUDED.qty, entry_px = EXCLUDED.entry_px,
         mark_px = COALESCE(EXCLUDED.mark_px, p.mark_px),
         unrealized_pnl = COALESCE(EXCLUDED.unrealized_pnl, p.unrealized_pnl),
         leverage = COALESCE(EXCLUDED.leverage, p.leverage), margin_type = COALESCE(EXCLUDED.margin_type, p.margin_type),
         source = EXCLUDED.source, venue_at = EXCLUDED.venue_at, updated_at = clock_timestamp()
       WHERE p.venue_at <= EXCLUDED.venue_at`,
      [
        accountId,
        this.tenantId,
        positions.map((p) => p.symbol),
        positions.map((p) => p.side),
        positions.map((p) => p.qty.toFixed()),
        positions.map((p) => text(p.entryPx)),
        positions.map((p) => text(p.markPx)),
        positions.map((p) => text(p.unrealizedPnl)),
        positions.map((p) => text(p.leverage)),
        positions.map((p) => p.marginType),
        source,
        venueAt,
      ],
    );
    if (source === 'poll')
      await send(
        this.tx,
        `UPDATE positions p SET qty = 0, entry_px = NULL, unrealized_pnl = 0, source = 'poll', updated_at = clock_timestamp(),
                venue_at = to_timestamp($4::double precision / 1000)
         WHERE account_id = $1 AND qty <> 0 AND venue_at <= to_timestamp($4::double precision / 1000)
           AND NOT EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) AS n(symbol, side)
                           WHERE n.symbol = p.symbol AND n.side = p.side)`,
        [accountId, positions.map((p) => p.symbol), positions.map((p) => p.side), venueAt],
      );
    await send(this.tx, 'UPDATE account_states SET positions_at = clock_timestamp() WHERE account_id = $1', [
      accountId,
    ]);
  }
}
