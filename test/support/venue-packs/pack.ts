import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import {
  epochMs,
  price,
  quantity,
  type ClientOrderId,
  type Instrument,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import type {
  AccountSettings,
  AmendRequest,
  Balance,
  CancelAck,
  CancelOutcome,
  CancelRequest,
  FeeSchedule,
  OrderView,
  PlaceAck,
  PlaceRequest,
  PositionView,
  SettingChange,
  VenueFill,
} from '../../../libs/venues/src/ports.js';
import type { Mark, PublicTrade } from '../../../libs/venues/src/feed-port.js';
import type { VenueTraits } from '../../../libs/venues/src/profile.js';
import type { BookSnapshot, CcxtProtocol } from '../../../libs/venues/src/ccxt/protocol.js';
import type { SeenRequest } from '../venue-server.js';

export const ID = '0123456789abcdef0123456789abcdef' as ClientOrderId;
/** A second order of ours. */
export const ID2 = 'fedcba9876543210fedcba9876543210' as ClientOrderId;
/** Database time of the claim; the venue's clock is OFFSET ahead of it. */
export const T0 = 1_764_000_000_000;
export const OFFSET = 250;

/** A request as the venue must see it. */
export interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Fields of the body, of a form or of JSON; those that sign it are left out. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why one order of several was not cancelled. */
export const refused = (code: string, text: string): CancelOutcome => ({ kind: 'refused', why: { code, text } });

/** What one call must ask and, of the recorded reply with that name, make. */
export interface Case<T> {
  readonly reply: string;
  readonly wants: Wanted;
  readonly gives: T;
}

/** A venue's row of the conformance table. */
export interface VenuePack {
  readonly name: string;
  /** Folder of recorded payloads under test/fixtures. */
  readonly fixtures: string;
  readonly protocol: CcxtProtocol;
  readonly traits: VenueTraits;
  readonly account: { readonly accountId: string; readonly apiKey: string; readonly apiSecret: string };
  readonly symbol: string;
  /** Our id as this venue writes it. */
  readonly renderedId: string;
  /** Continues the lists of orders and fills. */
  readonly cursor: string;
  /** What the venue's amendment changes, where it cannot change price and quantity at once. */
  readonly amendable?: Partial<AmendRequest>;
  readonly venueOrderId: VenueOrderId;
  /** Reads that need no key. */
  readonly unsigned?: readonly string[];
  /** Random replies tried at each place; default 60. */
  readonly fuzzRuns?: number;
  /** True when the request bears the signature that its own content and the account's secret make. */
  readonly signed: (request: SeenRequest) => boolean;
  /** Which call of a fixture's path answers when: asset lists and the like, asked for beside the call itself. */
  readonly beside?: (request: SeenRequest) => string | null;
  readonly place: Case<PlaceAck>;
  /** Where each time in force stands in the request. */
  readonly timesInForce: Readonly<Record<PlaceRequest['timeInForce'], Pick<Wanted, 'body' | 'query'>>>;
  readonly amend?: Case<OrderView | 'acknowledged'>;
  readonly cancel: Case<CancelAck>;
  /** Two orders, {@link ID} and {@link ID2}, in one call; missing where each takes a call of its own. */
  readonly cancelMany?: {
    readonly wants: Wanted;
    /** The second one's id at the venue. */
    readonly otherVenueOrderId: VenueOrderId;
    /** The outcomes that a recorded reply has. */
    readonly gives: Readonly<Record<string, readonly [CancelOutcome, CancelOutcome]>>;
    /** Recorded replies that leave open what became of either, by the code of why. */
    readonly leavesOpen: Readonly<Record<string, 'WRONG_ORDER' | 'MALFORMED_REPLY'>>;
  };
  readonly cancelAll?: { readonly symbol?: Case<readonly CancelAck[]>; readonly all?: Case<readonly CancelAck[]> };
  /** Look-ups in the order they are made; the last `gives` stands for the order when it is found there. */
  readonly finds: readonly Case<OrderView>[];
  /** Reply of a look-up that does not have it, by step. */
  readonly empties: readonly string[];
  readonly openOrders: Case<readonly OrderView[]>;
  readonly ordersSince: Case<{ readonly rows: readonly OrderView[]; readonly next: string | null }>;
  readonly fillsSince: Case<{ readonly rows: readonly VenueFill[]; readonly next: string | null }>;
  readonly balances: Case<readonly Balance[]>;
  readonly fees: Case<FeeSchedule>;
  readonly positions?: Case<readonly PositionView[]>;
  readonly settings: Case<AccountSettings>;
  readonly applies?: readonly (Case<undefined> & { readonly change: SettingChange })[];
  /** The timer set to a minute. */
  readonly deadMan?: Case<undefined>;
  readonly time: Case<number>;
  readonly instruments: Case<readonly Instrument[]>;
  /** The venue's numbers of those instruments, where it has them. */
  readonly assets?: readonly string[];
  readonly book: Case<BookSnapshot>;
  /** Of the pack's symbol; absent on spot. */
  readonly mark?: Case<Mark>;
  readonly trades: Case<readonly PublicTrade[]>;
  /** ccxt's view of the same payloads. */
  readonly ccxt: {
    readonly market: Readonly<Record<string, unknown>>;
    readonly order: { readonly reply: string; readonly raw: (body: never) => unknown };
    /** False where ccxt leaves our id out. */
    readonly knowsClientId?: boolean;
    readonly fill: { readonly reply: string; readonly raw: (body: never) => unknown };
  };
}

export const recorded = (folder: string, name: string): unknown => {
  const all = JSON.parse(readFileSync(`test/fixtures/${folder}/replies.json`, 'utf8')) as Record<string, unknown>;
  if (!(name in all)) throw new Error(`test/fixtures/${folder}/replies.json has no ${name}`);
  return all[name];
};

/** The order that every pack places: buys 0.1 at 60000.1. */
export const order = (symbol: string, over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  clientOrderId: ID,
  symbol,
  side: 'buy',
  orderQty: quantity('0.1'),
  price: price('60000.1'),
  timeInForce: 'gtc',
  ...over,
});

/** The cancels of {@link VenuePack.cancelMany}. */
export const twoCancels = ({ symbol, venueOrderId, cancelMany }: VenuePack): readonly CancelRequest[] => [
  { symbol, clientOrderId: ID, venueOrderId },
  { symbol, clientOrderId: ID2, venueOrderId: cancelMany?.otherVenueOrderId ?? null },
];

/** That order at the venue, as a pack's recorded replies have it. */
export const view = (symbol: string, venueOrderId: string, over: Partial<OrderView> = {}): OrderView => ({
  clientOrderId: ID,
  venueOrderId: venueOrderId as VenueOrderId,
  symbol,
  side: 'buy',
  status: 'working',
  orderQty: quantity('0.1'),
  cumQty: quantity('0.04'),
  price: price('60000.1'),
  updatedAt: epochMs(T0 + 150),
  ...over,
});

export const VENUE = 'the-venue' as VenueId;

/** Asserts that a request is the one wanted; what is not named may be anything. */
export function expectRequest(seen: SeenRequest | undefined, wants: Wanted): void {
  expect(seen).toMatchObject({ method: wants.method, path: wants.path });
  if (seen === undefined) return;
  if (wants.query !== undefined) expect(Object.fromEntries(seen.query)).toMatchObject(wants.query);
  if (wants.headers !== undefined) expect(seen.headers).toMatchObject(wants.headers);
  if (wants.body === undefined) return;
  const sent: unknown = /^[[{]/.test(seen.text) ? JSON.parse(seen.text) : Object.fromEntries(seen.body);
  expect(sent).toMatchObject(wants.body as object);
}
