import { renderClientOrderId } from '../client-order-id.js';
import { outcomesOf } from '../ccxt/cancel-outcomes.js';
import { CUT_OFF, type CcxtProtocol } from '../ccxt/protocol.js';
import { accepted, jsonBody, text } from '../ccxt/rendering.js';
import type { CancelOutcome, PlaceRequest } from '../ports.js';
import { COINBASE_ERRORS, coinbaseErrorIn } from './classify-error.js';
import * as map from './map.js';
import { COINBASE_PROFILE } from './traits.js';
import { COINBASE_USER_STREAM } from './user-stream.js';

const PAGE = '1000';
/** It cannot be in the call: a cancel of its own waits until its id is known. */
const NOT_KNOWN_YET: CancelOutcome = {
  kind: 'refused',
  why: { code: 'NO_VENUE_ID', text: 'the exchange’s id of the order is not known yet' },
};
const iso = (at: number): string => new Date(at).toISOString();
const paged = (cursor: string | null) => (cursor === null ? {} : { cursor });

function configurationOf(request: PlaceRequest) {
  const size = { base_size: text(request.orderQty), limit_price: text(request.price) };
  return request.timeInForce === 'ioc'
    ? { sor_limit_ioc: size }
    : { limit_limit_gtc: { ...size, post_only: request.timeInForce === 'gtx' } };
}

/** What a rendered configuration says; nothing when it is not exactly one of those that we send. */
function readConfiguration(body: string | null) {
  const sent = JSON.parse(body ?? '{}') as {
    order_configuration?: Record<string, { base_size?: string; limit_price?: string; post_only?: boolean }>;
  };
  const entries = Object.entries(sent.order_configuration ?? {});
  const [name, fields] = (entries.length === 1 ? entries[0] : undefined) ?? [null, undefined];
  const gtc = fields?.post_only === true ? 'gtx' : 'gtc';
  return {
    timeInForce: name === 'sor_limit_ioc' ? 'ioc' : name === 'limit_limit_gtc' ? gtc : null,
    orderQty: fields?.base_size ?? null,
    price: fields?.limit_price ?? null,
  };
}

/** Coinbase Advanced Trade, spot. */
export const COINBASE: CcxtProtocol = {
  id: 'coinbase',
  ccxtId: 'coinbase',
  profile: COINBASE_PROFILE,
  entries: ['rest'],
  options: {},
  nonceRises: false,
  userStream: COINBASE_USER_STREAM,
  errors: COINBASE_ERRORS,
  errorIn: coinbaseErrorIn,
  // A private key in one line has its line ends written out.
  keysOf: ({ apiKey, apiSecret }) => ({ apiKey, secret: apiSecret.replaceAll('\\n', '\n') }),

  place: (request) => ({
    method: 'v3PrivatePostBrokerageOrders',
    params: {
      client_order_id: renderClientOrderId('coinbase', request.clientOrderId),
      product_id: request.symbol,
      side: request.side === 'buy' ? 'BUY' : 'SELL',
      order_configuration: configurationOf(request),
    },
    read: (reply, { repliedAt }) => accepted(request, map.placed(reply, request.clientOrderId), repliedAt),
  }),
  cannotPlace: ({ reduceOnly, positionSide }) =>
    reduceOnly === true || positionSide !== undefined
      ? 'take reduce-only or hedge-mode orders: it is traded as spot here, by plain buys and sells'
      : null,
  renderedOrder: ({ body }) => {
    const sent = jsonBody(body);
    return {
      symbol: sent.product_id ?? null,
      side: sent.side === 'BUY' ? 'buy' : sent.side === 'SELL' ? 'sell' : null,
      clientOrderId: sent.client_order_id ?? null,
      reduceOnly: false,
      ...readConfiguration(body),
    };
  },
  amend: (request) => {
    const both = !request.orderQty.eq(request.current.orderQty) && !request.price.eq(request.current.price);
    if (both || request.venueOrderId === null) return null;
    return {
      method: 'v3PrivatePostBrokerageOrdersEdit',
      params: { order_id: request.venueOrderId, size: text(request.orderQty), price: text(request.price) },
      read: () => null,
    };
  },
  renderedAmend: ({ body }) => {
    const sent = jsonBody(body);
    return { orderQty: sent.size ?? null, price: sent.price ?? null };
  },
  cancel: (request) => {
    if (request.venueOrderId === null) throw new RangeError('the exchange’s id of the order is not known yet');
    return {
      method: 'v3PrivatePostBrokerageOrdersBatchCancel',
      params: { order_ids: [request.venueOrderId] },
      // Taken in: how it ended, the order tells.
      read: () => ({ kind: 'gone' }),
    };
  },
  cancelMany: (requests) => {
    const known = requests.flatMap(({ clientOrderId, venueOrderId }) =>
      venueOrderId === null ? [] : [{ clientOrderId, venueOrderId }],
    );
    if (known.length === 0) throw new RangeError('the exchange’s id of none of the orders is known yet');
    return {
      method: 'v3PrivatePostBrokerageOrdersBatchCancel',
      params: { order_ids: known.map(({ venueOrderId }) => venueOrderId) },
      read: (reply) => {
        const outcomes = outcomesOf(known, map.canceledMany(reply, known), COINBASE_ERRORS);
        const byId = new Map(known.map(({ clientOrderId }, at) => [clientOrderId, outcomes[at]]));
        return requests.map(({ clientOrderId }) => byId.get(clientOrderId) ?? NOT_KNOWN_YET);
      },
    };
  },
  findOrder: (key) => {
    const { clientOrderId } = key;
    if (clientOrderId === null) {
      return [
        {
          method: 'v3PrivateGetBrokerageOrdersHistoricalOrderId',
          params: { order_id: key.venueOrderId },
          read: map.order,
        },
      ];
    }
    return [
      {
        method: 'v3PrivateGetBrokerageOrdersHistoricalBatch',
        params: {
          product_ids: [key.symbol],
          ...(key.created === null ? {} : { start_date: iso(key.created.fromMs) }),
          limit: PAGE,
        },
        read: (reply) => {
          const { rows, next } = map.orders(reply);
          const found = rows.find((order) => order.clientOrderId === clientOrderId);
          return found ?? (next === null ? null : CUT_OFF);
        },
      },
    ];
  },
  rowsAt: { openOrders: ['orders'], ordersSince: ['orders'], fillsSince: ['fills'] },
  openOrders: (symbol, cursor) => ({
    method: 'v3PrivateGetBrokerageOrdersHistoricalBatch',
    params: {
      order_status: ['OPEN'],
      ...(symbol === undefined ? {} : { product_ids: [symbol] }),
      limit: PAGE,
      ...paged(cursor),
    },
    read: map.orders,
  }),
  ordersSince: (symbol, from, cursor) => ({
    method: 'v3PrivateGetBrokerageOrdersHistoricalBatch',
    params: { product_ids: [symbol], start_date: iso(from), limit: PAGE, ...paged(cursor) },
    read: map.orders,
  }),
  fillsSince: (symbol, from, cursor) => ({
    method: 'v3PrivateGetBrokerageOrdersHistoricalFills',
    params: { product_ids: [symbol], start_sequence_timestamp: iso(from), limit: PAGE, ...paged(cursor) },
    read: map.fills,
  }),
  balances: () => ({ method: 'v3PrivateGetBrokerageAccounts', params: { limit: '250' }, read: map.balances }),
  fees: () => ({
    method: 'v3PrivateGetBrokerageTransactionSummary',
    params: { product_type: 'SPOT' },
    read: map.fees,
  }),
  accountSettings: () => ({ method: 'v3PrivateGetBrokerageKeyPermissions', params: {}, read: map.settings }),

  publicCalls: {
    instruments: 'GET /api/v3/brokerage/market/products',
    book: 'GET /api/v3/brokerage/market/product_book',
    trades: 'GET /api/v3/brokerage/market/products/{product_id}/ticker',
  },
  venueTime: { method: 'v3PublicGetBrokerageTime', params: {}, read: map.time },
  instruments: (venue) => ({
    method: 'v3PublicGetBrokerageMarketProducts',
    params: { product_type: 'SPOT' },
    read: (reply) => map.instruments(reply, venue),
  }),
  book: (symbol) => ({
    method: 'v3PublicGetBrokerageMarketProductBook',
    params: { product_id: symbol, limit: '500' },
    read: map.book,
  }),
  trades: (symbol) => ({
    method: 'v3PublicGetBrokerageMarketProductsProductIdTicker',
    params: { product_id: symbol, limit: '1000' },
    read: map.trades,
  }),
};
