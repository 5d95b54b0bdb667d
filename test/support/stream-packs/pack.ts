import { readFileSync } from 'node:fs';
import { epochMs, price, quantity, type EpochMs, type VenueOrderId } from '#domain';
import type { CcxtProtocol } from '../../../libs/venues/src/ccxt/protocol.js';
import type { OrderView, UserEvent, VenueFill } from '../../../libs/venues/src/ports.js';
import type { Answer, SeenRequest } from '../venue-server.js';
import { ID, T0 } from '../venue-packs/pack.js';

/** What a client sent on a stream, as JSON. */
export type Sent = Readonly<Record<string, unknown>>;

/** One venue's user stream: what it is asked, what it says, and what must be read from that. */
export interface StreamPack {
  readonly name: string;
  /** Folder under test/fixtures with `user-stream.json`: frames by name. */
  readonly fixtures: string;
  readonly protocol: CcxtProtocol;
  readonly account: { readonly accountId: string; readonly apiKey: string; readonly apiSecret: string };
  readonly path: string;
  /** Frames, by name, that answer one message of the client. */
  readonly answers: (sent: Sent) => readonly string[];
  /** Of a venue that refuses our key. */
  readonly refuses: (sent: Sent) => readonly string[];
  /** What the client sent on a connection until it stood, without pings. */
  readonly asks: readonly unknown[];
  /** True when the login bears the signature that the secret makes. */
  readonly signed: (sent: readonly Sent[]) => boolean;
  /** Answers the request that comes before a connection; undefined: it is not that, or not as it must be. */
  readonly rest?: (request: SeenRequest) => Answer | undefined;
  readonly pays: readonly string[];
  /** Frames in the order they come, each with the events that it makes. */
  readonly story: readonly (readonly [frame: string, events: readonly UserEvent[]])[];
  /** Frames that say nothing of the account. */
  readonly others: readonly string[];
  /** Frames, after those of the story, that tell less than happened, and the gaps they make. */
  readonly lessThanHappened?: readonly (readonly [frame: string, gap: string])[];
  /** A frame with which the venue ends the stream. */
  readonly ends?: string;
  /** Texts, parts of keys, that must be told nobody. */
  readonly secrets: readonly string[];
}

export const framesOf = (pack: Pick<StreamPack, 'fixtures'>): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(`test/fixtures/${pack.fixtures}/user-stream.json`, 'utf8')) as Record<string, unknown>;

/** Receive time of every event: the clock of the test. */
export const RECEIVED_AT: EpochMs = epochMs(T0 + 1_000);

/** The order that every pack tells of: buys 0.1 at 60000.1. */
export const orderView = (symbol: string, venueOrderId: string, over: Partial<OrderView> = {}): OrderView => ({
  clientOrderId: ID,
  venueOrderId: venueOrderId as VenueOrderId,
  symbol,
  side: 'buy',
  status: 'working',
  orderQty: quantity('0.1'),
  cumQty: quantity('0'),
  price: price('60000.1'),
  updatedAt: epochMs(T0 + 101),
  ...over,
});

/** An event of that order as it must be told. */
export const orderEvent = (executionId: string, order: OrderView, rejectReason = ''): UserEvent => ({
  kind: 'order',
  executionId,
  order,
  rejectReason,
  fill: null,
  venueAt: order.updatedAt,
  receivedAt: RECEIVED_AT,
});

/** A fill of that order as it must be told: 0.04 at 60000.1, as taker. */
export const fillEvent = (
  symbol: string,
  venueOrderId: string,
  over: Pick<VenueFill, 'tradeId' | 'fee' | 'feeAsset'> & Partial<VenueFill>,
): UserEvent => ({
  kind: 'fill',
  fill: {
    symbol,
    clientOrderId: ID,
    venueOrderId: venueOrderId as VenueOrderId,
    lastQty: quantity('0.04'),
    lastPx: price('60000.1'),
    role: 'taker',
    tradedAt: epochMs(T0 + 150),
    ...over,
  },
  venueAt: epochMs(T0 + 150),
  receivedAt: RECEIVED_AT,
});
