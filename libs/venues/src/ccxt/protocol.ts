import type { ClientOrderId, EpochMs, Instrument, VenueId, VenueOrderId } from '#domain';
import type { AnnouncedLimit } from '../budget/announced-limit.js';
import type { ProtocolId } from '../client-order-id.js';
import type { Level, Mark, PublicTrade } from '../feed-port.js';
import type {
  AccountSettings,
  AmendRequest,
  Balance,
  CancelAck,
  CancelOutcome,
  CancelRequest,
  FeeSchedule,
  OrderView,
  Page,
  PlaceAck,
  PlaceRequest,
  PositionView,
  SettingChange,
  VenueAccountRef,
  VenueFill,
  VenueSymbol,
} from '../ports.js';
import type { VenueProfile } from '../profile.js';
import type { RowsAt } from '../read-rows.js';
import type { OutgoingRequest } from '../transport/call-context.js';
import type { Ask, Heard } from './ask.js';
import type { CallKind, ErrorTable } from './classify.js';
import type { CcxtExchange } from './load-ccxt.js';
import type { UserStreamProtocol } from './user-stream/protocol.js';

export type { Ask, Heard };

/** Of one call: times on the venue's clock, and what rendering it may need. */
export interface Moment {
  readonly signedAtMs: number;
  /** The venue must refuse the request after this. */
  readonly deadlineMs: number;
  /** A number that rises with every call of this session. */
  readonly nonce: () => number;
  readonly exchange: CcxtExchange;
  /** The vendor's numbers of instruments by symbol, where it names them so; else empty. */
  readonly assets: ReadonlyMap<VenueSymbol, string>;
}

/** The venue's own code and text in a body; null in a body that is a success. */
export interface VenueError {
  readonly code: string;
  readonly text: string;
}

/** An order as it stands in a rendered request, in our words; null: absent there, or not one of our words. */
export interface RenderedOrder {
  readonly symbol: string | null;
  readonly side: string | null;
  readonly timeInForce: string | null;
  readonly clientOrderId: string | null;
  readonly orderQty: string | null;
  readonly price: string | null;
  readonly reduceOnly: boolean;
}

export interface OrderKeyScope {
  readonly symbol: VenueSymbol;
  /** Between which times it was created, by the venue's clock; null: not known. */
  readonly created: { readonly fromMs: number; readonly toMs: number | null } | null;
}

export type OrderKey = OrderKeyScope &
  (
    | { readonly clientOrderId: ClientOrderId; readonly venueOrderId: null }
    | { readonly clientOrderId: null; readonly venueOrderId: VenueOrderId }
  );

export interface ListedInstrument {
  readonly instrument: Instrument;
  /** The vendor's number of it, where requests need one. */
  readonly asset: string | null;
}

export interface BookSnapshot {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly venueAt: EpochMs | null;
}

/** Read where a list does not have the order, and is cut off before its end: the order may stand behind it. */
export const CUT_OFF = Symbol('cut off');

/**
 * How one vendor is spoken to: its requests, the reading of its replies, and its errors, without any I/O. ccxt
 * signs and addresses what is asked for here; what the vendor said is read here, from the raw reply.
 */
export interface CcxtProtocol {
  readonly id: ProtocolId;
  /** Name of the class in ccxt. */
  readonly ccxtId: string;
  readonly profile: VenueProfile;
  /** Those of ccxt's `urls.api` that are called. */
  readonly entries: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** True: the nonce must rise from call to call; false: it is the time of signing. */
  readonly nonceRises: boolean;
  readonly errors: ErrorTable;
  /** Orders name instruments by the vendor's numbers of them. */
  readonly needsAssets?: boolean;
  /** Absent where the venue's events are not streamed to us: then there is polling alone. */
  readonly userStream?: UserStreamProtocol;
  readonly keysOf: (account: VenueAccountRef) => Readonly<Record<string, string>>;
  /** Of a call that cancels several orders only what is of the whole call: what is of one order, its `read` tells. */
  readonly errorIn: (reply: unknown, call: CallKind) => VenueError | null;

  readonly place: (request: PlaceRequest, at: Moment) => Ask<PlaceAck>;
  /** Why the venue cannot take this order; null when it can. Absent: every order of the port can be rendered. */
  readonly cannotPlace?: (request: PlaceRequest) => string | null;
  readonly renderedOrder: (request: OutgoingRequest, at: Moment) => RenderedOrder;
  /**
   * Absent where the venue cannot amend at all; null for a change that it cannot make. Read as null: taken in, and the
   * reply does not say what became of the order.
   */
  readonly amend?: (request: AmendRequest, at: Moment) => Ask<OrderView | null> | null;
  readonly renderedAmend?: (request: OutgoingRequest, at: Moment) => Pick<RenderedOrder, 'orderQty' | 'price'>;
  readonly cancel: (request: CancelRequest, at: Moment) => Ask<CancelAck>;
  /** See {@link VenueSession.cancelMany}; an outcome for each request, in their order. */
  readonly cancelMany?: (requests: readonly CancelRequest[], at: Moment) => Ask<readonly CancelOutcome[]>;
  /** Absent where the venue has none of its own; null where it has none for that scope. */
  readonly cancelAll?: (symbol: VenueSymbol | undefined, at: Moment) => Ask<readonly CancelAck[]> | null;
  /** Looked into one after another until one has it; null: that one does not have it. */
  readonly findOrder: (key: OrderKey, at: Moment) => readonly Ask<OrderView | typeof CUT_OFF | null>[];
  /** Where the rows of these lists stand in their replies. */
  readonly rowsAt: Readonly<Record<'openOrders' | 'ordersSince' | 'fillsSince', RowsAt>>;
  readonly openOrders: (symbol: VenueSymbol | undefined, cursor: string | null, at: Moment) => Ask<Page<OrderView>>;
  readonly ordersSince: (symbol: VenueSymbol, from: EpochMs, cursor: string | null, at: Moment) => Ask<Page<OrderView>>;
  readonly fillsSince: (symbol: VenueSymbol, from: EpochMs, cursor: string | null, at: Moment) => Ask<Page<VenueFill>>;
  readonly balances: (at: Moment) => Ask<readonly Balance[]>;
  readonly fees: (symbol: VenueSymbol, at: Moment) => Ask<FeeSchedule>;
  /** Absent on spot. */
  readonly positions?: (at: Moment) => Ask<readonly PositionView[]>;
  readonly accountSettings: (at: Moment) => Ask<AccountSettings>;
  readonly apply?: (change: SettingChange, at: Moment) => Ask<undefined> | null;
  /** See {@link VenueSession.setDeadMan}; absent where the venue has no such timer. */
  readonly setDeadMan?: (timeoutMs: number, at: Moment) => Ask<undefined>;
  /** The venue's own figures of the account's limits; absent where it tells none. */
  readonly announcedLimits?: (at: Moment) => Ask<readonly AnnouncedLimit[]>;

  /** Marks of perpetuals by symbol, in one call of that name in the table of costs; absent on spot. */
  readonly marks?: {
    readonly call: string;
    /** The list of all is what is asked for, whatever the symbol. */
    readonly ofAll: boolean;
    readonly ask: (symbol: VenueSymbol) => Ask<ReadonlyMap<VenueSymbol, Mark>>;
  };

  /** Names of the public calls in the venue's table of costs. */
  readonly publicCalls: Readonly<Record<'instruments' | 'book' | 'trades', string>>;
  readonly venueTime: Ask<EpochMs>;
  readonly instruments: (venue: VenueId) => Ask<readonly ListedInstrument[]>;
  readonly book: (symbol: VenueSymbol) => Ask<BookSnapshot>;
  /** Oldest first. */
  readonly trades: (symbol: VenueSymbol) => Ask<readonly PublicTrade[]>;
}
