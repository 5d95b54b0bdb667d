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
  /** Its last decision found no usable market: the next one wakes it. */
  awaitsMarket: boolean;
  tokens: number;
  countedAt: number;
  wokenAt: number;
}

/** An order that is worked on an instrument. */
export interface WatchingOrder {
  readonly parentOrderId: ParentOrderId;
  readonly tenantId: TenantId;
  readonly traceId: string;
}

/**
 * The orders that this process has decided on, with the prices whose crossing wakes them before their time. In memory
 * only: after a restart the orders wake by their timers and are known again.
 */
export class WatchList {
  private readonly byInstrument = new Map<string, Map<ParentOrderId, Watched>>();

  constructor(private readonly monotonicMs: () => number = () => performance.now()) {}

  /** Replaces what the order watched before; null watches no price. `awaitsMarket`: any live market wakes it. */
  set(
    instrument: { readonly venue: string; readonly symbol: string },
    order: { readonly id: ParentOrderId; readonly tenantId: TenantId; readonly traceId: string },
    watch: Watch | null,
    awaitsMarket = false,
  ): void {
    const name = nameOf(instrument);
    const orders = this.byInstrument.get(name) ?? new Map<ParentOrderId, Watched>();
    this.byInstrument.set(name, orders);
    const bidBelow = watch?.bidBelow ?? null;
    const askAbove = watch?.askAbove ?? null;
    const known = orders.get(order.id);
    if (known !== undefined) {
      known.bidBelow = bidBelow;
      known.askAbove = askAbove;
      known.awaitsMarket = awaitsMarket;
      return;
    }
    const { tenantId, traceId } = order;
    const now = this.monotonicMs();
    orders.set(order.id, {
      ...{ tenantId, traceId, bidBelow, askAbove, awaitsMarket },
      ...{ tokens: BURST, countedAt: now, wokenAt: -Infinity },
    });
  }

  /** An order that has ended is not woken any more. */
  forget(instrument: { readonly venue: string; readonly symbol: string }, id: ParentOrderId): void {
    const orders = this.byInstrument.get(nameOf(instrument));
    orders?.delete(id);
    if (orders?.size === 0) this.byInstrument.delete(nameOf(instrument));
  }

  /** All orders on an instrument: for what concerns each of them, such as a feed that is lost. */
  on(instrument: { readonly venue: string; readonly symbol: string }): WatchingOrder[] {
    const orders = this.byInstrument.get(nameOf(instrument)) ?? new Map<ParentOrderId, Watched>();
    return [...orders].map(([parentOrderId, { tenantId, traceId }]) => ({ parentOrderId, tenantId, traceId }));
  }

  /** Orders whose price this market crosses, or that waited for a market, and that have not been woken too often. */
  crossedBy(snapshot: MarketSnapshot): WatchingOrder[] {
    const orders = this.byInstrument.get(nameOf(snapshot));
    if (orders === undefined || snapshot.status !== 'live') return [];
    const bid = snapshot.bids[0]?.price ?? null;
    const ask = snapshot.asks[0]?.price ?? null;
    const crossed: WatchingOrder[] = [];
    for (const [parentOrderId, watched] of orders) {
      const down = watched.bidBelow !== null && bid !== null && bid.lt(watched.bidBelow);
      const up = watched.askAbove !== null && ask !== null && ask.gt(watched.askAbove);
      if ((down || up || watched.awaitsMarket) && this.mayWake(watched))
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

function nameOf({ venue, symbol }: { readonly venue: string; readonly symbol: string }): string {
  return `${symbol}.${venue}`;
}
