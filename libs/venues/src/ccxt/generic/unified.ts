import { z } from 'zod';
import { Dec, decimal, epochMs, ZERO_QUANTITY, type EpochMs } from '#domain';
import { parseClientOrderId } from '../../client-order-id.js';
import { isPlausibleTime } from '../../implausible.js';
import type { Level, Mark, PublicTrade } from '../../feed-port.js';
import type { Balance, OrderView, PositionView, VenueFill, VenueOrderStatus, VenueSymbol } from '../../ports.js';
import type { BookSnapshot } from '../protocol.js';
import * as wire from '../wire.js';

/** ccxt's names of instruments to the exchange's own. */
export type NameOf = (ccxtSymbol: string) => VenueSymbol;

/** Money is text in what ccxt gives us (`number = String`); a number would have lost digits. */
const money = z.string().pipe(wire.amount);
const side = z.enum(['buy', 'sell']);
const time = z
  .number()
  .int()
  .refine(isPlausibleTime)
  .transform((value): EpochMs => epochMs(value));
const clientText = z.string().max(128).nullish();

const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  open: 'working',
  closed: 'filled',
  canceled: 'canceled',
  cancelled: 'canceled',
  expired: 'expired',
  rejected: 'rejected',
};

const orderRow = z.object({
  id: wire.orderId,
  clientOrderId: clientText,
  symbol: wire.name,
  side,
  status: z.enum(Object.keys(STATUS) as [string, ...string[]]),
  amount: money,
  filled: money.nullish(),
  price: wire.pxOrNone,
  average: wire.pxOrNone,
  timestamp: time.nullish(),
  lastUpdateTimestamp: time.nullish(),
  lastTradeTimestamp: time.nullish(),
});

/**
 * One of ccxt's orders. What an open order has filled may be left out, then nothing is claimed; of an ended one it
 * must be told. `closed` with a rest is canceled.
 */
export function orderOf(row: unknown, nameOf: NameOf, seenAt: EpochMs): OrderView {
  const order = orderRow.parse(row);
  const told = STATUS[order.status] ?? 'working';
  const filled = order.filled ?? null;
  if (filled === null && told !== 'working') throw new RangeError('an ended order must tell what it filled');
  const cumQty = filled ?? ZERO_QUANTITY;
  const text = order.clientOrderId ?? '';
  const ours = parseClientOrderId('ccxt', text);
  return {
    clientOrderId: ours,
    venueOrderId: order.id,
    symbol: nameOf(order.symbol),
    side: order.side,
    status: told === 'filled' && cumQty.lt(order.amount) ? 'canceled' : told,
    orderQty: order.amount,
    cumQty,
    price: order.price,
    avgPx: order.average,
    ...(ours === null && text !== '' ? { clientText: text } : {}),
    updatedAt: order.lastUpdateTimestamp ?? order.lastTradeTimestamp ?? order.timestamp ?? seenAt,
  };
}

export const ordersOf = (rows: unknown, nameOf: NameOf, seenAt: EpochMs): readonly OrderView[] =>
  z
    .array(z.unknown())
    .max(10_000)
    .parse(rows)
    .map((row) => orderOf(row, nameOf, seenAt));

const placed = z.object({ id: wire.orderId, clientOrderId: clientText });
/** The little that every acknowledgement must have. */
export const placedOf = (row: unknown) => placed.parse(row);

const fee = z.object({ cost: z.string().pipe(wire.signed), currency: wire.name });
const tradeRow = z.object({
  id: wire.tradeId,
  order: wire.orderId,
  symbol: wire.name,
  amount: z.string().pipe(wire.executed),
  price: z.string().pipe(wire.px),
  takerOrMaker: z.enum(['taker', 'maker']).nullish(),
  fee: fee.nullish().catch(null),
  timestamp: time,
});

/** Oldest first. A fill that names no fee has none here, in the quote asset. */
export function fillsOf(rows: unknown, nameOf: NameOf, quote: string): readonly VenueFill[] {
  return z
    .array(tradeRow)
    .max(10_000)
    .parse(rows)
    .map((row) => ({
      symbol: nameOf(row.symbol),
      clientOrderId: null,
      venueOrderId: row.order,
      tradeId: row.id,
      lastQty: row.amount,
      lastPx: row.price,
      role: row.takerOrMaker ?? ('taker' as const),
      fee: row.fee?.cost ?? decimal('0'),
      feeAsset: row.fee?.currency ?? quote,
      tradedAt: row.timestamp,
    }))
    .sort((a, b) => a.tradedAt - b.tradedAt);
}

const sums = z.record(z.string().max(64), z.string().pipe(wire.signed).nullish());
const balanceBody = z.object({ free: sums, used: sums, total: sums });
export function balancesOf(body: unknown): readonly Balance[] {
  const { free, used, total } = balanceBody.parse(body);
  const assets = [...new Set([...Object.keys(total), ...Object.keys(free)])];
  return assets.flatMap((asset) => {
    const locked = used[asset] ?? new Dec(0);
    const left = free[asset] ?? total[asset]?.minus(locked);
    if (left === undefined) throw new RangeError(`balance of ${asset.slice(0, 64)} must tell what is free`);
    return left.isZero() && locked.isZero() ? [] : [{ asset, free: left, locked }];
  });
}

const positionRow = z.object({
  symbol: wire.name,
  side: z.enum(['long', 'short']).nullish(),
  contracts: z.string().pipe(wire.signed),
  contractSize: z.union([z.string(), z.number()]).transform(String).pipe(wire.signed),
  entryPrice: wire.pxOrNone,
  markPrice: wire.pxOrNone,
  unrealizedPnl: wire.signedOrNone,
  leverage: z.union([z.string(), z.number()]).nullish(),
  marginMode: z.enum(['cross', 'isolated']).nullish().catch(null),
  hedged: z.boolean().nullish(),
  timestamp: time.nullish(),
});
export function positionsOf(rows: unknown, nameOf: NameOf, seenAt: EpochMs): readonly PositionView[] {
  return z
    .array(positionRow)
    .max(10_000)
    .parse(rows)
    .filter(({ contracts }) => !contracts.isZero())
    .map((row) => {
      const size = row.contracts.abs().mul(row.contractSize);
      const short = row.side === 'short' || ((row.side ?? null) === null && row.contracts.isNegative());
      const leverage = Number(row.leverage ?? Number.NaN);
      return {
        symbol: nameOf(row.symbol),
        side: row.hedged === true ? (short ? ('short' as const) : ('long' as const)) : ('both' as const),
        qty: short ? size.neg() : size,
        entryPx: row.entryPrice,
        markPx: row.markPrice,
        unrealizedPnl: row.unrealizedPnl,
        leverage: Number.isFinite(leverage) ? leverage : null,
        marginType: row.marginMode ?? null,
        updatedAt: row.timestamp ?? seenAt,
      };
    });
}

/** ccxt makes doubles of a book's figures; their shortest form is what the exchange wrote, up to 15 digits. */
const figure = z.union([z.string(), z.number()]).transform(String);
const level = z.tuple([figure.pipe(wire.px), figure.pipe(wire.amount)]).rest(z.unknown());
const bookBody = z.object({
  bids: z.array(level).max(20_000),
  asks: z.array(level).max(20_000),
  // Where an exchange tells no time ccxt's arithmetic may leave no number at all.
  timestamp: time.nullish().catch(null),
});
export function bookOf(body: unknown): BookSnapshot {
  const { bids, asks, timestamp } = bookBody.parse(body);
  const levels = (rows: typeof bids): Level[] => rows.map(([px, qty]) => ({ price: px, qty }));
  return { bids: levels(bids), asks: levels(asks), venueAt: timestamp ?? null };
}

const printRow = z.object({
  id: wire.id.nullish().catch(null),
  price: z.string().pipe(wire.px),
  amount: money,
  side,
  timestamp: time,
});
/** Oldest first. A trade without an id is named by what it was, and which of its like in that millisecond. */
export function printsOf(rows: unknown): readonly PublicTrade[] {
  const alike = new Map<string, number>();
  return z
    .array(printRow)
    .max(10_000)
    .parse(rows)
    .sort((a, b) => a.timestamp - b.timestamp)
    .map((row) => {
      const what = `${row.timestamp} ${row.side} ${row.amount.toFixed()} at ${row.price.toFixed()}`;
      const number = (alike.get(what) ?? 0) + 1;
      alike.set(what, number);
      const id = row.id ?? `${what}, ${number}`;
      return { id, price: row.price, qty: row.amount, aggressor: row.side, venueAt: row.timestamp };
    });
}

const fundingRow = z.object({
  markPrice: z.string().pipe(wire.px),
  fundingRate: wire.signedOrNone,
  fundingTimestamp: time.nullish().catch(null),
  timestamp: time.nullish().catch(null),
});
/** The rate of the next payment, and when that is. */
export function markOf(row: unknown, seenAt: EpochMs): Mark {
  const { markPrice, fundingRate, fundingTimestamp, timestamp } = fundingRow.parse(row);
  return { markPx: markPrice, fundingRate, nextFundingAt: fundingTimestamp ?? null, venueAt: timestamp ?? seenAt };
}

export const timeOf = (value: unknown): EpochMs => time.parse(value);
