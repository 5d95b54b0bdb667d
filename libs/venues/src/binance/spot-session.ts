import type { z } from 'zod';
import { toDecimalString, type Clock, type EpochMs } from '#domain';
import type { CcxtBinance } from '../ccxt/load-binance.js';
import { renderClientOrderId } from '../client-order-id.js';
import type {
  Balance,
  CancelAck,
  CancelRequest,
  Cause,
  FeeSchedule,
  Fence,
  Gap,
  Lookup,
  OrderView,
  PlaceAck,
  PlaceRequest,
  Read,
  Sent,
  Subscription,
  UserEvent,
  VenueClock,
  VenueFill,
  VenueSession,
  VenueSymbol,
  WireMeta,
} from '../ports.js';
import { runCall, type CallContext } from '../transport/call-context.js';
import { decode } from './decode.js';
import * as map from './map.js';
import { failureOf, readFailure, sentFailure, successOf } from './outcome.js';
import { checkRenderedOrder } from './rendered-order.js';
import * as wire from './wire-schemas.js';

const ORDER_REPLY_MS = 5_000;
const READ_REPLY_MS = 10_000;
/** Time window of calls that no claim fences. */
const READ_WINDOW_MS = 5_000;
const PAGE = 1_000;
/** A million rows: a venue that still answers with full pages after that is not making progress. */
const MAX_PAGES = 1_000;

export interface SpotSessionParts {
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtBinance;
  /** Gives the instance the market of a symbol, or says why it cannot. */
  readonly ensureMarket: (symbol: VenueSymbol) => Promise<Cause | null>;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  readonly openUserStream: (onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void) => Subscription;
}

/** One account at Binance spot. ccxt renders and signs; what the venue said is read from the raw reply. */
export class BinanceSpotSession implements VenueSession {
  private readonly streams = new Set<Subscription>();

  constructor(private readonly parts: SpotSessionParts) {}

  async place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>> {
    const { exchange, clock } = this.parts;
    const missing = await this.parts.ensureMarket(request.symbol);
    if (missing !== null) return { kind: 'not_sent', why: missing };
    const market = exchange.markets_by_id?.[request.symbol]?.[0];
    if (market === undefined) {
      return { kind: 'not_sent', why: { code: 'UNKNOWN_SYMBOL', text: `the venue lists no ${request.symbol}` } };
    }
    const context: CallContext = {
      signedAtMs: Math.round(fence.claimedAt + this.parts.venueClock.offsetMs()),
      replyTimeoutMs: ORDER_REPLY_MS,
      inspect: (rendered) => checkRenderedOrder(request, rendered.body ?? ''),
      beforeWrite: () => this.tooLate(fence),
    };
    const record = await runCall(context, () =>
      exchange.createOrder(
        market.symbol,
        'limit',
        request.side,
        toDecimalString(request.orderQty),
        toDecimalString(request.price),
        {
          newClientOrderId: renderClientOrderId('binance-spot', request.clientOrderId),
          newOrderRespType: 'FULL',
          recvWindow: fence.validUntil - fence.claimedAt,
          ...(request.timeInForce === 'gtx'
            ? { postOnly: true }
            : { timeInForce: request.timeInForce === 'ioc' ? 'IOC' : 'GTC' }),
        },
      ),
    );
    const reply = successOf(record);
    if (reply === null) return sentFailure(failureOf('place', record, clock));
    const { meta } = reply;
    const ack = readAck(reply.body);
    if (ack === null) return unknown('MALFORMED_REPLY', 'accepted, but the reply has no order id', meta);
    if (ack.clientOrderId !== request.clientOrderId || ack.symbol !== request.symbol) {
      return unknown('WRONG_ORDER', 'the reply speaks of another order', meta);
    }
    return { kind: 'done', value: ack.ack, meta };
  }

  async cancel(request: CancelRequest): Promise<Sent<CancelAck>> {
    const record = await this.unfenced(ORDER_REPLY_MS, (params) =>
      this.parts.exchange.privateDeleteOrder({
        symbol: request.symbol,
        origClientOrderId: renderClientOrderId('binance-spot', request.clientOrderId),
        ...params,
      }),
    );
    const reply = successOf(record);
    if (reply === null) {
      const failure = failureOf('cancel', record, this.parts.clock);
      if (failure.verdict.kind === 'gone' && failure.meta !== null) {
        return { kind: 'done', value: { kind: 'gone' }, meta: failure.meta };
      }
      return sentFailure(failure);
    }
    const view = decode(wire.canceledBody, map.canceledView, reply.body);
    if (!view.ok) return unknown(view.error.code, view.error.text, reply.meta);
    if (view.value.clientOrderId !== request.clientOrderId) {
      return unknown('WRONG_ORDER', 'the reply speaks of another order', reply.meta);
    }
    return { kind: 'done', value: { kind: 'canceled', view: view.value }, meta: reply.meta };
  }

  async findOrder(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    const { symbol, clientOrderId, venueOrderId } = key;
    if (clientOrderId === undefined && venueOrderId === undefined) {
      return { kind: 'unclear', why: { code: 'NO_KEY', text: 'neither clientOrderId nor venueOrderId was given' } };
    }
    const record = await this.unfenced(READ_REPLY_MS, (params) =>
      this.parts.exchange.privateGetOrder({
        symbol,
        ...(clientOrderId === undefined
          ? { orderId: String(venueOrderId) }
          : { origClientOrderId: renderClientOrderId('binance-spot', clientOrderId) }),
        ...params,
      }),
    );
    const reply = successOf(record);
    if (reply === null) {
      const failure = failureOf('lookup', record, this.parts.clock);
      return failure.verdict.kind === 'gone' ? { kind: 'absent' } : { kind: 'unclear', why: failure.why };
    }
    const order = decode(wire.orderBody, (row) => map.orderView(row, row.updateTime), reply.body);
    if (!order.ok) return { kind: 'unclear', why: order.error };
    const { value } = order;
    const other =
      value.symbol !== symbol ||
      (clientOrderId !== undefined && value.clientOrderId !== clientOrderId) ||
      (clientOrderId === undefined && value.venueOrderId !== venueOrderId);
    if (other) return { kind: 'unclear', why: { code: 'WRONG_ORDER', text: 'the reply speaks of another order' } };
    return { kind: 'found', order: value };
  }

  openOrders(symbol?: VenueSymbol): Promise<Read<readonly OrderView[]>> {
    return this.read(
      (params) => this.parts.exchange.privateGetOpenOrders({ ...(symbol === undefined ? {} : { symbol }), ...params }),
      wire.ordersBody,
      (rows) => rows.map((row) => map.orderView(row, row.updateTime)),
    );
  }

  ordersSince(symbol: VenueSymbol, from: EpochMs): Promise<Read<readonly OrderView[]>> {
    return this.readPages(
      (params) => this.parts.exchange.privateGetAllOrders({ symbol, ...params }),
      { startTime: from },
      (last) => ({ orderId: last + 1 }),
      wire.ordersBody,
      (row) => row.orderId,
      (row) => map.orderView(row, row.updateTime),
    );
  }

  fillsSince(symbol: VenueSymbol, from: EpochMs): Promise<Read<readonly VenueFill[]>> {
    return this.readPages(
      (params) => this.parts.exchange.privateGetMyTrades({ symbol, ...params }),
      { startTime: from },
      (last) => ({ fromId: last + 1 }),
      wire.tradesBody,
      (row) => row.id,
      map.venueFill,
    );
  }

  balances(): Promise<Read<readonly Balance[]>> {
    return this.read((params) => this.parts.exchange.privateGetAccount(params), wire.accountBody, map.accountBalances);
  }

  fees(): Promise<Read<FeeSchedule>> {
    return this.read((params) => this.parts.exchange.privateGetAccount(params), wire.accountBody, map.feeSchedule);
  }

  orderCounts(): Promise<Read<Readonly<Record<string, number>>>> {
    return this.read(
      (params) => this.parts.exchange.privateGetRateLimitOrder(params),
      wire.orderCountsBody,
      map.orderCounts,
    );
  }

  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void): Subscription {
    const stream = this.parts.openUserStream(onEvent, onGap);
    this.streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
    this.streams.clear();
  }

  /** Why a fenced request must not be written any more; null while it may. */
  private tooLate(fence: Fence): Cause | null {
    if (fence.sendByMonotonicMs !== undefined && performance.now() > fence.sendByMonotonicMs) {
      return { code: 'SEND_BY_PASSED', text: 'too long between the claim and the write' };
    }
    if (this.parts.clock.now() > fence.validUntil) {
      return { code: 'FENCE_PASSED', text: 'the time window of the claim has ended' };
    }
    return null;
  }

  private unfenced(replyTimeoutMs: number, call: (params: { recvWindow: number }) => Promise<unknown>) {
    return runCall({ signedAtMs: Math.round(this.parts.venueClock.now()), replyTimeoutMs }, () =>
      call({ recvWindow: READ_WINDOW_MS }),
    );
  }

  private async read<Schema extends z.ZodType, T>(
    call: (params: { recvWindow: number }) => Promise<unknown>,
    schema: Schema,
    toValue: (reply: z.output<Schema>) => T,
  ): Promise<Read<T>> {
    const record = await this.unfenced(READ_REPLY_MS, call);
    const reply = successOf(record);
    if (reply === null) return readFailure(failureOf('lookup', record, this.parts.clock));
    const value = decode(schema, toValue, reply.body);
    const { meta } = reply;
    return value.ok ? { kind: 'ok', value: value.value, meta } : { kind: 'failed', why: value.error, meta };
  }

  /** Reads by time first, then by id: two rows may share a millisecond, no two share an id. */
  private async readPages<Schema extends z.ZodArray, T>(
    call: (params: Readonly<Record<string, string | number>>) => Promise<unknown>,
    first: Readonly<Record<string, number>>,
    next: (lastId: number) => Readonly<Record<string, number>>,
    schema: Schema,
    idOf: (row: z.output<Schema>[number]) => number,
    toValue: (row: z.output<Schema>[number]) => T,
  ): Promise<Read<readonly T[]>> {
    const all: T[] = [];
    let where = first;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const rows = await this.read(
        (params) => call({ ...where, limit: PAGE, ...params }),
        schema,
        (page) => ({ values: page.map(toValue), lastId: Math.max(-1, ...page.map(idOf)) }),
      );
      if (rows.kind === 'failed') return rows;
      all.push(...rows.value.values);
      if (rows.value.values.length < PAGE) return { kind: 'ok', value: all, meta: rows.meta };
      where = next(rows.value.lastId);
    }
    return { kind: 'failed', why: { code: 'TOO_MANY_PAGES', text: `more than ${MAX_PAGES} full pages` } };
  }
}

function readAck(
  reply: unknown,
): { readonly ack: PlaceAck; readonly symbol: string; readonly clientOrderId: string } | null {
  const full = decode(wire.placedBody, (row) => ({ ...row, ack: map.placeAck(row) }), reply);
  if (full.ok) return full.value;
  // An ACK, or a reply whose details do not parse: the order exists, its details come by other ways.
  const bare = decode(wire.ackBody, (row) => ({ ...row, ack: map.bareAck(row) }), reply);
  return bare.ok ? bare.value : null;
}

function unknown<T>(code: string, text: string, meta: WireMeta): Sent<T> {
  return { kind: 'unknown', why: { code, text }, meta };
}
