import type { AccountId, ParentOrderId, VenueId } from '#domain';
import { ChildOrderRepository, type Database, type Whereabouts } from '#persistence';
import type { ChildKey } from './booking.js';

/** Where one child is to be sent, and with which right to the budget. */
export interface ChildWhereabouts {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly reduceOnly: boolean;
  /** The strategy that its parent is of, and whether it is that strategy's direct order. */
  readonly strategyId: string | null;
  readonly isDirect: boolean;
}

const REMEMBERED = 10_000;

/**
 * Where children trade, known before their rows are locked: the budget is reserved first. Of a parent with one spot account
 * all children trade alike, so that they are read once per parent and process (as in ADR 14).
 */
export class ChildPlaces {
  private readonly known = new Map<ParentOrderId, Whereabouts>();

  constructor(private readonly db: Database) {}

  /** Null when there is no such child. */
  async of(key: ChildKey): Promise<ChildWhereabouts | null> {
    const known = this.known.get(key.parentOrderId);
    const only = known === undefined ? null : onlyPlace(known);
    if (only !== null) return only;
    return this.db.inTenant(key.tenantId, async (tx) => {
      const repository = new ChildOrderRepository(tx, key.tenantId);
      const [where, child] = await Promise.all([
        repository.whereabouts(key.parentOrderId),
        repository.find(key.parentOrderId, key.sequence),
      ]);
      if (where === null || child === null) return null;
      this.remember(key.parentOrderId, where);
      const { accountId, venue, symbol, reduceOnly } = child;
      return { accountId, venue, symbol, reduceOnly, strategyId: where.strategyId, isDirect: where.isDirect };
    });
  }

  private remember(id: ParentOrderId, where: Whereabouts): void {
    this.known.set(id, where);
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
  }
}

function onlyPlace({ accountIds, isSpot, ...where }: Whereabouts): ChildWhereabouts | null {
  const [accountId, ...others] = accountIds;
  if (accountId === undefined || others.length > 0 || !isSpot) return null;
  return { accountId, ...where, reduceOnly: false };
}
