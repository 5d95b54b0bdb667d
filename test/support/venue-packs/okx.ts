import { createHmac } from 'node:crypto';
import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { OKX } from '../../../libs/venues/src/okx/protocol.js';
import { ID, ID2, OFFSET, T0, VENUE, refused, view, type VenuePack } from './pack.js';

const SYMBOL = 'BTC-USDT';
const ORDER_ID = '312269865356374016';
const placeBody = {
  instId: SYMBOL,
  tdMode: 'cash',
  side: 'buy',
  ordType: 'limit',
  sz: '0.1',
  px: '60000.1',
  clOrdId: ID,
};
const fence = { exptime: String(T0 + 3_000 + OFFSET) };

export const okxPack: VenuePack = {
  name: 'OKX',
  fixtures: 'okx',
  protocol: OKX,
  traits: {
    fence: { field: 'expTime', widthMs: 3_000 },
    absenceMarginMs: 5_000,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: false,
    amend: 'price_and_quantity',
    lookup: 'expiring',
    deadMan: { timeoutMs: 60_000, pingEveryMs: 20_000, scope: 'account' },
    cancelsAtOnce: 20,
    reduceOnly: false,
    positions: false,
    leaseOnlyPrivateCalls: false,
  },
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret:the-passphrase' },
  symbol: SYMBOL,
  renderedId: ID,
  cursor: 'cursor-1',
  venueOrderId: ORDER_ID as VenueOrderId,
  signed: ({ headers, method, path, query, text }) => {
    const asked = query.size === 0 ? path : `${path}?${query.toString()}`;
    const at = String(headers['ok-access-timestamp']);
    const sign = createHmac('sha256', 'the-secret').update(`${at}${method}${asked}${text}`).digest('base64');
    return (
      headers['ok-access-sign'] === sign &&
      headers['ok-access-key'] === 'the-key' &&
      headers['ok-access-passphrase'] === 'the-passphrase'
    );
  },
  place: {
    reply: 'place',
    wants: {
      method: 'POST',
      path: '/api/v5/trade/order',
      body: placeBody,
      headers: { ...fence, 'ok-access-timestamp': '2025-11-24T16:00:00.250Z' },
    },
    gives: {
      venueOrderId: ORDER_ID as VenueOrderId,
      fills: [],
      view: view(SYMBOL, ORDER_ID, { cumQty: quantity('0'), updatedAt: epochMs(T0 + 101) }),
    },
  },
  timesInForce: {
    gtc: { body: { ordType: 'limit' } },
    gtx: { body: { ordType: 'post_only' } },
    ioc: { body: { ordType: 'ioc' } },
  },
  amend: {
    reply: 'amend',
    wants: {
      method: 'POST',
      path: '/api/v5/trade/amend-order',
      body: { instId: SYMBOL, clOrdId: ID, newSz: '0.08', newPx: '60000.2' },
      headers: fence,
    },
    gives: 'acknowledged',
  },
  cancel: {
    reply: 'cancel',
    wants: { method: 'POST', path: '/api/v5/trade/cancel-order', body: { instId: SYMBOL, clOrdId: ID } },
    gives: { kind: 'gone' },
  },
  cancelMany: {
    wants: {
      method: 'POST',
      path: '/api/v5/trade/cancel-batch-orders',
      body: [
        { instId: SYMBOL, clOrdId: ID },
        { instId: SYMBOL, clOrdId: ID2 },
      ],
    },
    otherVenueOrderId: '312269865356374017' as VenueOrderId,
    gives: {
      cancelMany: [{ kind: 'gone' }, { kind: 'gone' }],
      cancelManyTurned: [
        refused('51405', 'Cancellation failed as you do not have any pending orders'),
        { kind: 'gone' },
      ],
      cancelManyNone: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    leavesOpen: {
      cancelManyForeign: 'WRONG_ORDER',
      cancelManyTwice: 'WRONG_ORDER',
      cancelManyMissing: 'MALFORMED_REPLY',
      cancelManyCodeless: 'MALFORMED_REPLY',
    },
  },
  finds: [
    {
      reply: 'order',
      wants: { method: 'GET', path: '/api/v5/trade/order', query: { instId: SYMBOL, clOrdId: ID } },
      gives: view(SYMBOL, ORDER_ID),
    },
    {
      reply: 'orders',
      wants: {
        method: 'GET',
        path: '/api/v5/trade/orders-history-archive',
        query: { instType: 'SPOT', instId: SYMBOL, limit: '100' },
      },
      gives: view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
    },
  ],
  empties: ['empty', 'empty'],
  openOrders: {
    reply: 'order',
    wants: {
      method: 'GET',
      path: '/api/v5/trade/orders-pending',
      query: { instType: 'SPOT', instId: SYMBOL, limit: '100' },
    },
    gives: [view(SYMBOL, ORDER_ID)],
  },
  ordersSince: {
    reply: 'orders',
    wants: {
      method: 'GET',
      path: '/api/v5/trade/orders-history',
      query: { instType: 'SPOT', instId: SYMBOL, begin: String(T0), limit: '100', after: 'cursor-1' },
    },
    gives: {
      rows: [
        view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        view(SYMBOL, '312269865356374001', {
          clientOrderId: null,
          side: 'sell',
          status: 'filled',
          orderQty: quantity('0.5'),
          cumQty: quantity('0.5'),
          price: null,
          updatedAt: epochMs(1_763_999_990_100),
        }),
      ],
      next: null,
    },
  },
  fillsSince: {
    reply: 'fills',
    wants: {
      method: 'GET',
      path: '/api/v5/trade/fills-history',
      query: { instType: 'SPOT', instId: SYMBOL, begin: String(T0), limit: '100', after: 'cursor-1' },
    },
    gives: {
      rows: [
        {
          symbol: SYMBOL,
          clientOrderId: ID,
          venueOrderId: ORDER_ID as VenueOrderId,
          tradeId: '107601752' as TradeId,
          lastQty: quantity('0.04'),
          lastPx: price('60000.1'),
          role: 'taker',
          fee: decimal('0.00004'),
          feeAsset: 'BTC',
          tradedAt: epochMs(T0 + 150),
        },
      ],
      next: null,
    },
  },
  balances: {
    reply: 'balances',
    wants: { method: 'GET', path: '/api/v5/account/balance' },
    gives: [
      { asset: 'BTC', free: decimal('0.5'), locked: decimal('0') },
      { asset: 'USDT', free: decimal('3999.99'), locked: decimal('6000.01') },
    ],
  },
  fees: {
    reply: 'fees',
    wants: { method: 'GET', path: '/api/v5/account/trade-fee', query: { instType: 'SPOT', instId: SYMBOL } },
    gives: { makerBps: decimal('8'), takerBps: decimal('10') },
  },
  settings: {
    reply: 'settings',
    wants: { method: 'GET', path: '/api/v5/account/config' },
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: true },
    },
  },
  deadMan: {
    reply: 'deadMan',
    wants: { method: 'POST', path: '/api/v5/trade/cancel-all-after', body: { timeOut: '60' } },
    gives: undefined,
  },
  time: { reply: 'time', wants: { method: 'GET', path: '/api/v5/public/time' }, gives: T0 + 250 },
  instruments: {
    reply: 'instruments',
    wants: { method: 'GET', path: '/api/v5/public/instruments', query: { instType: 'SPOT' } },
    gives: [
      {
        venue: VENUE,
        symbol: SYMBOL,
        pair: 'BTC-USDT',
        marketType: 'spot',
        base: 'BTC',
        quote: 'USDT',
        tick: price('0.1'),
        lot: quantity('0.00000001'),
        minQty: quantity('0.00001'),
        minNotional: notional('0'),
        status: 'trading',
      },
      {
        venue: VENUE,
        symbol: 'OLD-USDT',
        pair: 'OLD-USDT',
        marketType: 'spot',
        base: 'OLD',
        quote: 'USDT',
        tick: price('0.0001'),
        lot: quantity('1'),
        minQty: quantity('10'),
        minNotional: notional('0'),
        status: 'halted',
      },
    ],
  },
  book: {
    reply: 'book',
    wants: { method: 'GET', path: '/api/v5/market/books', query: { instId: SYMBOL, sz: '400' } },
    gives: {
      bids: [
        { price: price('60000.1'), qty: quantity('1.25') },
        { price: price('60000'), qty: quantity('3') },
      ],
      asks: [{ price: price('60001'), qty: quantity('0.6') }],
      venueAt: epochMs(T0 + 240),
    },
  },
  trades: {
    reply: 'trades',
    wants: { method: 'GET', path: '/api/v5/market/trades', query: { instId: SYMBOL, limit: '500' } },
    gives: [
      {
        id: '242720720',
        price: price('60000.1'),
        qty: quantity('0.3'),
        aggressor: 'buy',
        venueAt: epochMs(T0 + 220),
      },
      {
        id: '242720721',
        price: price('60000.2'),
        qty: quantity('0.00001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: { id: SYMBOL, symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', type: 'spot', spot: true },
    order: { reply: 'order', raw: (body: { data: unknown[] }) => body.data[0] },
    fill: { reply: 'fills', raw: (body: { data: unknown[] }) => body.data[0] },
  },
};
