import {
  Dec,
  FAVOURABLE,
  imbalance,
  isFavourable,
  type MarketSnapshot,
  type MarketWatch,
  type ParentOrderId,
  type Price,
  type Quantity,
  type Side,
  type TenantId,
} from '#domain';

/** At most one wake per parent in this time, and on average one in five seconds, ten at once (algorithms.md 5). */
const LEAST_GAP_MS = 250;
const PER_SECOND = 0.2;
const BURST = 10;
/** A process watches for so many, an order counting once per instrument; the one decided on longest ago wakes by its timer alone. */
const MOST_WATCHED = 20_000;

/** What is watched of one instrument. */
export type Watch = Omit<MarketWatch, 'accountId'>;

interface Watched {
  readonly order: WatchingOrder;
  edges: Edges | null;
  /** Its last decision found no usable market: the next one wakes it. */
  awaitsMarket: boolean;
  tokens: number;
  countedAt: number;
  wokenAt: number;
}

/**
 * A watch in doubles: each tick of a market is compared with thousands of them. Rounding keeps the order of two decimals, so a
 * price that crosses is at worst taken for equal, in the sixteenth digit.
 */
interface Edges {
  readonly bidBelow: number;
  readonly askAbove: number;
  readonly midBelow: number;
  readonly midAbove: number;
  readonly volumeAtLeast: number;
  readonly imbalance: readonly Side[];
  readonly own: readonly (Level & { readonly side: Side })[];
}

interface Level {
  readonly price: number;
  readonly qty: number;
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
  /** Those decided on longest ago first. */
  private readonly byAge = new Map<string, { readonly name: string; readonly id: ParentOrderId }>();

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly most = MOST_WATCHED,
  ) {}

  /** Replaces what the order watched before; null watches no price. `awaitsMarket`: any live market wakes it. */
  set(
    instrument: { readonly venue: string; readonly symbol: string },
    order: { readonly id: ParentOrderId; readonly tenantId: TenantId; readonly traceId: string },
    watch: Watch | null,
    awaitsMarket = false,
  ): void {
    const name = nameOf(instrument);
    this.makeRoom(name, order.id);
    const orders = this.byInstrument.get(name) ?? new Map<ParentOrderId, Watched>();
    this.byInstrument.set(name, orders);
    const known = orders.get(order.id);
    const edges = watch === null ? null : edgesOf(watch);
    if (known !== undefined) {
      known.edges = edges;
      known.awaitsMarket = awaitsMarket;
      return;
    }
    const { id: parentOrderId, tenantId, traceId } = order;
    const now = this.monotonicMs();
    orders.set(order.id, {
      ...{ order: { parentOrderId, tenantId, traceId }, edges, awaitsMarket },
      ...{ tokens: BURST, countedAt: now, wokenAt: -Infinity },
    });
  }

  /** An order that has ended is not woken any more. */
  forget(instrument: { readonly venue: string; readonly symbol: string }, id: ParentOrderId): void {
    const name = nameOf(instrument);
    this.byAge.delete(`${name} ${id}`);
    const orders = this.byInstrument.get(name);
    orders?.delete(id);
    if (orders?.size === 0) this.byInstrument.delete(name);
  }

  /** All orders on an instrument: for what concerns each of them, such as a feed that is lost. */
  on(instrument: { readonly venue: string; readonly symbol: string }): WatchingOrder[] {
    const orders = this.byInstrument.get(nameOf(instrument)) ?? new Map<ParentOrderId, Watched>();
    return Array.from(orders.values(), ({ order }) => order);
  }

  /** Orders whose price this market crosses, or that waited for a market, and that have not been woken too often. */
  crossedBy(snapshot: MarketSnapshot): WatchingOrder[] {
    const orders = this.byInstrument.get(nameOf(snapshot));
    if (orders === undefined || snapshot.status !== 'live') return [];
    const crossed: WatchingOrder[] = [];
    const seen = seenIn(snapshot);
    for (const watched of orders.values())
      if ((watched.awaitsMarket || (watched.edges !== null && crosses(watched.edges, seen))) && this.mayWake(watched))
        crossed.push(watched.order);
    return crossed;
  }

  private makeRoom(name: string, id: ParentOrderId): void {
    const key = `${name} ${id}`;
    this.byAge.delete(key);
    this.byAge.set(key, { name, id });
    const oldest = this.byAge.size > this.most ? this.byAge.entries().next() : null;
    if (oldest?.done !== false) return;
    const [oldestKey, entry] = oldest.value;
    this.byAge.delete(oldestKey);
    this.byInstrument.get(entry.name)?.delete(entry.id);
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

/** What an edge is compared with; infinite where the market does not say. */
interface Seen {
  readonly bid: number;
  readonly ask: number;
  readonly volume: number;
  readonly favours: Readonly<Record<Side, boolean>>;
  /** The best levels that orders of each side rest in. */
  readonly queues: Readonly<Record<Side, readonly Level[]>>;
}

/** Beyond so many levels of our own the touch is not looked for. */
const LEVELS_SEEN = 3;

function seenIn({ bids, asks, cumBaseVolume }: MarketSnapshot): Seen {
  const [bid, ask] = [bids[0], asks[0]];
  const favours = (side: Side): boolean => isFavourable(imbalance(side, bid?.qty ?? null, ask?.qty ?? null));
  const best = (levels: MarketSnapshot['bids']): Level[] =>
    levels.slice(0, LEVELS_SEEN).map(({ price, qty }) => ({ price: price.toNumber(), qty: qty.toNumber() }));
  return {
    bid: bid?.price.toNumber() ?? Infinity,
    ask: ask?.price.toNumber() ?? -Infinity,
    volume: cumBaseVolume.toNumber(),
    favours: { buy: favours('buy'), sell: favours('sell') },
    queues: { buy: best(bids), sell: best(asks) },
  };
}

/** What is no more than the rounding of doubles. */
const NOTHING = 1e-9;
const LEAST_FAVOURABLE = FAVOURABLE.toNumber();

/** The touch of `side` without what the order itself has there; a level that shows less does not show it yet. */
function othersAtTouch({ queues }: Seen, side: Side, own: Edges['own']): Level | null {
  for (const { price, qty } of queues[side]) {
    let left = qty;
    for (const ours of own) if (ours.side === side && ours.price === price) left -= ours.qty;
    if (left < -NOTHING * qty) return { price, qty };
    if (left > NOTHING * qty) return { price, qty: left };
  }
  return null;
}

const isAtTouch = (seen: Seen, { own }: Edges): boolean =>
  own.some((ours) => ours.price === seen.queues[ours.side][0]?.price);

function favours(seen: Seen, side: Side, edges: Edges): boolean {
  if (!isAtTouch(seen, edges)) return seen.favours[side];
  const [bid, ask] = [othersAtTouch(seen, 'buy', edges.own)?.qty, othersAtTouch(seen, 'sell', edges.own)?.qty];
  if (bid === undefined || ask === undefined) return false;
  return (side === 'buy' ? bid - ask : ask - bid) >= LEAST_FAVOURABLE * (bid + ask);
}

function isMidAcross(seen: Seen, edges: Edges): boolean {
  if (edges.midBelow === -Infinity && edges.midAbove === Infinity) return false;
  const own = isAtTouch(seen, edges) ? edges.own : [];
  const [bid, ask] = [othersAtTouch(seen, 'buy', own), othersAtTouch(seen, 'sell', own)];
  if (bid === null || ask === null) return false;
  const mid = (bid.price + ask.price) / 2;
  return mid < edges.midBelow || mid > edges.midAbove;
}

const edgesOf = ({ bidBelow, askAbove, midBelow, midAbove, volumeAtLeast, imbalance: sides, own }: Watch): Edges => ({
  bidBelow: bidBelow?.toNumber() ?? -Infinity,
  askAbove: askAbove?.toNumber() ?? Infinity,
  midBelow: midBelow?.toNumber() ?? -Infinity,
  midAbove: midAbove?.toNumber() ?? Infinity,
  volumeAtLeast: volumeAtLeast?.toNumber() ?? Infinity,
  imbalance: sides,
  own: own.map(({ side, price, qty }) => ({ side, price: price.toNumber(), qty: qty.toNumber() })),
});

function crosses(edges: Edges, seen: Seen): boolean {
  if (seen.bid < edges.bidBelow || seen.ask > edges.askAbove || seen.volume >= edges.volumeAtLeast) return true;
  if (isMidAcross(seen, edges)) return true;
  for (const side of edges.imbalance) if (favours(seen, side, edges)) return true;
  return false;
}

/** Watches of several accounts that trade one instrument as one: what any of them watches. */
export function mergedWatch(watches: readonly Watch[]): Watch | null {
  if (watches.length < 2) return watches[0] ?? null;
  const all = <T>(of: (watch: Watch) => T | null): T[] => watches.map(of).filter((one): one is T => one !== null);
  const highest = (prices: Price[]): Price | null => (prices.length === 0 ? null : (Dec.max(...prices) as Price));
  const lowest = (prices: Price[]): Price | null => (prices.length === 0 ? null : (Dec.min(...prices) as Price));
  const volumes = all((w) => w.volumeAtLeast);
  return {
    bidBelow: highest(all((w) => w.bidBelow)),
    askAbove: lowest(all((w) => w.askAbove)),
    midBelow: highest(all((w) => w.midBelow)),
    midAbove: lowest(all((w) => w.midAbove)),
    imbalance: [...new Set<Side>(watches.flatMap((watch) => watch.imbalance))],
    own: watches.flatMap((watch) => watch.own),
    volumeAtLeast: volumes.length === 0 ? null : (Dec.min(...volumes) as Quantity),
  };
}

function nameOf({ venue, symbol }: { readonly venue: string; readonly symbol: string }): string {
  return `${symbol}.${venue}`;
}
