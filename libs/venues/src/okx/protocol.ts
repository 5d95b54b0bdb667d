import { renderClientOrderId } from '../client-order-id.js';
import { okxAccountRateLimitBody, okxAnnounced } from './announced-limits.js';
import { outcomesOf } from '../ccxt/cancel-outcomes.js';
import { CUT_OFF, type CcxtProtocol, type Moment, type OrderKey } from '../ccxt/protocol.js';
import { accepted, jsonBody, text } from '../ccxt/rendering.js';
import type { OrderView, PlaceRequest } from '../ports.js';
import { OKX_ERRORS, okxErrorIn } from './classify-error.js';
import * as map from './map.js';
import { OKX_PROFILE } from './traits.js';
import { OKX_USER_STREAM } from './user-stream.js';

const ORDER_TYPE: Readonly<Record<PlaceRequest['timeInForce'], string>> = {
  gtc: 'limit',
  gtx: 'post_only',
  ioc: 'ioc',
};
const PAGE = 100;

const fenceHeader = (at: Moment): Readonly<Record<string, string>> => ({ expTime: String(at.deadlineMs) });
const idOf = (key: { readonly clientOrderId: string | null; readonly venueOrderId: string | null }) =>
  key.clientOrderId === null ? { ordId: key.venueOrderId } : { clOrdId: key.clientOrderId };
const createdIn = ({ created }: OrderKey): Readonly<Record<string, string>> => ({
  ...(created === null ? {} : { begin: String(created.fromMs) }),
  ...(created === null || created.toMs === null ? {} : { end: String(created.toMs) }),
});
const first = (reply: unknown): OrderView | null => map.orders(reply)[0] ?? null;

/** OKX v5, spot, cash mode. */
export const OKX: CcxtProtocol = {
  id: 'okx',
  ccxtId: 'okx',
  profile: OKX_PROFILE,
  entries: ['rest'],
  options: {},
  nonceRises: false,
  userStream: OKX_USER_STREAM,
  errors: OKX_ERRORS,
  errorIn: okxErrorIn,
  // The passphrase that OKX asks for is a field of its own, or travels with the secret, after a colon.
  keysOf: ({ apiKey, apiSecret, passphrase: own }) => {
    if (own !== undefined) return { apiKey, secret: apiSecret, password: own };
    const [secret = '', ...passphrase] = apiSecret.split(':');
    return { apiKey, secret, password: passphrase.join(':') };
  },

  place: (request, at) => ({
    method: 'privatePostTradeOrder',
    params: {
      instId: request.symbol,
      tdMode: 'cash',
      side: request.side,
      ordType: ORDER_TYPE[request.timeInForce],
      sz: text(request.orderQty),
      px: text(request.price),
      clOrdId: renderClientOrderId('okx', request.clientOrderId),
    },
    headers: fenceHeader(at),
    read: (reply, { repliedAt }) => {
      const row = map.acked(reply, request.clientOrderId);
      return accepted(request, row.ordId, row.ts ?? repliedAt);
    },
  }),
  cannotPlace: ({ reduceOnly, positionSide }) =>
    reduceOnly === true || positionSide !== undefined
      ? 'take reduce-only or hedge-mode orders: it is traded as spot here, by plain buys and sells'
      : null,
  renderedOrder: ({ body }) => {
    const sent = jsonBody(body);
    const tif = Object.entries(ORDER_TYPE).find(([, type]) => type === sent.ordType)?.[0] ?? null;
    return {
      symbol: sent.instId ?? null,
      side: sent.side ?? null,
      timeInForce: sent.tdMode === 'cash' ? tif : null,
      clientOrderId: sent.clOrdId ?? null,
      orderQty: sent.sz ?? null,
      price: sent.px ?? null,
      reduceOnly: sent.reduceOnly !== undefined,
    };
  },
  amend: (request, at) => ({
    method: 'privatePostTradeAmendOrder',
    params: {
      instId: request.symbol,
      clOrdId: renderClientOrderId('okx', request.clientOrderId),
      newSz: text(request.orderQty),
      newPx: text(request.price),
    },
    headers: fenceHeader(at),
    read: (reply) => (map.acked(reply, request.clientOrderId), null),
  }),
  renderedAmend: ({ body }) => {
    const sent = jsonBody(body);
    return { orderQty: sent.newSz ?? null, price: sent.newPx ?? null };
  },
  cancel: (request) => ({
    method: 'privatePostTradeCancelOrder',
    params: { instId: request.symbol, clOrdId: renderClientOrderId('okx', request.clientOrderId) },
    // The acknowledgement says nothing of what was filled: the order is looked up.
    read: (reply) => (map.acked(reply, request.clientOrderId), { kind: 'gone' }),
  }),
  cancelMany: (requests) => ({
    method: 'privatePostTradeCancelBatchOrders',
    params: requests.map(({ symbol, clientOrderId }) => ({
      instId: symbol,
      clOrdId: renderClientOrderId('okx', clientOrderId),
    })),
    read: (reply) => outcomesOf(requests, map.ackedMany(reply), OKX_ERRORS),
  }),
  findOrder: (key) => [
    { method: 'privateGetTradeOrder', params: { instId: key.symbol, ...idOf(key) }, read: first },
    // The archive is searched by instrument and time: our id is in its rows.
    {
      method: 'privateGetTradeOrdersHistoryArchive',
      params: {
        instType: 'SPOT',
        instId: key.symbol,
        ...createdIn(key),
        limit: String(PAGE),
      },
      read: (reply) => {
        const rows = map.orders(reply);
        const found = rows.find((o) =>
          key.clientOrderId === null ? o.venueOrderId === key.venueOrderId : o.clientOrderId === key.clientOrderId,
        );
        return found ?? (rows.length < PAGE ? null : CUT_OFF);
      },
    },
  ],
  rowsAt: { openOrders: ['data'], ordersSince: ['data'], fillsSince: ['data'] },
  openOrders: (symbol, cursor) => ({
    method: 'privateGetTradeOrdersPending',
    params: {
      instType: 'SPOT',
      limit: String(PAGE),
      ...(symbol === undefined ? {} : { instId: symbol }),
      ...(cursor === null ? {} : { after: cursor }),
    },
    read: (reply) => map.pageOf(map.orders(reply), (o) => o.venueOrderId, PAGE),
  }),
  ordersSince: (symbol, from, cursor) => ({
    method: 'privateGetTradeOrdersHistory',
    params: {
      instType: 'SPOT',
      instId: symbol,
      begin: String(from),
      limit: String(PAGE),
      ...(cursor === null ? {} : { after: cursor }),
    },
    read: (reply) => map.pageOf(map.orders(reply), (o) => o.venueOrderId, PAGE),
  }),
  fillsSince: (symbol, from, cursor) => ({
    method: 'privateGetTradeFillsHistory',
    params: {
      instType: 'SPOT',
      instId: symbol,
      begin: String(from),
      limit: String(PAGE),
      ...(cursor === null ? {} : { after: cursor }),
    },
    read: (reply) => {
      const page = map.pageOf(map.fills(reply), (fill) => fill.billId, PAGE);
      return { rows: page.rows.map(({ billId: _, ...fill }) => fill), next: page.next };
    },
  }),
  balances: () => ({ method: 'privateGetAccountBalance', params: {}, read: map.balances }),
  fees: (symbol) => ({
    method: 'privateGetAccountTradeFee',
    params: { instType: 'SPOT', instId: symbol },
    read: map.fees,
  }),
  setDeadMan: (timeoutMs) => ({
    method: 'privatePostTradeCancelAllAfter',
    params: { timeOut: String(Math.ceil(timeoutMs / 1_000)) },
    read: map.timerSet,
  }),
  accountSettings: () => ({ method: 'privateGetAccountConfig', params: {}, read: map.settings }),

  announcedLimits: () => ({
    method: 'privateGetTradeAccountRateLimit',
    params: {},
    read: (reply) => okxAnnounced(okxAccountRateLimitBody.parse(reply)),
  }),

  publicCalls: {
    instruments: 'GET /api/v5/public/instruments',
    book: 'GET /api/v5/market/books',
    trades: 'GET /api/v5/market/trades',
  },
  venueTime: { method: 'publicGetPublicTime', params: {}, read: map.time },
  instruments: (venue) => ({
    method: 'publicGetPublicInstruments',
    params: { instType: 'SPOT' },
    read: (reply) => map.instruments(reply, venue),
  }),
  book: (symbol) => ({ method: 'publicGetMarketBooks', params: { instId: symbol, sz: '400' }, read: map.book }),
  trades: (symbol) => ({ method: 'publicGetMarketTrades', params: { instId: symbol, limit: '500' }, read: map.trades }),
};
