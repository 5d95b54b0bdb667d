import { renderClientOrderId } from '../client-order-id.js';
import { hyperliquidAnnounced, hyperliquidRateLimitBody } from './announced-limits.js';
import { outcomeOf } from '../ccxt/cancel-outcomes.js';
import type { Ask, CcxtProtocol, Moment } from '../ccxt/protocol.js';
import { text } from '../ccxt/rendering.js';
import type { PlaceRequest } from '../ports.js';
import { HYPERLIQUID_ERRORS, hyperliquidCancelErrors, hyperliquidErrorIn } from './classify-error.js';
import * as map from './map.js';
import { HYPERLIQUID_PROFILE } from './traits.js';
import { HYPERLIQUID_USER_STREAM } from './user-stream.js';

const TIME_IN_FORCE: Readonly<Record<PlaceRequest['timeInForce'], string>> = { gtc: 'Gtc', gtx: 'Alo', ioc: 'Ioc' };
/** Of the order book that tells the time. */
const ANY_COIN = 'BTC';

interface WireOrder {
  readonly a: number;
  readonly b: boolean;
  readonly p: string;
  readonly s: string;
  readonly r: boolean;
  readonly t: { readonly limit?: { readonly tif?: string } };
  readonly c: string;
}

const user = ({ exchange }: Moment): string => String(exchange.walletAddress);
const info = <T>(params: Readonly<Record<string, unknown>>, read: Ask<T>['read']): Ask<T> => ({
  method: 'publicPostInfo',
  params,
  read,
});

/** As many as the vendor lists. */
const MOST_ORDERS = 2_000;

function assetOf(symbol: string, { assets }: Moment): number {
  const asset = assets.get(symbol);
  if (asset === undefined) throw new RangeError(`hyperliquid lists no ${symbol}`);
  return Number(asset);
}

/** An action with its signature; the order of its fields is part of what is signed. */
function act<T>(action: Readonly<Record<string, unknown>>, at: Moment, read: Ask<T>['read']): Ask<T> {
  const nonce = at.nonce();
  const sign = at.exchange.signL1Action as (...args: unknown[]) => unknown;
  const signature = sign.call(at.exchange, action, nonce, undefined, at.deadlineMs);
  return {
    method: 'privatePostExchange',
    params: { action, nonce, signature, expiresAfter: at.deadlineMs },
    read,
  };
}

/** Hyperliquid perpetuals. The account's address is its key, the key of an API wallet its secret. */
export const HYPERLIQUID: CcxtProtocol = {
  id: 'hyperliquid',
  ccxtId: 'hyperliquid',
  profile: HYPERLIQUID_PROFILE,
  entries: ['public', 'private'],
  options: { builderFee: false, sandboxMode: false },
  nonceRises: true,
  userStream: HYPERLIQUID_USER_STREAM,
  errors: HYPERLIQUID_ERRORS,
  errorIn: hyperliquidErrorIn,
  needsAssets: true,
  keysOf: ({ apiKey, apiSecret }) => ({ walletAddress: apiKey, privateKey: apiSecret }),

  place: (request, at) => {
    const order: WireOrder = {
      a: assetOf(request.symbol, at),
      b: request.side === 'buy',
      p: text(request.price),
      s: text(request.orderQty),
      r: request.reduceOnly === true,
      t: { limit: { tif: TIME_IN_FORCE[request.timeInForce] } },
      c: renderClientOrderId('hyperliquid', request.clientOrderId),
    };
    return act({ type: 'order', orders: [order], grouping: 'na' }, at, (reply, { repliedAt }) =>
      map.placed(reply, request, repliedAt),
    );
  },
  cannotPlace: ({ positionSide }) =>
    positionSide === undefined ? null : 'take hedge-mode orders: it holds one position in an instrument',
  renderedOrder: ({ body }, { assets }) => {
    const { action } = JSON.parse(body ?? '{}') as { action?: { type?: string; orders?: Partial<WireOrder>[] } };
    const order = action?.type === 'order' && action.orders?.length === 1 ? action.orders[0] : undefined;
    const tif = Object.entries(TIME_IN_FORCE).find(([, word]) => word === order?.t?.limit?.tif)?.[0] ?? null;
    return {
      symbol: [...assets].find(([, asset]) => asset === String(order?.a))?.[0] ?? null,
      side: order?.b === true ? 'buy' : order?.b === false ? 'sell' : null,
      timeInForce: tif,
      clientOrderId: order?.c ?? null,
      orderQty: order?.s ?? null,
      price: order?.p ?? null,
      reduceOnly: order?.r === true,
    };
  },
  cancel: (request, at) => {
    const cloid = renderClientOrderId('hyperliquid', request.clientOrderId);
    const cancels = [{ asset: assetOf(request.symbol, at), cloid }];
    // What was filled before, the order tells.
    return act({ type: 'cancelByCloid', cancels }, at, (reply) => (map.canceled(reply), { kind: 'gone' }));
  },
  cancelMany: (requests, at) => {
    const cancels = requests.map(({ symbol, clientOrderId }) => ({
      asset: assetOf(symbol, at),
      cloid: renderClientOrderId('hyperliquid', clientOrderId),
    }));
    return act({ type: 'cancelByCloid', cancels }, at, (reply) => {
      const told = hyperliquidCancelErrors(reply);
      if (told.length !== requests.length) throw new RangeError('as many statuses as orders must be told');
      return told.map((error) => outcomeOf(error, HYPERLIQUID_ERRORS));
    });
  },
  findOrder: (key, at) => {
    const oid =
      key.clientOrderId === null ? Number(key.venueOrderId) : renderClientOrderId('hyperliquid', key.clientOrderId);
    return [info({ type: 'orderStatus', user: user(at), oid }, map.found)];
  },
  rowsAt: { openOrders: [], ordersSince: [], fillsSince: [] },
  openOrders: (symbol, _cursor, at) =>
    info({ type: 'frontendOpenOrders', user: user(at) }, (reply) => ({
      rows: map.open(reply).filter((order) => symbol === undefined || order.symbol === symbol),
      next: null,
    })),
  ordersSince: (symbol, from, _cursor, at) =>
    info({ type: 'historicalOrders', user: user(at) }, (reply) => {
      const all = map.history(reply);
      // The newest alone are listed: without one from before, more may have gone by.
      if (all.length >= MOST_ORDERS && all.every(({ updatedAt }) => updatedAt > from))
        throw new RangeError(`historicalOrders: must reach back to ${from}, had ${all.length} newer orders`);
      return { rows: all.filter((order) => order.symbol === symbol && order.updatedAt >= from), next: null };
    }),
  fillsSince: (symbol, from, cursor, at) => {
    const startTime = Number(cursor ?? String(from));
    return info({ type: 'userFillsByTime', user: user(at), startTime }, (reply) => map.fills(reply, symbol, startTime));
  },
  balances: (at) => info({ type: 'clearinghouseState', user: user(at) }, map.balances),
  fees: (_symbol, at) => info({ type: 'userFees', user: user(at) }, map.fees),
  positions: (at) => info({ type: 'clearinghouseState', user: user(at) }, map.positions),
  // Without a time the timer is taken back.
  setDeadMan: (timeoutMs, at) =>
    act({ type: 'scheduleCancel', ...(timeoutMs === 0 ? {} : { time: at.signedAtMs + timeoutMs }) }, at, map.timerSet),
  accountSettings: (at) => {
    const { exchange } = at;
    const addressOf = exchange.ethGetAddressFromPrivateKey as (key: unknown) => string;
    const signer = addressOf.call(exchange, exchange.privateKey);
    return info({ type: 'userRole', user: signer }, (reply) => map.settings(reply, user(at), signer));
  },

  announcedLimits: (at) =>
    info({ type: 'userRateLimit', user: user(at) }, (reply) =>
      hyperliquidAnnounced(hyperliquidRateLimitBody.parse(reply)),
    ),

  marks: {
    call: 'POST /info (metaAndAssetCtxs)',
    ofAll: true,
    ask: () => info({ type: 'metaAndAssetCtxs' }, map.marks),
  },
  publicCalls: {
    instruments: 'POST /info (metaAndAssetCtxs)',
    book: 'POST /info (l2Book)',
    trades: 'POST /info (recentTrades)',
  },
  venueTime: info({ type: 'l2Book', coin: ANY_COIN }, map.time),
  instruments: (venue) => info({ type: 'metaAndAssetCtxs' }, (reply) => map.instruments(reply, venue)),
  book: (symbol) => info({ type: 'l2Book', coin: symbol }, map.book),
  trades: (symbol) => info({ type: 'recentTrades', coin: symbol }, map.trades),
};
