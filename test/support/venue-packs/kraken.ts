import { createHash, createHmac } from 'node:crypto';
import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { KRAKEN } from '../../../libs/venues/src/kraken/protocol.js';
import { ID, T0, VENUE, view, type VenuePack } from './pack.js';

const SYMBOL = 'XBTUSD';
const ORDER_ID = 'OUF4EM-FRGI2-MQMWZD';
const SECRET = Buffer.from('the-secret').toString('base64');
/** Claim + 3 s, on the venue's clock, half a second early. */
const deadline = '2025-11-24T16:00:02.750Z';

export const krakenPack: VenuePack = {
  name: 'Kraken',
  fixtures: 'kraken',
  protocol: KRAKEN,
  traits: {
    fence: { field: 'deadline', widthMs: 3_000 },
    absenceMarginMs: 3_000,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: false,
    amend: 'price_and_quantity',
    lookup: 'lasting',
    deadMan: { timeoutMs: 60_000, pingEveryMs: 20_000, scope: 'account' },
    reduceOnly: false,
    positions: false,
    leaseOnlyPrivateCalls: true,
  },
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: SECRET },
  symbol: SYMBOL,
  renderedId: ID,
  cursor: '50',
  venueOrderId: ORDER_ID as VenueOrderId,
  signed: ({ headers, path, body, text }) => {
    const inner = createHash('sha256')
      .update(`${body.get('nonce') ?? ''}${text}`)
      .digest();
    const sign = createHmac('sha512', Buffer.from(SECRET, 'base64'))
      .update(Buffer.concat([Buffer.from(path), inner]))
      .digest('base64');
    return headers['api-sign'] === sign && headers['api-key'] === 'the-key';
  },
  place: {
    reply: 'place',
    wants: {
      method: 'POST',
      path: '/0/private/AddOrder',
      body: {
        pair: SYMBOL,
        type: 'buy',
        ordertype: 'limit',
        volume: '0.1',
        price: '60000.1',
        timeinforce: 'GTC',
        cl_ord_id: ID,
        deadline,
        nonce: String((T0 + 250) * 1_000),
      },
    },
    gives: {
      venueOrderId: ORDER_ID as VenueOrderId,
      fills: [],
      view: view(SYMBOL, ORDER_ID, { cumQty: quantity('0'), updatedAt: epochMs(T0) }),
    },
  },
  timesInForce: {
    gtc: { body: { timeinforce: 'GTC' } },
    gtx: { body: { timeinforce: 'GTC', oflags: 'post' } },
    ioc: { body: { timeinforce: 'IOC' } },
  },
  amend: {
    reply: 'amend',
    wants: {
      method: 'POST',
      path: '/0/private/AmendOrder',
      body: { cl_ord_id: ID, order_qty: '0.08', limit_price: '60000.2', deadline },
    },
    gives: 'acknowledged',
  },
  cancel: {
    reply: 'cancel',
    wants: { method: 'POST', path: '/0/private/CancelOrder', body: { cl_ord_id: ID } },
    gives: { kind: 'gone' },
  },
  cancelAll: {
    all: {
      reply: 'cancelAll',
      wants: { method: 'POST', path: '/0/private/CancelAll' },
      gives: [{ kind: 'gone' }, { kind: 'gone' }],
    },
  },
  finds: [
    {
      reply: 'order',
      wants: { method: 'POST', path: '/0/private/OpenOrders', body: { cl_ord_id: ID } },
      gives: view(SYMBOL, ORDER_ID),
    },
    {
      reply: 'orders',
      wants: { method: 'POST', path: '/0/private/ClosedOrders', body: { cl_ord_id: ID } },
      gives: view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
    },
  ],
  empties: ['emptyOpen', 'emptyClosed'],
  openOrders: {
    reply: 'openAll',
    wants: { method: 'POST', path: '/0/private/OpenOrders' },
    gives: [view(SYMBOL, ORDER_ID)],
  },
  ordersSince: {
    reply: 'orders',
    wants: {
      method: 'POST',
      path: '/0/private/ClosedOrders',
      body: { start: String(T0 / 1_000 - 1), closetime: 'close', ofs: '50' },
    },
    gives: {
      rows: [
        view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        view(SYMBOL, 'OGTT3Y-C6I3P-XRI6HX', {
          clientOrderId: null,
          side: 'sell',
          status: 'filled',
          orderQty: quantity('0.5'),
          cumQty: quantity('0.5'),
          price: null,
          updatedAt: epochMs(1_763_999_990_100),
        }),
      ],
      next: '52',
    },
  },
  fillsSince: {
    reply: 'fills',
    wants: {
      method: 'POST',
      path: '/0/private/TradesHistory',
      body: { start: String(T0 / 1_000 - 1), ofs: '50' },
    },
    gives: {
      rows: [
        {
          symbol: SYMBOL,
          clientOrderId: null,
          venueOrderId: ORDER_ID as VenueOrderId,
          tradeId: 'THVRQM-33VKH-UCI7BS' as TradeId,
          lastQty: quantity('0.04'),
          lastPx: price('60000.1'),
          role: 'taker',
          fee: decimal('6.24001'),
          feeAsset: 'USD',
          tradedAt: epochMs(T0 + 150),
        },
      ],
      next: '52',
    },
  },
  balances: {
    reply: 'balances',
    wants: { method: 'POST', path: '/0/private/BalanceEx' },
    gives: [
      { asset: 'BTC', free: decimal('0.5'), locked: decimal('0') },
      { asset: 'USD', free: decimal('3999.99'), locked: decimal('6000.01') },
      { asset: 'USDT', free: decimal('6'), locked: decimal('0') },
    ],
  },
  fees: {
    reply: 'fees',
    wants: { method: 'POST', path: '/0/private/TradeVolume', body: { pair: SYMBOL } },
    gives: { makerBps: decimal('16'), takerBps: decimal('26') },
  },
  settings: {
    reply: 'settings',
    wants: { method: 'POST', path: '/0/private/GetApiKeyInfo' },
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: false },
    },
  },
  deadMan: {
    reply: 'deadMan',
    wants: { method: 'POST', path: '/0/private/CancelAllOrdersAfter', body: { timeout: '60' } },
    gives: undefined,
  },
  time: { reply: 'time', wants: { method: 'GET', path: '/0/public/Time' }, gives: T0 + 500 },
  instruments: {
    reply: 'instruments',
    wants: { method: 'GET', path: '/0/public/AssetPairs' },
    gives: [
      {
        venue: VENUE,
        symbol: SYMBOL,
        pair: 'BTC-USD',
        marketType: 'spot',
        base: 'BTC',
        quote: 'USD',
        tick: price('0.1'),
        lot: quantity('0.00000001'),
        minQty: quantity('0.0001'),
        minNotional: notional('0.5'),
        status: 'trading',
      },
    ],
  },
  assets: ['USD'],
  book: {
    reply: 'book',
    wants: { method: 'GET', path: '/0/public/Depth', query: { pair: SYMBOL, count: '500' } },
    gives: {
      bids: [
        { price: price('60000.1'), qty: quantity('1.25') },
        { price: price('60000'), qty: quantity('3') },
      ],
      asks: [{ price: price('60001'), qty: quantity('0.6') }],
      venueAt: null,
    },
  },
  trades: {
    reply: 'trades',
    wants: { method: 'GET', path: '/0/public/Trades', query: { pair: SYMBOL, count: '1000' } },
    gives: [
      { id: '61044952', price: price('60000.1'), qty: quantity('0.3'), aggressor: 'buy', venueAt: epochMs(T0 + 220) },
      {
        id: '61044953',
        price: price('60000.2'),
        qty: quantity('0.00001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: { id: 'XXBTZUSD', altname: SYMBOL, symbol: 'BTC/USD', base: 'BTC', quote: 'USD', type: 'spot', spot: true },
    order: {
      reply: 'order',
      raw: (body: { result: { open: Record<string, object> } }) => ({
        id: ORDER_ID,
        ...body.result.open[ORDER_ID],
      }),
    },
    fill: {
      reply: 'fills',
      raw: (body: { result: { trades: Record<string, object> } }) => ({
        id: 'THVRQM-33VKH-UCI7BS',
        ...body.result.trades['THVRQM-33VKH-UCI7BS'],
      }),
    },
  },
};
