import { z } from 'zod';
import { amount, bookTicker as spotTicker, id, name, side, status, time, timeOrNever } from './wire-schemas.js';

/** As {@link amount}, with a sign: positions, profits, balances and rates of USD-M may be below zero. */
const signed = z.string().regex(/^-?(0|[1-9]\d{0,19})(\.\d{1,18})?$/);
const positionSide = z.enum(['BOTH', 'LONG', 'SHORT']);

/** Reply of POST order: the id at least. */
export const placedBody = z.object({ symbol: name, orderId: id, clientOrderId: z.string().max(64) });

/** Reply of what answers with a code instead of a result. */
export const doneBody = z.object({ code: z.literal(200) });

export const tradesBody = z.array(
  z.object({
    symbol: name,
    id,
    orderId: id,
    price: amount,
    qty: amount,
    commission: signed,
    commissionAsset: z.string().max(32),
    time,
    maker: z.boolean(),
  }),
);

export const balancesBody = z.array(z.object({ asset: name, balance: signed, availableBalance: signed }));

export const commissionRateBody = z.object({ symbol: name, makerCommissionRate: signed, takerCommissionRate: amount });

/** GET /fapi/v2/positionRisk: of both versions the one that tells leverage and margin type. */
export const positionsBody = z.array(
  z.object({
    symbol: name,
    positionSide,
    positionAmt: signed,
    entryPrice: amount,
    markPrice: amount,
    unRealizedProfit: signed,
    leverage: z.string().regex(/^[1-9]\d{0,2}$/),
    marginType: z.enum(['cross', 'isolated']),
    updateTime: timeOrNever,
  }),
);

export const accountConfigBody = z.object({
  canTrade: z.boolean(),
  canWithdraw: z.boolean(),
  dualSidePosition: z.boolean(),
});

export const symbolConfigBody = z.array(
  z.object({ symbol: name, marginType: z.enum(['CROSSED', 'ISOLATED']), leverage: z.int().min(1).max(999) }),
);

/** An amount as a JSON number; none is beyond a whole number of 64 bits. */
const figure = z.number().nonnegative().max(1e19);

/** GET /fapi/v1/leverageBracket without a symbol: figures here are JSON numbers. */
export const leverageBracketBody = z.array(
  z.object({
    symbol: name,
    brackets: z
      .array(
        z.object({
          initialLeverage: z.int().min(1).max(999),
          notionalCap: figure.positive(),
          maintMarginRatio: z.number().min(0).max(1),
          cum: figure,
        }),
      )
      .max(100),
  }),
);

export const countdownBody = z.object({ symbol: name, countdownTime: z.string().regex(/^\d{1,8}$/) });

export const leverageBody = z.object({ symbol: name, leverage: z.int().min(1).max(999) });

export const listenKeyBody = z.object({ listenKey: z.string().regex(/^[\w-]{1,256}$/) });

export const exchangeInfoBody = z.object({
  symbols: z.array(
    z.object({
      symbol: name,
      status: name,
      contractType: z.string().max(64),
      baseAsset: name,
      quoteAsset: name,
      marginAsset: name,
      filters: z.array(
        z.looseObject({
          filterType: name,
          tickSize: amount.optional(),
          stepSize: amount.optional(),
          minQty: amount.optional(),
          notional: amount.optional(),
        }),
      ),
    }),
  ),
});

const levels = z.array(z.tuple([amount, amount])).max(20_000);

/** Event of `<symbol>@depth@100ms`; `pu` is the last update of the event before. */
export const depthEvent = z.object({
  e: z.literal('depthUpdate'),
  s: name,
  U: id,
  u: id,
  pu: z.int(),
  b: levels,
  a: levels,
});

/** Event of `<symbol>@bookTicker`, with the time of the change. */
export const bookTicker = spotTicker.extend({ T: time });

/** Event of `<symbol>@markPrice@1s`; symbols without funding have an empty rate and a time of 0. */
export const markEvent = z.object({
  e: z.literal('markPriceUpdate'),
  E: time,
  s: name,
  p: amount,
  r: z.union([signed, z.literal('')]),
  T: timeOrNever,
});

/** Event of the user stream about one order. */
export const orderTradeUpdate = z.object({
  e: z.literal('ORDER_TRADE_UPDATE'),
  E: time,
  T: time,
  o: z.object({
    s: name,
    c: z.string().max(64),
    S: side,
    q: amount,
    p: amount,
    ap: amount,
    x: name,
    X: z.union([status, z.enum(['NEW_INSURANCE', 'NEW_ADL'])]),
    i: id,
    l: amount,
    z: amount,
    L: amount,
    n: signed.nullish(),
    N: z.string().max(32).nullish(),
    T: time,
    t: z.int().nonnegative(),
    m: z.boolean(),
    er: z.union([z.string().max(32), z.int()]).nullish(),
  }),
});

/** Event of the user stream about balances and positions: those that changed. */
export const accountUpdate = z.object({
  e: z.literal('ACCOUNT_UPDATE'),
  E: time,
  T: time,
  a: z.object({
    B: z.array(z.object({ a: name, wb: signed, cw: signed })).default([]),
    P: z
      .array(
        z.object({
          s: name,
          pa: signed,
          ep: amount,
          up: signed,
          mt: z.enum(['cross', 'isolated']),
          ps: positionSide,
        }),
      )
      .default([]),
  }),
});
