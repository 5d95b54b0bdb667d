import { renderClientOrderId } from '../client-order-id.js';
import { deribitAnnounced, deribitSummaryBody } from './announced-limits.js';
import type { CcxtProtocol } from '../ccxt/protocol.js';
import { only, text } from '../ccxt/rendering.js';
import type { PlaceRequest } from '../ports.js';
import { DERIBIT_ERRORS, deribitErrorIn } from './classify-error.js';
import * as map from './map.js';
import { DERIBIT_PROFILE } from './traits.js';
import { DERIBIT_USER_STREAM } from './user-stream.js';

const CURRENCY = 'USDC';
const PAGE = 1_000;
const TIME_IN_FORCE: Readonly<Record<PlaceRequest['timeInForce'], Readonly<Record<string, string>>>> = {
  gtc: { time_in_force: 'good_til_cancelled' },
  // Without the second flag the exchange would move the price instead of refusing.
  gtx: { time_in_force: 'good_til_cancelled', post_only: 'true', reject_post_only: 'true' },
  ioc: { time_in_force: 'immediate_or_cancel' },
};
/** Trades are asked for up to now, as far as the clocks agree. */
const AHEAD_MS = 60_000;

const of = (url: string): URLSearchParams => new URL(url).searchParams;

/** Deribit over HTTP, perpetuals settled in USDC; amounts are in units of the base. */
export const DERIBIT: CcxtProtocol = {
  id: 'deribit',
  ccxtId: 'deribit',
  profile: DERIBIT_PROFILE,
  entries: ['rest'],
  options: {},
  nonceRises: true,
  userStream: DERIBIT_USER_STREAM,
  errors: DERIBIT_ERRORS,
  errorIn: deribitErrorIn,
  keysOf: ({ apiKey, apiSecret }) => ({ apiKey, secret: apiSecret }),

  place: (request, at) => ({
    method: request.side === 'buy' ? 'privateGetBuy' : 'privateGetSell',
    params: {
      instrument_name: request.symbol,
      type: 'limit',
      amount: text(request.orderQty),
      price: text(request.price),
      label: renderClientOrderId('deribit', request.clientOrderId),
      ...TIME_IN_FORCE[request.timeInForce],
      ...(request.reduceOnly === true ? { reduce_only: 'true' } : {}),
      valid_until: String(at.deadlineMs),
    },
    read: (reply) => map.placed(reply, request.clientOrderId),
  }),
  cannotPlace: ({ positionSide }) =>
    positionSide === undefined ? null : 'take hedge-mode orders: it holds one position in an instrument',
  renderedOrder: ({ url }) => {
    const sent = of(url);
    const tif = Object.entries(TIME_IN_FORCE).find(([, fields]) =>
      ['time_in_force', 'post_only', 'reject_post_only'].every(
        (field) => (fields[field] ?? null) === only(sent, field),
      ),
    )?.[0];
    const path = new URL(url).pathname;
    return {
      symbol: only(sent, 'instrument_name'),
      side: path.endsWith('/private/buy') ? 'buy' : path.endsWith('/private/sell') ? 'sell' : null,
      timeInForce: only(sent, 'type') === 'limit' ? (tif ?? null) : null,
      clientOrderId: only(sent, 'label'),
      orderQty: only(sent, 'amount'),
      price: only(sent, 'price'),
      reduceOnly: only(sent, 'reduce_only') === 'true',
    };
  },
  amend: (request, at) => ({
    method: 'privateGetEditByLabel',
    params: {
      label: renderClientOrderId('deribit', request.clientOrderId),
      instrument_name: request.symbol,
      amount: text(request.orderQty),
      price: text(request.price),
      valid_until: String(at.deadlineMs),
    },
    read: (reply) => map.placed(reply, request.clientOrderId).view,
  }),
  renderedAmend: ({ url }) => ({ orderQty: only(of(url), 'amount'), price: only(of(url), 'price') }),
  cancel: (request) =>
    request.venueOrderId === null
      ? {
          method: 'privateGetCancelByLabel',
          params: { label: renderClientOrderId('deribit', request.clientOrderId), currency: CURRENCY },
          // A count says nothing of what was filled: the order is looked up.
          read: (reply) => (map.count(reply), { kind: 'gone' }),
        }
      : {
          method: 'privateGetCancel',
          params: { order_id: request.venueOrderId },
          read: (reply) => ({ kind: 'canceled', view: map.canceled(reply, request.clientOrderId) }),
        },
  cancelAll: (symbol) => ({
    method: symbol === undefined ? 'privateGetCancelAll' : 'privateGetCancelAllByInstrument',
    params: symbol === undefined ? {} : { instrument_name: symbol },
    read: (reply) => Array.from({ length: map.count(reply) }, () => ({ kind: 'gone' })),
  }),
  findOrder: (key) => [
    key.clientOrderId === null
      ? { method: 'privateGetGetOrderState', params: { order_id: key.venueOrderId }, read: map.order }
      : {
          method: 'privateGetGetOrderStateByLabel',
          params: { currency: CURRENCY, label: renderClientOrderId('deribit', key.clientOrderId) },
          read: map.labelled,
        },
  ],
  rowsAt: { openOrders: ['result'], ordersSince: ['result'], fillsSince: ['result', 'trades'] },
  openOrders: (symbol) => ({
    method: symbol === undefined ? 'privateGetGetOpenOrders' : 'privateGetGetOpenOrdersByInstrument',
    params: symbol === undefined ? {} : { instrument_name: symbol },
    read: (reply) => ({ rows: map.orders(reply), next: null }),
  }),
  ordersSince: (symbol, from, cursor) => {
    const offset = Number(cursor ?? '0');
    return {
      method: 'privateGetGetOrderHistoryByInstrument',
      params: {
        instrument_name: symbol,
        count: String(PAGE),
        offset: String(offset),
        include_old: 'true',
        include_unfilled: 'true',
      },
      read: (reply) => map.history(reply, from, offset, PAGE),
    };
  },
  fillsSince: (symbol, from, cursor, at) => {
    const start = Number(cursor ?? String(from));
    return {
      method: 'privateGetGetUserTradesByInstrumentAndTime',
      params: {
        instrument_name: symbol,
        start_timestamp: String(start),
        end_timestamp: String(at.signedAtMs + AHEAD_MS),
        count: String(PAGE),
        sorting: 'asc',
      },
      read: (reply) => map.fills(reply, start),
    };
  },
  balances: () => ({ method: 'privateGetGetAccountSummary', params: { currency: CURRENCY }, read: map.balances }),
  fees: (symbol) => ({ method: 'publicGetGetInstrument', params: { instrument_name: symbol }, read: map.fees }),
  positions: () => ({
    method: 'privateGetGetPositions',
    params: { currency: CURRENCY, kind: 'future' },
    read: map.positions,
  }),
  accountSettings: ({ exchange }) => ({
    method: 'privateGetListApiKeys',
    params: {},
    read: (reply) => map.settings(reply, String(exchange.apiKey)),
  }),

  announcedLimits: () => ({
    method: 'privateGetGetAccountSummary',
    params: { currency: CURRENCY, extended: 'true' },
    read: (reply) => deribitAnnounced(deribitSummaryBody.parse(reply)),
  }),

  marks: {
    call: 'GET /api/v2/public/ticker',
    ofAll: false,
    ask: (symbol) => ({ method: 'publicGetTicker', params: { instrument_name: symbol }, read: map.marks }),
  },
  publicCalls: {
    instruments: 'GET /api/v2/public/get_instruments',
    book: 'GET /api/v2/public/get_order_book',
    trades: 'GET /api/v2/public/get_last_trades_by_instrument',
  },
  venueTime: { method: 'publicGetGetTime', params: {}, read: map.time },
  instruments: (venue) => ({
    method: 'publicGetGetInstruments',
    params: { currency: CURRENCY, kind: 'future', expired: 'false' },
    read: (reply) => map.instruments(reply, venue),
  }),
  book: (symbol) => ({
    method: 'publicGetGetOrderBook',
    params: { instrument_name: symbol, depth: '1000' },
    read: map.book,
  }),
  trades: (symbol) => ({
    method: 'publicGetGetLastTradesByInstrument',
    params: { instrument_name: symbol, count: String(PAGE) },
    read: map.trades,
  }),
};
