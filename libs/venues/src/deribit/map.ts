import { z } from 'zod';
import { ZERO, type ClientOrderId, type EpochMs, type VenueId } from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { BookSnapshot, Heard, ListedInstrument } from '../ccxt/protocol.js';
import * as wire from '../ccxt/wire.js';
import type {
  AccountSettings,
  Balance,
  FeeSchedule,
  OrderView,
  Page,
  PlaceAck,
  PositionView,
  VenueFill,
  VenueOrderStatus,
} from '../ports.js';
import type { Mark, PublicTrade } from '../feed-port.js';

const ours = (text: string): ClientOrderId | null => parseClientOrderId('deribit', text);
const result = <T extends z.ZodType>(shape: T) => z.object({ result: shape });
const side = z.enum(['buy', 'sell']);
const label = z.string().max(64).default('');

const STATUS = {
  open: 'working',
  untriggered: 'working',
  filled: 'filled',
  rejected: 'rejected',
  cancelled: 'canceled',
} as const satisfies Readonly<Record<string, VenueOrderStatus>>;

export const orderRow = z.object({
  instrument_name: wire.name,
  order_id: wire.orderId,
  label,
  direction: side,
  order_state: z.enum(Object.keys(STATUS) as (keyof typeof STATUS)[]),
  amount: wire.amount,
  filled_amount: wire.amount.default(wire.amount.parse('0')),
  price: z.union([wire.pxOrNone, z.literal('market_price').transform(() => null)]),
  last_update_timestamp: wire.ms,
});

export const view = (row: z.output<typeof orderRow>): OrderView => ({
  clientOrderId: ours(row.label),
  venueOrderId: row.order_id,
  symbol: row.instrument_name,
  side: row.direction,
  status: STATUS[row.order_state],
  orderQty: row.amount,
  cumQty: row.filled_amount,
  price: row.price,
  updatedAt: row.last_update_timestamp,
});

export const fillRow = z.object({
  trade_id: wire.tradeId,
  order_id: wire.orderId,
  instrument_name: wire.name,
  label,
  price: wire.px,
  amount: wire.executed,
  fee: wire.signed,
  fee_currency: z.string().max(16),
  liquidity: z.enum(['M', 'T', 'MT']),
  timestamp: wire.ms,
});
export const fill = (row: z.output<typeof fillRow>): VenueFill => ({
  symbol: row.instrument_name,
  clientOrderId: ours(row.label),
  venueOrderId: row.order_id,
  tradeId: row.trade_id,
  lastQty: row.amount,
  lastPx: row.price,
  role: row.liquidity === 'M' ? 'maker' : 'taker',
  fee: row.fee,
  feeAsset: row.fee_currency,
  tradedAt: row.timestamp,
});

const placedBody = result(z.object({ order: orderRow, trades: z.array(fillRow).max(10_000).default([]) }));

/** The order as it stands after the request, with what was filled at once. */
export function placed(reply: unknown, wanted: ClientOrderId): PlaceAck & { readonly view: OrderView } {
  const { order, trades } = placedBody.parse(reply).result;
  wire.sameOrder(wanted, ours(order.label), order.label === '' ? 'no label' : order.label);
  return { venueOrderId: order.order_id, view: view(order), fills: trades.map(fill) };
}

export function canceled(reply: unknown, wanted: ClientOrderId): OrderView {
  const row = result(orderRow).parse(reply).result;
  wire.sameOrder(wanted, ours(row.label), row.label === '' ? 'no label' : row.label);
  return view(row);
}
export const count = (reply: unknown): number => result(wire.int.pipe(z.number().max(100_000))).parse(reply).result;

export const orders = (reply: unknown): readonly OrderView[] =>
  result(z.array(orderRow).max(10_000)).parse(reply).result.map(view);
export const order = (reply: unknown): OrderView => view(result(orderRow).parse(reply).result);

/** The one order with a label; two cannot be told apart. */
export function labelled(reply: unknown): OrderView | null {
  const rows = orders(reply);
  if (rows.length > 1) throw new RangeError(`${rows.length} orders have one label`);
  return rows[0] ?? null;
}

/** Newest first; walked until a page ends before `from`. */
export function history(reply: unknown, from: EpochMs, offset: number, size: number): Page<OrderView> {
  const rows = orders(reply);
  const last = rows.at(-1);
  const more = rows.length >= size && last !== undefined && last.updatedAt >= from;
  return { rows: rows.filter((row) => row.updatedAt >= from), next: more ? String(offset + rows.length) : null };
}

/** Oldest first; the next page begins in the millisecond in which this one ends, so that none is left out. */
export function fills(reply: unknown, from: number): Page<VenueFill> {
  const body = result(z.object({ trades: z.array(fillRow).max(10_000), has_more: z.boolean() })).parse(reply).result;
  const rows = body.trades.map(fill);
  const last = rows.reduce((latest, row) => Math.max(latest, row.tradedAt), 0);
  return { rows, next: body.has_more && rows.length > 0 ? String(last > from ? last : from + 1) : null };
}

const summaryBody = result(z.object({ currency: wire.name, balance: wire.signed, available_funds: wire.signed }));
export function balances(reply: unknown): readonly Balance[] {
  const { currency, balance, available_funds: available } = summaryBody.parse(reply).result;
  const free = available.isNegative() ? ZERO : available;
  const locked = balance.sub(free);
  return [{ asset: currency, free, locked: locked.isNegative() ? ZERO : locked }];
}

const feeBody = result(z.object({ maker_commission: wire.signed, taker_commission: wire.signed }));
export function fees(reply: unknown): FeeSchedule {
  const { maker_commission: maker, taker_commission: taker } = feeBody.parse(reply).result;
  return { makerBps: wire.bps(maker), takerBps: wire.bps(taker) };
}

const positionRow = z.object({
  instrument_name: wire.name,
  size: wire.signed,
  average_price: wire.pxOrNone,
  mark_price: wire.pxOrNone,
  floating_profit_loss: wire.signedOrNone,
  leverage: wire.signedOrNone,
});
export const positions = (reply: unknown, { repliedAt }: Heard): readonly PositionView[] =>
  result(z.array(positionRow).max(2_000))
    .parse(reply)
    .result.filter(({ size }) => !size.isZero())
    .map((row) => ({
      symbol: row.instrument_name,
      side: 'both',
      qty: row.size,
      entryPx: row.average_price,
      markPx: row.mark_price,
      unrealizedPnl: row.floating_profit_loss,
      leverage: row.leverage === null ? null : Number(row.leverage.toFixed()),
      marginType: 'cross',
      updatedAt: repliedAt,
    }));

const keysBody = result(
  z.array(
    z.object({
      client_id: z.string().max(128),
      max_scope: z.string().max(4_096),
      ip_whitelist: z.array(z.string().max(64)).nullish(),
    }),
  ),
);
export function settings(reply: unknown, apiKey: string): AccountSettings {
  const key = keysBody.parse(reply).result.find((one) => one.client_id === apiKey);
  if (key === undefined) throw new RangeError('the list of keys has not the one that asked');
  const scopes = key.max_scope.split(/\s+/);
  return {
    hedgeMode: null,
    bySymbol: new Map(),
    permissions: {
      canTrade: scopes.includes('trade:read_write'),
      canWithdraw: scopes.includes('wallet:read_write'),
      ipBound: (key.ip_whitelist ?? []).length > 0,
    },
  };
}

export const time = (reply: unknown) => result(wire.ms).parse(reply).result;

const instrumentRow = z.object({
  instrument_name: wire.name,
  base_currency: wire.name,
  quote_currency: wire.name,
  settlement_period: z.literal('perpetual'),
  tick_size: wire.px,
  min_trade_amount: wire.amount,
  contract_size: wire.amount,
  is_active: z.boolean(),
});
export function instruments(reply: unknown, venue: VenueId): readonly ListedInstrument[] {
  return result(z.array(z.unknown()).max(20_000))
    .parse(reply)
    .result.flatMap((raw) => {
      const read = instrumentRow.safeParse(raw);
      if (!read.success) return [];
      const row = read.data;
      return {
        asset: null,
        instrument: {
          venue,
          symbol: row.instrument_name,
          pair: `${row.base_currency}-${row.quote_currency}`,
          marketType: 'perp' as const,
          base: row.base_currency,
          quote: row.quote_currency,
          tick: row.tick_size,
          lot: row.contract_size,
          minQty: row.min_trade_amount,
          minNotional: wire.leastNotional(undefined),
          status: row.is_active ? ('trading' as const) : ('halted' as const),
        },
      };
    });
}

const markBody = result(
  z.object({
    instrument_name: wire.name,
    mark_price: wire.px,
    current_funding: wire.signedOrNone,
    timestamp: wire.ms,
  }),
);
/** Funding is paid all the time; the rate is that of eight hours. */
export function marks(reply: unknown): ReadonlyMap<string, Mark> {
  const row = markBody.parse(reply).result;
  const { mark_price: markPx, current_funding: fundingRate, timestamp: venueAt } = row;
  return new Map([[row.instrument_name, { markPx, fundingRate, nextFundingAt: null, venueAt }]]);
}

const level = z.tuple([wire.px, wire.amount]);
const bookBody = result(
  z.object({ bids: z.array(level).max(10_000), asks: z.array(level).max(10_000), timestamp: wire.ms }),
);
export function book(reply: unknown): BookSnapshot {
  const { bids, asks, timestamp } = bookBody.parse(reply).result;
  const levels = (rows: typeof bids) => rows.map(([price, qty]) => ({ price, qty }));
  return { bids: levels(bids), asks: levels(asks), venueAt: timestamp };
}

const tradeRow = z.object({
  trade_id: wire.id,
  price: wire.px,
  amount: wire.amount,
  direction: side,
  timestamp: wire.ms,
});
export const trades = (reply: unknown): readonly PublicTrade[] =>
  result(z.object({ trades: z.array(tradeRow).max(2_000) }))
    .parse(reply)
    .result.trades.map((row) => ({
      id: row.trade_id,
      price: row.price,
      qty: row.amount,
      aggressor: row.direction,
      venueAt: row.timestamp,
    }))
    .sort((a, b) => a.venueAt - b.venueAt);
