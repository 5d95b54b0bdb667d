import { addMs, type EpochMs, type Quantity } from '#domain';
import {
  BustedFillRepository,
  ChildOrderRepository,
  type BookedFill,
  type Database,
  type DatabaseClock,
  type HeldAccount,
  type Tx,
} from '#persistence';
import type { VenueFill } from '#venues';
import type { Booking } from '../orders/booking.js';
import type { AccountSession } from './account-sessions.js';
import type { Mismatch } from './drift.js';

/** Of two clocks and a list that begins at an instant: what lies so near to its beginning proves nothing. */
const NEAR_THE_BEGINNING_MS = 5_000;
/** What was booked so shortly before a list was asked for may not be in it yet. */
const LIST_LAG_MS = 30_000;

/** A fill that one comparison found to be taken back. */
export interface Suspect {
  readonly symbol: string;
  /** From when on the trades were asked for, so that the next list could tell of it too. */
  readonly from: EpochMs;
  readonly provenAt: EpochMs;
}

/** By symbol, order and trade; kept from one comparison of an account to the next. */
export type Suspects = Map<string, Suspect>;

export interface TakenBackParts {
  readonly account: HeldAccount;
  readonly session: AccountSession;
  readonly db: Database;
  readonly clock: Pick<DatabaseClock, 'now'>;
  readonly booking: Booking;
  readonly suspects: Suspects;
}

/**
 * Trades that a venue has taken back (busted): no message tells of them. A fill of ours that the venue's list of trades no
 * longer has, of an order of which it counts less than we do by as much, is out of the sums once two comparisons in turn
 * have found so; one that it tells again is back in them (ADR 28).
 */
export class TakenBack {
  constructor(private readonly parts: TakenBackParts) {}

  /**
   * Compares our fills with every trade that the venue told of a symbol since `from`.
   * @param askedAt before the trades were asked for
   * @returns the differences, those included that are not proven yet
   */
  async compare(
    symbol: string,
    from: EpochMs,
    told: readonly VenueFill[],
    askedAt: EpochMs,
  ): Promise<readonly Mismatch[]> {
    const { account, booking } = this.parts;
    const { accountId, tenantId } = account;
    const [standing, again] = await this.inTenant((tx) => {
      const busted = new BustedFillRepository(tx, tenantId);
      return Promise.all([
        busted.standing(accountId, symbol, addMs(from, NEAR_THE_BEGINNING_MS), addMs(askedAt, -LIST_LAG_MS)),
        busted.bustedAmong(accountId, symbol, told),
      ]);
    });
    for (const fill of again) await booking.reinstate({ tenantId, ...fill }, fill);
    const names = new Set(told.map((fill) => nameOf(symbol, fill)));
    const missing = standing.filter((fill) => !names.has(nameOf(symbol, fill)));
    this.acquit(symbol, new Set(missing.map((fill) => nameOf(symbol, fill))));
    for (const fill of missing) await this.judge(symbol, from, fill);
    return missing.map((fill) => ({
      kind: 'fill' as const,
      subject: nameOf(symbol, fill),
      ours: fill.lastQty.toFixed(),
      theirs: 'none',
    }));
  }

  /** Who is not missing any more is no suspect. */
  private acquit(symbol: string, missing: ReadonlySet<string>): void {
    const { suspects } = this.parts;
    for (const [name, suspect] of suspects) if (suspect.symbol === symbol && !missing.has(name)) suspects.delete(name);
  }

  /**
   * A list may lag: only an order that counts less than we do, by the whole fill, proves that the trade is gone. Our count is
   * read first, so that what is booked while the venue answers proves nothing. A venue may lag with both, so it takes
   * two proofs, as far apart as two looks for a missing order; a look that is not answered changes nothing.
   */
  private async judge(symbol: string, from: EpochMs, fill: BookedFill): Promise<void> {
    const { account, booking, clock, session, suspects } = this.parts;
    const name = nameOf(symbol, fill);
    const counted = await this.counted(fill);
    const found = await session.session.findOrder({ symbol, venueOrderId: fill.venueOrderId }, 'reduce');
    if (counted === null || found.kind !== 'found') return;
    if (counted.sub(fill.lastQty).lt(found.order.cumQty)) {
      suspects.delete(name);
      return;
    }
    const now = clock.now();
    const suspect = suspects.get(name);
    if (suspect === undefined) suspects.set(name, { symbol, from, provenAt: now });
    else if (
      now - suspect.provenAt >= session.venue.traits.lookupSpacingMs &&
      (await booking.takeBack({ tenantId: account.tenantId, ...fill }, fill, counted))
    )
      suspects.delete(name);
  }

  private async counted({ parentOrderId, sequence }: BookedFill): Promise<Quantity | null> {
    const child = await this.inTenant((tx) =>
      new ChildOrderRepository(tx, this.parts.account.tenantId).find(parentOrderId, sequence),
    );
    return child?.order.cumQty ?? null;
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}

function nameOf(symbol: string, { venueOrderId, tradeId }: Pick<BookedFill, 'venueOrderId' | 'tradeId'>): string {
  return `${symbol}/${venueOrderId}/${tradeId}`;
}
