import { createHmac } from 'node:crypto';
import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { bybit } from '../../../libs/venues/src/bybit/protocol.js';
import { ID, ID2, OFFSET, T0, VENUE, refused, view, type VenuePack } from './pack.js';

const SYMBOL = 'BTCUSDT';
const ORDER_ID = '1321003749386327552';
const linear = { category: 'linear', symbol: SYMBOL };
const ids = { ...linear, orderLinkId: ID };
const fence = { 'x-bapi-timestamp': String(T0 + OFFSET), 'x-bapi-recv-window': '3000' };

export const bybitPack: VenuePack = {
  name: 'Bybit, perpetuals',
  fixtures: 'bybit',
  protocol: bybit('linear'),
  traits: {
    fence: { field: 'X-BAPI-TIMESTAMP + X-BAPI-RECV-WINDOW', widthMs: 3_000 },
    absenceMarginMs: 5_000,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: true,
    amend: 'price_and_quantity',
    lookup: 'expiring',
    deadMan: null,
    cancelsAtOnce: 9,
    reduceOnly: true,
    positions: true,
    leaseOnlyPrivateCalls: false,
  },
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' },
  symbol: SYMBOL,
  renderedId: ID,
  // As the venue writes it: already encoded for the next query.
  cursor: 'page%3A1',
  venueOrderId: ORDER_ID as VenueOrderId,
  signed: ({ headers, method, url, text }) => {
    const payload = method === 'GET' ? (url.split('?')[1] ?? '') : text;
    const signed = `${String(headers['x-bapi-timestamp'])}the-key${String(headers['x-bapi-recv-window'])}${payload}`;
    const sign = createHmac('sha256', 'the-secret').update(signed).digest('hex');
    return headers['x-bapi-sign'] === sign && headers['x-bapi-api-key'] === 'the-key';
  },
  place: {
    reply: 'place',
    wants: {
      method: 'POST',
      path: '/v5/order/create',
      body: { ...ids, side: 'Buy', orderType: 'Limit', qty: '0.1', price: '60000.1', timeInForce: 'GTC' },
      headers: fence,
    },
    gives: { venueOrderId: ORDER_ID as VenueOrderId, view: null, fills: [] },
  },
  timesInForce: {
    gtc: { body: { timeInForce: 'GTC' } },
    gtx: { body: { timeInForce: 'PostOnly' } },
    ioc: { body: { timeInForce: 'IOC' } },
  },
  amend: {
    reply: 'amend',
    wants: { method: 'POST', path: '/v5/order/amend', body: { ...ids, qty: '0.08', price: '60000.2' }, headers: fence },
    gives: 'acknowledged',
  },
  cancel: { reply: 'cancel', wants: { method: 'POST', path: '/v5/order/cancel', body: ids }, gives: { kind: 'gone' } },
  cancelMany: {
    wants: {
      method: 'POST',
      path: '/v5/order/cancel-batch',
      body: {
        category: 'linear',
        request: [
          { symbol: SYMBOL, orderLinkId: ID },
          { symbol: SYMBOL, orderLinkId: ID2 },
        ],
      },
    },
    otherVenueOrderId: '1321003749386327553' as VenueOrderId,
    gives: {
      cancelMany: [{ kind: 'gone' }, { kind: 'gone' }],
      cancelManyTurned: [refused('10006', 'Too many visits!'), { kind: 'gone' }],
      cancelManyNone: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    leavesOpen: {
      cancelManyForeign: 'WRONG_ORDER',
      cancelManyMissing: 'MALFORMED_REPLY',
      cancelManyUneven: 'MALFORMED_REPLY',
      cancelManyCodeless: 'MALFORMED_REPLY',
    },
  },
  cancelAll: {
    symbol: {
      reply: 'cancelAll',
      wants: { method: 'POST', path: '/v5/order/cancel-all', body: linear },
      gives: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    all: {
      reply: 'cancelAll',
      wants: { method: 'POST', path: '/v5/order/cancel-all', body: { category: 'linear', settleCoin: 'USDT' } },
      gives: [{ kind: 'gone' }, { kind: 'gone' }],
    },
  },
  finds: [
    { reply: 'order', wants: { method: 'GET', path: '/v5/order/realtime', query: ids }, gives: view(SYMBOL, ORDER_ID) },
    {
      reply: 'orders',
      wants: { method: 'GET', path: '/v5/order/history', query: ids },
      gives: view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
    },
  ],
  empties: ['empty', 'empty'],
  openOrders: {
    reply: 'order',
    wants: { method: 'GET', path: '/v5/order/realtime', query: { ...linear, openOnly: '0', limit: '50' } },
    gives: [view(SYMBOL, ORDER_ID)],
  },
  ordersSince: {
    reply: 'orders',
    wants: {
      method: 'GET',
      path: '/v5/order/history',
      query: { ...linear, startTime: String(T0), limit: '50', cursor: 'page:1' },
    },
    gives: {
      rows: [
        view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        view(SYMBOL, '1321003749386327001', {
          clientOrderId: null,
          side: 'sell',
          status: 'filled',
          orderQty: quantity('0.5'),
          cumQty: quantity('0.5'),
          price: null,
          updatedAt: epochMs(1_763_999_990_100),
        }),
      ],
      next: 'page%3A2',
    },
  },
  fillsSince: {
    reply: 'fills',
    wants: {
      method: 'GET',
      path: '/v5/execution/list',
      query: { ...linear, startTime: String(T0), limit: '100', cursor: 'page:1' },
    },
    gives: {
      rows: [
        {
          symbol: SYMBOL,
          clientOrderId: ID,
          venueOrderId: ORDER_ID as VenueOrderId,
          tradeId: 'e0cbe81d-0f18-5866-9415-cf319b5dab3b' as TradeId,
          lastQty: quantity('0.04'),
          lastPx: price('60000.1'),
          role: 'taker',
          fee: decimal('1.3200022'),
          feeAsset: 'USDT',
          tradedAt: epochMs(T0 + 150),
        },
      ],
      next: '132766%3A2',
    },
  },
  balances: {
    reply: 'balances',
    wants: { method: 'GET', path: '/v5/account/wallet-balance', query: { accountType: 'UNIFIED' } },
    gives: [
      { asset: 'BTC', free: decimal('0.5'), locked: decimal('0') },
      { asset: 'USDT', free: decimal('9159.9986'), locked: decimal('840.0014') },
    ],
  },
  fees: {
    reply: 'fees',
    wants: { method: 'GET', path: '/v5/account/fee-rate', query: linear },
    gives: { makerBps: decimal('2'), takerBps: decimal('5.5') },
  },
  positions: {
    reply: 'positions',
    wants: {
      method: 'GET',
      path: '/v5/position/list',
      query: { category: 'linear', settleCoin: 'USDT', limit: '200' },
    },
    gives: [
      {
        symbol: SYMBOL,
        side: 'both',
        qty: decimal('-0.04'),
        entryPx: price('60000.1'),
        markPx: price('60010'),
        unrealizedPnl: decimal('-0.396'),
        leverage: 10,
        marginType: 'cross',
        updatedAt: epochMs(T0 + 150),
      },
    ],
  },
  settings: {
    reply: 'settings',
    wants: { method: 'GET', path: '/v5/user/query-api' },
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: true },
    },
  },
  applies: [
    {
      change: { kind: 'hedge_mode', on: true },
      reply: 'applied',
      wants: {
        method: 'POST',
        path: '/v5/position/switch-mode',
        body: { category: 'linear', coin: 'USDT', mode: 3 },
      },
      gives: undefined,
    },
    {
      change: { kind: 'leverage', symbol: SYMBOL, leverage: 5 },
      reply: 'applied',
      wants: {
        method: 'POST',
        path: '/v5/position/set-leverage',
        body: { ...linear, buyLeverage: '5', sellLeverage: '5' },
      },
      gives: undefined,
    },
  ],
  time: { reply: 'time', wants: { method: 'GET', path: '/v5/market/time' }, gives: T0 + 250 },
  mark: {
    reply: 'ticker',
    wants: { method: 'GET', path: '/v5/market/tickers', query: linear },
    gives: {
      markPx: price('60002.5'),
      fundingRate: decimal('-0.000103'),
      nextFundingAt: epochMs(1_764_028_800_000),
      venueAt: epochMs(T0 + 245),
    },
  },
  instruments: {
    reply: 'instruments',
    wants: { method: 'GET', path: '/v5/market/instruments-info', query: { category: 'linear', limit: '1000' } },
    gives: [
      {
        venue: VENUE,
        symbol: SYMBOL,
        pair: 'BTC-USDT',
        marketType: 'perp',
        base: 'BTC',
        quote: 'USDT',
        tick: price('0.1'),
        lot: quantity('0.001'),
        minQty: quantity('0.001'),
        minNotional: notional('5'),
        status: 'trading',
      },
    ],
  },
  book: {
    reply: 'book',
    wants: { method: 'GET', path: '/v5/market/orderbook', query: { ...linear, limit: '200' } },
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
    wants: { method: 'GET', path: '/v5/market/recent-trade', query: { ...linear, limit: '1000' } },
    gives: [
      {
        id: '666042b4-50c6-58f3-bd9c-89b2088663fe',
        price: price('60000.1'),
        qty: quantity('0.3'),
        aggressor: 'buy',
        venueAt: epochMs(T0 + 220),
      },
      {
        id: '666042b4-50c6-58f3-bd9c-89b2088663ff',
        price: price('60000.2'),
        qty: quantity('0.001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: {
      id: SYMBOL,
      symbol: 'BTC/USDT:USDT',
      base: 'BTC',
      quote: 'USDT',
      type: 'swap',
      swap: true,
      contract: true,
      linear: true,
    },
    order: { reply: 'order', raw: (body: { result: { list: unknown[] } }) => body.result.list[0] },
    fill: { reply: 'fills', raw: (body: { result: { list: unknown[] } }) => body.result.list[0] },
  },
};
