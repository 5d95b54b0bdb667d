import { z } from 'zod';
import { ZERO, type ClientOrderId, type VenueId, type VenueOrderId } from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { BookSnapshot, ListedInstrument } from '../ccxt/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { AccountSettings, Balance, FeeSchedule, OrderView, Page, VenueFill, VenueOrderStatus } from '../ports.js';
import type { PublicTrade } from '../feed-port.js';

const result = <T extends z.ZodType>(shape: T) => z.object({ result: shape });
export const side = z.enum(['buy', 'sell']);
const PAGE = 50;

/** Pairs of the oldest assets have a second name, `XXBTZUSD`, for what orders call `XBTUSD`. */
export const symbolOf = (pair: string): string => pair.replace(/^[XZ]([A-Z]{3})[XZ]([A-Z]{3})$/, '$1$2');

const COMMON: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' };
/** Assets as everybody calls them: `XXBT` and `XBT` are BTC, `ZUSD` is USD. */
export function assetOf(name: string): string {
  const short = /^[XZ][A-Z]{3}$/.test(name) ? name.slice(1) : name;
  return COMMON[short] ?? short;
}

const STATUS: Readonly<Record<'pending' | 'open' | 'closed' | 'canceled' | 'expired', VenueOrderStatus>> = {
  pending: 'working',
  open: 'working',
  closed: 'filled',
  canceled: 'canceled',
  expired: 'expired',
};

const orderRow = z.object({
  cl_ord_id: z.string().max(64).nullish(),
  status: z.enum(['pending', 'open', 'closed', 'canceled', 'expired']),
  opentm: wire.seconds,
  closetm: wire.seconds.optional(),
  descr: z.object({ pair: wire.name, type: side, price: wire.pxOrNone }),
  vol: wire.amount,
  vol_exec: wire.amount,
});
const orderRows = z.record(wire.id, orderRow);

function views(rows: z.output<typeof orderRows>): readonly OrderView[] {
  return Object.entries(rows).map(([txid, row]) => ({
    clientOrderId: ours(row.cl_ord_id),
    venueOrderId: txid as VenueOrderId,
    symbol: symbolOf(row.descr.pair),
    side: row.descr.type,
    status: STATUS[row.status],
    orderQty: row.vol,
    cumQty: row.vol_exec,
    price: row.descr.price,
    updatedAt: row.closetm ?? row.opentm,
  }));
}

export const ours = (text: string | null | undefined): ClientOrderId | null => parseClientOrderId('kraken', text ?? '');

export const open = (reply: unknown): readonly OrderView[] =>
  views(result(z.object({ open: orderRows })).parse(reply).result.open);

/** All orders of the account by when they closed; `count` is how many there are in all. */
export function closed(reply: unknown, offset: number): Page<OrderView> {
  const body = result(z.object({ closed: orderRows, count: wire.int.optional() })).parse(reply).result;
  return pageOf(views(body.closed), offset, body.count);
}

export const queried = (reply: unknown): readonly OrderView[] => views(result(orderRows).parse(reply).result);

function pageOf<T>(rows: readonly T[], offset: number, count: number | undefined): Page<T> {
  const more = count === undefined ? rows.length >= PAGE : offset + rows.length < count;
  return { rows, next: more && rows.length > 0 ? String(offset + rows.length) : null };
}

/** The one order of the acknowledgement. */
export function placed(reply: unknown, wanted: ClientOrderId): VenueOrderId {
  const body = result(z.object({ txid: z.tuple([wire.orderId]), cl_ord_id: z.string().max(64).optional() }));
  const { txid, cl_ord_id: text } = body.parse(reply).result;
  if (text !== undefined) wire.sameOrder(wanted, ours(text), text);
  return txid[0];
}

export const amended = (reply: unknown): string => result(z.object({ amend_id: wire.id })).parse(reply).result.amend_id;
export const canceled = (reply: unknown): number =>
  result(z.object({ count: wire.int.pipe(z.number().max(100_000)) })).parse(reply).result.count;

const fillRow = z.object({
  ordertxid: wire.orderId,
  pair: wire.name,
  time: wire.seconds,
  type: side,
  price: wire.px,
  vol: wire.executed,
  fee: wire.signed,
  maker: z.boolean(),
});

/** Trades of the account with their quote asset's fee; our own id is not among their fields. */
export function fills(
  reply: unknown,
  symbol: string,
  offset: number,
  assets: ReadonlyMap<string, string>,
): Page<VenueFill> {
  const body = result(z.object({ trades: z.record(wire.tradeId, fillRow), count: wire.int.optional() }));
  const { trades, count } = body.parse(reply).result;
  const rows = Object.entries(trades);
  const { next } = pageOf(rows, offset, count);
  return {
    next,
    rows: rows
      .filter(([, row]) => symbolOf(row.pair) === symbol)
      .map(([id, row]) => ({
        symbol,
        clientOrderId: null,
        venueOrderId: row.ordertxid,
        tradeId: wire.tradeId.parse(id),
        lastQty: row.vol,
        lastPx: row.price,
        role: row.maker ? 'maker' : 'taker',
        fee: row.fee,
        feeAsset: assets.get(symbol) ?? quoteOf(symbol),
        tradedAt: row.time,
      })),
  };
}

/** Quote assets end a symbol; the longest that fits is meant. */
function quoteOf(symbol: string): string {
  const quote = ['USDT', 'USDC', 'USD', 'EUR', 'GBP', 'CAD', 'AUD', 'CHF', 'JPY', 'XBT', 'ETH', 'DAI'].find((one) =>
    symbol.endsWith(one),
  );
  if (quote === undefined) throw new RangeError(`Cannot tell the quote asset of ${symbol}`);
  return assetOf(quote);
}

const balanceRow = z.object({
  balance: wire.signed,
  hold_trade: wire.signed.optional(),
  credit: wire.signed.optional(),
  credit_used: wire.signed.optional(),
});
export const balances = (reply: unknown): readonly Balance[] =>
  Object.entries(result(z.record(wire.name, balanceRow)).parse(reply).result).map(([asset, row]) => {
    const locked = row.hold_trade ?? ZERO;
    const free = row.balance
      .add(row.credit ?? ZERO)
      .sub(row.credit_used ?? ZERO)
      .sub(locked);
    return { asset: assetOf(asset), free: free.isNegative() ? ZERO : free, locked };
  });

const feeTier = z.record(wire.name, z.object({ fee: wire.signed }));
/** In percent; a pair without a maker's rate has one rate for both. */
export function fees(reply: unknown): FeeSchedule {
  const body = result(z.object({ fees: feeTier, fees_maker: feeTier.optional() })).parse(reply).result;
  const taker = Object.values(body.fees)[0]?.fee;
  if (taker === undefined) throw new RangeError('no fee for the pair');
  const maker = Object.values(body.fees_maker ?? {})[0]?.fee ?? taker;
  return { makerBps: maker.mul(100), takerBps: taker.mul(100) };
}

const keyBody = result(
  z.object({
    permissions: z.array(z.string().max(64)).max(100),
    ipAllowlist: z.array(z.string().max(64)).max(1_000),
  }),
);
export function settings(reply: unknown): AccountSettings {
  const { permissions, ipAllowlist } = keyBody.parse(reply).result;
  return {
    hedgeMode: null,
    bySymbol: new Map(),
    permissions: {
      canTrade: permissions.includes('modify-trades'),
      canWithdraw: permissions.includes('withdraw-funds'),
      ipBound: ipAllowlist.length > 0,
    },
  };
}

/** Whole seconds: the middle of the second is the least wrong. */
export const time = (reply: unknown) =>
  wire.ms.parse(String(result(z.object({ unixtime: wire.int })).parse(reply).result.unixtime * 1_000 + 500));

const pairRow = z.object({
  altname: wire.name,
  wsname: z.string().regex(/^[^/]{1,32}\/[^/]{1,32}$/),
  tick_size: wire.px,
  lot_decimals: z.string().regex(/^\d{1,2}$/),
  ordermin: wire.amount,
  costmin: wire.amount.optional(),
  status: wire.name,
});

/** Dark pools and what lacks its figures are left out. The vendor's number of an instrument is its quote asset. */
export function instruments(reply: unknown, venue: VenueId): readonly ListedInstrument[] {
  const rows = result(z.record(z.string(), z.unknown())).parse(reply).result;
  return Object.values(rows).flatMap((raw) => {
    const read = pairRow.safeParse(raw);
    if (!read.success) return [];
    const row = read.data;
    const [base, quote] = row.wsname.split('/').map(assetOf) as [string, string];
    return {
      asset: quote,
      instrument: {
        venue,
        symbol: row.altname,
        pair: `${base}-${quote}`,
        marketType: 'spot' as const,
        base,
        quote,
        tick: row.tick_size,
        lot: wire.amount.parse(`1e-${row.lot_decimals}`),
        minQty: row.ordermin,
        minNotional: wire.leastNotional(row.costmin),
        status: row.status === 'online' ? ('trading' as const) : ('halted' as const),
      },
    };
  });
}

const level = z.tuple([wire.px, wire.amount]).rest(z.unknown());
const bookBody = result(
  z.record(z.string(), z.object({ bids: z.array(level).max(1_000), asks: z.array(level).max(1_000) })),
);
export function book(reply: unknown): BookSnapshot {
  const [rows] = Object.values(bookBody.parse(reply).result);
  if (rows === undefined) throw new RangeError('no book for the pair');
  const levels = (side: typeof rows.bids) => side.map(([price, qty]) => ({ price, qty }));
  return { bids: levels(rows.bids), asks: levels(rows.asks), venueAt: null };
}

const tradeRow = z.tuple([wire.px, wire.amount, wire.seconds, z.enum(['b', 's']), z.string(), z.string(), wire.id]);
export function trades(reply: unknown): readonly PublicTrade[] {
  const { last: _, ...pairs } = result(z.record(z.string(), z.unknown())).parse(reply).result;
  const [rows] = Object.values(pairs);
  return z
    .array(tradeRow)
    .max(2_000)
    .parse(rows)
    .map(([price, qty, venueAt, aggressor, , , id]) => ({
      id,
      price,
      qty,
      aggressor: aggressor === 'b' ? 'buy' : 'sell',
      venueAt,
    }));
}

const timerBody = z.object({ result: z.object({ currentTime: z.string().max(40), triggerTime: z.string().max(40) }) });
export const timerSet = (reply: unknown): undefined => void timerBody.parse(reply);
