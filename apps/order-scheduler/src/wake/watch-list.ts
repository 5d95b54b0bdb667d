import type { Annotation, MarketSnapshot, ParentOrderId, Price, TenantId } from '#domain';

/** At most one wake per parent in this time, and on average one in five seconds, ten at once (algorithms.md 5). */
const LEAST_GAP_MS = 250;
const PER_SECOND = 0.2;
const BURST = 10;

type Watch = Extract<Annotation, { kind: 'watch' }>;

interface Watched {
  readonly tenantId: TenantId;
  readonly traceId: string;
  bidBelow: Price | null;
  askAbove: Price | null;
  tokens: number;
  countedAt: number;
  wokenAt: number;
}

/** An order whose watched price was crossed. */
export interface Crossing {
  readonly parentOrderId: ParentOrderId;
  readonly tenantId: TenantId;
  readonly traceId: string;
}

/**
 * Prices whose crossing wakes an order before its time. In memory only: after a restart the orders wake by their timers
 * and set their watches anew.
 */
export class WatchList {
  private readonly byInstrument = new Map<string, Map<ParentOrderId, Watched>>();

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** Replaces what the order watched before; null forgets it. */
  set(
    instrument: { readonly venue: string; readonly symbol: string },
    order: { readonly id: ParentOrderId; readonly tenantId: TenantId; readonly traceId: string },
    watch: Watch | null,
  ): void {
    const name = `${instrument.symbol}.${instrument.venue}`;
    const orders = this.byInstrument.get(name) ?? new Map<ParentOrderId, Watched>();
    const known = orders.get(order.id);
    if (watch === null) {
      orders.delete(order.id);
    } else if (known !== undefined) {
      known.bidBelow = watch.bidBelow;
      known.askAbove = watch.askAbove;
    } else {
      const { tenantId, traceId } = order;
      const { bidBelow, askAbove } = watch;
      const now = this.monotonicMs();
      orders.set(order.id, {
        tenantId,
        traceId,
        bidBelow,
        askAbove,
        tokens: BURST,
        countedAt: now,
        wokenAt: -Infinity,
      });
    }
    if (orders.size > 0) this.byInstrument.set(name, orders);
    else this.byInstrument.delete(name);
  }

  /** Orders whose price this market crosses and that have not been woken too often. */
  crossedBy(snapshot: MarketSnapshot): Crossing[] {
    const orders = this.byInstrument.get(`${snapshot.symbol}.${snapshot.venue}`);
    if (orders === undefined || snapshot.status !== 'live') return [];
    const bid = snapshot.bids[0]?.price ?? null;
    const ask = snapshot.asks[0]?.price ?? null;
    const crossed: Crossing[] = [];
    for (const [parentOrderId, watched] of orders) {
      const down = watched.bidBelow !== null && bid !== null && bid.lt(watched.bidBelow);
      const up = watched.askAbove !== null && ask !== null && ask.gt(watched.askAbove);
      if ((down || up) && this.mayWake(watched))
        crossed.push({ parentOrderId, tenantId: watched.tenantId, traceId: watched.traceId });
    }
    return crossed;
  }

  private mayWake(watched: Watched): boolean {
    const now = this.monotonicMs();
    watched.tokens = Math.min(BURST, watched.tokens + ((now - watched.countedAt) / 1_000) * PER_SECOND);
    watched.countedAt = now;
    if (now - watched.wokenAt < LEAST_GAP_MS || watched.tokens < 1) return false;
    watched.tokens -= 1;
    watched.wokenAt = now;
    return true;
  }
}
