import type { ProtocolId } from './client-order-id.js';

/** Facts about a venue that decide how its answers may be read (venues.md A4). */
export interface VenueTraits {
  /**
   * What makes the venue itself refuse a late order: the field that carries the end of its validity, and for how long
   * after the claim it is accepted. Null: nothing does. Absence then counts only where look-ups last, and not before
   * {@link UNFENCED_ABSENCE_MS} after the connection was destroyed; elsewhere an unknown order waits for a person.
   */
  readonly fence: { readonly field: string; readonly widthMs: number } | null;
  /** How long after the fence absence may not be concluded yet. */
  readonly absenceMarginMs: number;
  /** Least distance between the two look-ups that prove absence; covers the venue's read lag. */
  readonly lookupSpacingMs: number;
  /** An acknowledgement says that the order was taken in, not that it works. */
  readonly acceptIsAsynchronous: boolean;
  /**
   * `replace`: cancel and new order inside the venue. `size_or_price`: one of the two at a time. `quantity_down`:
   * nothing else, and the order keeps its place.
   */
  readonly amend: 'none' | 'quantity_down' | 'price_and_quantity' | 'size_or_price' | 'replace';
  /** Whether an order can be looked up by our id: for long after it ended, for a while, or not at all. */
  readonly lookup: 'lasting' | 'expiring' | 'none';
  /**
   * The venue's timer that cancels everything, of the account or of one symbol, unless it is set again; null where there
   * is none that is set by a call.
   */
  readonly deadMan: {
    readonly timeoutMs: number;
    readonly pingEveryMs: number;
    readonly scope: 'account' | 'symbol';
  } | null;
  /** Orders of one symbol that one call cancels by their ids, at most; missing where each takes a call. */
  readonly cancelsAtOnce?: number;
  readonly reduceOnly: boolean;
  readonly positions: boolean;
  /** Private calls of one key must leave one by one from one process (a nonce that must rise). */
  readonly leaseOnlyPrivateCalls: boolean;
}

/** See {@link VenueTraits.fence}. */
export const UNFENCED_ABSENCE_MS = 60_000;

/** How long a claim may be sent where the venue enforces no end itself. */
const UNFENCED_CLAIM_MS = 3_000;

/** How long after its claim an order may still be sent. */
export function claimWidthMs({ fence }: Pick<VenueTraits, 'fence'>): number {
  return fence?.widthMs ?? UNFENCED_CLAIM_MS;
}

/** Port methods, and forms of them, that have a cost of their own. */
export type PortCall =
  | 'place'
  | 'amend'
  | 'cancel'
  | 'cancelAll'
  | 'findOrder'
  | 'openOrders'
  | 'openOrdersAll'
  | 'ordersSince'
  | 'fillsSince'
  | 'balances'
  | 'fees'
  | 'positions'
  | 'accountSettings'
  | 'applyHedgeMode'
  | 'applyLeverage'
  | 'applyMarginType'
  | 'setDeadMan'
  | 'orderCounts'
  | 'venueTime';

/**
 * What each port method is called in the venue's table of costs; null where it asks the venue nothing. A method that
 * makes several requests has a row of its own there, for all of them together.
 */
export type PortCalls = Readonly<Record<PortCall, string | null>> & {
  readonly place: string;
  readonly cancel: string;
  readonly venueTime: string;
  /** Where {@link VenueTraits.cancelsAtOnce} is given. */
  readonly cancelMany?: string;
};

/** All that is known of a venue before any call to it. */
export interface VenueProfile {
  readonly protocol: ProtocolId;
  /** ccxt's name of the exchange, where the protocol is ccxt's own. */
  readonly exchange?: string;
  readonly product: 'spot' | 'linear';
  /** 1: proven against the simulated exchange in every test run. 2: against recorded payloads (venues.md A4). */
  readonly tier: 1 | 2;
  readonly traits: VenueTraits;
  readonly calls: PortCalls;
  /** What an operator must know before trading here, one sentence each; empty where everything is promised. */
  readonly cannotPromise: readonly string[];
}
