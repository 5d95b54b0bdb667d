import { z } from 'zod';
import { isPlausibleTime } from '../implausible.js';

/**
 * Plain decimal text as Binance writes amounts; an exponent or a sign is not an amount, and neither is what the
 * database could not hold to the last digit (`numeric(38,18)`).
 */
export const amount = z.string().regex(/^(0|[1-9]\d{0,19})(\.\d{1,18})?$/);
/** Ids are numbers on this wire; one that a double cannot hold would name another order. */
export const id = z.int().nonnegative();
export const time = z.int().refine(isPlausibleTime, { error: 'must be an instant of this century, in ms' });
/** 0 where nothing has happened yet. */
export const timeOrNever = z.union([z.literal(0), time]);
export const name = z.string().min(1).max(64);
export const side = z.enum(['BUY', 'SELL']);
export const status = z.enum([
  'NEW',
  'PENDING_NEW',
  'PARTIALLY_FILLED',
  'PENDING_CANCEL',
  'FILLED',
  'CANCELED',
  'EXPIRED',
  'EXPIRED_IN_MATCH',
  'REJECTED',
]);

export type WireStatus = z.output<typeof status>;

export const errorBody = z.object({ code: z.int(), msg: z.string().max(4_096) });

/** An order of GET order, openOrders and allOrders. */
export const orderBody = z.object({
  symbol: name,
  orderId: id,
  clientOrderId: z.string().max(64),
  price: amount,
  origQty: amount,
  executedQty: amount,
  cummulativeQuoteQty: amount.optional(),
  /** What USD-M calls the same. */
  cumQuote: amount.optional(),
  status,
  side,
  updateTime: time,
});
export const ordersBody = z.array(orderBody);

/** POST order: the id always, the rest with RESULT and FULL. */
export const ackBody = z.object({ symbol: name, orderId: id, clientOrderId: z.string().max(64), transactTime: time });
export const placedBody = ackBody.extend({
  price: amount,
  origQty: amount,
  executedQty: amount,
  cummulativeQuoteQty: amount.optional(),
  status,
  side,
  fills: z
    .array(
      z.object({ price: amount, qty: amount, commission: amount, commissionAsset: z.string().max(32), tradeId: id }),
    )
    .default([]),
});

/** An order or an error for each one asked for. */
export const batchBody = z.array(z.record(z.string(), z.unknown())).max(100);

/** DELETE order: `clientOrderId` is the cancel's own, `origClientOrderId` the order's. */
export const canceledBody = ackBody.extend({
  origClientOrderId: z.string().max(64),
  price: amount,
  origQty: amount,
  executedQty: amount,
  cummulativeQuoteQty: amount.optional(),
  status,
  side,
});

/** PUT order/amend/keepPriority: the order as it is now; `origClientOrderId` is its id from before. */
export const amendedBody = z.object({
  transactTime: time,
  amendedOrder: z.object({
    symbol: name,
    orderId: id,
    clientOrderId: z.string().max(64),
    price: amount,
    qty: amount,
    executedQty: amount,
    status,
    side,
  }),
});

/** DELETE openOrders: orders, and lists of orders with a report for each. */
export const canceledAllBody = z.array(
  z.union([canceledBody, z.object({ orderReports: z.array(canceledBody) }).transform((list) => list.orderReports)]),
);

export const accountPermissionsBody = z.object({ canTrade: z.boolean() });

/** GET /sapi/v1/account/apiRestrictions: what the key itself may do. */
export const keyRestrictionsBody = z.object({
  ipRestrict: z.boolean(),
  enableWithdrawals: z.boolean(),
  enableSpotAndMarginTrading: z.boolean(),
});

export const tradesBody = z.array(
  z.object({
    symbol: name,
    id,
    orderId: id,
    price: amount,
    qty: amount,
    commission: amount,
    commissionAsset: z.string().max(32),
    time,
    isMaker: z.boolean(),
  }),
);

export const accountBody = z.object({
  commissionRates: z.object({ maker: amount, taker: amount }),
  balances: z.array(z.object({ asset: name, free: amount, locked: amount })),
});

export const orderCountsBody = z.array(
  z.object({
    rateLimitType: z.string(),
    interval: z.enum(['SECOND', 'MINUTE', 'HOUR', 'DAY']),
    intervalNum: z.int().positive(),
    limit: z.int().nonnegative(),
    count: z.int().nonnegative(),
  }),
);

export const timeBody = z.object({ serverTime: time });

export const exchangeInfoBody = z.object({
  symbols: z.array(
    z.object({
      symbol: name,
      status: name,
      baseAsset: name,
      quoteAsset: name,
      filters: z.array(
        z.looseObject({
          filterType: name,
          tickSize: amount.optional(),
          stepSize: amount.optional(),
          minQty: amount.optional(),
          minNotional: amount.optional(),
        }),
      ),
    }),
  ),
});

const levels = z.array(z.tuple([amount, amount])).max(20_000);
export const depthBody = z.object({ lastUpdateId: id, bids: levels, asks: levels });
export const publicTradesBody = z.array(z.object({ id, price: amount, qty: amount, time, isBuyerMaker: z.boolean() }));

/** Event of `<symbol>@depth@100ms`. */
export const depthEvent = z.object({ e: z.literal('depthUpdate'), s: name, U: id, u: id, b: levels, a: levels });
/** Event of `<symbol>@trade`; `m`: the buyer was the maker. */
export const tradeEvent = z.object({
  e: z.literal('trade'),
  s: name,
  t: id,
  p: amount,
  q: amount,
  T: time,
  m: z.boolean(),
});
/** Event of `<symbol>@bookTicker`. */
export const bookTicker = z.object({ s: name, b: amount, B: amount, a: amount, A: amount });
export const streamFrame = z.object({ stream: z.string(), data: z.looseObject({}) });

/** A reply that is read later. */
export const anything = z.unknown();

export const executionReport = z.object({
  e: z.literal('executionReport'),
  E: time,
  s: name,
  /** Client id; on a cancel that of the cancel itself. */
  c: z.string().max(64),
  /** The order's client id on a cancel; else empty. */
  C: z.string().max(64).nullish(),
  S: side,
  q: amount,
  p: amount,
  x: name,
  X: status,
  r: z.string().max(256),
  i: id,
  l: amount,
  z: amount,
  Z: amount.optional(),
  L: amount,
  n: amount.nullish(),
  N: z.string().max(32).nullish(),
  T: time,
  t: z.int(),
  /** When the order was made. */
  O: time.optional(),
  I: id.optional(),
  m: z.boolean(),
});
export type ExecutionReport = z.output<typeof executionReport>;

export const accountPosition = z.object({
  e: z.literal('outboundAccountPosition'),
  E: time,
  B: z.array(z.object({ a: name, f: amount, l: amount })),
});

export const userFrame = z.object({
  subscriptionId: z.int().optional(),
  event: z.looseObject({ e: z.string() }),
});
export const apiReply = z.object({
  id: z.union([z.string(), z.int(), z.null()]),
  status: z.int(),
  result: z.looseObject({ subscriptionId: z.int().optional() }).optional(),
  error: errorBody.optional(),
});
