import { z } from 'zod';
import {
  Dec,
  epochMs,
  price,
  quantity,
  subtractQuantity,
  type ClientOrderId,
  type EpochMs,
  type Price,
  type Side,
  type VenueId,
} from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { BookSnapshot, Heard, ListedInstrument } from '../ccxt/protocol.js';
import { accepted } from '../ccxt/rendering.js';
import * as wire from '../ccxt/wire.js';
import type {
  AccountSettings,
  Balance,
  FeeSchedule,
  OrderView,
  Page,
  PlaceAck,
  PlaceRequest,
  PositionView,
  VenueFill,
  VenueOrderStatus,
} from '../ports.js';
import type { Mark, PublicTrade } from '../feed-port.js';

const ours = (text: string | null | undefined): ClientOrderId | null => parseClientOrderId('hyperliquid', text ?? '');
const side = z.enum(['A', 'B']).transform((value): Side => (value === 'B' ? 'buy' : 'sell'));
const cloid = z.string().max(64).nullish();

const orderRow = z.object({
  coin: wire.name,
  side,
  limitPx: wire.pxOrNone,
  /** What is still open. */
  sz: wire.amount,
  origSz: wire.amount,
  oid: wire.orderId,
  timestamp: wire.ms,
  cloid,
});

/** Many words for how an order ended, told by their endings. @throws RangeError for one that says neither */
function statusOf(word: string): VenueOrderStatus {
  if (word === 'open' || word === 'triggered') return 'working';
  if (word === 'filled') return 'filled';
  if (word === 'iocCancelRejected' || word === 'scheduledCancel' || /[cC]anceled$/.test(word)) return 'canceled';
  if (/[rR]ejected$/.test(word)) return 'rejected';
  throw new RangeError(`unknown order status ${word.slice(0, 40)}`);
}

function view(row: z.output<typeof orderRow>, word: string, at: EpochMs): OrderView {
  const status = statusOf(word);
  return {
    clientOrderId: ours(row.cloid),
    venueOrderId: row.oid,
    symbol: row.coin,
    side: row.side,
    status,
    orderQty: row.origSz,
    cumQty: status === 'filled' ? row.origSz : subtractQuantity(row.origSz, row.sz),
    price: row.limitPx,
    updatedAt: at,
  };
}

const placedBody = z.object({
  response: z.object({
    data: z.object({
      statuses: z.tuple([
        z.union([
          z.object({ resting: z.object({ oid: wire.orderId, cloid }) }),
          z.object({ filled: z.object({ oid: wire.orderId, cloid, totalSz: wire.amount }) }),
        ]),
      ]),
    }),
  }),
});

/** Resting, or filled at once; trades come with the list of fills. */
export function placed(reply: unknown, request: PlaceRequest, at: EpochMs): PlaceAck {
  const [status] = placedBody.parse(reply).response.data.statuses;
  const row = 'filled' in status ? status.filled : status.resting;
  if (row.cloid !== undefined && row.cloid !== null) wire.sameOrder(request.clientOrderId, ours(row.cloid), row.cloid);
  const ack = accepted(request, row.oid, at);
  if (!('filled' in status)) return ack;
  const { totalSz } = status.filled;
  const whole = totalSz.gte(request.orderQty);
  // What an immediate order did not get is gone.
  const end: VenueOrderStatus = whole ? 'filled' : request.timeInForce === 'ioc' ? 'canceled' : 'working';
  return { ...ack, view: { ...ack.view, status: end, cumQty: totalSz } };
}

const canceledBody = z.object({
  response: z.object({ data: z.object({ statuses: z.tuple([z.literal('success')]) }) }),
});
export const canceled = (reply: unknown): void => void canceledBody.parse(reply);

const lookupBody = z.discriminatedUnion('status', [
  z.object({ status: z.literal('unknownOid') }),
  z.object({
    status: z.literal('order'),
    order: z.object({ order: orderRow, status: z.string().max(64), statusTimestamp: wire.ms }),
  }),
]);
export function found(reply: unknown): OrderView | null {
  const body = lookupBody.parse(reply);
  return body.status === 'order' ? view(body.order.order, body.order.status, body.order.statusTimestamp) : null;
}

export const open = (reply: unknown): readonly OrderView[] =>
  z
    .array(orderRow)
    .max(10_000)
    .parse(reply)
    .map((row) => view(row, 'open', row.timestamp));

const stateRow = z.object({ order: orderRow, status: z.string().max(64), statusTimestamp: wire.ms });
export function state(raw: unknown): OrderView {
  const { order, status, statusTimestamp } = stateRow.parse(raw);
  return view(order, status, statusTimestamp);
}
export const history = (reply: unknown): readonly OrderView[] =>
  z.array(z.unknown()).max(5_000).parse(reply).map(state);

export const fillRow = z.object({
  coin: wire.name,
  px: wire.px,
  sz: wire.executed,
  time: wire.ms,
  oid: wire.orderId,
  tid: wire.tradeId,
  crossed: z.boolean(),
  fee: wire.signed,
  feeToken: z.string().min(1).max(32),
  cloid,
});
export const fill = (row: z.output<typeof fillRow>): VenueFill => ({
  symbol: row.coin,
  clientOrderId: ours(row.cloid),
  venueOrderId: row.oid,
  tradeId: row.tid,
  lastQty: row.sz,
  lastPx: row.px,
  role: row.crossed ? 'taker' : 'maker',
  fee: row.fee,
  feeAsset: row.feeToken,
  tradedAt: row.time,
});
const FILLS_PAGE = 2_000;

/** Of all coins, oldest first; the next page begins in the millisecond in which this one ends. */
export function fills(reply: unknown, symbol: string, from: number): Page<VenueFill> {
  const rows = z.array(fillRow).max(10_000).parse(reply);
  const last = rows.reduce((latest, row) => Math.max(latest, row.time), 0);
  return {
    rows: rows.filter(({ coin }) => coin === symbol).map(fill),
    next: rows.length < FILLS_PAGE ? null : String(last > from ? last : from + 1),
  };
}

const stateBody = z.object({
  marginSummary: z.object({ totalMarginUsed: wire.amount }),
  withdrawable: wire.signed,
  assetPositions: z
    .array(
      z.object({
        position: z.object({
          coin: wire.name,
          szi: wire.signed,
          entryPx: wire.pxOrNone,
          unrealizedPnl: wire.signedOrNone,
          leverage: z.object({ type: z.enum(['cross', 'isolated']), value: wire.int }),
        }),
      }),
    )
    .max(5_000),
  time: wire.ms,
});
export function balances(reply: unknown): readonly Balance[] {
  const { withdrawable, marginSummary } = stateBody.parse(reply);
  return [{ asset: 'USDC', free: withdrawable, locked: marginSummary.totalMarginUsed }];
}
export function positions(reply: unknown): readonly PositionView[] {
  const { assetPositions, time } = stateBody.parse(reply);
  return assetPositions
    .filter(({ position }) => !position.szi.isZero())
    .map(({ position }) => ({
      symbol: position.coin,
      side: 'both',
      qty: position.szi,
      entryPx: position.entryPx,
      markPx: null,
      unrealizedPnl: position.unrealizedPnl,
      leverage: position.leverage.value,
      marginType: position.leverage.type,
      updatedAt: time,
    }));
}

const feesBody = z.object({ userCrossRate: wire.signed, userAddRate: wire.signed });
export function fees(reply: unknown): FeeSchedule {
  const { userCrossRate, userAddRate } = feesBody.parse(reply);
  return { makerBps: wire.bps(userAddRate), takerBps: wire.bps(userCrossRate) };
}

const roleBody = z.object({
  role: z.string().max(32),
  data: z.looseObject({ user: z.string().max(64).optional() }).optional(),
});

/** Asked about the address that signs: one that only acts for the account can trade and never withdraw. */
export function settings(reply: unknown, account: string, signer: string): AccountSettings {
  const { role, data } = roleBody.parse(reply);
  const itself = signer.toLowerCase() === account.toLowerCase();
  const agent = role === 'agent' && data?.user?.toLowerCase() === account.toLowerCase();
  return {
    hedgeMode: null,
    bySymbol: new Map(),
    permissions: { canTrade: itself ? role === 'user' : agent, canWithdraw: itself, ipBound: false },
  };
}

const bookBody = z.object({
  time: wire.ms,
  levels: z.tuple([
    z.array(z.object({ px: wire.px, sz: wire.amount })).max(1_000),
    z.array(z.object({ px: wire.px, sz: wire.amount })).max(1_000),
  ]),
});
export function book(reply: unknown): BookSnapshot {
  const { time, levels } = bookBody.parse(reply);
  const side = (rows: (typeof levels)[0]) => rows.map(({ px, sz }) => ({ price: px, qty: sz }));
  return { bids: side(levels[0]), asks: side(levels[1]), venueAt: time };
}
export const time = (reply: unknown) => z.object({ time: wire.ms }).parse(reply).time;

/** Five significant digits, and no more decimals than six less those of the size; whole numbers always pass. */
export function tickOf(markPx: Price, sizeDecimals: number): Price {
  const magnitude = new Dec(markPx).mul(2).e;
  const decimals = Math.max(0, Math.min(6 - sizeDecimals, 4 - magnitude));
  return price(new Dec(10).pow(-decimals).toFixed());
}

const metaBody = z.tuple([
  z.object({
    universe: z.array(
      z.object({
        name: wire.name,
        szDecimals: wire.int.pipe(z.number().max(6)),
        isDelisted: z.boolean().optional(),
      }),
    ),
  }),
  z.array(z.object({ markPx: wire.pxOrNone, funding: wire.signedOrNone.optional() })),
]);
/** The vendor's number of an instrument is its place in the list. */
export function instruments(reply: unknown, venue: VenueId): readonly ListedInstrument[] {
  const [{ universe }, contexts] = metaBody.parse(reply);
  return universe.flatMap(({ name, szDecimals, isDelisted }, place) => {
    const markPx = contexts[place]?.markPx ?? null;
    if (markPx === null) return [];
    const lot = quantity(new Dec(10).pow(-szDecimals).toFixed());
    return {
      asset: String(place),
      instrument: {
        venue,
        symbol: name,
        pair: `${name}-USDC`,
        marketType: 'perp' as const,
        base: name,
        quote: 'USDC',
        tick: tickOf(markPx, szDecimals),
        lot,
        minQty: lot,
        minNotional: wire.leastNotional(new Dec(10)),
        status: isDelisted === true ? ('halted' as const) : ('trading' as const),
      },
    };
  });
}

const HOUR_MS = 3_600_000;
/** Funding is paid every hour; the list tells no time but that of its arrival. */
export function marks(reply: unknown, { repliedAt }: Heard): ReadonlyMap<string, Mark> {
  const [{ universe }, contexts] = metaBody.parse(reply);
  const nextFundingAt = epochMs((Math.floor(repliedAt / HOUR_MS) + 1) * HOUR_MS);
  return new Map(
    universe.flatMap(({ name }, place) => {
      const { markPx = null, funding: fundingRate = null } = contexts[place] ?? {};
      return markPx === null ? [] : [[name, { markPx, fundingRate, nextFundingAt, venueAt: repliedAt }]];
    }),
  );
}

const tradeRow = z.object({ side, px: wire.px, sz: wire.amount, time: wire.ms, tid: wire.id });
export const trades = (reply: unknown): readonly PublicTrade[] =>
  z
    .array(tradeRow)
    .max(2_000)
    .parse(reply)
    .map((row) => ({ id: row.tid, price: row.px, qty: row.sz, aggressor: row.side, venueAt: row.time }))
    .sort((a, b) => a.venueAt - b.venueAt);

const timerBody = z.object({ status: z.literal('ok'), response: z.object({ type: z.literal('default') }) });
export const timerSet = (reply: unknown): undefined => void timerBody.parse(reply);
