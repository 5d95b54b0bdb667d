import { generateKeyPairSync, verify } from 'node:crypto';
import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { COINBASE } from '../../../libs/venues/src/coinbase/protocol.js';
import { T0, VENUE, refused, view, type VenuePack } from './pack.js';

const SYMBOL = 'BTC-USD';
const ORDER_ID = '11111111-0000-4000-8000-000000000001';
const ORDER_ID2 = '11111111-0000-4000-8000-000000000002';
const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const KEY_NAME = 'organizations/o/apiKeys/k';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const orders = '/api/v3/brokerage/orders';
const batch = `${orders}/historical/batch`;
const OPEN = view(SYMBOL, ORDER_ID);

export const coinbasePack: VenuePack = {
  name: 'Coinbase Advanced',
  fixtures: 'coinbase',
  protocol: COINBASE,
  traits: {
    fence: null,
    absenceMarginMs: 0,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: false,
    amend: 'size_or_price',
    lookup: 'lasting',
    deadMan: null,
    cancelsAtOnce: 100,
    reduceOnly: false,
    positions: false,
    leaseOnlyPrivateCalls: false,
  },
  account: {
    accountId: 'a',
    apiKey: KEY_NAME,
    apiSecret: privateKey.export({ type: 'sec1', format: 'pem' }).toString().replaceAll('\n', '\\n'),
  },
  symbol: SYMBOL,
  renderedId: UUID,
  cursor: '789000',
  amendable: { price: price('60000.1') },
  venueOrderId: ORDER_ID as VenueOrderId,
  fuzzRuns: 8, // each request is signed with an elliptic curve, slowly
  signed: ({ headers, method, path }) => {
    const [head = '', claims = '', mark = ''] = (headers.authorization ?? '').replace('Bearer ', '').split('.');
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    const genuine = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(mark, 'base64url'),
    );
    return (
      genuine &&
      said.sub === KEY_NAME &&
      said.iat === T0 / 1_000 &&
      String(said.uri).endsWith(path) &&
      String(said.uri).startsWith(method)
    );
  },
  place: {
    reply: 'place',
    wants: {
      method: 'POST',
      path: orders,
      body: {
        client_order_id: UUID,
        product_id: SYMBOL,
        side: 'BUY',
        order_configuration: { limit_limit_gtc: { base_size: '0.1', limit_price: '60000.1', post_only: false } },
      },
    },
    gives: {
      venueOrderId: ORDER_ID as VenueOrderId,
      fills: [],
      view: view(SYMBOL, ORDER_ID, { cumQty: quantity('0'), updatedAt: epochMs(T0) }),
    },
  },
  timesInForce: {
    gtc: { body: { order_configuration: { limit_limit_gtc: { post_only: false } } } },
    gtx: { body: { order_configuration: { limit_limit_gtc: { post_only: true } } } },
    ioc: { body: { order_configuration: { sor_limit_ioc: { base_size: '0.1', limit_price: '60000.1' } } } },
  },
  amend: {
    reply: 'amend',
    wants: {
      method: 'POST',
      path: `${orders}/edit`,
      body: { order_id: ORDER_ID, size: '0.08', price: '60000.1' },
    },
    gives: 'acknowledged',
  },
  cancel: {
    reply: 'cancel',
    wants: { method: 'POST', path: `${orders}/batch_cancel`, body: { order_ids: [ORDER_ID] } },
    gives: { kind: 'gone' },
  },
  cancelMany: {
    wants: { method: 'POST', path: `${orders}/batch_cancel`, body: { order_ids: [ORDER_ID, ORDER_ID2] } },
    otherVenueOrderId: ORDER_ID2 as VenueOrderId,
    gives: {
      cancelMany: [{ kind: 'gone' }, { kind: 'gone' }],
      cancelManyTurned: [refused('COMMANDER_REJECTED_CANCEL_ORDER', ''), { kind: 'gone' }],
      cancelManyNone: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    leavesOpen: {
      cancelManyForeign: 'WRONG_ORDER',
      cancelManyTwice: 'WRONG_ORDER',
      cancelManyMissing: 'MALFORMED_REPLY',
      cancelManyWordless: 'MALFORMED_REPLY',
    },
  },
  finds: [
    {
      reply: 'orders',
      wants: { method: 'GET', path: batch, query: { product_ids: SYMBOL, limit: '1000' } },
      gives: OPEN,
    },
  ],
  empties: ['empty'],
  openOrders: {
    reply: 'open',
    wants: { method: 'GET', path: batch, query: { order_status: 'OPEN', product_ids: SYMBOL } },
    gives: [OPEN],
  },
  ordersSince: {
    reply: 'orders',
    wants: {
      method: 'GET',
      path: batch,
      query: { product_ids: SYMBOL, start_date: '2025-11-24T16:00:00.000Z', cursor: '789000' },
    },
    gives: {
      rows: [
        OPEN,
        view(SYMBOL, '11111111-0000-4000-8000-000000000002', {
          clientOrderId: null,
          side: 'sell',
          status: 'filled',
          orderQty: quantity('0.5'),
          cumQty: quantity('0.5'),
          price: null,
          updatedAt: epochMs(1_763_999_990_100),
        }),
      ],
      next: '789100',
    },
  },
  fillsSince: {
    reply: 'fills',
    wants: {
      method: 'GET',
      path: `${orders}/historical/fills`,
      query: { product_ids: SYMBOL, start_sequence_timestamp: '2025-11-24T16:00:00.000Z', cursor: '789000' },
    },
    gives: {
      rows: [
        {
          symbol: SYMBOL,
          clientOrderId: null,
          venueOrderId: ORDER_ID as VenueOrderId,
          tradeId: '1111-11111-111111' as TradeId,
          lastQty: quantity('0.04'),
          lastPx: price('60000.1'),
          role: 'taker',
          fee: decimal('6.2400104'),
          feeAsset: 'USD',
          tradedAt: epochMs(T0 + 150),
        },
      ],
      next: '789100',
    },
  },
  balances: {
    reply: 'balances',
    wants: { method: 'GET', path: '/api/v3/brokerage/accounts' },
    gives: [
      { asset: 'BTC', free: decimal('0.5'), locked: decimal('0') },
      { asset: 'USD', free: decimal('3999.99'), locked: decimal('6000.01') },
    ],
  },
  fees: {
    reply: 'fees',
    wants: { method: 'GET', path: '/api/v3/brokerage/transaction_summary' },
    gives: { makerBps: decimal('40'), takerBps: decimal('60') },
  },
  settings: {
    reply: 'settings',
    wants: { method: 'GET', path: '/api/v3/brokerage/key_permissions' },
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: null },
    },
  },
  time: { reply: 'time', wants: { method: 'GET', path: '/api/v3/brokerage/time' }, gives: T0 + 250 },
  instruments: {
    reply: 'instruments',
    wants: { method: 'GET', path: '/api/v3/brokerage/market/products', query: { product_type: 'SPOT' } },
    gives: [
      {
        venue: VENUE,
        symbol: SYMBOL,
        pair: 'BTC-USD',
        marketType: 'spot',
        base: 'BTC',
        quote: 'USD',
        tick: price('0.01'),
        lot: quantity('0.00000001'),
        minQty: quantity('0.00000001'),
        minNotional: notional('1'),
        status: 'trading',
      },
    ],
  },
  book: {
    reply: 'book',
    wants: { method: 'GET', path: '/api/v3/brokerage/market/product_book', query: { product_id: SYMBOL } },
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
    wants: { method: 'GET', path: '/api/v3/brokerage/market/products/BTC-USD/ticker', query: { limit: '1000' } },
    gives: [
      {
        id: '34b080bf-fcfd-445a-832b-46b5ddc65601',
        price: price('60000.1'),
        qty: quantity('0.3'),
        aggressor: 'buy',
        venueAt: epochMs(T0 + 220),
      },
      {
        id: '34b080bf-fcfd-445a-832b-46b5ddc65602',
        price: price('60000.2'),
        qty: quantity('0.00001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: { id: SYMBOL, symbol: 'BTC/USD', base: 'BTC', quote: 'USD', type: 'spot', spot: true },
    order: { reply: 'orders', raw: (body: { orders: unknown[] }) => body.orders[0] },
    fill: { reply: 'fills', raw: (body: { fills: unknown[] }) => body.fills[0] },
  },
};
