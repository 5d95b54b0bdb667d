import {
  ExternalOrderRepository,
  type Database,
  type ExternalOrder,
  type HeldAccount,
  type StoredExternalOrder,
} from '#persistence';
import type { OrderView } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { AccountSession } from './account-sessions.js';

/** Look-ups of orders of others that vanished, per comparison: they wait, ours do not. */
const LOOK_UPS_PER_ROUND = 10;
/** One that changed a moment ago may be missing from a list that is older. */
const SETTLE_MS = 5_000;

/** Orders of others at one account (venues.md A7): stored, shown, never touched from here. */
export class ExternalOrders {
  constructor(
    private readonly account: HeldAccount,
    private readonly db: Database,
    private readonly metrics: Pick<GatewayMetrics, 'fillAnomalies' | 'foreignOrders'>,
  ) {}

  /** What the venue says of orders that are not ours. */
  async seen(views: readonly OrderView[]): Promise<void> {
    if (views.length === 0) return;
    await this.db.inTenant(this.account.tenantId, (tx) =>
      new ExternalOrderRepository(tx, this.account.tenantId).save(this.account.accountId, views.map(toExternal)),
    );
  }

  /** A fill that is nobody's of ours: the balances tell it, nothing else does. */
  fillSeen(): void {
    this.metrics.fillAnomalies.inc({ venue: this.account.venue, kind: 'foreign' });
  }

  /** Those that the whole list no longer has are asked for one by one, to learn how they ended. */
  async endMissing(listed: readonly OrderView[], session: AccountSession, now: number): Promise<void> {
    const { accountId, tenantId, venue } = this.account;
    const names = new Set(listed.map(nameOf));
    const working = await this.db.inTenant(tenantId, (tx) =>
      new ExternalOrderRepository(tx, tenantId).working(accountId),
    );
    const missing = working.filter((one) => !names.has(nameOf(one)) && now - one.updatedAt > SETTLE_MS);
    for (const one of missing.slice(0, LOOK_UPS_PER_ROUND)) await this.lookUp(one, session);
    const count = await this.db.inTenant(tenantId, (tx) =>
      new ExternalOrderRepository(tx, tenantId).countWorking(accountId),
    );
    this.metrics.foreignOrders.set({ venue, account: accountId }, count);
  }

  private async lookUp(one: StoredExternalOrder, session: AccountSession): Promise<void> {
    const { accountId, tenantId } = this.account;
    const found = await session.session.findOrder({ symbol: one.symbol, venueOrderId: one.venueOrderId }, 'query');
    if (found.kind === 'found') return this.seen([found.order]);
    if (found.kind === 'absent')
      await this.db.inTenant(tenantId, (tx) =>
        new ExternalOrderRepository(tx, tenantId).markGone(accountId, one.symbol, one.venueOrderId),
      );
  }
}

const nameOf = ({ symbol, venueOrderId }: Pick<OrderView, 'symbol' | 'venueOrderId'>): string =>
  `${symbol}/${venueOrderId}`;

function toExternal(view: OrderView): ExternalOrder {
  return {
    symbol: view.symbol,
    venueOrderId: view.venueOrderId,
    clientText: view.clientText ?? view.clientOrderId,
    side: view.side,
    status: view.status,
    orderQty: view.orderQty,
    cumQty: view.cumQty,
    price: view.price,
    venueAt: view.updatedAt,
  };
}
