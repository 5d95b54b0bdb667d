import { z } from 'zod';
import { ZERO, type ClientOrderId, type Decimal, type Side, type VenueId } from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { ToldOfOne } from '../ccxt/cancel-outcomes.js';
import type { BookSnapshot, ListedInstrument } from '../ccxt/protocol.js';
import * as wire from '../ccxt/wire.js';
import type {
  AccountSettings,
  Balance,
  FeeSchedule,
  OrderView,
  Page,
  PositionView,
  VenueFill,
  VenueOrderStatus,
} from '../ports.js';
import type { Mark, PublicTrade } from '../feed-port.js';
import type { BybitCategory } from './traits.js';

const ours = (text: string): ClientOrderId | null => parseClientOrderId('bybit', text);
const side = z.enum(['Buy', 'Sell']).transform((value): Side => (value === 'Buy' ? 'buy' : 'sell'));
const list = <T extends z.ZodType>(row: T) =>
  z.object({
    result: z.object({ list: z.array(row).max(2_000), nextPageCursor: z.string().max(1_024).nullish() }),
  });

const STATUS = {
  Created: 'working',
  New: 'working',
  PartiallyFilled: 'working',
  Untriggered: 'working',
  Triggered: 'working',
  Rejected: 'rejected',
  Filled: 'filled',
  PartiallyFilledCanceled: 'canceled',
  Cancelled: 'canceled',
  Deactivated: 'canceled',
} as const satisfies Readonly<Record<string, VenueOrderStatus>>;

export const orderRow = z.object({
  symbol: wire.name,
  orderId: wire.orderId,
  orderLinkId: z.string().max(64),
  side,
  price: wire.pxOrNone,
  qty: wire.amount,
  cumExecQty: wire.amount,
  orderStatus: z.enum(Object.keys(STATUS) as (keyof typeof STATUS)[]),
  updatedTime: wire.ms,
});

const pageOf = <T>(rows: readonly T[], cursor: string | null | undefined): Page<T> => ({
  rows,
  next: cursor === undefined || cursor === null || cursor === '' ? null : cursor,
});

export function orders(reply: unknown): Page<OrderView> {
  const { list: rows, nextPageCursor } = list(orderRow).parse(reply).result;
  return pageOf(rows.map(view), nextPageCursor);
}

export const view = (row: z.output<typeof orderRow>): OrderView => ({
  clientOrderId: ours(row.orderLinkId),
  venueOrderId: row.orderId,
  symbol: row.symbol,
  side: row.side,
  status: STATUS[row.orderStatus],
  orderQty: row.qty,
  cumQty: row.cumExecQty,
  price: row.price,
  updatedAt: row.updatedTime,
});

const idPair = z.object({ orderId: wire.orderId, orderLinkId: z.string().max(64) });

/** The ids of an order's acknowledgement, which must be about that order. */
export function acked(reply: unknown, wanted: ClientOrderId): z.output<typeof idPair> {
  const { result } = z.object({ result: idPair }).parse(reply);
  wire.sameOrder(wanted, ours(result.orderLinkId), result.orderLinkId);
  return result;
}

export const ackedAll = (reply: unknown) =>
  list(idPair)
    .parse(reply)
    .result.list.map(() => ({ kind: 'gone' }) as const);

const ackMany = z.object({
  result: z.object({ list: z.array(z.object({ orderLinkId: z.string().max(64) })).max(2_000) }),
  retExtInfo: z.object({
    list: z.array(z.object({ code: z.string().max(16), msg: z.string().max(4_096) })).max(2_000),
  }),
});

/** What is said of each order of a request for several: who it is in one list, what became of it in another. */
export function ackedMany(reply: unknown): readonly ToldOfOne[] {
  const { result, retExtInfo } = ackMany.parse(reply);
  if (result.list.length !== retExtInfo.list.length) throw new RangeError('as many codes as orders must be told');
  return result.list.map(({ orderLinkId }, at) => {
    const { code, msg } = retExtInfo.list[at] ?? { code: '', msg: '' };
    return { id: ours(orderLinkId), as: orderLinkId, error: code === '0' ? null : { code, text: msg } };
  });
}

const fillRow = z.object({
  symbol: wire.name,
  orderId: wire.orderId,
  orderLinkId: z.string().max(64),
  execId: wire.tradeId,
  execType: z.string().max(32),
  execQty: wire.executed,
  execPrice: wire.px,
  execFee: wire.signed,
  feeCurrency: z.string().max(32).default(''),
  isMaker: z.boolean(),
  execTime: wire.ms,
});
/** Executions that are trades: ours, and those that the venue made to close a position of ours. */
const TRADES = new Set(['Trade', 'AdlTrade', 'BustTrade']);

export function fills(reply: unknown, category: BybitCategory): Page<VenueFill> {
  const { list: rows, nextPageCursor } = list(z.looseObject({ execType: z.string().max(32) })).parse(reply).result;
  return pageOf(
    rows.filter(isTrade).map((raw) => fill(raw, category)),
    nextPageCursor,
  );
}

export const isTrade = ({ execType }: { readonly execType: string }): boolean => TRADES.has(execType);

export function fill(raw: unknown, category: BybitCategory): VenueFill {
  const row = fillRow.parse(raw);
  const feeAsset = row.feeCurrency === '' && category === 'linear' ? 'USDT' : row.feeCurrency;
  return {
    symbol: row.symbol,
    clientOrderId: ours(row.orderLinkId),
    venueOrderId: row.orderId,
    tradeId: row.execId,
    lastQty: row.execQty,
    lastPx: row.execPrice,
    role: row.isMaker ? 'maker' : 'taker',
    fee: row.execFee,
    feeAsset: wire.name.parse(feeAsset),
    tradedAt: row.execTime,
  };
}

export const coin = z.object({
  coin: wire.name,
  walletBalance: wire.signedOrNone,
  locked: wire.signedOrNone,
  totalOrderIM: wire.signedOrNone,
  totalPositionIM: wire.signedOrNone,
});

/** What orders and positions hold is not free; a debt leaves nothing free. */
export function balances(reply: unknown): readonly Balance[] {
  const body = z.object({ result: z.object({ list: z.tuple([z.object({ coin: z.array(coin).max(2_000) })]) }) });
  return body.parse(reply).result.list[0].coin.map(balance);
}

export function balance(row: z.output<typeof coin>): Balance {
  const held = [row.locked, row.totalOrderIM, row.totalPositionIM].reduce<Decimal>(
    (sum, one) => (one === null ? sum : sum.add(one)),
    ZERO,
  );
  const free = (row.walletBalance ?? ZERO).sub(held);
  return { asset: row.coin, free: free.isNegative() ? ZERO : free, locked: held };
}

const feeRow = z.object({ makerFeeRate: wire.signed, takerFeeRate: wire.signed });
export function fees(reply: unknown): FeeSchedule {
  const [row] = z.object({ result: z.object({ list: z.tuple([feeRow]).rest(feeRow) }) }).parse(reply).result.list;
  return { makerBps: wire.bps(row.makerFeeRate), takerBps: wire.bps(row.takerFeeRate) };
}

export const positionRow = z.object({
  symbol: wire.name,
  side: z.enum(['Buy', 'Sell', 'None', '']),
  size: wire.amount,
  avgPrice: wire.pxOrNone,
  markPrice: wire.pxOrNone,
  unrealisedPnl: wire.signedOrNone,
  leverage: wire.signedOrNone,
  tradeMode: z.enum(['0', '1']),
  positionIdx: z.enum(['0', '1', '2']),
  updatedTime: wire.ms,
});
export const POSITION_SIDE = { '0': 'both', '1': 'long', '2': 'short' } as const;

export function positions(reply: unknown): readonly PositionView[] {
  const { list: rows, nextPageCursor } = list(positionRow).parse(reply).result;
  if (rows.length >= 200 && (nextPageCursor ?? '') !== '') throw new RangeError('more positions than one page holds');
  return rows
    .filter(({ size }) => !size.isZero())
    .map((row) => ({
      symbol: row.symbol,
      side: POSITION_SIDE[row.positionIdx],
      qty: row.side === 'Sell' ? row.size.neg() : row.size,
      entryPx: row.avgPrice,
      markPx: row.markPrice,
      unrealizedPnl: row.unrealisedPnl,
      leverage: row.leverage === null ? null : Number(row.leverage.toFixed()),
      marginType: row.tradeMode === '1' ? 'isolated' : 'cross',
      updatedAt: row.updatedTime,
    }));
}

const keyBody = z.object({
  result: z.object({
    readOnly: z.enum(['0', '1']),
    permissions: z.record(z.string(), z.array(z.string().max(64)).nullish()),
    ips: z.array(z.string().max(64)),
  }),
});
export function settings(reply: unknown, category: BybitCategory): AccountSettings {
  const { readOnly, permissions, ips } = keyBody.parse(reply).result;
  const has = (group: string, right: string): boolean => permissions[group]?.includes(right) === true;
  return {
    hedgeMode: null,
    bySymbol: new Map(),
    permissions: {
      canTrade: readOnly === '0' && (category === 'spot' ? has('Spot', 'SpotTrade') : has('ContractTrade', 'Order')),
      canWithdraw: has('Wallet', 'Withdraw'),
      ipBound: ips.length > 0 && !ips.includes('*'),
    },
  };
}

const markRow = z.object({
  symbol: wire.name,
  markPrice: wire.px,
  fundingRate: wire.signedOrNone,
  nextFundingTime: z.union([wire.ms, z.literal(['', '0']).transform(() => null)]),
});
export function marks(reply: unknown): ReadonlyMap<string, Mark> {
  const { time: venueAt } = z.object({ time: wire.ms }).parse(reply);
  return new Map(
    list(markRow)
      .parse(reply)
      .result.list.map(({ symbol, markPrice: markPx, fundingRate, nextFundingTime: nextFundingAt }) => [
        symbol,
        { markPx, fundingRate, nextFundingAt, venueAt },
      ]),
  );
}

const timeBody = z.object({ result: z.object({ timeNano: z.string().regex(/^\d{19}$/) }) });
export const time = (reply: unknown) => wire.ms.parse(timeBody.parse(reply).result.timeNano.slice(0, 13));

const linearRow = z.object({
  symbol: wire.name,
  baseCoin: wire.name,
  quoteCoin: wire.name,
  settleCoin: z.literal('USDT'),
  contractType: z.literal('LinearPerpetual'),
  status: wire.name,
  priceFilter: z.object({ tickSize: wire.px }),
  lotSizeFilter: z.object({ qtyStep: wire.amount, minOrderQty: wire.amount, minNotionalValue: wire.amount.optional() }),
});
const spotRow = z.object({
  symbol: wire.name,
  baseCoin: wire.name,
  quoteCoin: wire.name,
  status: wire.name,
  priceFilter: z.object({ tickSize: wire.px }),
  lotSizeFilter: z.object({ basePrecision: wire.amount, minOrderQty: wire.amount, minOrderAmt: wire.amount }),
});

/** Futures with an end and what is settled otherwise are left out. */
export function instruments(reply: unknown, venue: VenueId, category: BybitCategory): readonly ListedInstrument[] {
  return list(z.unknown())
    .parse(reply)
    .result.list.flatMap((raw) => {
      const linear = category === 'linear' ? linearRow.safeParse(raw) : null;
      const spot = category === 'spot' ? spotRow.safeParse(raw) : null;
      const row = linear?.data ?? spot?.data;
      if (row === undefined) return [];
      const lot = linear?.data?.lotSizeFilter.qtyStep ?? spot?.data?.lotSizeFilter.basePrecision;
      const least = linear?.data?.lotSizeFilter.minNotionalValue ?? spot?.data?.lotSizeFilter.minOrderAmt;
      if (lot === undefined) return [];
      return {
        asset: null,
        instrument: {
          venue,
          symbol: row.symbol,
          pair: `${row.baseCoin}-${row.quoteCoin}`,
          marketType: category === 'linear' ? ('perp' as const) : ('spot' as const),
          base: row.baseCoin,
          quote: row.quoteCoin,
          tick: row.priceFilter.tickSize,
          lot,
          minQty: row.lotSizeFilter.minOrderQty,
          minNotional: wire.leastNotional(least),
          status: row.status === 'Trading' ? ('trading' as const) : ('halted' as const),
        },
      };
    });
}

const level = z.tuple([wire.px, wire.amount]);
const bookBody = z.object({
  result: z.object({ b: z.array(level).max(1_000), a: z.array(level).max(1_000), ts: wire.ms }),
});
export function book(reply: unknown): BookSnapshot {
  const { b, a, ts } = bookBody.parse(reply).result;
  const levels = (rows: typeof b) => rows.map(([price, qty]) => ({ price, qty }));
  return { bids: levels(b), asks: levels(a), venueAt: ts };
}

const tradeRow = z.object({ execId: wire.id, price: wire.px, size: wire.amount, side, time: wire.ms });
export const trades = (reply: unknown): readonly PublicTrade[] =>
  list(tradeRow)
    .parse(reply)
    .result.list.map((row) => ({
      id: row.execId,
      price: row.price,
      qty: row.size,
      aggressor: row.side,
      venueAt: row.time,
    }))
    .reverse();
