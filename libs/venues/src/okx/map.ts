import { z } from 'zod';
import { type ClientOrderId, type VenueId } from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { ToldOfOne } from '../ccxt/cancel-outcomes.js';
import * as wire from '../ccxt/wire.js';
import type { BookSnapshot, ListedInstrument } from '../ccxt/protocol.js';
import type { AccountSettings, Balance, FeeSchedule, OrderView, Page, VenueFill, VenueOrderStatus } from '../ports.js';
import type { PublicTrade } from '../feed-port.js';

export const ours = (text: string): ClientOrderId | null => parseClientOrderId('okx', text);
const data = <T extends z.ZodType>(row: T) => z.object({ data: z.array(row).max(2_000) });
const side = z.enum(['buy', 'sell']);

const STATUS: Readonly<Record<'live' | 'partially_filled' | 'filled' | 'canceled' | 'mmp_canceled', VenueOrderStatus>> =
  {
    live: 'working',
    partially_filled: 'working',
    filled: 'filled',
    canceled: 'canceled',
    mmp_canceled: 'canceled',
  };

export const orderRow = z.object({
  instId: wire.name,
  ordId: wire.orderId,
  clOrdId: z.string().max(64),
  side,
  px: wire.pxOrNone,
  sz: wire.amount,
  accFillSz: wire.amount,
  state: z.enum(['live', 'partially_filled', 'filled', 'canceled', 'mmp_canceled']),
  uTime: wire.ms,
});

export function view(row: z.output<typeof orderRow>): OrderView {
  return {
    clientOrderId: ours(row.clOrdId),
    venueOrderId: row.ordId,
    symbol: row.instId,
    side: row.side,
    status: STATUS[row.state],
    orderQty: row.sz,
    cumQty: row.accFillSz,
    price: row.px,
    updatedAt: row.uTime,
  };
}

export const orders = (reply: unknown): readonly OrderView[] => data(orderRow).parse(reply).data.map(view);

/** Pages are walked by the oldest id of the page before. */
export function pageOf<T>(rows: readonly T[], idOf: (row: T) => string, size: number): Page<T> {
  const last = rows.at(-1);
  return { rows, next: rows.length < size || last === undefined ? null : idOf(last) };
}

const ack = data(
  z.object({ ordId: wire.orderId, clOrdId: z.string().max(64), sCode: z.literal('0'), ts: wire.ms.optional() }),
);

/** The one element of the reply to an order's request, which must be about that order. */
export function acked(reply: unknown, wanted: ClientOrderId) {
  const row = z.object({ data: z.tuple([ack.shape.data.element]) }).parse(reply).data[0];
  wire.sameOrder(wanted, ours(row.clOrdId), row.clOrdId);
  return row;
}

const ackMany = data(z.object({ clOrdId: z.string().max(64), sCode: z.string().max(16), sMsg: z.string().max(4_096) }));

/** What is said of each order of a request for several. */
export const ackedMany = (reply: unknown): readonly ToldOfOne[] =>
  ackMany.parse(reply).data.map(({ clOrdId, sCode, sMsg }) => ({
    id: ours(clOrdId),
    as: clOrdId,
    error: sCode === '0' ? null : { code: sCode, text: sMsg },
  }));

const fillRow = z.object({
  instId: wire.name,
  ordId: wire.orderId,
  clOrdId: z.string().max(64),
  tradeId: wire.tradeId,
  billId: wire.id,
  fillSz: wire.executed,
  fillPx: wire.px,
  execType: z.enum(['T', 'M']),
  fee: wire.signed,
  feeCcy: z.string().max(32),
  ts: wire.ms,
});

/** OKX writes a fee that was taken below zero. */
export function fills(reply: unknown): readonly (VenueFill & { readonly billId: string })[] {
  return data(fillRow)
    .parse(reply)
    .data.map((row) => ({
      billId: row.billId,
      symbol: row.instId,
      clientOrderId: ours(row.clOrdId),
      venueOrderId: row.ordId,
      tradeId: row.tradeId,
      lastQty: row.fillSz,
      lastPx: row.fillPx,
      role: row.execType === 'M' ? 'maker' : 'taker',
      fee: row.fee.neg(),
      feeAsset: row.feeCcy,
      tradedAt: row.ts,
    }));
}

const balanceBody = z.object({
  data: z.tuple([
    z.object({
      details: z.array(z.object({ ccy: wire.name, availBal: wire.amount, frozenBal: wire.amount })).max(2_000),
    }),
  ]),
});
export const balances = (reply: unknown): readonly Balance[] =>
  balanceBody.parse(reply).data[0].details.map(({ ccy, availBal, frozenBal }) => ({
    asset: ccy,
    free: availBal,
    locked: frozenBal,
  }));

const feeBody = z.object({ data: z.tuple([z.object({ maker: wire.signed, taker: wire.signed })]) });
/** Rates are below zero where they are charged. */
export function fees(reply: unknown): FeeSchedule {
  const { maker, taker } = feeBody.parse(reply).data[0];
  return { makerBps: wire.bps(maker.neg()), takerBps: wire.bps(taker.neg()) };
}

const configBody = z.object({
  data: z.tuple([z.object({ perm: z.string().max(256), ip: z.string().max(4_096), posMode: z.string().max(64) })]),
});
export function settings(reply: unknown): AccountSettings {
  const { perm, ip } = configBody.parse(reply).data[0];
  const may = perm.split(',').map((one) => one.trim());
  return {
    hedgeMode: null,
    bySymbol: new Map(),
    permissions: { canTrade: may.includes('trade'), canWithdraw: may.includes('withdraw'), ipBound: ip !== '' },
  };
}

export const time = (reply: unknown) =>
  z.object({ data: z.tuple([z.object({ ts: wire.ms })]) }).parse(reply).data[0].ts;

const instrumentRow = z.object({
  instId: wire.name,
  baseCcy: wire.name,
  quoteCcy: wire.name,
  tickSz: wire.px,
  lotSz: wire.amount,
  minSz: wire.amount,
  state: wire.name,
});
/** OKX has no least notional; entries before listing lack their figures and are left out. */
export function instruments(reply: unknown, venue: VenueId): readonly ListedInstrument[] {
  return z
    .object({ data: z.array(z.unknown()).max(20_000) })
    .parse(reply)
    .data.flatMap((row) => {
      const read = instrumentRow.safeParse(row);
      if (!read.success) return [];
      const { instId, baseCcy, quoteCcy, tickSz, lotSz, minSz, state } = read.data;
      return {
        asset: null,
        instrument: {
          venue,
          symbol: instId,
          pair: `${baseCcy}-${quoteCcy}`,
          marketType: 'spot' as const,
          base: baseCcy,
          quote: quoteCcy,
          tick: tickSz,
          lot: lotSz,
          minQty: minSz,
          minNotional: wire.leastNotional(undefined),
          status: state === 'live' ? ('trading' as const) : ('halted' as const),
        },
      };
    });
}

const level = z.tuple([wire.px, wire.amount]).rest(z.unknown());
const bookBody = z.object({
  data: z.tuple([z.object({ bids: z.array(level).max(5_000), asks: z.array(level).max(5_000), ts: wire.ms })]),
});
export function book(reply: unknown): BookSnapshot {
  const { bids, asks, ts } = bookBody.parse(reply).data[0];
  const levels = (rows: typeof bids) => rows.map(([price, qty]) => ({ price, qty }));
  return { bids: levels(bids), asks: levels(asks), venueAt: ts };
}

const tradeRow = z.object({ tradeId: wire.id, px: wire.px, sz: wire.amount, side, ts: wire.ms });
export const trades = (reply: unknown): readonly PublicTrade[] =>
  data(tradeRow)
    .parse(reply)
    .data.map((row) => ({ id: row.tradeId, price: row.px, qty: row.sz, aggressor: row.side, venueAt: row.ts }))
    .reverse();

const timerBody = z.object({ data: z.tuple([z.object({ triggerTime: z.string().max(16), ts: wire.ms })]) });
export const timerSet = (reply: unknown): undefined => void timerBody.parse(reply);
