import { toDecimalString, type Clock, type EpochMs } from '#domain';
import type { CcxtBinance } from '../ccxt/load-binance.js';
import { renderClientOrderId } from '../client-order-id.js';
import type {
  AccountSettings,
  AmendRequest,
  Balance,
  CancelAck,
  CancelRequest,
  Cause,
  ExternalCancelRequest,
  FeeSchedule,
  Fence,
  Gap,
  Lookup,
  OrderView,
  Page,
  PlaceAck,
  PlaceRequest,
  PositionView,
  Read,
  Sent,
  SettingChange,
  SpendStreamCall,
  Subscription,
  UserEvent,
  VenueClock,
  VenueFill,
  VenueSession,
  VenueSymbol,
  WireMeta,
} from '../ports.js';
import { BinanceCalls, checkAmended, idCursor, PAGE_ROWS, pageById, WRONG_ORDER } from './calls.js';
import { SPOT_ERRORS } from './classify-error.js';
import { decode } from './decode.js';
import * as map from './map.js';
import { OpenStreams } from './open-streams.js';
import { BinanceOrders, fillName, orderName, unsupported } from './orders.js';
import { sentFailure, successOf } from './outcome.js';
import { checkRenderedOrder, spotFields } from './rendered-order.js';
import { canBe } from '../same-order.js';
import * as wire from './wire-schemas.js';

export interface SpotSessionParts {
  /** As errors name it. */
  readonly venue: string;
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtBinance;
  /** Gives the instance the market of a symbol, or says why it cannot. */
  readonly ensureMarket: (symbol: VenueSymbol) => Promise<Cause | null>;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  readonly openUserStream: (
    onEvent: (event: UserEvent) => void,
    onGap: (gap: Gap) => void,
    spend?: SpendStreamCall,
  ) => Subscription;
}

/** One account at Binance spot. ccxt renders and signs; what the venue said is read from the raw reply. */
export class BinanceSpotSession implements VenueSession {
  private readonly streams = new OpenStreams();
  private readonly calls: BinanceCalls;
  private readonly orders: BinanceOrders;

  constructor(private readonly parts: SpotSessionParts) {
    this.calls = new BinanceCalls({ ...parts, api: 'private', errors: SPOT_ERRORS });
    this.orders = new BinanceOrders(this.calls, 'binance-spot');
  }

  async place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>> {
    const { exchange } = this.parts;
    if (request.reduceOnly === true || request.positionSide !== undefined) {
      return this.unsupported('reduce-only or hedge-mode orders on spot: only plain buys and sells');
    }
    const missing = await this.parts.ensureMarket(request.symbol);
    if (missing !== null) return { kind: 'not_sent', why: missing };
    const market = exchange.markets_by_id?.[request.symbol]?.[0];
    if (market === undefined) {
      return { kind: 'not_sent', why: { code: 'UNKNOWN_SYMBOL', text: `the venue lists no ${request.symbol}` } };
    }
    const record = await this.calls.fenced(
      fence,
      (window) =>
        exchange.createOrder(
          market.symbol,
          'limit',
          request.side,
          toDecimalString(request.orderQty),
          toDecimalString(request.price),
          {
            newClientOrderId: renderClientOrderId('binance-spot', request.clientOrderId),
            newOrderRespType: 'FULL',
            ...window,
            ...(request.timeInForce === 'gtx'
              ? { postOnly: true }
              : { timeInForce: request.timeInForce === 'ioc' ? 'IOC' : 'GTC' }),
          },
        ),
      (rendered) => checkRenderedOrder(spotFields(request), request, rendered.body ?? ''),
    );
    const reply = successOf(record);
    if (reply === null) return sentFailure(this.calls.failureOf('place', record));
    const { meta } = reply;
    const ack = readAck(reply.body);
    if (ack === null) return unknown('MALFORMED_REPLY', 'accepted, but the reply has no order id', meta);
    const isOurs = ack.clientOrderId === request.clientOrderId && ack.symbol === request.symbol;
    if (!isOurs || !canBe(ack.ack.view, request)) {
      return { kind: 'unknown', why: WRONG_ORDER, meta };
    }
    return { kind: 'done', value: ack.ack, meta };
  }

  /** Takes quantity off an order, which keeps its place and its id; the venue can change nothing else. */
  async amend(request: AmendRequest, fence: Fence): Promise<Sent<OrderView>> {
    const { current } = request;
    if (!request.price.eq(current.price)) return this.unsupported('a change of price: only quantity can be taken off');
    if (!request.orderQty.lt(current.orderQty))
      return this.unsupported('a change of quantity other than down: cancel it, and place another');
    const clientOrderId = renderClientOrderId('binance-spot', request.clientOrderId);
    const record = await this.calls.fenced(fence, (window) =>
      this.calls.request('PUT', 'order/amend/keepPriority', {
        symbol: request.symbol,
        origClientOrderId: clientOrderId,
        newClientOrderId: clientOrderId, // else the venue gives it another
        newQty: toDecimalString(request.orderQty),
        ...window,
      }),
    );
    const sent = this.calls.decided('amend', record, (reply) => decode(wire.amendedBody, map.amendedView, reply));
    return checkAmended(sent, request);
  }

  cancel(request: CancelRequest): Promise<Sent<CancelAck>> {
    return this.orders.cancel(request, readCanceled);
  }

  cancelExternal(request: ExternalCancelRequest): Promise<Sent<CancelAck>> {
    return this.orders.cancelExternal(request, readCanceled);
  }

  /** The venue ends the open orders of one symbol at a time. */
  async cancelAll(symbol?: VenueSymbol): Promise<Sent<readonly CancelAck[]>> {
    if (symbol === undefined)
      return this.unsupported('cancelling the orders of all symbols in one call: only those of one symbol');
    const record = await this.calls.signed('DELETE', 'openOrders', { symbol });
    const gone = this.calls.goneOf<readonly CancelAck[]>(record, []);
    return (
      gone ??
      this.calls.decided('cancel', record, (reply) =>
        decode(
          wire.canceledAllBody,
          (rows) =>
            rows.flat().map((row) => ({
              kind: 'canceled' as const,
              view: map.canceledView(map.ofSymbol(row, symbol)),
            })),
          reply,
        ),
      )
    );
  }

  findOrder(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    return this.orders.find(key);
  }

  openOrders(symbol?: VenueSymbol): Promise<Read<Page<OrderView>>> {
    return this.orders.open(symbol);
  }

  ordersSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<OrderView>>> {
    const where = cursor === undefined ? { startTime: from } : { orderId: idCursor(cursor) };
    return this.calls.readList(
      'allOrders',
      { symbol, ...where, limit: PAGE_ROWS },
      wire.ordersBody,
      (rows) =>
        pageById(
          rows,
          (row) => row.orderId,
          (row) => map.orderView(map.ofSymbol(row, symbol), row.updateTime),
        ),
      orderName,
    );
  }

  fillsSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<VenueFill>>> {
    const where = cursor === undefined ? { startTime: from } : { fromId: idCursor(cursor) };
    return this.calls.readList(
      'myTrades',
      { symbol, ...where, limit: PAGE_ROWS },
      wire.tradesBody,
      (rows) =>
        pageById(
          rows,
          (row) => row.id,
          (row) => map.venueFill(map.ofSymbol(row, symbol)),
        ),
      fillName,
    );
  }

  balances(): Promise<Read<readonly Balance[]>> {
    return this.calls.read('account', {}, wire.accountBody, map.accountBalances);
  }

  fees(): Promise<Read<FeeSchedule>> {
    return this.calls.read('account', {}, wire.accountBody, map.feeSchedule);
  }

  positions(): Promise<Read<readonly PositionView[]>> {
    return Promise.resolve({ kind: 'ok', value: [], meta: { sentAt: this.parts.clock.now(), headers: {} } });
  }

  /** The account says whether it may trade, the key whether it may withdraw; not every server of the protocol tells that. */
  async accountSettings(): Promise<Read<AccountSettings>> {
    const account = await this.calls.read('account', {}, wire.accountPermissionsBody, ({ canTrade }) => canTrade);
    if (account.kind === 'failed') return account;
    const key = await this.calls.read('account/apiRestrictions', {}, wire.keyRestrictionsBody, (may) => may, 'sapi');
    const may = key.kind === 'ok' ? key.value : null;
    return {
      kind: 'ok',
      value: {
        hedgeMode: null,
        bySymbol: new Map(),
        permissions: {
          canTrade: account.value && may?.enableSpotAndMarginTrading !== false,
          canWithdraw: may?.enableWithdrawals ?? null,
          ipBound: may?.ipRestrict ?? null,
        },
      },
      meta: account.meta,
    };
  }

  apply(change: SettingChange): Promise<Sent<void>> {
    return Promise.resolve(this.unsupported(`the setting ${change.kind} on spot: there is none to change`));
  }

  orderCounts(): Promise<Read<Readonly<Record<string, number>>>> {
    return this.calls.read('rateLimit/order', {}, wire.orderCountsBody, map.orderCounts);
  }

  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void, spend?: SpendStreamCall): Subscription {
    return this.streams.add(this.parts.openUserStream(onEvent, onGap, spend));
  }

  close(): Promise<void> {
    return this.streams.close();
  }

  private unsupported<T>(what: string): Sent<T> {
    return unsupported(this.parts.venue, what);
  }
}

function readCanceled(reply: unknown) {
  return decode(wire.canceledBody, map.canceledView, reply);
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
