import {
  applyEvent,
  epochMs,
  type ClientOrderId,
  type ParentOrderId,
  type TenantId,
  type UserId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import type { Database, Tx } from '../database.js';
import { audit } from '../outbox/audit.js';
import { hastenWork, wakeParent } from '../outbox/due-work.js';
import { addToOutbox } from '../outbox/outbox.js';
import { row, rows, send } from '../sql.js';
import { ChildOrderRepository } from './child-order.repository.js';

/** A child order whose outcome is not known. */
export interface UnknownOrder {
  readonly clientOrderId: ClientOrderId;
  readonly parentOrderId: ParentOrderId;
  readonly sequence: number;
  readonly account: string;
  readonly venue: VenueId;
  readonly symbol: string;
  readonly side: string;
  readonly price: string;
  readonly orderQty: string;
  readonly code: string;
  readonly lookups: number;
  readonly since: Date;
  /** Null while the machine still looks. */
  readonly parkedAt: Date | null;
  /** Why a person must decide; null while the machine still looks. */
  readonly parkedWhy: string | null;
}

/** How many there are at a venue, and since when. */
export interface UnknownCount {
  readonly venue: VenueId;
  readonly open: number;
  readonly parked: number;
  readonly oldestAgeSeconds: number;
}

/** What a person found out about a parked order. */
export type Finding =
  | { readonly outcome: 'absent'; readonly evidence: string }
  | { readonly outcome: 'found'; readonly venueOrderId: VenueOrderId; readonly evidence: string };

/** Tenants that have accounts at any of the venues; ids only, as in the leases. */
export function tenantsAt(db: Database, venues: readonly VenueId[]): Promise<TenantId[]> {
  return db.inSystem(async (tx) => {
    const found = await rows<{ tenant_id: string }>(
      tx,
      'SELECT DISTINCT tenant_id FROM account_leases WHERE venue = ANY($1)',
      [venues],
    );
    return found.map((r) => r.tenant_id as TenantId);
  });
}

/** Orders of one tenant whose outcome is not known (reliability.md 1.1). */
export class UnknownOrderRepository {
  constructor(
    private readonly tx: Tx,
    private readonly tenantId: TenantId,
  ) {}

  /** Oldest first. */
  async list(): Promise<UnknownOrder[]> {
    const found = await rows<Record<string, unknown> & { unknown_since: Date; parked_at: Date | null }>(
      this.tx,
      `SELECT c.client_order_id, c.parent_order_id, c.sequence, a.name, c.venue, c.symbol, c.side, c.price, c.order_qty,
              c.close_code, c.lookups, COALESCE(c.unknown_since, c.updated_at) AS unknown_since, c.parked_at, c.parked_why
       FROM child_orders c JOIN accounts a ON a.id = c.account_id
       WHERE c.tenant_id = $1 AND c.status = 'unknown' ORDER BY unknown_since LIMIT 500`,
      [this.tenantId],
    );
    return found.map((r) => ({
      clientOrderId: r['client_order_id'] as ClientOrderId,
      parentOrderId: r['parent_order_id'] as ParentOrderId,
      sequence: r['sequence'] as number,
      account: r['name'] as string,
      venue: r['venue'] as VenueId,
      symbol: r['symbol'] as string,
      side: r['side'] as string,
      price: r['price'] as string,
      orderQty: r['order_qty'] as string,
      code: r['close_code'] as string,
      lookups: r['lookups'] as number,
      since: r.unknown_since,
      parkedAt: r.parked_at,
      parkedWhy: r['parked_why'] as string | null,
    }));
  }

  async count(): Promise<UnknownCount[]> {
    const found = await rows<{ venue: string; open: number; parked: number; age: number }>(
      this.tx,
      `SELECT venue, count(*) FILTER (WHERE parked_at IS NULL)::integer AS open, count(parked_at)::integer AS parked,
              COALESCE(extract(epoch FROM clock_timestamp() - min(unknown_since)), 0)::double precision AS age
       FROM child_orders WHERE tenant_id = $1 AND status = 'unknown' GROUP BY venue`,
      [this.tenantId],
    );
    return found.map((r) => ({ venue: r.venue as VenueId, open: r.open, parked: r.parked, oldestAgeSeconds: r.age }));
  }

  /** Those that a person must be called for and was not yet: each once, by whichever process comes first. */
  async page(olderThanMs: number): Promise<{ clientOrderId: ClientOrderId; venue: VenueId; parked: boolean }[]> {
    const found = await rows<{ client_order_id: string; venue: string; parked: boolean }>(
      this.tx,
      `UPDATE child_orders SET paged_at = clock_timestamp()
       WHERE tenant_id = $1 AND status = 'unknown' AND paged_at IS NULL
         AND (parked_at IS NOT NULL OR unknown_since < clock_timestamp() - make_interval(secs => $2::double precision / 1000))
       RETURNING client_order_id, venue, parked_at IS NOT NULL AS parked`,
      [this.tenantId, olderThanMs],
    );
    return found.map((r) => ({
      clientOrderId: r.client_order_id as ClientOrderId,
      venue: r.venue as VenueId,
      parked: r.parked,
    }));
  }

  /** The machine looks no further for proof of absence; that the order is there may still come out. */
  async park(
    child: {
      readonly parentOrderId: ParentOrderId;
      readonly sequence: number;
      readonly order: { readonly clientOrderId: ClientOrderId };
    },
    why: string,
  ): Promise<void> {
    await send(
      this.tx,
      `UPDATE child_orders SET parked_at = clock_timestamp(), parked_why = $3, updated_at = clock_timestamp()
       WHERE parent_order_id = $1 AND sequence = $2 AND status = 'unknown' AND parked_at IS NULL`,
      [child.parentOrderId, child.sequence, why],
    );
    await audit(this.tx, this.tenantId, [
      { entity: 'child_order', entityId: child.order.clientOrderId, event: 'parked', data: { why } },
    ]);
  }

  /**
   * A person's finding about a parked order: `absent` closes it, and the engine decides anew; `found` names the venue's
   * order, which is then looked up and booked as any other. False when it is not parked (any more).
   */
  async resolve(clientOrderId: ClientOrderId, finding: Finding, userId: UserId): Promise<boolean> {
    const key = await row<{ parent_order_id: string; sequence: number }>(
      this.tx,
      `SELECT parent_order_id, sequence FROM child_orders
       WHERE tenant_id = $1 AND status = 'unknown' AND client_order_id = $2`,
      [this.tenantId, clientOrderId],
    );
    if (key === null) return false;
    const children = new ChildOrderRepository(this.tx, this.tenantId);
    const parentOrderId = key.parent_order_id as ParentOrderId;
    const [parent, child] = await Promise.all([
      children.lockParent(parentOrderId),
      children.find(parentOrderId, key.sequence),
    ]);
    if (parent === null || child === null || child.parkedAt === null) return false;
    await audit(this.tx, this.tenantId, [
      {
        entity: 'child_order',
        entityId: clientOrderId,
        event: 'resolved_by_operator',
        data: {
          outcome: finding.outcome,
          evidence: finding.evidence,
          by: userId,
          ...(finding.outcome === 'found' ? { venueOrderId: finding.venueOrderId } : {}),
        },
      },
    ]);
    if (finding.outcome === 'found') {
      await send(this.tx, 'UPDATE child_orders SET venue_order_id = $3 WHERE parent_order_id = $1 AND sequence = $2', [
        parentOrderId,
        child.sequence,
        finding.venueOrderId,
      ]);
      const { tenantId } = this;
      await hastenWork(this.tx, { kind: 'child.resolve', tenantId, parentOrderId, sequence: child.sequence });
      await addToOutbox(this.tx, tenantId, [
        {
          job: 'child-order.resolve',
          payload: { v: 1, tenantId, parentOrderId, sequence: child.sequence, traceId: parent.traceId },
        },
      ]);
      return true;
    }
    const at = await row<{ at: Date }>(this.tx, `SELECT date_trunc('milliseconds', clock_timestamp()) AS at`);
    const closed = applyEvent(child.order, {
      type: 'closed',
      reason: 'expired',
      code: 'RESOLVED_BY_OPERATOR',
      at: epochMs(at?.at.getTime() ?? 0),
      venueOrderId: null,
    });
    if (closed.kind !== 'applied') return false;
    await children.save(child, closed.order, finding.evidence);
    await wakeParent(this.tx, this.tenantId, parentOrderId, parent.traceId);
    return true;
  }
}
