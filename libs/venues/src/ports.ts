import type {
  ClientOrderId,
  Decimal,
  EpochMs,
  Fill,
  MarginTier,
  Price,
  Quantity,
  Side,
  VenueId,
  VenueOrderId,
} from '#domain';
import type { AnnouncedLimit } from './budget/announced-limit.js';
import type { VenueProfile, VenueTraits } from './profile.js';

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

/**
 * What is known of one HTTP exchange; `headers` are the venue's limit headers in lower case. An outcome has none only
 * where nothing was written.
 */
export interface WireMeta {
  readonly sentAt: EpochMs;
  readonly repliedAt?: EpochMs;
  readonly httpStatus?: number;
  readonly venueCode?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Code of `not_sent` for what a venue cannot do; the text names the venue and the operation. */
export const UNSUPPORTED = 'UNSUPPORTED';

/** Code of an unclear look-up: the only list that could have the order is cut off before its place. */
export const LIST_CUT_OFF = 'LIST_CUT_OFF';

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
  /** Never enlarges a position; where a position side says the same, only that is sent. */
  readonly reduceOnly?: boolean;
  /** In hedge mode: which of the two positions it is for. Mandatory there, and nowhere else allowed. */
  readonly positionSide?: PositionSide;
}

/** Changes a working order. */
export interface AmendRequest {
  readonly symbol: VenueSymbol;
  readonly clientOrderId: ClientOrderId;
  readonly venueOrderId: VenueOrderId | null;
  readonly side: Side;
  /** The new total, what is filled already included. */
  readonly orderQty: Quantity;
  /** New or unchanged. */
  readonly price: Price;
  /** The order as we know it: tells what changes, which not every venue can do. */
  readonly current: { readonly orderQty: Quantity; readonly price: Price };
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

/** An order that is not ours, named by the venue's own id. */
export interface ExternalCancelRequest {
  readonly symbol: VenueSymbol;
  readonly venueOrderId: VenueOrderId;
}

/** `gone`: the venue knows no such open order; look it up before closing (A5). */
export type CancelAck = { readonly kind: 'canceled'; readonly view: OrderView } | { readonly kind: 'gone' };

/** What became of one order of a call that cancels several. */
export type CancelOutcome = CancelAck | { readonly kind: 'refused'; readonly why: Cause };

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
  /** Average price of what is executed, where the venue tells it. */
  readonly avgPx?: Price | null;
  /** The client id as the venue writes it, where it is not one of ours. */
  readonly clientText?: string;
  readonly updatedAt: EpochMs;
}

/** A fill and the order it belongs to. */
export interface VenueFill extends Fill {
  readonly symbol: VenueSymbol;
  readonly clientOrderId: ClientOrderId | null;
}

export type Lookup =
  | { readonly kind: 'found'; readonly order: OrderView; readonly meta?: WireMeta }
  | { readonly kind: 'absent'; readonly meta?: WireMeta }
  | { readonly kind: 'unclear'; readonly why: Cause; readonly meta?: WireMeta };

/** A read either succeeds or says why not; it never throws for venue behaviour. */
export type Read<T> =
  | {
      readonly kind: 'ok';
      readonly value: T;
      readonly meta: WireMeta;
      /** Rows of the list that cannot be read, and why: the value is without them, so what it lacks proves nothing. */
      readonly unreadable?: readonly Cause[];
    }
  | { readonly kind: 'failed'; readonly why: Cause; readonly retryAt?: EpochMs; readonly meta?: WireMeta };

/** One request's worth of rows; `next` asks for those that follow, null when there are none. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
  /** Rows that cannot be read, and why; missing: none. */
  readonly unreadable?: readonly Cause[];
}

export interface Balance {
  readonly asset: string;
  readonly free: Decimal;
  readonly locked: Decimal;
}

export interface FeeSchedule {
  readonly makerBps: Decimal;
  readonly takerBps: Decimal;
}

export type PositionSide = 'long' | 'short';
export type MarginType = 'cross' | 'isolated';

/** A position as the venue reports it. */
export interface PositionView {
  readonly symbol: VenueSymbol;
  /** `both` in one-way mode. */
  readonly side: 'both' | PositionSide;
  /** Base units; below zero for a short. */
  readonly qty: Decimal;
  /** Null without a position. */
  readonly entryPx: Price | null;
  readonly markPx: Price | null;
  /** Quote units. */
  readonly unrealizedPnl: Decimal | null;
  readonly leverage: number | null;
  readonly marginType: MarginType | null;
  readonly updatedAt: EpochMs;
}

export interface AccountSettings {
  /** Null where the venue has no such mode. */
  readonly hedgeMode: boolean | null;
  readonly bySymbol: ReadonlyMap<VenueSymbol, { readonly leverage: number; readonly marginType: MarginType }>;
  /** Leverage and maintenance margin by symbol, steps by rising notional; absent where the venue does not tell. */
  readonly marginTiers?: ReadonlyMap<VenueSymbol, readonly MarginTier[]>;
  /** Null: the venue does not say. */
  readonly permissions: {
    readonly canTrade: boolean | null;
    readonly canWithdraw: boolean | null;
    readonly ipBound: boolean | null;
  };
}

export type SettingChange =
  | { readonly kind: 'hedge_mode'; readonly on: boolean }
  | { readonly kind: 'leverage'; readonly symbol: VenueSymbol; readonly leverage: number }
  | { readonly kind: 'margin_type'; readonly symbol: VenueSymbol; readonly marginType: MarginType };

export type UserEvent =
  | {
      readonly kind: 'order';
      /** The execution's own id at the venue; the same event may arrive twice. */
      readonly executionId: string;
      readonly order: OrderView;
      readonly rejectReason: string;
      /** When the venue took the order, by its clock, where it says so. */
      readonly placedAt?: EpochMs;
      readonly fill: VenueFill | null;
      readonly venueAt: EpochMs;
      readonly receivedAt: EpochMs;
    }
  /** A fill without the state of its order, where the venue tells the two apart. */
  | {
      readonly kind: 'fill';
      readonly fill: VenueFill;
      readonly venueAt: EpochMs;
      readonly receivedAt: EpochMs;
    }
  | { readonly kind: 'balances'; readonly balances: readonly Balance[]; readonly venueAt: EpochMs }
  | ({ readonly kind: 'position' } & PositionView);

/** Why events may have been missed. */
export type GapReason =
  /** The stream stands; what happened before is not known from it. */
  | 'CONNECTED'
  | 'DISCONNECTED'
  | 'LISTEN_KEY_EXPIRED'
  /** No events were lost, but leverage or modes were changed at the venue: they must be compared again. */
  | 'SETTINGS_CHANGED'
  /** Nothing came for long, or less was said than happened; who has no open orders may ignore it. */
  | 'SILENCE'
  /** Nothing is known to have happened: there is no stream that would tell, so the venue should be asked now and then. */
  | 'POLL'
  | 'SEQUENCE'
  | 'MALFORMED_FRAME'
  | 'MALFORMED_EVENT';

export interface Gap {
  readonly reason: GapReason;
  readonly detail?: string;
}

/**
 * Pays for what a stream asks of a venue before it is asked, and waits while it may not be. `call` is its name in the
 * venue's table of costs. A rejection stops the attempt, and the stream tries again later. What it resolves to is told when it was answered, or
 * came to nothing.
 */
export type SpendStreamCall = (call: string) => Promise<(meta?: WireMeta) => Promise<void>>;

export interface Subscription {
  /** True while events arrive; false while it is reconnecting. */
  readonly live: boolean;
  close(): Promise<void>;
}

export interface VenueAccountRef {
  readonly accountId: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** Where the venue's keys have a third part. */
  readonly passphrase?: string;
}

/** Of an account whose calls only one process may make, each with a number above all before it. */
export interface SoleCaller {
  /**
   * The number of the next call: above that of every call before, whichever process made it, and not below `least`
   * (microseconds by the venue's clock). Null when another process may make the calls by now: then nothing is sent.
   */
  nextNonce(least: number): Promise<number | null>;
}

/** One account's connection. Port methods never throw for venue behaviour; a throw is a bug. */
export interface VenueSession {
  place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>>;
  /** A venue that cannot change what is asked for answers `not_sent` with {@link UNSUPPORTED}. */
  amend(request: AmendRequest, fence: Fence): Promise<Sent<OrderView>>;
  cancel(request: CancelRequest): Promise<Sent<CancelAck>>;
  /**
   * Cancels up to {@link VenueTraits.cancelsAtOnce} orders of one symbol, whose ids at the venue are known, in one call;
   * missing where the venue cannot. `done` has an outcome for each, in the order asked for; any other answer is about all of them.
   */
  cancelMany?(requests: readonly CancelRequest[]): Promise<Sent<readonly CancelOutcome[]>>;
  /** Only for a person's command that names the order; a venue without it cannot cancel by its own id. */
  cancelExternal?(request: ExternalCancelRequest): Promise<Sent<CancelAck>>;
  /** Every open order of the account, foreign ones included; without a symbol, of all symbols. */
  cancelAll(symbol?: VenueSymbol): Promise<Sent<readonly CancelAck[]>>;
  findOrder(key: {
    readonly clientOrderId?: ClientOrderId;
    readonly venueOrderId?: VenueOrderId;
    readonly symbol: VenueSymbol;
    /**
     * When it can have come to the venue at all, by the database's clock; narrows lists that are searched for it. Without
     * an end where the venue refuses no late request.
     */
    readonly created?: { readonly from: EpochMs; readonly to?: EpochMs };
  }): Promise<Lookup>;
  /** One request per call; `cursor` is the `next` of the page before. */
  openOrders(symbol?: VenueSymbol, cursor?: string): Promise<Read<Page<OrderView>>>;
  /** As {@link VenueSession.openOrders}. */
  ordersSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<OrderView>>>;
  /** As {@link VenueSession.openOrders}. */
  fillsSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<VenueFill>>>;
  balances(): Promise<Read<readonly Balance[]>>;
  /** Rates of an instrument; without one, those that most instruments have. */
  fees(symbol?: VenueSymbol): Promise<Read<FeeSchedule>>;
  /** Positions that are not flat; none on a spot account. */
  positions(): Promise<Read<readonly PositionView[]>>;
  accountSettings(): Promise<Read<AccountSettings>>;
  /** Changes a setting; the venue refuses it while orders or positions stand in the way. */
  apply(change: SettingChange): Promise<Sent<void>>;
  /**
   * Sets the venue's timer that cancels everything, foreign orders included, of the account or of the symbol where the
   * timers are of symbols ({@link VenueTraits.deadMan}); 0 takes it back. Missing where the venue has none.
   */
  setDeadMan?(timeoutMs: number, symbol?: VenueSymbol): Promise<Sent<void>>;
  /**
   * Order counts as the venue holds them, for the cold start of the budget (venues.md B4), under the names of
   * the reply headers that carry the same figures (`x-mbx-order-count-10s`).
   */
  orderCounts(): Promise<Read<Readonly<Record<string, number>>>>;
  /** As the venue's {@link Venue.announcedLimits}, for limits that it tells this account alone. */
  announcedLimits?(): Promise<Read<readonly AnnouncedLimit[]>>;
  /** @param spend pays for connections where the venue counts them; without it they are free */
  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void, spend?: SpendStreamCall): Subscription;
  close(): Promise<void>;
}

/**
 * Pays for a call that a venue makes of its own, or rejects at once: then the call is not made. `call` is its name in the
 * venue's table of costs. What it resolves to is told how the call ended.
 */
export type PayCall = (call: string) => Promise<(answer: Pick<Read<unknown>, 'kind' | 'meta'>) => Promise<void>>;

export interface Venue {
  readonly id: VenueId;
  readonly profile: VenueProfile;
  /** Those of the profile. */
  readonly traits: VenueTraits;
  /**
   * @param caller where private calls may leave from one process alone; without it the session counts for itself
   * @param pay for what the venue asks to connect, and for what the session asks beside the calls of its port; without it
   * that is free
   */
  connect(account: VenueAccountRef, clock: VenueClock, caller?: SoleCaller, pay?: PayCall): Promise<VenueSession>;
  /** One cheap unsigned call: the venue's time and the round trip, with the limit headers it carried. */
  venueTime(): Promise<Read<{ readonly venueMs: EpochMs; readonly rttMs: number }>>;
  /**
   * The venue's own figures of its limits (venues.md B3), one unsigned call: the one that the limits' `confirm` names.
   * Missing where the venue tells them to its accounts alone, or not at all.
   */
  announcedLimits?(): Promise<Read<readonly AnnouncedLimit[]>>;
}

/** `offsetMs` = venue minus database clock. */
export interface VenueClock {
  /** The venue's time as far as we know it. */
  now(): EpochMs;
  offsetMs(): number;
  /** Half-width of the uncertainty of `offsetMs`. */
  errorMs(): number;
}
