import type { ClientOrderId, EpochMs } from '#domain';
import { audit, ChildOrderRepository, type StoredChildOrder, type Tx } from '#persistence';
import type { OrderView } from '#venues';
import { dueAfter } from '../orders/work-order.js';
import { SETTLE_MS, type ReconciliationParts } from './comparison.js';
import type { Drift } from './drift.js';
import type { Unreadable } from './unreadable.js';

/** What the venue says of orders. */
export interface HeardOrders {
  readonly open: readonly OrderView[];
  /** Orders of late, ended ones too. */
  readonly recent: readonly OrderView[];
  /** Before the first of them was asked for: of what changed later they prove nothing. */
  readonly askedAt: EpochMs;
}

/** Compares our orders with the venue's (venues.md A7): adopts what it says of them, and never concludes absence. */
export class OrderComparison {
  constructor(
    private readonly parts: ReconciliationParts,
    private readonly drift: Drift,
    private readonly unreadable: Unreadable,
  ) {}

  /** @param isDoubt what changed a moment ago is applied all the same: no event of before can still be under way */
  async apply({ open, recent, askedAt }: HeardOrders, isDoubt: boolean): Promise<void> {
    const { account } = this.parts;
    const { children: ours, unreadable } = await this.inTenant((tx) => this.children(tx).openOf(account.accountId));
    for (const { clientOrderId, why } of unreadable) this.unreadable.tell('order', clientOrderId, 'ours', why);
    const views = new Map<string, OrderView>();
    for (const view of [...recent, ...open])
      if (view.clientOrderId !== null) views.set(view.clientOrderId, newer(views.get(view.clientOrderId), view));
    for (const child of ours) {
      const isSettled = askedAt - child.updatedAt > SETTLE_MS;
      const view = views.get(child.order.clientOrderId);
      if (view === undefined) {
        if (isSettled && mayBeMissing(child)) await this.missing(child);
      } else if (isSettled || isDoubt) await this.adopt(child, view, isSettled);
    }
    const held = new Set<string>([...ours.map(({ order }) => order), ...unreadable].map((one) => one.clientOrderId));
    const others: OrderView[] = [];
    for (const view of open) {
      if (view.clientOrderId !== null && held.has(view.clientOrderId)) continue;
      const isOurs = view.clientOrderId !== null && (await this.cancelIfClosed(view, view.clientOrderId, askedAt));
      if (!isOurs) others.push(view);
    }
    await this.parts.external.seen(others);
  }

  /** Looks a child up, whoever was to do it. */
  lookUp(child: StoredChildOrder): Promise<void> {
    return this.parts.db.inTenant(child.tenantId, async (tx) => {
      const parent = await this.children(tx).lockParent(child.parentOrderId);
      if (parent !== null) await dueAfter(tx, this.parts.clock, 'child.resolve', child, 0, parent.traceId);
    });
  }

  private async adopt(child: StoredChildOrder, view: OrderView, isSettled: boolean): Promise<void> {
    const { state, cumQty } = child.order;
    const differs = view.cumQty.gt(cumQty) || view.status !== 'working';
    if (state.status === 'working' && !differs) return;
    // A child in doubt is known to be; one that we hold to be working as we do is a difference.
    if (state.status === 'working' && isSettled)
      this.drift.add({
        kind: 'order',
        subject: child.order.clientOrderId,
        ours: `working ${cumQty.toFixed()}`,
        theirs: `${view.status} ${view.cumQty.toFixed()}`,
      });
    await this.parts.booking.apply(child, { view, fills: [] });
  }

  /** In no list that should have it: looked up before anything is concluded. */
  private async missing(child: StoredChildOrder): Promise<void> {
    if (child.order.state.status === 'working')
      this.drift.add({ kind: 'order', subject: child.order.clientOrderId, ours: 'working', theirs: 'not listed' });
    await this.lookUp(child);
  }

  /**
   * An order of ours that lives at the venue although we hold it closed would be a second execution: it is cancelled.
   * False for an order that is not ours, whatever its id looks like.
   */
  private async cancelIfClosed(view: OrderView, clientOrderId: ClientOrderId, askedAt: EpochMs): Promise<boolean> {
    const { account, logger } = this.parts;
    const key = await this.inTenant((tx) => this.children(tx).findKey(account.accountId, clientOrderId));
    if (key === null) return false;
    let child: StoredChildOrder | null = null;
    await this.unreadable.unless('order', clientOrderId, async () => {
      child = await this.inTenant((tx) => this.children(tx).find(key.parentOrderId, key.sequence));
    });
    const state = (child as StoredChildOrder | null)?.order.state;
    if (state?.status !== 'closed' || askedAt - state.closedAt < SETTLE_MS) return true;
    this.drift.add({ kind: 'order', subject: clientOrderId, ours: `closed ${state.reason}`, theirs: view.status });
    logger.error({ clientOrderId, venueOrderId: view.venueOrderId }, 'closed order lives at the venue: cancelling it');
    await this.cancelStray(view, clientOrderId);
    return true;
  }

  /** What came of it is on the audit trail; one that was not cancelled is in the next list, and tried again. */
  private async cancelStray({ symbol, venueOrderId }: OrderView, clientOrderId: ClientOrderId): Promise<void> {
    const { account, logger, session } = this.parts;
    const reserved = await session.session.reserve('cancel', 'cancel', { symbol });
    const sent = reserved.granted
      ? await session.session.cancel({ symbol, clientOrderId, venueOrderId }, reserved.permit)
      : ({ kind: 'not_sent', why: { code: 'BUDGET', text: reserved.reason } } as const);
    const outcome = sent.kind === 'done' ? sent.value.kind : sent.kind;
    const why = sent.kind === 'done' ? '' : `${sent.why.code}: ${sent.why.text}`;
    if (sent.kind !== 'done')
      logger.error({ clientOrderId, venueOrderId, outcome, why }, 'closed order that lives at the venue not cancelled');
    await this.inTenant((tx) =>
      audit(tx, account.tenantId, [
        {
          entity: 'child_order',
          entityId: clientOrderId,
          event: 'closed_order_cancelled',
          data: { outcome, why, venueOrderId },
        },
      ]),
    );
  }

  private children(tx: Tx): ChildOrderRepository {
    return new ChildOrderRepository(tx, this.parts.account.tenantId);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}

/** What never left us is in no list; what left a moment ago may not be yet, and its own worker sees to it. */
function mayBeMissing(child: StoredChildOrder): boolean {
  const { status } = child.order.state;
  return status !== 'pending' && status !== 'claimed';
}

/** Of two words on one order, the one that knows more. */
function newer(known: OrderView | undefined, view: OrderView): OrderView {
  if (known === undefined) return view;
  const knowsMore = known.cumQty.gt(view.cumQty) || (known.status !== 'working' && view.status === 'working');
  return knowsMore ? known : view;
}
