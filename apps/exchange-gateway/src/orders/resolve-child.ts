import type { EpochMs } from '#domain';
import {
  ChildOrderRepository,
  UnknownOrderRepository,
  wakeParent,
  type Database,
  type DatabaseClock,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { AccountSession, AccountSessions } from '../accounts/account-sessions.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking, ChildKey } from './booking.js';
import { absenceAt, nextLookMs, searchById, searchEverywhere, type Search } from './look-up.js';
import { dueAfter, nothingDue, takeWork } from './work-order.js';

/** Two looks that find nothing, far enough apart, are proof; one is not (reliability.md 1.1). */
const ABSENT_LOOKS_NEEDED = 2;
/** A claim younger than this may still be on its way through its own worker. */
const CLAIM_GRACE_MS = 5_000;
const NO_SESSION_RETRY_MS = 1_000;
/** How often a parked order is looked for all the same. */
const PARKED_LOOK_MS = 60_000;
/** Why a person must decide, in the words that they are shown. */
const NO_PROOF = 'the venue refuses no late request and forgets what ended: that it shows no such order proves nothing';
const CUT_OFF = 'the venue lists fewer orders than came after this one: that it is not among them proves nothing';
const VANISHED =
  'the venue had the order and shows it nowhere any more; it forgets what ended, so how it ended is not known';

/**
 * Finds out what became of a child order: one whose outcome is unknown, whose worker died after the claim, that the
 * venue took without saying more, or that vanished from the list of open orders. Never by guessing.
 */
export class ResolveChild {
  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    private readonly sessions: AccountSessions,
    private readonly booking: Booking,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
  ) {}

  async run(key: ChildKey, traceId: string): Promise<void> {
    const child = await this.prepare(key, traceId);
    if (child === null) return;
    const account = await this.sessions.get(child.tenantId, child.accountId, child.venue);
    if (account === null) return this.lookAgain(child, NO_SESSION_RETRY_MS, traceId);
    const lookedAt = this.clock.now();
    const absence = absenceAt(child, account, lookedAt);
    const search =
      absence.kind === 'later' || child.parkedAt !== null
        ? await searchById(child, account, 'reduce')
        : await searchEverywhere(child, account, 'reduce');
    await this.conclude(child, search, account, absence.kind === 'now' ? lookedAt : null, traceId);
  }

  /** Reads the child, and turns a claim that nobody works on any more into an unknown outcome. */
  private prepare(key: ChildKey, traceId: string): Promise<StoredChildOrder | null> {
    return this.db.inTenant(key.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, key.tenantId);
      if ((await repository.lockParent(key.parentOrderId)) === null) return null;
      if (!(await takeWork(tx, this.clock, 'child.resolve', key))) return null;
      const child = await repository.find(key.parentOrderId, key.sequence);
      if (child === null) return null;
      const { state } = child.order;
      if (state.status === 'pending' || state.status === 'closed') {
        await nothingDue(tx, 'child.resolve', key);
        return null;
      }
      if (state.status !== 'claimed') return child;
      const youngFor = state.claimedAt + CLAIM_GRACE_MS - this.clock.now();
      if (youngFor > 0) {
        await dueAfter(tx, this.clock, 'child.resolve', child, youngFor, traceId);
        return null;
      }
      return this.booking.step(tx, child, {
        type: 'outcome_unknown',
        epoch: child.order.epoch,
        code: 'ORPHANED_CLAIM',
      });
    });
  }

  private async conclude(
    child: StoredChildOrder,
    search: Search,
    account: AccountSession,
    /** When the full look began; null for a narrow one, which proves no absence. */
    lookedAt: EpochMs | null,
    traceId: string,
  ): Promise<void> {
    await this.db.inTenant(child.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, child.tenantId);
      await repository.lockParent(child.parentOrderId);
      const current = await repository.find(child.parentOrderId, child.sequence);
      if (current === null || current.order.state.status === 'closed' || current.order.state.status === 'pending')
        return;
      if (current.order.epoch !== child.order.epoch) return; // another claim since: this look was for the old one
      if (search.kind === 'found') return this.adopt(tx, current, search, traceId);
      // Judged again on the row as it is now: a second look may have run beside this one.
      const counts =
        search.kind === 'absent' && lookedAt !== null && absenceAt(current, account, lookedAt).kind === 'now';
      const { lookups, absentLookups } = await repository.recordLookup(current, counts);
      const provesNothing = current.parkedAt !== null || absenceAt(current, account, this.clock.now()).kind === 'never';
      if (search.kind === 'absent' && provesNothing) return this.park(tx, current, NO_PROOF, traceId);
      if (search.kind === 'unclear' && search.forGood === true && lookedAt !== null)
        return this.park(tx, current, CUT_OFF, traceId);
      if (counts && absentLookups >= ABSENT_LOOKS_NEEDED) {
        // It was there, and the venue does not say for good how an order ended: it may have been filled.
        return current.order.state.status === 'working' && account.venue.traits.lookup !== 'lasting'
          ? this.park(tx, current, VANISHED, traceId)
          : this.closeAbsent(tx, current, traceId);
      }
      const wait = counts ? account.venue.traits.lookupSpacingMs : this.nextLook(current, account, lookups);
      await dueAfter(tx, this.clock, 'child.resolve', current, wait, traceId);
      if (search.kind === 'unclear')
        this.logger.warn({ clientOrderId: child.order.clientOrderId, why: search.why }, 'look-up told nothing');
    });
  }

  /** As planned, but not later than the moment from which absence may count. */
  private nextLook(child: StoredChildOrder, account: AccountSession, lookups: number): number {
    const absence = absenceAt(child, account, this.clock.now());
    const planned = nextLookMs(lookups);
    return absence.kind === 'later' ? Math.max(100, Math.min(planned, absence.waitMs + 10)) : planned;
  }

  /**
   * Nothing more can be proven here by looking: a person decides (reliability.md 1.1). The look goes on, seldom, for the
   * order may still turn up; its quantity stays reserved, and it is never sent again.
   */
  private async park(tx: Tx, child: StoredChildOrder, why: string, traceId: string): Promise<void> {
    if (child.parkedAt === null) {
      const { claimedAt, validUntil } = child;
      const { status } = child.order.state;
      if ((status === 'submitted' || status === 'working') && claimedAt !== null && validUntil !== null)
        await this.booking.step(tx, child, { type: 'vanished', code: 'VANISHED', claimedAt, validUntil });
      await new UnknownOrderRepository(tx, child.tenantId).park(child, why);
      this.logger.error({ clientOrderId: child.order.clientOrderId, venue: child.venue, why }, 'order parked');
    }
    await dueAfter(tx, this.clock, 'child.resolve', child, PARKED_LOOK_MS, traceId);
  }

  private async adopt(
    tx: Tx,
    child: StoredChildOrder,
    search: Extract<Search, { kind: 'found' }>,
    traceId: string,
  ): Promise<void> {
    const wasUnknown = child.order.state.status === 'unknown';
    await nothingDue(tx, 'child.resolve', child);
    const booked = await this.booking.applyLocked(tx, child, search.facts, traceId);
    if (wasUnknown) {
      this.metrics.unknownResolved.inc({ venue: child.venue, result: 'found' });
      this.logger.info({ clientOrderId: child.order.clientOrderId, booked }, 'unknown outcome resolved: found');
    }
    // A cancel that is asked for already has its own next try; only an unknown order's had nothing to cancel.
    if (wasUnknown && child.cancelRequestedAt !== null && booked === 'open')
      await dueAfter(tx, this.clock, 'child.cancel', child, 0, traceId);
  }

  private async closeAbsent(tx: Tx, child: StoredChildOrder, traceId: string): Promise<void> {
    const code = child.order.state.status === 'working' ? 'LOST_BY_VENUE' : 'NEVER_ARRIVED';
    await this.booking.step(
      tx,
      child,
      { type: 'closed', reason: 'expired', code, at: this.clock.now(), venueOrderId: null },
      'two look-ups past the fence found nothing',
    );
    await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
    this.metrics.unknownResolved.inc({ venue: child.venue, result: 'absent' });
    this.logger.warn({ clientOrderId: child.order.clientOrderId, code }, 'unknown outcome resolved: absent');
  }

  private lookAgain(child: StoredChildOrder, delayMs: number, traceId: string): Promise<void> {
    return this.db.inTenant(child.tenantId, async (tx) => {
      await dueAfter(tx, this.clock, 'child.resolve', child, delayMs, traceId);
    });
  }
}
