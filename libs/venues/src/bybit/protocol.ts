import { renderClientOrderId } from '../client-order-id.js';
import { outcomesOf } from '../ccxt/cancel-outcomes.js';
import type { CcxtProtocol, OrderKey } from '../ccxt/protocol.js';
import { jsonBody, text } from '../ccxt/rendering.js';
import type { PlaceRequest } from '../ports.js';
import { BYBIT_ERRORS, bybitErrorIn } from './classify-error.js';
import * as map from './map.js';
import { bybitProfile, type BybitCategory } from './traits.js';
import { bybitUserStream } from './user-stream.js';

const TIME_IN_FORCE: Readonly<Record<PlaceRequest['timeInForce'], string>> = {
  gtc: 'GTC',
  gtx: 'PostOnly',
  ioc: 'IOC',
};
const POSITION_INDEX = { long: 1, short: 2 } as const;
const PAGE = 50;

/** Bybit v5: spot, or perpetuals settled in USDT. */
export function bybit(category: BybitCategory): CcxtProtocol {
  const linear = category === 'linear';
  const idOf = (key: Pick<OrderKey, 'clientOrderId' | 'venueOrderId'>) =>
    key.clientOrderId === null
      ? { orderId: key.venueOrderId }
      : { orderLinkId: renderClientOrderId('bybit', key.clientOrderId) };
  // Perpetuals are asked for by symbol or by what they are settled in.
  const scope = (symbol: string | undefined) =>
    symbol !== undefined ? { symbol } : linear ? { settleCoin: 'USDT' } : {};
  const paged = (cursor: string | null) => (cursor === null ? {} : { cursor });

  return {
    id: 'bybit',
    ccxtId: 'bybit',
    profile: bybitProfile(category),
    entries: ['public', 'private'],
    options: {},
    nonceRises: false,
    userStream: bybitUserStream(category),
    errors: BYBIT_ERRORS,
    errorIn: bybitErrorIn,
    keysOf: ({ apiKey, apiSecret }) => ({ apiKey, secret: apiSecret }),

    place: (request) => ({
      method: 'privatePostV5OrderCreate',
      params: {
        category,
        symbol: request.symbol,
        side: request.side === 'buy' ? 'Buy' : 'Sell',
        orderType: 'Limit',
        qty: text(request.orderQty),
        price: text(request.price),
        timeInForce: TIME_IN_FORCE[request.timeInForce],
        orderLinkId: renderClientOrderId('bybit', request.clientOrderId),
        ...(request.reduceOnly === true ? { reduceOnly: true } : {}),
        ...(request.positionSide === undefined ? {} : { positionIdx: POSITION_INDEX[request.positionSide] }),
      },
      read: (reply) => ({
        venueOrderId: map.acked(reply, request.clientOrderId).orderId,
        view: null, // only taken in: whether it works, a look tells
        fills: [],
      }),
    }),
    cannotPlace: ({ reduceOnly, positionSide }) =>
      linear || (reduceOnly !== true && positionSide === undefined)
        ? null
        : 'take reduce-only or hedge-mode orders on spot: only plain buys and sells',
    renderedOrder: ({ body }) => {
      const sent = jsonBody(body);
      const tif = Object.entries(TIME_IN_FORCE).find(([, word]) => word === sent.timeInForce)?.[0] ?? null;
      return {
        symbol: sent.category === category ? (sent.symbol ?? null) : null,
        side: sent.side === 'Buy' ? 'buy' : sent.side === 'Sell' ? 'sell' : null,
        timeInForce: sent.orderType === 'Limit' ? tif : null,
        clientOrderId: sent.orderLinkId ?? null,
        orderQty: sent.qty ?? null,
        price: sent.price ?? null,
        reduceOnly: sent.reduceOnly === 'true',
      };
    },
    amend: (request) => ({
      method: 'privatePostV5OrderAmend',
      params: {
        category,
        symbol: request.symbol,
        orderLinkId: renderClientOrderId('bybit', request.clientOrderId),
        qty: text(request.orderQty),
        price: text(request.price),
      },
      read: (reply) => (map.acked(reply, request.clientOrderId), null),
    }),
    renderedAmend: ({ body }) => {
      const sent = jsonBody(body);
      return { orderQty: sent.qty ?? null, price: sent.price ?? null };
    },
    cancel: (request) => ({
      method: 'privatePostV5OrderCancel',
      params: {
        category,
        symbol: request.symbol,
        orderLinkId: renderClientOrderId('bybit', request.clientOrderId),
      },
      // Only taken in: the order is looked up.
      read: (reply) => (map.acked(reply, request.clientOrderId), { kind: 'gone' }),
    }),
    cancelMany: (requests) => ({
      method: 'privatePostV5OrderCancelBatch',
      params: {
        category,
        request: requests.map(({ symbol, clientOrderId }) => ({
          symbol,
          orderLinkId: renderClientOrderId('bybit', clientOrderId),
        })),
      },
      read: (reply) => outcomesOf(requests, map.ackedMany(reply), BYBIT_ERRORS),
    }),
    cancelAll: (symbol) => ({
      method: 'privatePostV5OrderCancelAll',
      params: { category, ...scope(symbol) },
      read: map.ackedAll,
    }),
    findOrder: (key) =>
      ['privateGetV5OrderRealtime', 'privateGetV5OrderHistory'].map((method) => ({
        method,
        params: { category, symbol: key.symbol, ...idOf(key) },
        read: (reply) => map.orders(reply).rows[0] ?? null,
      })),
    rowsAt: { openOrders: ['result', 'list'], ordersSince: ['result', 'list'], fillsSince: ['result', 'list'] },
    openOrders: (symbol, cursor) => ({
      method: 'privateGetV5OrderRealtime',
      params: { category, ...scope(symbol), openOnly: 0, limit: PAGE, ...paged(cursor) },
      read: map.orders,
    }),
    ordersSince: (symbol, from, cursor) => ({
      method: 'privateGetV5OrderHistory',
      params: { category, symbol, startTime: from, limit: PAGE, ...paged(cursor) },
      read: map.orders,
    }),
    fillsSince: (symbol, from, cursor) => ({
      method: 'privateGetV5ExecutionList',
      params: { category, symbol, startTime: from, limit: 100, ...paged(cursor) },
      read: (reply) => map.fills(reply, category),
    }),
    balances: () => ({
      method: 'privateGetV5AccountWalletBalance',
      params: { accountType: 'UNIFIED' },
      read: map.balances,
    }),
    fees: (symbol) => ({ method: 'privateGetV5AccountFeeRate', params: { category, symbol }, read: map.fees }),
    ...(linear
      ? {
          positions: () => ({
            method: 'privateGetV5PositionList',
            params: { category, settleCoin: 'USDT', limit: 200 },
            read: map.positions,
          }),
          apply: (change) => {
            switch (change.kind) {
              case 'hedge_mode':
                return {
                  method: 'privatePostV5PositionSwitchMode',
                  params: { category, coin: 'USDT', mode: change.on ? 3 : 0 },
                  read: () => undefined,
                };
              case 'leverage': {
                const leverage = String(change.leverage);
                return {
                  method: 'privatePostV5PositionSetLeverage',
                  params: { category, symbol: change.symbol, buyLeverage: leverage, sellLeverage: leverage },
                  read: () => undefined,
                };
              }
              case 'margin_type':
                return null;
            }
          },
        }
      : ({} satisfies Partial<CcxtProtocol>)),
    accountSettings: () => ({
      method: 'privateGetV5UserQueryApi',
      params: {},
      read: (reply) => map.settings(reply, category),
    }),

    ...(linear
      ? {
          marks: {
            call: 'GET /v5/market/tickers',
            ofAll: false,
            ask: (symbol) => ({ method: 'publicGetV5MarketTickers', params: { category, symbol }, read: map.marks }),
          },
        }
      : ({} satisfies Partial<CcxtProtocol>)),
    publicCalls: {
      instruments: 'GET /v5/market/instruments-info',
      book: 'GET /v5/market/orderbook',
      trades: 'GET /v5/market/recent-trade',
    },
    venueTime: { method: 'publicGetV5MarketTime', params: {}, read: map.time },
    instruments: (venue) => ({
      method: 'publicGetV5MarketInstrumentsInfo',
      params: { category, limit: 1_000 },
      read: (reply) => map.instruments(reply, venue, category),
    }),
    book: (symbol) => ({
      method: 'publicGetV5MarketOrderbook',
      params: { category, symbol, limit: 200 },
      read: map.book,
    }),
    trades: (symbol) => ({
      method: 'publicGetV5MarketRecentTrade',
      params: { category, symbol, limit: linear ? 1_000 : 60 },
      read: map.trades,
    }),
  };
}
