import { decimal, epochMs, notional, price, quantity, type TradeId, type VenueOrderId } from '#domain';
import { loadCcxtClass } from '../../../libs/venues/src/ccxt/load-ccxt.js';
import { HYPERLIQUID } from '../../../libs/venues/src/hyperliquid/protocol.js';
import { ID, ID2, OFFSET, T0, VENUE, refused, view, type VenuePack } from './pack.js';

const SYMBOL = 'BTC';
const ORDER_ID = '77738308';
const HALTED = 'Trading is halted.';
const CLOID = `0x${ID}`;
const ACCOUNT = '0x00000000000000000000000000000000000000aa';
const SECRET = `0x${'01'.repeat(32)}`;
/** The address that belongs to the secret. */
const SIGNER = '0x1a642f0e3c3af545e7acbd38b07251b3990914f1';
const info = (body: Readonly<Record<string, unknown>>) => ({ method: 'POST', path: '/info', body });
const act = (action: Readonly<Record<string, unknown>>) => ({
  method: 'POST',
  path: '/exchange',
  body: { action },
});
const order = (tif: string) => ({
  a: 0,
  b: true,
  p: '60000.1',
  s: '0.1',
  r: false,
  t: { limit: { tif } },
  c: CLOID,
});
const placing = (tif: string) => ({ type: 'order', orders: [order(tif)], grouping: 'na' });

const Hyperliquid = await loadCcxtClass('hyperliquid');
const signer = new Hyperliquid({ walletAddress: ACCOUNT, privateKey: SECRET });
const signL1Action = signer.signL1Action as (...args: unknown[]) => unknown;

export const hyperliquidPack: VenuePack = {
  name: 'Hyperliquid',
  fixtures: 'hyperliquid',
  protocol: HYPERLIQUID,
  traits: {
    fence: { field: 'expiresAfter', widthMs: 3_000 },
    absenceMarginMs: 5_000,
    lookupSpacingMs: 1_500,
    acceptIsAsynchronous: false,
    amend: 'none',
    lookup: 'expiring',
    deadMan: { timeoutMs: 120_000, pingEveryMs: 60_000, scope: 'account' },
    cancelsAtOnce: 39,
    reduceOnly: true,
    positions: true,
    leaseOnlyPrivateCalls: false,
  },
  account: { accountId: 'a', apiKey: ACCOUNT, apiSecret: SECRET },
  symbol: SYMBOL,
  renderedId: CLOID,
  cursor: String(T0 + 1),
  venueOrderId: ORDER_ID as VenueOrderId,
  fuzzRuns: 8, // each request is signed with an elliptic curve, slowly
  unsigned: ['lookup', 'openOrders', 'ordersSince', 'fillsSince', 'balances', 'fees', 'positions', 'settings'],
  signed: ({ text }) => {
    const sent = JSON.parse(text) as Record<string, unknown>;
    const again = signL1Action.call(signer, sent.action, sent.nonce, undefined, sent.expiresAfter);
    return JSON.stringify(sent.signature) === JSON.stringify(again);
  },
  beside: ({ text }) => (text.includes('"metaAndAssetCtxs"') ? 'instruments' : null),
  place: {
    reply: 'place',
    wants: {
      ...act(placing('Gtc')),
      body: { action: placing('Gtc'), nonce: T0 + OFFSET, expiresAfter: T0 + 3_000 + OFFSET },
    },
    gives: {
      venueOrderId: ORDER_ID as VenueOrderId,
      fills: [],
      view: view(SYMBOL, ORDER_ID, { cumQty: quantity('0'), updatedAt: epochMs(T0) }),
    },
  },
  timesInForce: {
    gtc: { body: { action: placing('Gtc') } },
    gtx: { body: { action: placing('Alo') } },
    ioc: { body: { action: placing('Ioc') } },
  },
  cancel: {
    reply: 'cancel',
    wants: act({ type: 'cancelByCloid', cancels: [{ asset: 0, cloid: CLOID }] }),
    gives: { kind: 'gone' },
  },
  cancelMany: {
    wants: act({
      type: 'cancelByCloid',
      cancels: [
        { asset: 0, cloid: CLOID },
        { asset: 0, cloid: `0x${ID2}` },
      ],
    }),
    otherVenueOrderId: '77738309' as VenueOrderId,
    gives: {
      cancelMany: [{ kind: 'gone' }, { kind: 'gone' }],
      cancelManyPartly: [refused(HALTED, HALTED), { kind: 'gone' }],
      cancelManyNone: [{ kind: 'gone' }, { kind: 'gone' }],
    },
    leavesOpen: {
      cancelManyMissing: 'MALFORMED_REPLY',
      cancelManyForeign: 'MALFORMED_REPLY',
      cancelManyOddWord: 'MALFORMED_REPLY',
    },
  },
  finds: [
    { reply: 'order', wants: info({ type: 'orderStatus', user: ACCOUNT, oid: CLOID }), gives: view(SYMBOL, ORDER_ID) },
  ],
  empties: ['empty'],
  openOrders: {
    reply: 'open',
    wants: info({ type: 'frontendOpenOrders', user: ACCOUNT }),
    gives: [view(SYMBOL, ORDER_ID)],
  },
  ordersSince: {
    reply: 'orders',
    wants: info({ type: 'historicalOrders', user: ACCOUNT }),
    gives: {
      rows: [
        view(SYMBOL, ORDER_ID, { status: 'canceled', updatedAt: epochMs(T0 + 350) }),
        view(SYMBOL, '77738001', {
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
    wants: info({ type: 'userFillsByTime', user: ACCOUNT, startTime: T0 + 1 }),
    gives: {
      rows: [
        {
          symbol: SYMBOL,
          clientOrderId: ID,
          venueOrderId: ORDER_ID as VenueOrderId,
          tradeId: '118906512037719' as TradeId,
          lastQty: quantity('0.04'),
          lastPx: price('60000.1'),
          role: 'taker',
          fee: decimal('1.080001'),
          feeAsset: 'USDC',
          tradedAt: epochMs(T0 + 150),
        },
      ],
      next: null,
    },
  },
  balances: {
    reply: 'state',
    wants: info({ type: 'clearinghouseState', user: ACCOUNT }),
    gives: [{ asset: 'USDC', free: decimal('9400.25'), locked: decimal('600.25') }],
  },
  fees: {
    reply: 'fees',
    wants: info({ type: 'userFees', user: ACCOUNT }),
    gives: { makerBps: decimal('1.5'), takerBps: decimal('4.5') },
  },
  positions: {
    reply: 'state',
    wants: info({ type: 'clearinghouseState', user: ACCOUNT }),
    gives: [
      {
        symbol: SYMBOL,
        side: 'both',
        qty: decimal('-0.04'),
        entryPx: price('60000.1'),
        markPx: null,
        unrealizedPnl: decimal('-0.396'),
        leverage: 20,
        marginType: 'cross',
        updatedAt: epochMs(T0 + 150),
      },
    ],
  },
  settings: {
    reply: 'settings',
    wants: info({ type: 'userRole', user: SIGNER }),
    gives: {
      hedgeMode: null,
      bySymbol: new Map(),
      permissions: { canTrade: true, canWithdraw: false, ipBound: false },
    },
  },
  deadMan: {
    reply: 'deadMan',
    wants: {
      method: 'POST',
      path: '/exchange',
      body: { action: { type: 'scheduleCancel', time: T0 + OFFSET + 60_000 } },
    },
    gives: undefined,
  },
  time: { reply: 'time', wants: info({ type: 'l2Book', coin: 'BTC' }), gives: T0 + 250 },
  mark: {
    reply: 'instruments',
    wants: info({ type: 'metaAndAssetCtxs' }),
    gives: {
      markPx: price('60010'),
      fundingRate: decimal('0.0000125'),
      nextFundingAt: epochMs(1_764_003_600_000),
      venueAt: epochMs(T0),
    },
  },
  instruments: {
    reply: 'instruments',
    wants: info({ type: 'metaAndAssetCtxs' }),
    gives: (
      [
        ['BTC', '1', '0.00001', 'trading'],
        ['DOGE', '0.00001', '1', 'trading'],
        ['OLD', '0.001', '0.1', 'halted'],
      ] as const
    ).map(([base, tick, lot, status]) => ({
      venue: VENUE,
      symbol: base,
      pair: `${base}-USDC`,
      marketType: 'perp',
      base,
      quote: 'USDC',
      tick: price(tick),
      lot: quantity(lot),
      minQty: quantity(lot),
      minNotional: notional('10'),
      status,
    })),
  },
  assets: ['0', '1', '2'],
  book: {
    reply: 'book',
    wants: info({ type: 'l2Book', coin: SYMBOL }),
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
    wants: info({ type: 'recentTrades', coin: SYMBOL }),
    gives: [
      {
        id: '118906512037721',
        price: price('60000.1'),
        qty: quantity('0.3'),
        aggressor: 'buy',
        venueAt: epochMs(T0 + 220),
      },
      {
        id: '118906512037722',
        price: price('60000.2'),
        qty: quantity('0.00001'),
        aggressor: 'sell',
        venueAt: epochMs(T0 + 230),
      },
    ],
  },
  ccxt: {
    market: {
      id: '0',
      symbol: 'BTC/USDC:USDC',
      base: 'BTC',
      baseName: 'BTC',
      quote: 'USDC',
      settle: 'USDC',
      type: 'swap',
      swap: true,
      contract: true,
    },
    order: { reply: 'order', raw: (body: { order: unknown }) => body.order },
    fill: { reply: 'fills', raw: (body: unknown[]) => body[0] },
  },
};
