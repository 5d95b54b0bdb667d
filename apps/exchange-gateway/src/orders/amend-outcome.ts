import {
  ChildAmendRepository,
  ChildOrderRepository,
  type ChildAmend,
  type Database,
  type DatabaseClock,
  type StoredChildOrder,
} from '#persistence';
import type { AccountSession } from '../accounts/account-sessions.js';
import { isAmended, type Booking } from './booking.js';
import { absenceAt, searchById, type Absence, type Search } from './look-up.js';
import { dueAfter } from './work-order.js';

const LOOK_AGAIN_MS = 1_000;
/** At a venue that leaves no proof that nothing was changed, the look goes on, seldom. */
const UNPROVEN_LOOK_MS = 60_000;

/**
 * What came of a change that nobody knows the outcome of: the venue's order is compared with the wish. That it was never
 * made is concluded as an order's absence is: by two looks past the fence, far enough apart (venues.md A6.5).
 */
export class AmendOutcome {
  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly booking: Pick<Booking, 'applyLocked'>,
  ) {}

  async find(child: StoredChildOrder, amend: ChildAmend, account: AccountSession, traceId: string): Promise<void> {
    const lookedAt = this.clock.now();
    const attempt = { claimedAt: amend.claimedAt, validUntil: amend.validUntil, lastAbsentAt: amend.unchangedAt };
    const absence = absenceAt(attempt, account, lookedAt);
    const search = await this.lookAt(child, amend, account, absence.kind === 'now');
    await this.db.inTenant(child.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, child.tenantId);
      const amends = new ChildAmendRepository(tx, child.tenantId);
      await repository.lockParent(child.parentOrderId);
      const current = await repository.find(child.parentOrderId, child.sequence);
      if (current?.amend?.epoch !== amend.epoch) return; // another attempt, or known by now
      const view = search.kind === 'found' ? search.facts.view : null;
      if (search.kind !== 'found' || view === null) {
        // Gone or not told: whether the order itself is over is for the resolver to find out.
        if (search.kind === 'absent') await dueAfter(tx, this.clock, 'child.resolve', current, 0, traceId);
        await dueAfter(tx, this.clock, 'child.amend', current, LOOK_AGAIN_MS, traceId);
        return;
      }
      await this.booking.applyLocked(tx, current, search.facts, traceId);
      if (isAmended(amend, view)) return;
      if (view.status !== 'working') return amends.drop(current, 'MOOT', 'the order is over');
      const proves = absence.kind === 'now' && current.amend.unchangedAt === amend.unchangedAt;
      if (proves && amend.unchangedAt !== null) {
        // Nothing of it can arrive any more and the order is as it was: it may be tried again.
        await amends.setStatus(current, 'requested', 'NEVER_ARRIVED');
        await dueAfter(tx, this.clock, 'child.amend', current, 0, traceId);
        return;
      }
      if (proves) await amends.seenUnchanged(current);
      const wait = proves ? account.venue.traits.lookupSpacingMs : nextLookMs(absence);
      await dueAfter(tx, this.clock, 'child.amend', current, wait, traceId);
    });
  }

  /** By our id; for a look that counts the list of open orders is asked as well, which may know more. */
  private async lookAt(
    child: StoredChildOrder,
    amend: ChildAmend,
    account: AccountSession,
    counts: boolean,
  ): Promise<Search> {
    const found = await searchById(child, account, 'reduce');
    const view = found.kind === 'found' ? found.facts.view : null;
    if (!counts || view?.status !== 'working' || isAmended(amend, view)) return found;
    const open = await account.session.openOrders(child.symbol, 'reduce');
    if (open.kind === 'failed') return { kind: 'unclear', why: `${open.why.code}: ${open.why.text}` };
    const [lost] = open.unreadable ?? [];
    if (lost !== undefined) return { kind: 'unclear', why: `${lost.code}: ${lost.text}` };
    const listed = open.value.find((one) => one.venueOrderId === view.venueOrderId);
    return listed !== undefined && isAmended(amend, listed)
      ? { kind: 'found', facts: { view: listed, fills: [] } }
      : found;
  }
}

function nextLookMs(absence: Absence): number {
  return absence.kind === 'never' ? UNPROVEN_LOOK_MS : LOOK_AGAIN_MS;
}
