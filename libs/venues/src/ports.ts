import type {
  ClientOrderId,
  Decimal,
  EpochMs,
  Fill,
  Instrument,
  Price,
  Quantity,
  Side,
  VenueId,
  VenueOrderId,
} from '#domain';

/** The venue's own name of an instrument, `BTCUSDT`. */
export type VenueSymbol = string;

/**
 * A claim's right to send: the request is signed with `claimedAt` and the venue refuses it after
 * `validUntil`, so a process that wakes late sends something harmless (venues.md A6).
 */
export interface Fence {
  readonly claimEpoch: number;
  /** Database clock. */
  readonly claimedAt: EpochMs;
  readonly validUntil: EpochMs;
  /** On the monotonic clock (`performance.now()`): nothing is written to the socket after it (A6.3). */
  readonly sendByMonotonicMs?: number;
}

/** What is known of one HTTP exchange; `headers` are the venue's limit headers in lower case. */
export interface WireMeta {
  readonly sentAt: EpochMs;
  readonly repliedAt?: EpochMs;
  readonly httpStatus?: number;
  readonly venueCode?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a call did not succeed: a code for machines, a sentence for people. */
export interface Cause {
  readonly code: string;
  readonly text: string;
}

/**
 * The outcome of anything that may change state at a venue. Only `not_sent` (and a `refused` for rate
 * or fence, which carries `retry`) may be offered again; `unknown` is resolved by looking.
 */
export type Sent<T> =
  | { readonly kind: 'done'; readonly value: T; readonly meta: WireMeta }
  | { readonly kind: 'not_sent'; readonly why: Cause; readonly meta?: WireMeta }
  | {
      readonly kind: 'refused';
      readonly why: Cause;
      /** Set for rate and fence refusals: the same child may be offered again, not before this instant. */
      readonly retryAt?: EpochMs;
      readonly meta: WireMeta;
    }
  | {
      readonly kind: 'unknown';
      readonly why: Cause;
      /** The venue says the id is taken: our first request probably arrived. */
      readonly hint?: 'exists';
      readonly meta: WireMeta;
    };

export interface PlaceRequest {
  readonly clientOrderId: ClientOrderId;
  readonly symbol: VenueSymbol;
  readonly side: Side;
  readonly orderQty: Quantity;
  readonly price: Price;
  /** `gtx` is post-only. */
  readonly timeInForce: 'gtc' | 'gtx' | 'ioc';
}

export interface PlaceAck {
  /** The order as of the reply; asynchronous venues give no status. */
  readonly venueOrderId: VenueOrderId;
  readonly view: OrderView | null;
  /** Fills that the reply itself carried (immediate executions). */
  readonly fills: readonly Fill[];
}

export interface CancelRequest {
  readonly symbol: VenueSymbol;
  readonly clientOrderId: ClientOrderId;
  readonly venueOrderId: VenueOrderId | null;
}

/** `gone`: the venue knows no such open order; look it up before closing (A5). */
export type CancelAck = { readonly kind: 'canceled'; readonly view: OrderView } | { readonly kind: 'gone' };

export type VenueOrderStatus = 'working' | 'filled' | 'canceled' | 'expired' | 'rejected';

/** An order as the venue reports it. */
export interface OrderView {
  /** Null where the venue's text does not parse as one of ours: an external order. */
  readonly clientOrderId: ClientOrderId | null;
  readonly venueOrderId: VenueOrderId;
  readonly symbol: VenueSymbol;
  readonly side: Side;
  readonly status: VenueOrderStatus;
  readonly orderQty: Quantity;
  readonly cumQty: Quantity;
  readonly price: Price | null;
  readonly updatedAt: EpochMs;
}

/** A fill and the order it belongs to. */
export interface VenueFill extends Fill {
  readonly symbol: VenueSymbol;
  readonly clientOrderId: ClientOrderId | null;
}

export type Lookup =
  | { readonly kind: 'found'; readonly order: OrderView }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unclear'; readonly why: Cause };

/** A read either succeeds or says why not; it never throws for venue behaviour. */
export type Read<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly meta: WireMeta }
  | { readonly kind: 'failed'; readonly why: Cause; readonly retryAt?: EpochMs; readonly meta?: WireMeta };

export interface Balance {
  readonly asset: string;
  readonly free: Decimal;
  readonly locked: Decimal;
}

export interface FeeSchedule {
  readonly makerBps: Decimal;
  readonly takerBps: Decimal;
}

export type UserEvent =
  | {
      readonly kind: 'order';
      /** The execution's own id at the venue; the same event may arrive twice. */
      readonly executionId: string;
      readonly order: OrderView;
      readonly rejectReason: string;
      readonly fill: VenueFill | null;
      readonly venueAt: EpochMs;
      readonly receivedAt: EpochMs;
    }
  | { readonly kind: 'balances'; readonly balances: readonly Balance[]; readonly venueAt: EpochMs };

export interface Gap {
  readonly reason: string;
}

export interface Subscription {
  /** True while events arrive; false while it is reconnecting. */
  readonly live: boolean;
  close(): Promise<void>;
}

export interface VenueAccountRef {
  readonly accountId: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Facts about a venue that decide how its answers may be read (venues.md A4). */
export interface VenueTraits {
  /** How long after the claim the venue still accepts the request; sent as recvWindow or its like. */
  readonly fenceWidthMs: number;
  /** How long after the fence absence may not be concluded yet. */
  readonly absenceMarginMs: number;
  /** Least distance between the two look-ups that prove absence; covers the venue's read lag. */
  readonly lookupSpacingMs: number;
  readonly acceptIsAsynchronous: boolean;
  readonly amend: 'none' | 'quantity_down';
}

/** One account's connection. Port methods never throw for venue behaviour; a throw is a bug. */
export interface VenueSession {
  place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>>;
  cancel(request: CancelRequest): Promise<Sent<CancelAck>>;
  findOrder(key: {
    readonly clientOrderId?: ClientOrderId;
    readonly venueOrderId?: VenueOrderId;
    readonly symbol: VenueSymbol;
  }): Promise<Lookup>;
  openOrders(symbol?: VenueSymbol): Promise<Read<readonly OrderView[]>>;
  ordersSince(symbol: VenueSymbol, from: EpochMs): Promise<Read<readonly OrderView[]>>;
  fillsSince(symbol: VenueSymbol, from: EpochMs): Promise<Read<readonly VenueFill[]>>;
  balances(): Promise<Read<readonly Balance[]>>;
  fees(): Promise<Read<FeeSchedule>>;
  /**
   * Order counts as the venue holds them, for the cold start of the budget (venues.md B4), under the names of
   * the reply headers that carry the same figures (`x-mbx-order-count-10s`).
   */
  orderCounts(): Promise<Read<Readonly<Record<string, number>>>>;
  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void): Subscription;
  close(): Promise<void>;
}

export interface Venue {
  readonly id: VenueId;
  readonly traits: VenueTraits;
  connect(account: VenueAccountRef, clock: VenueClock): Promise<VenueSession>;
  /** One cheap unsigned call: the venue's time and the round trip, with the limit headers it carried. */
  venueTime(): Promise<Read<{ readonly venueMs: EpochMs; readonly rttMs: number }>>;
}

/** Gives the venue's time as far as we know it; `offsetMs` = venue minus database clock. */
export interface VenueClock {
  now(): EpochMs;
  offsetMs(): number;
  /** Half-width of the uncertainty of `offsetMs`. */
  errorMs(): number;
}

export interface Level {
  readonly price: Price;
  readonly qty: Quantity;
}

export type FeedStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'resyncing' | 'down';

export type FeedMessage =
  | {
      readonly type: 'snapshot';
      readonly seq: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | {
      readonly type: 'delta';
      readonly prevSeq: number;
      readonly seq: number;
      readonly bids: readonly Level[];
      readonly asks: readonly Level[];
    }
  | { readonly type: 'resync'; readonly reason: string }
  | {
      readonly type: 'trade';
      readonly id: string;
      readonly price: Price;
      readonly qty: Quantity;
      readonly aggressor: Side;
      readonly venueAt: EpochMs;
    }
  /** The connection answered a ping: what was said last still holds, quiet as the market may be. */
  | { readonly type: 'alive' }
  | { readonly type: 'status'; readonly from: FeedStatus; readonly to: FeedStatus; readonly reason: string };

/** One print of the public tape. */
export interface PublicTrade {
  readonly id: string;
  readonly price: Price;
  readonly qty: Quantity;
  readonly aggressor: Side;
  readonly venueAt: EpochMs;
}

export interface Feed {
  readonly venue: VenueId;
  instruments(): Promise<Read<readonly Instrument[]>>;
  subscribe(
    symbol: VenueSymbol,
    channels: readonly ('book' | 'trades')[],
    onMessage: (message: FeedMessage) => void,
  ): Subscription;
  /** The newest prints, oldest first, at most 1,000: to fill the hole that a lost connection left. */
  recentTrades(symbol: VenueSymbol): Promise<Read<readonly PublicTrade[]>>;
  close(): Promise<void>;
}
