import { mayCancel, type EpochMs } from '#domain';
import {
  ChildOrderRepository,
  countMessage,
  readCancelStanding,
  wakeParent,
  type Database,
  type DatabaseClock,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { CancelAck, CancelRequest, Cause } from '#venues';
import type { AccountSessions } from '../accounts/account-sessions.js';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { Booking, ChildKey } from './booking.js';
import { leastAgeMs } from './least-age.js';
import { searchById, type Search } from './look-up.js';
import { budgetRetryMs, dueAfter, isDue, nothingDue, putOff, TAKEN_FOR_MS } from './work-order.js';

/** A cancel is idempotent: it is sent again until the order is known to be closed. */
const RETRY_MS = 1_000;
/** The venue knows no such order: whether it may still come is for the resolver to find out. */
const GONE_RETRY_MS = 3_000;
/** A person decides about it, and its cancel is due at once when it turns up: asking more often only costs messages. */
const PARKED_RETRY_MS = 60_000;

interface NotDone {
  readonly kind: string;
  readonly why: Cause;
  readonly retryAt?: EpochMs;
}

/** What is left of a cancel once its request was answered. */
export type RestOfCancel = () => Promise<void>;

/** Cancels one child order at its venue and books what the venue says of its end. */
export class CancelChild {
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
    const rest = await this.send(child, traceId);
    await rest();
  }

  /**
   * Sends the cancel of a child whose work the caller has taken.
   * @returns what is left to do in the database: to book the answer, or to put the work off. Whoever has many to send does
   * not wait for it.
   */
  async send(child: StoredChildOrder, traceId: string): Promise<RestOfCancel> {
    const account = await this.sessions.get(child.tenantId, child.accountId, child.venue);
    if (account === null) return () => this.again(child, RETRY_MS, traceId);
    const reserved = await account.session.reserve('cancel', 'cancel', {
      symbol: child.symbol,
      parentId: child.parentOrderId,
      agesMs: [leastAgeMs(child, account, this.clock.now())],
    });
    if (!reserved.granted) {
      if (reserved.cold) await account.warmUp();
      return () => this.again(child, budgetRetryMs(reserved), traceId);
    }
    const started = performance.now();
    const sent = await account.session.cancel(requestOf(child), reserved.permit);
    this.observe(child, 'cancel', sent, started);
    if (sent.kind !== 'done') return this.notDone(child, sent, traceId);
    const { value } = sent;
    if (isWhole(value, child)) return () => this.book(child, foundBy(value), traceId);
    const search = await searchById(child, account, 'reduce');
    return () => this.book(child, search, traceId);
  }

  /**
   * As {@link send} for several children of one account and symbol whose ids at the venue are known, in one call.
   * @returns what is left to do for each, or null where the venue takes no such call now: then each is sent by itself
   */
  async sendMany(children: readonly StoredChildOrder[], traceId: string): Promise<readonly RestOfCancel[] | null> {
    const [first] = children;
    if (first === undefined) return [];
    const account = await this.sessions.get(first.tenantId, first.accountId, first.venue);
    if (account === null) return null;
    const now = this.clock.now();
    const reserved = await account.session.reserve('cancelMany', 'cancel', {
      symbol: first.symbol,
      orders: children.length,
      agesMs: children.map((child) => leastAgeMs(child, account, now)),
    });
    if (!reserved.granted) return null;
    const started = performance.now();
    const sent = await account.session.cancelMany(children.map(requestOf), reserved.permit);
    this.observe(first, 'cancel_many', sent, started);
    if (sent.kind !== 'done') return children.map((child) => this.notDone(child, sent, traceId));
    return children.map((child, index) => {
      const outcome = sent.value[index];
      if (outcome === undefined || outcome.kind === 'refused') {
        const why = outcome?.why ?? { code: 'NO_OUTCOME', text: 'the reply has no row for it' };
        return this.notDone(child, { kind: 'refused', why }, traceId);
      }
      return isWhole(outcome, child)
        ? () => this.book(child, foundBy(outcome), traceId)
        : async () => this.book(child, await searchById(child, account, 'reduce'), traceId);
    });
  }

  private observe(child: StoredChildOrder, operation: string, sent: { readonly kind: string }, started: number): void {
    this.metrics.placements.observe(
      { venue: child.venue, operation, outcome: sent.kind },
      (performance.now() - started) / 1_000,
    );
  }

  private notDone(child: StoredChildOrder, sent: NotDone, traceId: string): RestOfCancel {
    this.logger.warn({ clientOrderId: child.order.clientOrderId, outcome: sent.kind, ...sent.why }, 'cancel not done');
    const wait = sent.retryAt === undefined ? RETRY_MS : sent.retryAt - this.clock.now();
    return () => this.again(child, Math.max(RETRY_MS, wait), traceId);
  }

  /** The child whose cancel is to be sent now and whose work is taken; null when there is nothing to send. */
  private prepare(key: ChildKey, traceId: string): Promise<StoredChildOrder | null> {
    return this.db.inTenant(key.tenantId, async (tx) => {
      const child = await new ChildOrderRepository(tx, key.tenantId).find(key.parentOrderId, key.sequence);
      if (child?.order.state.status === 'closed') {
        await nothingDue(tx, 'child.cancel', key); // it stays closed, so no lock is needed
        return null;
      }
      // An order that may be at the venue is not changed here, so its parent need not be locked: a cancel stands in no
      // line behind the places and fills of its parent.
      return child !== null && child.cancelRequestedAt !== null && mayBeAtVenue(child)
        ? this.takeForSending(tx, child, traceId)
        : this.settleWithoutSending(tx, key, traceId);
    });
  }

  private async takeForSending(tx: Tx, child: StoredChildOrder, traceId: string): Promise<StoredChildOrder | null> {
    const [taken, standing] = await Promise.all([
      putOff(tx, 'child.cancel', child, TAKEN_FOR_MS),
      readCancelStanding(tx, child.accountId),
    ]);
    if (taken === undefined) return null;
    if (standing !== null && !mayCancel(standing.status, standing.banScope)) {
      await dueAfter(tx, this.clock, 'child.cancel', child, RETRY_MS, traceId);
      return null;
    }
    await countMessage(tx, child.accountId);
    return child;
  }

  /** Closes an order that was never sent, and forgets the cancel of one that nobody wants cancelled. */
  private async settleWithoutSending(tx: Tx, key: ChildKey, traceId: string): Promise<null> {
    const repository = new ChildOrderRepository(tx, key.tenantId);
    const [parent, isOurs, child] = await Promise.all([
      repository.lockParent(key.parentOrderId),
      isDue(tx, 'child.cancel', key),
      repository.find(key.parentOrderId, key.sequence),
    ]);
    if (parent === null || !isOurs) return null;
    if (child === null || child.cancelRequestedAt === null || child.order.state.status === 'closed') {
      await nothingDue(tx, 'child.cancel', key);
      return null;
    }
    if (child.order.state.status !== 'pending') {
      // Claimed since it was read: it is sent for now.
      await dueAfter(tx, this.clock, 'child.cancel', child, 0, traceId);
      return null;
    }
    await this.booking.step(tx, child, {
      type: 'closed',
      reason: 'canceled',
      code: '',
      at: this.clock.now(),
      venueOrderId: null,
    });
    await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
    return null;
  }

  private async book(child: StoredChildOrder, search: Search, traceId: string): Promise<void> {
    if (search.kind === 'found') {
      const booked = await this.booking.apply(child, search.facts);
      if (booked === 'closed') return;
    }
    // Absent here proves nothing for an order whose sending may still be under way; the resolver decides that.
    const goneMs = child.parkedAt === null ? GONE_RETRY_MS : PARKED_RETRY_MS;
    await this.again(child, search.kind === 'found' ? RETRY_MS : goneMs, traceId);
    if (search.kind !== 'found' && child.order.state.status === 'working')
      await this.db.inTenant(child.tenantId, async (tx) => {
        await dueAfter(tx, this.clock, 'child.resolve', child, 0, traceId);
      });
  }

  private again(child: StoredChildOrder, delayMs: number, traceId: string): Promise<void> {
    return this.db.inTenant(child.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, child.tenantId);
      await repository.lockParent(child.parentOrderId);
      const current = await repository.find(child.parentOrderId, child.sequence);
      if (current === null || current.order.state.status === 'closed') return;
      await dueAfter(tx, this.clock, 'child.cancel', child, delayMs, traceId);
    });
  }
}

function mayBeAtVenue({ order }: StoredChildOrder): boolean {
  return order.state.status !== 'pending' && order.state.status !== 'closed';
}

function requestOf({ symbol, order: { clientOrderId, state } }: StoredChildOrder): CancelRequest {
  return { symbol, clientOrderId, venueOrderId: 'venueOrderId' in state ? state.venueOrderId : null };
}

/** "Gone" says nothing of how it ended: filled, cancelled, or never there. Its last state is looked up, as are fills. */
function isWhole(ack: CancelAck, child: StoredChildOrder): ack is Extract<CancelAck, { kind: 'canceled' }> {
  return ack.kind === 'canceled' && ack.view.cumQty.lte(child.order.cumQty);
}

function foundBy({ view }: Extract<CancelAck, { kind: 'canceled' }>): Search {
  return { kind: 'found', facts: { view, fills: [] } };
}
