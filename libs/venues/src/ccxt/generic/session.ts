import type { Clock, EpochMs } from '#domain';
import { renderClientOrderId } from '../../client-order-id.js';
import {
  UNSUPPORTED,
  type AccountSettings,
  type Balance,
  type CancelAck,
  type CancelRequest,
  type Cause,
  type FeeSchedule,
  type Fence,
  type Gap,
  type Lookup,
  type OrderView,
  type Page,
  type PlaceAck,
  type PlaceRequest,
  type PositionView,
  type Read,
  type Sent,
  type Subscription,
  type UserEvent,
  type VenueClock,
  type VenueFill,
  type VenueSession,
  type VenueSymbol,
} from '../../ports.js';
import { readRows } from '../../read-rows.js';
import type { CallContext } from '../../transport/call-context.js';
import type { CallKind } from '../classify.js';
import type { CcxtExchange } from '../load-ccxt.js';
import { guarded, readFailure, sentOf, type Answer } from '../outcome.js';
import { Polling } from '../polling.js';
import { text } from '../rendering.js';
import { SerialTurns } from '../serial-turns.js';
import { tooLate } from '../too-late.js';
import { OtherOrder } from '../wire.js';
import { askUnified, checkCancelRequest, checkOrderRequest, type UnifiedCall } from './exchange.js';
import type { Market, Markets } from './markets.js';
import { pageAfter, resumeAt } from './paging.js';
import type { AnyExchange } from './profile.js';
import { takes } from './times-in-force.js';
import { balancesOf, fillsOf, orderOf, ordersOf, placedOf, positionsOf } from './unified.js';

const ORDER_REPLY_MS = 5_000;
const READ_REPLY_MS = 10_000;
const POLL_EVERY_MS = 5_000;

export interface AnySessionParts {
  readonly place: AnyExchange;
  /** ccxt instance with this account's key. */
  readonly exchange: CcxtExchange;
  readonly markets: Markets;
  /** How many requests a call of that name is paid for. */
  readonly paidFor: (call: string) => number;
  readonly clock: Clock;
  readonly venueClock: VenueClock;
  /** Default 5,000 ms between the calls for a comparison that stand in for a user stream. */
  readonly pollEveryMs?: number;
}

/** One account at an exchange that only ccxt knows, by ccxt's unified methods. Calls leave one after another, cancels first. */
export class AnySession implements VenueSession {
  private readonly streams = new Set<Subscription>();
  private readonly turns = new SerialTurns();

  constructor(private readonly parts: AnySessionParts) {}

  async place(request: PlaceRequest, fence: Fence): Promise<Sent<PlaceAck>> {
    const market = this.parts.markets.of(request.symbol);
    if ('code' in market) return { kind: 'not_sent', why: market };
    const cannot = this.cannotPlace(request);
    if (cannot !== null) return this.unsupported(...cannot);
    const { clientOrderId, symbol, side, orderQty, price, timeInForce, reduceOnly } = request;
    const id = renderClientOrderId('ccxt', clientOrderId);
    const params = {
      clientOrderId: id,
      ...(timeInForce === 'ioc' ? { timeInForce: 'IOC' } : {}),
      ...(timeInForce === 'gtx' ? { postOnly: true } : {}),
      ...(reduceOnly === true ? { reduceOnly: true } : {}),
    };
    return sentOf(
      await this.call({
        kind: 'place',
        method: 'createOrder',
        args: [market.ccxtSymbol, 'limit', side, text(orderQty), text(price), params],
        signedAtMs: Math.round(fence.claimedAt + this.parts.venueClock.offsetMs()),
        inspect: (rendered) => checkOrderRequest(rendered, { symbol, side, orderQty, price, id }),
        beforeWrite: () => tooLate(fence, this.parts.clock),
        read: (result, seenAt) => {
          const { id: venueOrderId, clientOrderId: told } = placedOf(result);
          if (told !== null && told !== undefined && told !== '' && told !== id) throw new OtherOrder(id, told);
          return { venueOrderId, view: this.viewOf(result, request, seenAt), fills: [] };
        },
      }),
    );
  }

  amend(): Promise<Sent<OrderView>> {
    return Promise.resolve(this.unsupported('amend an order', 'cancel it, and place another'));
  }

  /** What the reply says of the order is not believed: it is looked up. */
  async cancel({ symbol, venueOrderId }: CancelRequest): Promise<Sent<CancelAck>> {
    if (venueOrderId === null)
      return this.unsupported('cancel an order whose id there is not known', 'look it up first');
    const market = this.parts.markets.of(symbol);
    if ('code' in market) return { kind: 'not_sent', why: market };
    return sentOf(
      await this.call({
        kind: 'cancel',
        method: 'cancelOrder',
        args: [venueOrderId, market.ccxtSymbol],
        inspect: (rendered) => checkCancelRequest(rendered, venueOrderId),
        read: () => ({ kind: 'gone' }),
      }),
    );
  }

  cancelExternal(request: Pick<CancelRequest, 'symbol' | 'venueOrderId'>): Promise<Sent<CancelAck>> {
    return this.cancel(request as CancelRequest);
  }

  cancelAll(): Promise<Sent<readonly CancelAck[]>> {
    return Promise.resolve(this.unsupported('cancel all orders in one call', 'cancel them one by one'));
  }

  /** By our id only among the open orders; by the exchange's id wherever it keeps it. */
  async findOrder(key: Parameters<VenueSession['findOrder']>[0]): Promise<Lookup> {
    const { clientOrderId, venueOrderId, symbol } = key;
    const market = this.parts.markets.of(symbol);
    if ('code' in market) return { kind: 'unclear', why: market };
    if (clientOrderId === undefined && venueOrderId === undefined) {
      return { kind: 'unclear', why: { code: 'NO_KEY', text: 'neither clientOrderId nor venueOrderId was given' } };
    }
    const found: Answer<OrderView | null> =
      clientOrderId !== undefined
        ? await this.call({
            kind: 'lookup',
            method: 'fetchOpenOrders',
            args: [market.ccxtSymbol],
            read: (rows, seenAt) =>
              ordersOf(rows, this.nameOf, seenAt).find((one) => one.clientOrderId === clientOrderId) ?? null,
          })
        : await this.call({
            kind: 'lookup',
            method: 'fetchOrder',
            args: [venueOrderId, market.ccxtSymbol],
            read: (row, seenAt) => {
              const order = orderOf(row, this.nameOf, seenAt);
              if (order.venueOrderId !== venueOrderId) throw new OtherOrder(venueOrderId ?? '', order.venueOrderId);
              return order;
            },
          });
    if (found.kind !== 'ok') {
      const { why, meta } = found.kind === 'failed' ? found.failure : found;
      return { kind: 'unclear', why, ...(meta === null ? {} : { meta }) };
    }
    const { value, meta } = found;
    if (value === null) return { kind: 'absent', meta };
    if (value.symbol === symbol) return { kind: 'found', order: value, meta };
    return { kind: 'unclear', why: { code: 'WRONG_ORDER', text: 'the reply speaks of another instrument' }, meta };
  }

  async openOrders(symbol?: VenueSymbol): Promise<Read<Page<OrderView>>> {
    const market = symbol === undefined ? null : this.parts.markets.of(symbol);
    if (market !== null && 'code' in market) return { kind: 'failed', why: market };
    return this.read({
      method: 'fetchOpenOrders',
      args: market === null ? [] : [market.ccxtSymbol],
      paid: market === null ? 'ccxt fetchOpenOrders (all)' : 'ccxt fetchOpenOrders',
      read: (rows, seenAt) =>
        pageOf(rows, orderId, (some) => ({ rows: ordersOf(some, this.nameOf, seenAt), next: null })),
    });
  }

  /** Of the lists that the exchange has the one that tells most; where it has none, the open orders. */
  ordersSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<OrderView>>> {
    const { has } = this.parts.exchange;
    const method = ['fetchOrders', 'fetchCanceledAndClosedOrders', 'fetchClosedOrders'].find(
      (one) => has[one] === true,
    );
    return this.list(symbol, from, cursor, {
      method: method ?? 'fetchOpenOrders',
      paid: 'ccxt fetchOrders',
      rows: (rows, _market, seenAt) => ordersOf(rows, this.nameOf, seenAt),
      keyOf: (order) => ({ id: order.venueOrderId, at: order.updatedAt }),
      // Orders are listed since they were made, told when they changed: there is no telling where a list went on.
      pages: false,
    });
  }

  fillsSince(symbol: VenueSymbol, from: EpochMs, cursor?: string): Promise<Read<Page<VenueFill>>> {
    return this.list(symbol, from, cursor, {
      method: 'fetchMyTrades',
      paid: 'ccxt fetchMyTrades',
      rows: (rows, market) => fillsOf(rows, this.nameOf, market.instrument.quote),
      keyOf: (fill) => ({ id: fill.tradeId, at: fill.tradedAt }),
      pages: true,
    });
  }

  balances(): Promise<Read<readonly Balance[]>> {
    return this.read({ method: 'fetchBalance', args: [], paid: 'ccxt fetchBalance', read: balancesOf });
  }

  /** Those that ccxt knows of: nothing is asked. */
  fees(symbol?: VenueSymbol): Promise<Read<FeeSchedule>> {
    const { markets, clock } = this.parts;
    const market = symbol === undefined ? markets.list[0] : markets.of(symbol);
    if (market === undefined || 'code' in market) {
      const why = market ?? { code: 'MARKETS_UNAVAILABLE', text: 'the exchange has told no instruments yet' };
      return Promise.resolve({ kind: 'failed', why });
    }
    return Promise.resolve({ kind: 'ok', value: market.fees, meta: { sentAt: clock.now(), headers: {} } });
  }

  positions(): Promise<Read<readonly PositionView[]>> {
    if (this.parts.place.product === 'spot') {
      return Promise.resolve({ kind: 'ok', value: [], meta: { sentAt: this.parts.clock.now(), headers: {} } });
    }
    return this.read({
      method: 'fetchPositions',
      args: [],
      paid: 'ccxt fetchPositions',
      read: (rows, seenAt) => positionsOf(rows, this.nameOf, seenAt),
    });
  }

  /** Nothing of it is told; that the balances are given proves the key. */
  accountSettings(): Promise<Read<AccountSettings>> {
    return this.read({
      method: 'fetchBalance',
      args: [],
      paid: 'ccxt fetchBalance',
      read: () => ({
        hedgeMode: null,
        bySymbol: new Map(),
        permissions: { canTrade: null, canWithdraw: null, ipBound: null },
      }),
    });
  }

  apply(): Promise<Sent<void>> {
    return Promise.resolve(this.unsupported('change settings of the account', 'set them at the exchange itself'));
  }

  orderCounts(): Promise<Read<Readonly<Record<string, number>>>> {
    return Promise.resolve({ kind: 'ok', value: {}, meta: { sentAt: this.parts.clock.now(), headers: {} } });
  }

  userEvents(_onEvent: (event: UserEvent) => void, onGap: (gap: Gap) => void): Subscription {
    const stream = new Polling(this.parts.pollEveryMs ?? POLL_EVERY_MS, onGap);
    this.streams.add(stream);
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams].map((stream) => stream.close()));
    this.streams.clear();
  }

  private readonly nameOf = (ccxtSymbol: string): VenueSymbol => this.parts.markets.nameOf(ccxtSymbol);

  private cannotPlace({
    timeInForce,
    reduceOnly,
    positionSide,
  }: PlaceRequest): readonly [operation: string, possible: string] | null {
    const { place, exchange } = this.parts;
    if (positionSide !== undefined) return ['place orders in hedge mode', 'one position in an instrument'];
    if (reduceOnly === true && place.product === 'spot')
      return ['place reduce-only orders on spot', 'only plain buys and sells'];
    if (timeInForce !== 'gtc' && !takes(exchange, place, timeInForce))
      return [`place an order with ${timeInForce}`, `only with ${this.timesInForce().join(', ')}`];
    return null;
  }

  /** Null where the reply does not tell a status, or tells of something else: the next look will. */
  private viewOf(result: unknown, { symbol, side, orderQty }: PlaceRequest, seenAt: EpochMs): OrderView | null {
    try {
      const view = orderOf(result, this.nameOf, seenAt);
      return view.symbol === symbol && view.side === side && view.orderQty.eq(orderQty) ? view : null;
    } catch {
      return null;
    }
  }

  private async list<T>(
    symbol: VenueSymbol,
    from: EpochMs,
    cursor: string | undefined,
    ask: {
      readonly method: string;
      readonly paid: string;
      readonly rows: (rows: unknown, market: Market, seenAt: EpochMs) => readonly T[];
      readonly keyOf: (row: T) => { readonly id: string; readonly at: EpochMs };
      readonly pages: boolean;
    },
  ): Promise<Read<Page<T>>> {
    const market = this.parts.markets.of(symbol);
    if ('code' in market) return { kind: 'failed', why: market };
    const resume = resumeAt(cursor, from);
    const args = ask.method === 'fetchOpenOrders' ? [market.ccxtSymbol] : [market.ccxtSymbol, resume.at];
    return this.read({
      method: ask.method,
      args,
      paid: ask.paid,
      read: (rows, seenAt) =>
        pageOf(
          rows,
          (row) => ask.keyOf(row).id,
          (some) => {
            const found = ask.rows(some, market, seenAt);
            return ask.pages ? pageAfter(found, resume, ask.keyOf) : { rows: found, next: null };
          },
        ),
    });
  }

  private async read<T>(ask: {
    readonly method: string;
    readonly args: readonly unknown[];
    readonly paid: string;
    readonly read: (result: unknown, seenAt: EpochMs) => T;
  }): Promise<Read<T>> {
    const answer = await this.call({ kind: 'read', ...ask, maxRequests: this.parts.paidFor(ask.paid) });
    switch (answer.kind) {
      case 'ok':
        return { kind: 'ok', value: answer.value, meta: answer.meta };
      case 'unreadable':
        return { kind: 'failed', why: answer.why, meta: answer.meta };
      case 'failed':
        return readFailure(answer.failure);
    }
  }

  /** As many requests as are paid for, one unless said; none while instruments are not known. */
  private call<T>(ask: {
    readonly kind: CallKind;
    readonly method: string;
    readonly args: readonly unknown[];
    readonly signedAtMs?: number;
    readonly maxRequests?: number;
    readonly inspect?: NonNullable<CallContext['inspect']>;
    readonly beforeWrite?: () => Cause | null;
    readonly read: (result: unknown, seenAt: EpochMs) => T;
  }): Promise<Answer<T>> {
    const { exchange, markets, clock, venueClock } = this.parts;
    const run = async (): Promise<Answer<T>> => {
      if (!markets.lend(exchange)) {
        return notSent({ code: 'MARKETS_UNAVAILABLE', text: 'the exchange has told no instruments yet' });
      }
      if (exchange.has[ask.method] !== true) {
        return notSent({ code: UNSUPPORTED, text: `ccxt has no ${ask.method} for ${exchange.id}` });
      }
      const call: UnifiedCall<T> = {
        kind: ask.kind,
        method: ask.method,
        args: ask.args,
        context: {
          signedAtMs: ask.signedAtMs ?? Math.round(venueClock.now()),
          replyTimeoutMs: ask.kind === 'place' || ask.kind === 'cancel' ? ORDER_REPLY_MS : READ_REPLY_MS,
          maxRequests: ask.maxRequests ?? 1,
          ...(ask.inspect === undefined ? {} : { inspect: ask.inspect }),
          ...(ask.beforeWrite === undefined ? {} : { beforeWrite: ask.beforeWrite }),
        },
        read: (result, { exchange: heard }) => ask.read(result, heard?.repliedAt ?? clock.now()),
      };
      return askUnified(exchange, call, clock);
    };
    return this.turns.take(ask.kind, run);
  }

  private timesInForce(): readonly string[] {
    const { exchange, place } = this.parts;
    return ['gtc', ...(['gtx', 'ioc'] as const).filter((one) => takes(exchange, place, one))];
  }

  private unsupported<T>(operation: string, possible: string): Sent<T> {
    const why = { code: UNSUPPORTED, text: `${this.parts.place.exchange} cannot ${operation} from here: ${possible}` };
    return { kind: 'not_sent', why };
  }
}

const orderId = ({ venueOrderId }: OrderView): string => venueOrderId;

/** A list that one row cannot hide: see {@link readRows}. @throws RangeError */
function pageOf<T>(rows: unknown, idOf: (row: T) => string, read: (rows: unknown) => Page<T>): Page<T> {
  const page = readRows(rows, [], (some) => guarded(() => read(some)), idOf);
  if (page.ok) return page.value;
  throw new RangeError(page.error.text);
}

function notSent<T>(why: Cause): Answer<T> {
  return { kind: 'failed', failure: { verdict: { kind: 'not_sent', code: why.code }, why, meta: null, retryAt: null } };
}
