import { toDecimalString, type Clock, type EpochMs } from '#domain';
import type { CcxtBinance } from '../ccxt/load-binance.js';
import { renderClientOrderId } from '../client-order-id.js';
import type {
  AccountSettings,
  AmendRequest,
  Balance,
  CancelAck,
  CancelOutcome,
  CancelRequest,
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
} from '../ports.js';
import { canBe } from '../same-order.js';
import { BinanceCalls, checkAmended, PAGE_ROWS, WRONG_ORDER, type Params } from './calls.js';
import { USDM_ERRORS } from './classify-error.js';
import { decode } from './decode.js';
import * as spot from './map.js';
import { OpenStreams } from './open-streams.js';
import { BinanceOrders, fillName, orderName, readOrder, unsupported } from './orders.js';
import { checkRenderedOrder, usdmFields } from './rendered-order.js';
import { pageOfWindow, windowOf } from './time-windows.js';
import * as map from './usdm-map.js';
import * as wire from './usdm-wire-schemas.js';
import { orderBody, orderCountsBody, time } from './wire-schemas.js';

const DAY_MS = 86_400_000;
/** How long the venue keeps orders, and trades. */
const ORDERS_KEPT_MS = 90 * DAY_MS;
const TRADES_KEPT_MS = 180 * DAY_MS;
/** Its rates are those of nearly all contracts. */
const USUAL_SYMBOL = 'BTCUSDT';
/** "No need to change": the setting is as it was asked for. */
const ALREADY_SO: ReadonlySet<string> = new Set(['-4046', '-4059']);

const listedOrders = orderBody.extend({ time }).array();

export interface UsdmSessionParts {
  /** As errors name it. */
  readonly venue: string;
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtBinance;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  readonly openUserStream: (
    calls: BinanceCalls,
    lockedOf: (asset: string) => Balance['locked'] | undefined,
    onEvent: (event: UserEvent) => void,
    onGap: (gap: Gap) => void,
    spend?: SpendStreamCall,
  ) => Subscription;
}

/** One account at Binance USD-M futures. ccxt signs; what the venue said is read from the raw reply. */
export class BinanceUsdmSession implements VenueSession {
  private readonly streams = new OpenStreams();
  private readonly calls: BinanceCalls;
  private readonly orders: BinanceOrders;
  /** Of each asset, as of the last look: the stream tells only wallets. */
  private locked: ReadonlyMap<string, Balance['locked']> = new Map();

  constructor(private readonly parts: UsdmSessionParts) {
    this.calls = new BinanceCalls({ ...parts, api: 'fapiPrivate', errors: USDM_ERRORS });
    this.orders = new BinanceOrders(this.calls, 'binance-usdm');
  }

  async place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>> {
    const fields = usdmFields(request);
    const record = await this.calls.fenced(
      fence,
      (window) =>
        this.calls.request('POST', 'order', {
          ...given(fields),
          quantity: toDecimalString(request.orderQty),
          price: toDecimalString(request.price),
          newOrderRespType: 'RESULT',
          ...window,
        }),
      (rendered) => checkRenderedOrder(fields, request, rendered.body ?? ''),
    );
    const sent = this.calls.decided('place', record, readAck);
    if (sent.kind !== 'done') return sent;
    const { ack, symbol, clientOrderId } = sent.value;
    const isOurs =
      symbol === request.symbol && clientOrderId === renderClientOrderId('binance-usdm', request.clientOrderId);
    return isOurs && canBe(ack.view, request)
      ? { kind: 'done', value: ack, meta: sent.meta }
      : { kind: 'unknown', why: WRONG_ORDER, meta: sent.meta };
  }

  /** Changes quantity and price together: the venue wants both. The order goes to the end of its level. */
  async amend(request: AmendRequest, fence: Fence): Promise<Sent<OrderView>> {
    const record = await this.calls.fenced(fence, (window) =>
      this.calls.request('PUT', 'order', {
        symbol: request.symbol,
        origClientOrderId: renderClientOrderId('binance-usdm', request.clientOrderId),
        side: request.side === 'buy' ? 'BUY' : 'SELL',
        quantity: toDecimalString(request.orderQty),
        price: toDecimalString(request.price),
        ...window,
      }),
    );
    return checkAmended(this.calls.decided('amend', record, readOrder), request);
  }

  cancel(request: CancelRequest): Promise<Sent<CancelAck>> {
    return this.orders.cancel(request, readOrder);
  }

  cancelMany(requests: readonly CancelRequest[]): Promise<Sent<readonly CancelOutcome[]>> {
    return this.orders.cancelMany(requests, readOrder);
  }

  cancelExternal(request: ExternalCancelRequest): Promise<Sent<CancelAck>> {
    return this.orders.cancelExternal(request, readOrder);
  }

  /** One symbol at a time; the venue does not list what it ended, so neither do we. */
  async cancelAll(symbol?: VenueSymbol): Promise<Sent<readonly CancelAck[]>> {
    if (symbol === undefined) {
      return unsupported(
        this.parts.venue,
        'cancelling the orders of all symbols in one call: only those of one symbol',
      );
    }
    const record = await this.calls.signed('DELETE', 'allOpenOrders', { symbol });
    return this.calls.decided('cancel', record, (reply) => decode(wire.doneBody, () => [], reply));
  }

  findOrder(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    return this.orders.find(key);
  }

  openOrders(symbol?: VenueSymbol): Promise<Read<Page<OrderView>>> {
    return this.orders.open(symbol);
  }

  ordersSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<OrderView>>> {
    const now = this.parts.venueClock.now();
    const window = windowOf(cursor, from, now, ORDERS_KEPT_MS);
    const { startTime, endTime } = window;
    return this.calls.readList(
      'allOrders',
      { symbol, startTime, endTime, limit: PAGE_ROWS },
      listedOrders,
      (rows) =>
        pageOfWindow(
          window,
          now,
          rows,
          (row) => ({ id: row.orderId, at: row.time }),
          (row) => spot.orderView(spot.ofSymbol(row, symbol), row.updateTime),
        ),
      orderName,
    );
  }

  fillsSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<VenueFill>>> {
    const now = this.parts.venueClock.now();
    const window = windowOf(cursor, from, now, TRADES_KEPT_MS);
    const { startTime, endTime } = window;
    return this.calls.readList(
      'userTrades',
      { symbol, startTime, endTime, limit: PAGE_ROWS },
      wire.tradesBody,
      (rows) =>
        pageOfWindow(
          window,
          now,
          rows,
          (row) => ({ id: row.id, at: row.time }),
          (row) => map.venueFill(spot.ofSymbol(row, symbol)),
        ),
      fillName,
    );
  }

  async balances(): Promise<Read<readonly Balance[]>> {
    const read = await this.calls.read('balance', {}, wire.balancesBody, map.balances, 'fapiPrivateV3');
    if (read.kind === 'ok') this.locked = new Map(read.value.map(({ asset, locked }) => [asset, locked]));
    return read;
  }

  fees(symbol: VenueSymbol = USUAL_SYMBOL): Promise<Read<FeeSchedule>> {
    return this.calls.read('commissionRate', { symbol }, wire.commissionRateBody, (rates) =>
      map.feeSchedule(spot.ofSymbol(rates, symbol)),
    );
  }

  positions(): Promise<Read<readonly PositionView[]>> {
    return this.calls.read('positionRisk', {}, wire.positionsBody, map.positions, 'fapiPrivateV2');
  }

  async accountSettings(): Promise<Read<AccountSettings>> {
    const account = await this.calls.read('accountConfig', {}, wire.accountConfigBody, (config) => config);
    if (account.kind === 'failed') return account;
    const symbols = await this.calls.read('symbolConfig', {}, wire.symbolConfigBody, map.symbolSettings);
    if (symbols.kind === 'failed') return symbols;
    // Nothing that an order does hangs on it: where it fails, it is told next time.
    const tiers = await this.calls.read('leverageBracket', {}, wire.leverageBracketBody, map.marginTiers);
    const { dualSidePosition, canTrade, canWithdraw } = account.value;
    return {
      kind: 'ok',
      value: {
        hedgeMode: dualSidePosition,
        bySymbol: symbols.value,
        permissions: { canTrade, canWithdraw, ipBound: null },
        ...(tiers.kind === 'ok' ? { marginTiers: tiers.value } : {}),
      },
      meta: { ...(tiers.meta ?? symbols.meta), sentAt: account.meta.sentAt },
    };
  }

  async apply(change: SettingChange): Promise<Sent<void>> {
    const { path, params, read } = settingCall(change);
    const sent = this.calls.decided('setting', await this.calls.signed('POST', path, params), read);
    return sent.kind === 'unknown' && ALREADY_SO.has(sent.why.code)
      ? { kind: 'done', value: undefined, meta: sent.meta }
      : sent;
  }

  async setDeadMan(timeoutMs: number, symbol?: VenueSymbol): Promise<Sent<void>> {
    if (symbol === undefined)
      return unsupported(this.parts.venue, 'setting one timer for all symbols: only that of one symbol');
    const record = await this.calls.signed('POST', 'countdownCancelAll', { symbol, countdownTime: timeoutMs });
    return this.calls.decided('setting', record, (reply) =>
      decode(
        wire.countdownBody,
        (told) => {
          if (told.symbol === symbol && Number(told.countdownTime) === timeoutMs) return;
          throw new RangeError(
            `countdownCancelAll: must be ${symbol} ${timeoutMs}, was ${told.symbol} ${told.countdownTime}`,
          );
        },
        reply,
      ),
    );
  }

  /** The venue tells no counts here but in the headers of the reply. */
  orderCounts(): Promise<Read<Readonly<Record<string, number>>>> {
    return this.calls.read('rateLimit/order', {}, orderCountsBody.element.omit({ count: true }).array(), () => ({}));
  }

  userEvents(onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void, spend?: SpendStreamCall): Subscription {
    const lockedOf = (asset: string): Balance['locked'] | undefined => this.locked.get(asset);
    return this.streams.add(this.parts.openUserStream(this.calls, lockedOf, onEvent, onGap, spend));
  }

  close(): Promise<void> {
    return this.streams.close();
  }
}

function given(fields: ReturnType<typeof usdmFields>): Params {
  return Object.fromEntries(fields.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

function readAck(reply: unknown) {
  const full = readOrder(reply);
  return decode(
    wire.placedBody,
    (row) => ({
      symbol: row.symbol,
      clientOrderId: row.clientOrderId,
      // A reply whose details do not parse: the order exists, its details come by other ways.
      ack: { ...map.bareAck(row), view: full.ok ? full.value : null },
    }),
    reply,
  );
}

function settingCall(change: SettingChange) {
  const done = (reply: unknown) => decode(wire.doneBody, () => undefined, reply);
  switch (change.kind) {
    case 'hedge_mode':
      return { path: 'positionSide/dual', params: { dualSidePosition: String(change.on) }, read: done };
    case 'margin_type': {
      const marginType = change.marginType === 'isolated' ? 'ISOLATED' : 'CROSSED';
      return { path: 'marginType', params: { symbol: change.symbol, marginType }, read: done };
    }
    case 'leverage':
      return {
        path: 'leverage',
        params: { symbol: change.symbol, leverage: change.leverage },
        read: (reply: unknown) =>
          decode(
            wire.leverageBody,
            (told) => {
              if (told.leverage !== change.leverage || told.symbol !== change.symbol) {
                throw new RangeError(`leverage: must be ${change.leverage}, was ${told.leverage}`);
              }
            },
            reply,
          ),
      };
  }
}
