import {
  applyEvent,
  type AccountId,
  type ChildOrderEvent,
  type ClientOrderId,
  type EpochMs,
  type Fill,
  type ParentOrderId,
  type Quantity,
  type TenantId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import {
  ChildAmendRepository,
  ChildOrderRepository,
  scheduleWork,
  wakeParent,
  type BookedFill,
  type Database,
  type DatabaseClock,
  type ChildAmend,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { OrderView, Snapshots } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { InstrumentCache } from '../venue/instrument-cache.js';
import { FeeWorth } from '../accounts/fee-worth.js';
import { FillBooker } from '../accounts/fill-booker.js';
import { EndedOrders } from './ended-orders.js';
import { nothingDue } from './work-order.js';

/** Which child order of which tenant. */
export interface ChildKey {
  readonly tenantId: TenantId;
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
}

/** What a venue said of one order: its state as of then, and fills of it. Either may be missing. */
export interface VenueFacts {
  readonly view: OrderView | null;
  readonly fills: readonly Fill[];
  /** The venue's words when it refused or ended the order. */
  readonly text?: string;
}

/** `incomplete`: the venue counts more fills than it has told us; the order is not closed before they are booked. */
export type Booked = 'open' | 'closed' | 'incomplete' | 'not_found';

/** The first fill of an order of ours, whoever told it. */
export interface FirstBooked {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly venueOrderId: VenueOrderId;
  /** When it was claimed, by the database's clock: the venue took it later. */
  readonly claimedAt: EpochMs;
  /** By the venue's clock. */
  readonly filledAt: EpochMs;
}

/** When an order whose fills are missing is looked at again. */
const INCOMPLETE_RETRY_MS = 1_000;

/** Writes what venues say: each fact once, state and fills and parent in one transaction, then wakes the parent. */
export class Booking {
  private readonly fills: FillBooker;
  private readonly ended = new EndedOrders();

  constructor(
    private readonly db: Database,
    private readonly clock: DatabaseClock,
    instruments: InstrumentCache,
    private readonly metrics: GatewayMetrics,
    private readonly logger: Logger,
    inferAfterMs?: number,
    /** Told as soon as it is booked, once for each order; what it does holds up nothing. */
    private readonly onFirstFill: (fill: FirstBooked) => void = () => undefined,
    /** What fees in a third asset are valued by; null: they are not. */
    markets: Pick<Snapshots, 'get'> | null = null,
  ) {
    this.fills = new FillBooker(clock, instruments, new FeeWorth(instruments, markets), metrics, logger, inferAfterMs);
  }

  /** Books facts in a transaction of its own. */
  async apply(key: ChildKey, facts: VenueFacts): Promise<Booked> {
    if (this.ended.covers(key, facts)) return 'closed';
    const booked = await this.db.inTenant(key.tenantId, (tx) => this.lockAndApply(tx, key, facts));
    if (booked === 'closed') this.ended.note(key, facts);
    return booked;
  }

  /** Books facts of an order that the venue names by an id of ours; those of others are left alone. */
  async applyTo(
    tenantId: TenantId,
    accountId: AccountId,
    clientOrderId: ClientOrderId,
    facts: VenueFacts,
  ): Promise<Booked> {
    const { key, booked } = await this.db.inTenant(tenantId, async (tx) => {
      const found = await new ChildOrderRepository(tx, tenantId).findKey(accountId, clientOrderId);
      const key = found === null ? null : { tenantId, ...found };
      return { key, booked: key === null ? ('not_found' as const) : await this.lockAndApply(tx, key, facts) };
    });
    if (key !== null && booked === 'closed') this.ended.note(key, facts);
    return booked;
  }

  /**
   * A booked fill that the venue has taken back leaves the sums.
   * @param countedQty what we counted of the order when that was proven; nothing is written where it has changed since
   * @returns whether it left them
   */
  takeBack(key: ChildKey, fill: BookedFill, countedQty: Quantity): Promise<boolean> {
    return this.corrected(key, async (tx, child) =>
      countedQty.eq(child.order.cumQty) ? this.fills.takeBack(tx, child, fill) : false,
    );
  }

  /** One that it lists again is in the sums again. @returns whether it was out of them */
  reinstate(key: ChildKey, fill: BookedFill): Promise<boolean> {
    return this.corrected(key, (tx, child) => this.fills.reinstate(tx, child, fill));
  }

  private corrected(key: ChildKey, correct: (tx: Tx, child: StoredChildOrder) => Promise<boolean>): Promise<boolean> {
    this.ended.forget(key);
    return this.db.inTenant(key.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, key.tenantId);
      const [parent, child] = await Promise.all([
        repository.lockParent(key.parentOrderId),
        repository.find(key.parentOrderId, key.sequence),
      ]);
      if (parent === null || child === null || !(await correct(tx, child))) return false;
      await wakeParent(tx, key.tenantId, key.parentOrderId, parent.traceId);
      return true;
    });
  }

  private async lockAndApply(tx: Tx, key: ChildKey, facts: VenueFacts): Promise<Booked> {
    const repository = new ChildOrderRepository(tx, key.tenantId);
    const [parent, child] = await Promise.all([
      repository.lockParent(key.parentOrderId),
      repository.find(key.parentOrderId, key.sequence),
    ]);
    if (parent === null || child === null) return 'not_found';
    return this.applyLocked(tx, child, facts, parent.traceId);
  }

  /** Books facts of a child whose parent is locked in `tx`. */
  async applyLocked(tx: Tx, child: StoredChildOrder, facts: VenueFacts, traceId: string): Promise<Booked> {
    const before = child.order;
    if (child.absentLookups > 0 && (facts.view !== null || facts.fills.length > 0))
      await new ChildOrderRepository(tx, child.tenantId).forgetAbsence(child);
    let current = await this.fills.book(tx, child, facts.fills);
    const { view } = facts;
    let missing = false;
    if (view !== null) {
      const { status } = current.order.state;
      if (status !== 'closed' && status !== 'working')
        current = await this.step(tx, current, { type: 'accepted', venueOrderId: view.venueOrderId });
      // Nothing is left to find out; an order whose outcome was unknown is left to the resolver.
      if (status === 'claimed' || status === 'submitted') await nothingDue(tx, 'child.resolve', child);
      current = await this.amended(tx, current, view);
      current = await this.fills.inferMissing(tx, current, view);
      missing = view.cumQty.gt(current.order.cumQty);
      if (view.status !== 'working' && current.order.state.status !== 'closed' && !missing)
        current = await this.close(tx, current, view, facts.text ?? '');
    }
    if (before.cumQty.isZero() && current.order.cumQty.gt(0)) this.tellFirstFill(child, facts);
    if (missing)
      await scheduleWork(
        tx,
        {
          kind: 'child.resolve',
          tenantId: child.tenantId,
          parentOrderId: child.parentOrderId,
          sequence: child.sequence,
        },
        (this.clock.now() + INCOMPLETE_RETRY_MS) as ReturnType<DatabaseClock['now']>,
      );
    if (current.order !== before) await wakeParent(tx, child.tenantId, child.parentOrderId, traceId);
    if (missing) return 'incomplete';
    return current.order.state.status === 'closed' ? 'closed' : 'open';
  }

  private tellFirstFill({ accountId, venue, symbol, claimedAt }: StoredChildOrder, { view, fills }: VenueFacts): void {
    const first = fills.reduce<Fill | null>(
      (early, fill) => (early && early.tradedAt <= fill.tradedAt ? early : fill),
      null,
    );
    const venueOrderId = first?.venueOrderId ?? view?.venueOrderId;
    const filledAt = first?.tradedAt ?? view?.updatedAt; // an inferred one is of the order's last word
    if (claimedAt !== null && venueOrderId !== undefined && filledAt !== undefined)
      this.onFirstFill({ accountId, venue, symbol, venueOrderId, claimedAt, filledAt });
  }

  /** Moves a child by one event and stores it; an event that does not fit its state is counted and changes nothing. */
  async step(tx: Tx, child: StoredChildOrder, event: ChildOrderEvent, text = ''): Promise<StoredChildOrder> {
    const moved = applyEvent(child.order, event);
    if (moved.kind !== 'applied') {
      if (moved.kind === 'illegal') {
        this.metrics.illegalEvents.inc({ status: moved.status, event: moved.event });
        this.logger.warn({ clientOrderId: child.order.clientOrderId, ...moved }, 'event does not fit the order');
      }
      return child;
    }
    await new ChildOrderRepository(tx, child.tenantId).save(child, moved.order, text);
    if (child.order.state.status === 'unknown' && moved.order.state.status !== 'unknown' && child.unknownSince !== null)
      this.metrics.unknownResolution.observe(
        { venue: child.venue },
        Math.max(0, this.clock.now() - child.unknownSince) / 1_000,
      );
    this.metrics.transitions.inc({ venue: child.venue, from: child.order.state.status, to: moved.order.state.status });
    return { ...child, order: moved.order };
  }

  /** The venue shows the order as we wished to change it: the change was made, whoever says so first. */
  private async amended(tx: Tx, child: StoredChildOrder, view: OrderView): Promise<StoredChildOrder> {
    const { amend, order } = child;
    if (amend === null || amend.status === 'requested' || !isAmended(amend, view)) return child;
    const moved = applyEvent(order, { type: 'amended', orderQty: amend.orderQty, at: this.clock.now() });
    if (moved.kind !== 'applied') return child;
    await new ChildAmendRepository(tx, child.tenantId).apply(child, moved.order, amend.price);
    this.logger.info({ clientOrderId: order.clientOrderId, orderQty: amend.orderQty.toFixed() }, 'child order amended');
    return { ...child, order: moved.order, price: amend.price, amend: null };
  }

  private close(tx: Tx, child: StoredChildOrder, view: OrderView, text: string): Promise<StoredChildOrder> {
    // A full order closes by its last fill; "filled" without all its fills never gets here.
    const reason = view.status === 'filled' || view.status === 'working' ? 'expired' : view.status;
    return this.step(
      tx,
      child,
      { type: 'closed', reason, code: '', at: this.clock.now(), venueOrderId: view.venueOrderId },
      text,
    );
  }
}

/** Whether the venue's order is what an amend wished for. */
export function isAmended(amend: Pick<ChildAmend, 'orderQty' | 'price'>, view: OrderView): boolean {
  return view.orderQty.eq(amend.orderQty) && (view.price === null || view.price.eq(amend.price));
}
