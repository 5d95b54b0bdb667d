import { renderClientOrderId } from '../client-order-id.js';
import type { CcxtProtocol, Moment } from '../ccxt/protocol.js';
import { accepted, only, text } from '../ccxt/rendering.js';
import type { OrderView, Page, PlaceRequest } from '../ports.js';
import { KRAKEN_ERRORS, krakenErrorIn } from './classify-error.js';
import * as map from './map.js';
import { KRAKEN_PROFILE } from './traits.js';
import { KRAKEN_USER_STREAM } from './user-stream.js';

const TIME_IN_FORCE: Readonly<Record<PlaceRequest['timeInForce'], Readonly<Record<string, string>>>> = {
  gtc: { timeinforce: 'GTC' },
  gtx: { timeinforce: 'GTC', oflags: 'post' },
  ioc: { timeinforce: 'IOC' },
};
/** The clock is known to half a second at best: the deadline comes that much earlier. */
const CLOCK_GRAIN_MS = 500;

const deadline = (at: Moment): string => new Date(at.deadlineMs - CLOCK_GRAIN_MS).toISOString();
const offsetOf = (cursor: string | null): number => (cursor === null ? 0 : Number(cursor));
/** Kraken's `start` excludes the second itself. */
const startOf = (from: number): string => String(Math.floor(from / 1_000) - 1);
const of = (symbol: string | undefined, page: Page<OrderView>): Page<OrderView> => ({
  ...page,
  rows: page.rows.filter((order) => symbol === undefined || order.symbol === symbol),
});

/** Kraken spot over REST. Symbols are the pairs' `altname`, `XBTUSD`. */
export const KRAKEN: CcxtProtocol = {
  id: 'kraken',
  ccxtId: 'kraken',
  profile: KRAKEN_PROFILE,
  entries: ['public', 'private'],
  options: {},
  nonceRises: true,
  userStream: KRAKEN_USER_STREAM,
  errors: KRAKEN_ERRORS,
  errorIn: krakenErrorIn,
  keysOf: ({ apiKey, apiSecret }) => ({ apiKey, secret: apiSecret }),

  place: (request, at) => ({
    method: 'privatePostAddOrder',
    params: {
      pair: request.symbol,
      type: request.side,
      ordertype: 'limit',
      volume: text(request.orderQty),
      price: text(request.price),
      ...TIME_IN_FORCE[request.timeInForce],
      cl_ord_id: renderClientOrderId('kraken', request.clientOrderId),
      deadline: deadline(at),
    },
    read: (reply, { repliedAt }) => accepted(request, map.placed(reply, request.clientOrderId), repliedAt),
  }),
  cannotPlace: ({ reduceOnly, positionSide }) =>
    reduceOnly === true || positionSide !== undefined
      ? 'take reduce-only or hedge-mode orders: it is traded as spot here, by plain buys and sells'
      : null,
  renderedOrder: ({ body }) => {
    const sent = new URLSearchParams(body ?? '');
    const flags = only(sent, 'oflags');
    const tif = Object.entries(TIME_IN_FORCE).find(
      ([, fields]) => fields.timeinforce === only(sent, 'timeinforce') && (fields.oflags ?? null) === flags,
    )?.[0];
    return {
      symbol: only(sent, 'pair'),
      side: only(sent, 'type'),
      timeInForce: only(sent, 'ordertype') === 'limit' ? (tif ?? null) : null,
      clientOrderId: only(sent, 'cl_ord_id'),
      orderQty: only(sent, 'volume'),
      price: only(sent, 'price'),
      reduceOnly: sent.has('reduce_only'),
    };
  },
  amend: (request, at) => ({
    method: 'privatePostAmendOrder',
    params: {
      cl_ord_id: renderClientOrderId('kraken', request.clientOrderId),
      order_qty: text(request.orderQty),
      limit_price: text(request.price),
      deadline: deadline(at),
    },
    read: (reply) => (map.amended(reply), null),
  }),
  renderedAmend: ({ body }) => {
    const sent = new URLSearchParams(body ?? '');
    return { orderQty: only(sent, 'order_qty'), price: only(sent, 'limit_price') };
  },
  cancel: (request) => ({
    method: 'privatePostCancelOrder',
    params: { cl_ord_id: renderClientOrderId('kraken', request.clientOrderId) },
    // A count says nothing of what was filled: the order is looked up.
    read: (reply) => (map.canceled(reply), { kind: 'gone' }),
  }),
  cancelAll: (symbol) =>
    symbol !== undefined
      ? null
      : {
          method: 'privatePostCancelAll',
          params: {},
          read: (reply) => Array.from({ length: map.canceled(reply) }, () => ({ kind: 'gone' })),
        },
  findOrder: (key) => {
    const { clientOrderId } = key;
    if (clientOrderId === null) {
      const params = { txid: key.venueOrderId };
      return [{ method: 'privatePostQueryOrders', params, read: (reply) => map.queried(reply)[0] ?? null }];
    }
    const params = { cl_ord_id: renderClientOrderId('kraken', clientOrderId) };
    return [
      { method: 'privatePostOpenOrders', params, read: (reply) => map.open(reply)[0] ?? null },
      { method: 'privatePostClosedOrders', params, read: (reply) => map.closed(reply, 0).rows[0] ?? null },
    ];
  },
  rowsAt: { openOrders: ['result', 'open'], ordersSince: ['result', 'closed'], fillsSince: ['result', 'trades'] },
  openOrders: (symbol) => ({
    method: 'privatePostOpenOrders',
    params: {},
    read: (reply) => of(symbol, { rows: map.open(reply), next: null }),
  }),
  ordersSince: (symbol, from, cursor) => ({
    method: 'privatePostClosedOrders',
    params: { start: startOf(from), closetime: 'close', ofs: String(offsetOf(cursor)) },
    read: (reply) => of(symbol, map.closed(reply, offsetOf(cursor))),
  }),
  fillsSince: (symbol, from, cursor, { assets }) => ({
    method: 'privatePostTradesHistory',
    params: { start: startOf(from), ofs: String(offsetOf(cursor)) },
    read: (reply) => map.fills(reply, symbol, offsetOf(cursor), assets),
  }),
  balances: () => ({ method: 'privatePostBalanceEx', params: {}, read: map.balances }),
  fees: (symbol) => ({ method: 'privatePostTradeVolume', params: { pair: symbol }, read: map.fees }),
  setDeadMan: (timeoutMs) => ({
    method: 'privatePostCancelAllOrdersAfter',
    params: { timeout: String(Math.ceil(timeoutMs / 1_000)) },
    read: map.timerSet,
  }),
  accountSettings: () => ({ method: 'privatePostGetApiKeyInfo', params: {}, read: map.settings }),

  publicCalls: { instruments: 'GET /0/public/AssetPairs', book: 'GET /0/public/Depth', trades: 'GET /0/public/Trades' },
  venueTime: { method: 'publicGetTime', params: {}, read: map.time },
  instruments: (venue) => ({
    method: 'publicGetAssetPairs',
    params: {},
    read: (reply) => map.instruments(reply, venue),
  }),
  book: (symbol) => ({ method: 'publicGetDepth', params: { pair: symbol, count: '500' }, read: map.book }),
  trades: (symbol) => ({ method: 'publicGetTrades', params: { pair: symbol, count: '1000' }, read: map.trades }),
};
