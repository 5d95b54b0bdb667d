import type { VenueOrderId } from '#domain';
import { ChildOrderRepository, FillRepository, type Tx } from '#persistence';
import type { VenueFill } from '#venues';
import type { ChildKey } from '../orders/booking.js';
import { CouldNotRead, SETTLE_MS, type ReconciliationParts } from './comparison.js';
import type { Drift } from './drift.js';
import type { Unreadable } from './unreadable.js';

/** Books the fills of ours that the venue tells and we do not have (venues.md A7). */
export class FillComparison {
  constructor(
    private readonly parts: ReconciliationParts,
    private readonly drift: Drift,
    private readonly unreadable: Unreadable,
  ) {}

  /** @throws CouldNotRead where the venue must be asked whose a fill is, and the budget does not allow it */
  async apply(symbol: string, told: readonly VenueFill[]): Promise<void> {
    const { accountId, tenantId } = this.parts.account;
    const now = this.parts.clock.now();
    const missing = await this.inTenant((tx) => new FillRepository(tx, tenantId).unbooked(accountId, symbol, told));
    for (const fill of missing) {
      const key = await this.ownerOf(symbol, fill);
      if (key === null) continue;
      const subject = `${symbol}/${fill.venueOrderId}/${fill.tradeId}`;
      const isBooked = await this.unreadable.unless('fill', subject, () =>
        this.parts.booking.apply(key, { view: null, fills: [fill] }),
      );
      if (isBooked && now - fill.tradedAt > SETTLE_MS)
        this.drift.add({ kind: 'fill', subject, ours: 'none', theirs: fill.lastQty.toFixed() });
    }
  }

  private async ownerOf(symbol: string, fill: VenueFill): Promise<ChildKey | null> {
    const { accountId, tenantId } = this.parts.account;
    const found = await this.inTenant(async (tx) => {
      const byId = fill.clientOrderId === null ? null : await this.children(tx).findKey(accountId, fill.clientOrderId);
      return byId ?? (await this.children(tx).findByVenueOrder(accountId, symbol, fill.venueOrderId));
    });
    const owner = found ?? (await this.askWhose(symbol, fill.venueOrderId));
    return owner === null ? null : { tenantId, ...owner };
  }

  /** A fill may belong to a child whose order id at the venue we never learned: the venue is asked for its client id. */
  private async askWhose(symbol: string, venueOrderId: VenueOrderId): Promise<Omit<ChildKey, 'tenantId'> | null> {
    const { account, external, foreign, session } = this.parts;
    const name = `${symbol}/${venueOrderId}`;
    if (foreign.has(name)) return null;
    const found = await session.session.findOrder({ symbol, venueOrderId }, 'reduce');
    if (found.kind === 'unclear' && found.why.code === 'BUDGET') throw new CouldNotRead(`order ${name}`, found.why);
    if (found.kind !== 'found') return null;
    const { clientOrderId } = found.order;
    const key =
      clientOrderId === null
        ? null
        : await this.inTenant((tx) => this.children(tx).findKey(account.accountId, clientOrderId));
    if (key === null) {
      foreign.add(name);
      external.fillSeen();
      await external.seen([found.order]);
    }
    return key;
  }

  private children(tx: Tx): ChildOrderRepository {
    return new ChildOrderRepository(tx, this.parts.account.tenantId);
  }

  private inTenant<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.parts.db.inTenant(this.parts.account.tenantId, work);
  }
}
