import { addMs, type EpochMs } from '#domain';
import {
  BustedFillRepository,
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

export interface TakenBackParts {
  readonly account: HeldAccount;
  readonly session: AccountSession;
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly booking: Booking;
}

/**
 * Trades that a venue has taken back (busted): no message tells of them. A fill of ours that the venue's list of trades no
 * longer has, of an order of which it counts less than we do, is out of the sums from then on; one that it tells again
 * is back in them (ADR 28).
 */
export class TakenBack {
  constructor(private readonly parts: TakenBackParts) {}

  /**
   * Compares our fills with every trade that the venue told of a symbol since `from`.
   * @returns the differences, those included that are not proven yet
   */
  async compare(symbol: string, from: EpochMs, told: readonly VenueFill[]): Promise<Mismatch[]> {
    const { account, booking, clock } = this.parts;
    const { accountId, tenantId } = account;
    const [standing, again] = await this.inTenant((tx) => {
      const busted = new BustedFillRepository(tx, tenantId);
      const bookedBefore = addMs(clock.now(), -booking.fillPatienceMs);
      return Promise.all([
        busted.standing(accountId, symbol, addMs(from, NEAR_THE_BEGINNING_MS), bookedBefore),
        busted.bustedAmong(accountId, symbol, told),
      ]);
    });
    for (const fill of again) await booking.reinstate({ tenantId, ...fill }, fill);
    const names = new Set(told.map(nameOf));
    const missing = standing.filter((fill) => !names.has(nameOf(fill)));
    for (const fill of missing) await this.judge(symbol, fill);
    return missing.map((fill) => ({
      kind: 'fill' as const,
      subject: `${symbol}/${nameOf(fill)}`,
      ours: fill.lastQty.toFixed(),
      theirs: 'none',
    }));
  }

  /** A list may lag: only an order that counts less than we booked proves that the trade is gone. */
  private async judge(symbol: string, fill: BookedFill): Promise<void> {
    const { account, booking, session } = this.parts;
    const found = await session.session.findOrder({ symbol, venueOrderId: fill.venueOrderId }, 'reduce');
    if (found.kind === 'found')
      await booking.takeBack({ tenantId: account.tenantId, ...fill }, fill, found.order.cumQty);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}

function nameOf({ venueOrderId, tradeId }: Pick<BookedFill, 'venueOrderId' | 'tradeId'>): string {
  return `${venueOrderId}/${tradeId}`;
}
