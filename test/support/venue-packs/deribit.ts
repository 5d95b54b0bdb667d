import { createHmac } from 'node:crypto';
import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { DERIBIT } from '../../../libs/venues/src/deribit/protocol.js';
import { ID, OFFSET, T0, VENUE, view, type VenuePack } from './pack.js';

const SYMBOL = 'BTC_USDC-PERPETUAL';
const ORDER_ID = 'USDC-584849853';
const named = { instrument_name: SYMBOL };
const get = (name: string, query: Readonly<Record<string, string>> = {}) => ({
  method: 'GET',
  path: `/api/v2/private/${name}`,
  query,
});
const open = (name: string, query: Readonly<Record<string, string>> = {}) => ({
  method: 'GET',
  path: `/api/v2/public/${name}`,
  query,
});
const FILL = {
  symbol: SYMBOL,
  clientOrderId: ID,
  venueOrderId: ORDER_ID as VenueOrderId,
  tradeId: 'USDC-2696083' as TradeId,
  lastQty: quantity('0.04'),
  lastPx: price('60000.1'),
  role: 'taker',
  fee: decimal('1.200002'),
  feeAsset: 'USDC',
  tradedAt: epochMs(T0 + 150),
} as const;
const valid = String(T0 + 3_000 + OFFSET);

export const deribitPack: VenuePack = {
  name: 'Deribit',
  fixtures: 'deribit',
  protocol: DERIBIT,
  traits: {
    fence: { field: 'valid_until', widthMs: 3_000 },
    absenceMarginMs: 5_000,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: false,
    amend: 'price_and_quantity',
    lookup: 'expiring',
    deadMan: null,
    reduceOnly: true,
    positions: true,
    leaseOnlyPrivateCalls: false,
  },
  account: { accountId: 'a', apiKey: 'the-key', apiSecret: 'the-secret' },
  symbol: SYMBOL,
  renderedId: ID,
  cursor: String(T0 + 1),
  venueOrderId: ORDER_ID as VenueOrderId,
  unsigned: ['fees'],
  signed: ({ headers, method, url }) => {
    const said = /^deri-hmac-sha256 id=the-key,ts=(\d+),sig=([0-9a-f]{64}),nonce=(\d+)$/.exec(
      headers.authorization ?? '',
    );
    const sign = createHmac('sha256', 'the-secret')
      .update(`${said?.[1] ?? ''}\n${said?.[3] ?? ''}\n${method}\n${url}\n\n`)
      .digest('hex');
    return said?.[2] === sign && said[1] === String(T0 + OFFSET);
  },
  place: {
    reply: 'place',
    wants: get('buy', {
      ...named,
      type: 'limit',
      amount: '0.1',
      price: '60000.1',
      label: ID,
      time_in_force: 'good_til_cancelled',
      valid_until: valid,
    }),
    gives: { venueOrderId: ORDER_ID as VenueOrderId, view: view(SYMBOL, ORDER_ID), fills: [FILL] },
  },
  timesInForce: {
    gtc: { query: { time_in_force: 'good_til_cancelled' } },
    gtx: { query: { time_in_force: 'good_til_cancelled', post_only: 'true', reject_post_only: 'true' } },
    ioc: { query: { time_in_force: 'immediate_or_cancel' } },
  },
  amend: {
    reply: 'amend',
    wants: get('edit_by_label', { ...named, label: ID, amount: '0.08', price: '60000.2', valid_until: valid }),
    gives: view(SYMBOL, ORDER_ID, {
      orderQty: quantity('0.08'),
      price: price('60000.2'),
      updatedAt: epochMs(T0 + 250),
    }),
  },
  cancel: {
    reply: 'cancel',
    wants: get('cancel', { order_id: ORDER_ID }),
    gives: { kind: 'canceled', view: view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }) },
  },
  cancelAll: {
    symbol: {
      reply: 'cancelAll',
      wants: get('cancel_all_by_instrument', named),
      gives: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    all: { reply: 'cancelAll', wants: get('cancel_all'), gives: [{ kind: 'gone' }, { kind: 'gone' }] },
  },
  finds: [
    {
      reply: 'order',
      wants: get('get_order_state_by_label', { currency: 'USDC', label: ID }),
      gives: view(SYMBOL, ORDER_ID),
    },
  ],
  empties: ['empty'],
  openOrders: { reply: 'order', wants: get('get_open_orders_by_instrument', named), gives: [view(SYMBOL, ORDER_ID)] },
  ordersSince: {
    reply: 'orders',
    wants: get('get_order_history_by_instrument', {
      ...named,
      count: '1000',
      offset: String(T0 + 1),
      include_old: 'true',
      include_unfilled: 'true',
    }),
    gives: {
      rows: [
        view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        view(SYMBOL, 'USDC-584849001', {
          clientOrderId: null,
          side: 'sell',
          status: 'filled',
          orderQty: quantity('0.5'),
          cumQty: quantity('0.5'),
          price: null,
          updatedAt: epochMs(T0 + 100),
        }),
      ],
      next: null,
    },
  },
  fillsSince: {
    reply: 'fills',
    wants: get('get_user_trades_by_instrument_and_time', {
      ...named,
      start_timestamp: String(T0 + 1),
      end_timestamp: String(T0 + OFFSET + 60_000),
      sorting: 'asc',
    }),
    gives: { rows: [FILL], next: String(T0 + 150) },
  },
  balances: {
    reply: 'balances',
    wants: get('get_account_summary', { currency: 'USDC' }),
    gives: [{ asset: 'USDC', free: decimal('9400.25'), locked: decimal('600.25') }],
  },
  fees: {
    reply: 'fees',
    wants: open('get_instrument', named),
    gives: { makerBps: decimal('0'), takerBps: decimal('5') },
  },
  positions: {
    reply: 'positions',
    wants: get('get_positions', { currency: 'USDC', kind: 'future' }),
    gives: [
      {
        symbol: SYMBOL,
        side: 'both',
        qty: decimal('-0.04'),
        entryPx: price('60000.1'),
        markPx: price('60010'),
        unrealizedPnl: decimal('-0.396'),
        leverage: 50,
        marginType: 'cross',
        updatedAt: epochMs(T0),
      },
    ],
  },
  settings: {
    reply: 'settings',
    wants: get('list_api_keys'),
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: true },
    },
  },
  time: { reply: 'time', wants: open('get_time'), gives: T0 + 250 },
  mark: {
    reply: 'ticker',
    wants: open('ticker', named),
    gives: {
      markPx: price('60002.5'),
      fundingRate: decimal('0.00000115'),
      nextFundingAt: null,
      venueAt: epochMs(T0 + 243),
    },
  },
  instruments: {
    reply: 'instruments',
    wants: open('get_instruments', { currency: 'USDC', kind: 'future' }),
    gives: [
      {
        venue: VENUE,
        symbol: SYMBOL,
        pair: 'BTC-USDC',
        marketType: 'perp',
        base: 'BTC',
        quote: 'USDC',
        tick: price('0.5'),
        lot: quantity('0.001'),
        minQty: quantity('0.001'),
        minNotional: notional('0'),
        status: 'trading',
      },
    ],
  },
  book: {
    reply: 'book',
    wants: open('get_order_book', { ...named, depth: '1000' }),
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
    wants: open('get_last_trades_by_instrument', { ...named, count: '1000' }),
    gives: [
      { id: 'USDC-1', price: price('60000.1'), qty: quantity('0.3'), aggressor: 'buy', venueAt: epochMs(T0 + 220) },
      {
        id: 'USDC-2',
        price: price('60000.2'),
        qty: quantity('0.00001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: {
      id: SYMBOL,
      symbol: 'BTC/USDC:USDC',
      base: 'BTC',
      quote: 'USDC',
      settle: 'USDC',
      type: 'swap',
      swap: true,
      contract: true,
      linear: true,
      inverse: false,
      contractSize: '0.001',
    },
    knowsClientId: false,
    order: { reply: 'order', raw: (body: { result: unknown[] }) => body.result[0] },
    fill: { reply: 'fills', raw: (body: { result: { trades: unknown[] } }) => body.result.trades[0] },
  },
};
