import type { z } from 'zod';
import {
  Dec,
  decimal,
  epochMs,
  MAX_BOOK_LEVELS,
  notional,
  price,
  quantity,
  type ClientOrderId,
  type EpochMs,
  type Instrument,
  type Quantity,
  type Side,
  type TradeId,
  type VenueId,
  type VenueOrderId,
} from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { Level } from '../feed-port.js';
import type {
  Balance,
  FeeSchedule,
  OrderView,
  PlaceAck,
  UserEvent,
  VenueFill,
  VenueOrderStatus,
  WireMeta,
} from '../ports.js';
import type * as wire from './wire-schemas.js';

type Order = z.output<typeof wire.orderBody>;

const STATUS: Readonly<Record<wire.WireStatus, VenueOrderStatus>> = {
  NEW: 'working',
  PENDING_NEW: 'working',
  PARTIALLY_FILLED: 'working',
  PENDING_CANCEL: 'working',
  FILLED: 'filled',
  CANCELED: 'canceled',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
  REJECTED: 'rejected',
};

const sideOf = (text: 'BUY' | 'SELL'): Side => (text === 'BUY' ? 'buy' : 'sell');
const ours = (text: string): ClientOrderId | null => parseClientOrderId('binance-spot', text);
export const orderIdOf = (id: number): VenueOrderId => String(id) as VenueOrderId;
export const tradeIdOf = (id: number): TradeId => String(id) as TradeId;

/** A row of a list that was asked for by symbol. @throws RangeError for one of another symbol */
export function ofSymbol<Row extends { readonly symbol: string }>(row: Row, symbol: string | undefined): Row {
  if (symbol === undefined || row.symbol === symbol) return row;
  throw new RangeError(`symbol: must be ${symbol}, was ${row.symbol}`);
}

/** What a fill is of. @throws RangeError for nothing: it would take the name of the fill that is of something */
export function executed(text: string): Quantity {
  if (new Dec(text).isZero()) throw new RangeError('a fill must be of something, was of 0');
  return quantity(text);
}

/** Market orders carry a price of zero, which is none. */
function priceOrNull(text: string): OrderView['price'] {
  return new Dec(text).isZero() ? null : price(text);
}

/** Rounded to what a price may have at rest; none where the venue does not tell the value, or nothing is executed. */
function averageOf(executedQty: string, value: string | undefined): OrderView['price'] {
  if (value === undefined || new Dec(executedQty).isZero()) return null;
  const average = new Dec(value).div(executedQty).toDecimalPlaces(18, Dec.ROUND_HALF_EVEN);
  return average.gt(0) ? price(average.toFixed()) : null;
}

export function orderView(order: Omit<Order, 'updateTime'>, at: number): OrderView {
  const clientOrderId = ours(order.clientOrderId);
  const avgPx = averageOf(order.executedQty, order.cummulativeQuoteQty ?? order.cumQuote);
  return {
    clientOrderId,
    ...(clientOrderId === null ? { clientText: order.clientOrderId } : {}),
    ...(avgPx === null ? {} : { avgPx }),
    venueOrderId: orderIdOf(order.orderId),
    symbol: order.symbol,
    side: sideOf(order.side),
    status: STATUS[order.status],
    orderQty: quantity(order.origQty),
    cumQty: quantity(order.executedQty),
    price: priceOrNull(order.price),
    updatedAt: epochMs(at),
  };
}

export function venueTime(
  { serverTime }: z.output<typeof wire.timeBody>,
  { sentAt, repliedAt }: WireMeta,
): { readonly venueMs: EpochMs; readonly rttMs: number } {
  return { venueMs: epochMs(serverTime), rttMs: (repliedAt ?? sentAt) - sentAt };
}

/** A FULL reply: the order as it stands and the trades it made on arrival, in which we took. */
export function placeAck(reply: z.output<typeof wire.placedBody>): PlaceAck {
  const venueOrderId = orderIdOf(reply.orderId);
  return {
    venueOrderId,
    view: orderView(reply, reply.transactTime),
    fills: reply.fills.map((fill) => ({
      venueOrderId,
      tradeId: tradeIdOf(fill.tradeId),
      lastQty: executed(fill.qty),
      lastPx: price(fill.price),
      role: 'taker',
      fee: decimal(fill.commission),
      feeAsset: fill.commissionAsset,
      tradedAt: epochMs(reply.transactTime),
    })),
  };
}

export function canceledView(reply: z.output<typeof wire.canceledBody>): OrderView {
  return orderView({ ...reply, clientOrderId: reply.origClientOrderId }, reply.transactTime);
}

export function amendedView({ transactTime, amendedOrder }: z.output<typeof wire.amendedBody>): OrderView {
  return orderView({ ...amendedOrder, origQty: amendedOrder.qty }, transactTime);
}

export function venueFill(trade: z.output<typeof wire.tradesBody>[number]): VenueFill {
  return {
    symbol: trade.symbol,
    clientOrderId: null, // myTrades does not say; the order id does
    venueOrderId: orderIdOf(trade.orderId),
    tradeId: tradeIdOf(trade.id),
    lastQty: executed(trade.qty),
    lastPx: price(trade.price),
    role: trade.isMaker ? 'maker' : 'taker',
    fee: decimal(trade.commission),
    feeAsset: trade.commissionAsset,
    tradedAt: epochMs(trade.time),
  };
}

export function accountBalances(account: z.output<typeof wire.accountBody>): Balance[] {
  return account.balances.map(({ asset, free, locked }) => ({ asset, free: decimal(free), locked: decimal(locked) }));
}

/** The wire has rates as shares of one; ours are basis points. */
export function feeSchedule({ commissionRates }: z.output<typeof wire.accountBody>): FeeSchedule {
  return { makerBps: decimal(commissionRates.maker).mul(10_000), takerBps: decimal(commissionRates.taker).mul(10_000) };
}

/** Order counts under the names of the reply headers that carry the same figure, `x-mbx-order-count-10s`. */
export function orderCounts(rows: z.output<typeof wire.orderCountsBody>): Record<string, number> {
  return Object.fromEntries(
    rows
      .filter((row) => row.rateLimitType === 'ORDERS')
      .map((row) => [`x-mbx-order-count-${row.intervalNum}${row.interval.charAt(0).toLowerCase()}`, row.count]),
  );
}

/** A stream report as our event. On a cancel the order's id stands in `C`, and `c` is the cancel's own. */
export function orderEvent(report: wire.ExecutionReport, receivedAt: EpochMs): UserEvent {
  const clientText = report.C || report.c;
  const order = orderView(
    {
      symbol: report.s,
      orderId: report.i,
      clientOrderId: clientText,
      price: report.p,
      origQty: report.q,
      executedQty: report.z,
      cummulativeQuoteQty: report.Z,
      status: report.X,
      side: report.S,
    },
    report.T,
  );
  const fill: VenueFill | null =
    report.x === 'TRADE'
      ? {
          symbol: report.s,
          clientOrderId: order.clientOrderId,
          venueOrderId: order.venueOrderId,
          tradeId: tradeIdOf(report.t),
          lastQty: executed(report.l),
          lastPx: price(report.L),
          role: report.m ? 'maker' : 'taker',
          fee: decimal(report.n ?? '0'),
          feeAsset: report.N ?? '',
          tradedAt: epochMs(report.T),
        }
      : null;
  return {
    kind: 'order',
    executionId: report.I === undefined ? `${report.i}.${report.x}.${report.t}.${report.T}` : String(report.I),
    order,
    rejectReason: report.r === 'NONE' ? '' : report.r,
    fill,
    ...(report.O === undefined ? {} : { placedAt: epochMs(report.O) }),
    venueAt: epochMs(report.E),
    receivedAt,
  };
}

export function positionEvent(event: z.output<typeof wire.accountPosition>): UserEvent {
  return {
    kind: 'balances',
    balances: event.B.map(({ a, f, l }) => ({ asset: a, free: decimal(f), locked: decimal(l) })),
    venueAt: epochMs(event.E),
  };
}

type Symbols = z.output<typeof wire.exchangeInfoBody>['symbols'];

/** Instruments whose filters give every step that we need; one without them cannot be traded by us and is left out. */
export function instruments(venue: VenueId, symbols: Symbols): Instrument[] {
  return symbols.flatMap((entry) => {
    const filter = (type: string) => entry.filters.find((candidate) => candidate.filterType === type);
    const steps = stepsOf(filter('PRICE_FILTER')?.tickSize, filter('LOT_SIZE'));
    const minNotional = (filter('NOTIONAL') ?? filter('MIN_NOTIONAL'))?.minNotional ?? '0';
    if (steps === null) return [];
    return [
      {
        venue,
        symbol: entry.symbol,
        pair: `${entry.baseAsset}-${entry.quoteAsset}`,
        marketType: 'spot',
        base: entry.baseAsset,
        quote: entry.quoteAsset,
        ...steps,
        minNotional: notional(minNotional),
        status: entry.status === 'TRADING' ? 'trading' : 'halted',
      } satisfies Instrument,
    ];
  });
}

/** Price and quantity steps of an instrument; null where one is missing or is none. */
export function stepsOf(
  tick: string | undefined,
  lot: { readonly stepSize?: string | undefined; readonly minQty?: string | undefined } | undefined,
): Pick<Instrument, 'tick' | 'lot' | 'minQty'> | null {
  if (tick === undefined || lot?.stepSize === undefined || lot.minQty === undefined) return null;
  if (new Dec(tick).isZero() || new Dec(lot.stepSize).isZero()) return null;
  return { tick: price(tick), lot: quantity(lot.stepSize), minQty: quantity(lot.minQty) };
}

/** @throws InvalidNumberError on a price of zero */
export function bookLevels(rows: readonly (readonly [string, string])[]): Level[] {
  return rows.map(([px, qty]) => ({ price: price(px), qty: quantity(qty) }));
}

/** The best levels, should the venue tell more than are kept. */
export function depthSnapshot({ lastUpdateId, bids, asks }: z.output<typeof wire.depthBody>) {
  const best = (rows: typeof bids): Level[] => bookLevels(rows.slice(0, MAX_BOOK_LEVELS));
  return { lastUpdateId, bids: best(bids), asks: best(asks) };
}

/** An acknowledgement without details. */
export function bareAck(reply: z.output<typeof wire.ackBody>): PlaceAck {
  return { venueOrderId: orderIdOf(reply.orderId), view: null, fills: [] };
}
