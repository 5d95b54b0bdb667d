import { z } from 'zod';
import { type ClientOrderId, type Quantity, type Side, type VenueId, type VenueOrderId } from '#domain';
import { parseClientOrderId } from '../client-order-id.js';
import type { ToldOfOne } from '../ccxt/cancel-outcomes.js';
import type { BookSnapshot, ListedInstrument } from '../ccxt/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { AccountSettings, Balance, FeeSchedule, OrderView, Page, VenueFill, VenueOrderStatus } from '../ports.js';
import type { PublicTrade } from '../feed-port.js';

export const ours = (text: string): ClientOrderId | null => parseClientOrderId('coinbase', text);
export const side = z.enum(['BUY', 'SELL']).transform((value): Side => (value === 'BUY' ? 'buy' : 'sell'));
const cursor = z.string().max(1_024).nullish();
const nextOf = (text: string | null | undefined): string | null =>
  text === undefined || text === null || text === '' ? null : text;

export const STATUS = {
  PENDING: 'working',
  OPEN: 'working',
  QUEUED: 'working',
  CANCEL_QUEUED: 'working',
  EDIT_QUEUED: 'working',
  FILLED: 'filled',
  CANCELLED: 'canceled',
  EXPIRED: 'expired',
  FAILED: 'rejected',
} as const satisfies Readonly<Record<string, VenueOrderStatus>>;

const canceledBody = z.object({
  results: z
    .array(z.object({ success: z.boolean(), failure_reason: z.string().max(128), order_id: z.string().max(64) }))
    .max(2_000),
});

/** What is said of each order of a request for several, by the exchange's ids. */
export function canceledMany(
  reply: unknown,
  asked: readonly { readonly clientOrderId: ClientOrderId; readonly venueOrderId: VenueOrderId }[],
): readonly ToldOfOne[] {
  const ids = new Map<string, ClientOrderId>(asked.map((one) => [one.venueOrderId, one.clientOrderId]));
  return canceledBody.parse(reply).results.map(({ success, failure_reason: code, order_id: as }) => ({
    id: ids.get(as) ?? null,
    as,
    error: success ? null : { code, text: '' },
  }));
}

const orderRow = z.object({
  order_id: wire.orderId,
  product_id: wire.name,
  client_order_id: z.string().max(128),
  side,
  status: z.enum(Object.keys(STATUS) as (keyof typeof STATUS)[]),
  filled_size: wire.amount,
  created_time: wire.instant,
  last_fill_time: wire.instant.nullish(),
  last_update_time: wire.instant.nullish(),
  order_configuration: z.record(
    z.string(),
    z.looseObject({ base_size: wire.amount.nullish(), limit_price: wire.pxOrNone.nullish() }),
  ),
});

function view(row: z.output<typeof orderRow>): OrderView {
  const [configuration] = Object.values(row.order_configuration);
  return {
    clientOrderId: ours(row.client_order_id),
    venueOrderId: row.order_id,
    symbol: row.product_id,
    side: row.side,
    status: STATUS[row.status],
    // An order for an amount of money has no size of its own but what it came to.
    orderQty: configuration?.base_size ?? row.filled_size,
    cumQty: row.filled_size,
    price: configuration?.limit_price ?? null,
    updatedAt: row.last_update_time ?? row.last_fill_time ?? row.created_time,
  };
}

const ordersBody = z.object({ orders: z.array(orderRow).max(2_000), has_next: z.boolean(), cursor });
export function orders(reply: unknown): Page<OrderView> {
  const body = ordersBody.parse(reply);
  return { rows: body.orders.map(view), next: body.has_next ? nextOf(body.cursor) : null };
}
export const order = (reply: unknown): OrderView => view(z.object({ order: orderRow }).parse(reply).order);

const placedBody = z.object({
  success_response: z.object({ order_id: wire.orderId, product_id: wire.name, client_order_id: z.string().max(128) }),
});
/** The order of the acknowledgement; for a repeated id the one that had it first. */
export function placed(reply: unknown, wanted: ClientOrderId) {
  const { success_response: row } = placedBody.parse(reply);
  wire.sameOrder(wanted, ours(row.client_order_id), row.client_order_id);
  return row.order_id;
}

const fillRow = z.object({
  trade_id: wire.tradeId,
  order_id: wire.orderId,
  product_id: wire.name,
  trade_time: wire.instant,
  trade_type: z.string().max(32),
  price: wire.px,
  size: wire.executed,
  size_in_quote: z.boolean().default(false),
  commission: wire.signed,
  liquidity_indicator: z.enum(['MAKER', 'TAKER', 'UNKNOWN_LIQUIDITY_INDICATOR']),
});

/** Sizes in money are turned into units of the base, rounded down to 18 digits. */
export function fills(reply: unknown): Page<VenueFill> {
  const body = z.object({ fills: z.array(fillRow).max(2_000), cursor }).parse(reply);
  return {
    rows: body.fills
      .filter(({ trade_type: type }) => type === 'FILL')
      .map((row) => ({
        symbol: row.product_id,
        clientOrderId: null,
        venueOrderId: row.order_id,
        tradeId: row.trade_id,
        lastQty: row.size_in_quote ? (row.size.div(row.price).toDecimalPlaces(18) as Quantity) : row.size,
        lastPx: row.price,
        role: row.liquidity_indicator === 'MAKER' ? ('maker' as const) : ('taker' as const),
        fee: row.commission,
        feeAsset: quoteOf(row.product_id),
        tradedAt: row.trade_time,
      })),
    next: nextOf(body.cursor),
  };
}

const quoteOf = (symbol: string): string => wire.name.parse(symbol.split('-')[1] ?? '');

const money = z.object({ value: wire.amount });
const accountsBody = z.object({
  accounts: z.array(z.object({ currency: wire.name, available_balance: money, hold: money.nullish() })).max(1_000),
  has_next: z.boolean(),
});
export function balances(reply: unknown): readonly Balance[] {
  const body = accountsBody.parse(reply);
  if (body.has_next) throw new RangeError('more balances than one page holds');
  return body.accounts.map((row) => ({
    asset: row.currency,
    free: row.available_balance.value,
    locked: row.hold?.value ?? wire.amount.parse('0'),
  }));
}

const tierBody = z.object({ fee_tier: z.object({ maker_fee_rate: wire.signed, taker_fee_rate: wire.signed }) });
export function fees(reply: unknown): FeeSchedule {
  const { maker_fee_rate: maker, taker_fee_rate: taker } = tierBody.parse(reply).fee_tier;
  return { makerBps: wire.bps(maker), takerBps: wire.bps(taker) };
}

const keyBody = z.object({ can_trade: z.boolean(), can_transfer: z.boolean() });
export function settings(reply: unknown): AccountSettings {
  const { can_trade: canTrade, can_transfer: canWithdraw } = keyBody.parse(reply);
  return { hedgeMode: null, bySymbol: new Map(), permissions: { canTrade, canWithdraw, ipBound: null } };
}

export const time = (reply: unknown) => z.object({ epochMillis: wire.ms }).parse(reply).epochMillis;

const productRow = z.object({
  product_id: wire.name,
  base_currency_id: wire.name,
  quote_currency_id: wire.name,
  base_increment: wire.amount,
  price_increment: wire.px,
  base_min_size: wire.amount,
  quote_min_size: wire.amount,
  status: z.string().max(32),
  trading_disabled: z.boolean(),
  product_type: z.literal('SPOT'),
});
export function instruments(reply: unknown, venue: VenueId): readonly ListedInstrument[] {
  const { products } = z.object({ products: z.array(z.unknown()).max(20_000) }).parse(reply);
  return products.flatMap((raw) => {
    const read = productRow.safeParse(raw);
    if (!read.success) return [];
    const row = read.data;
    return {
      asset: null,
      instrument: {
        venue,
        symbol: row.product_id,
        pair: `${row.base_currency_id}-${row.quote_currency_id}`,
        marketType: 'spot' as const,
        base: row.base_currency_id,
        quote: row.quote_currency_id,
        tick: row.price_increment,
        lot: row.base_increment,
        minQty: row.base_min_size,
        minNotional: wire.leastNotional(row.quote_min_size),
        status: row.status === 'online' && !row.trading_disabled ? ('trading' as const) : ('halted' as const),
      },
    };
  });
}

const level = z.object({ price: wire.px, size: wire.amount });
const bookBody = z.object({
  pricebook: z.object({ bids: z.array(level).max(5_000), asks: z.array(level).max(5_000), time: wire.instant }),
});
export function book(reply: unknown): BookSnapshot {
  const { bids, asks, time: venueAt } = bookBody.parse(reply).pricebook;
  const levels = (rows: typeof bids) => rows.map(({ price, size }) => ({ price, qty: size }));
  return { bids: levels(bids), asks: levels(asks), venueAt };
}

const tradeRow = z.object({ trade_id: wire.id, price: wire.px, size: wire.amount, time: wire.instant, side });
export const trades = (reply: unknown): readonly PublicTrade[] =>
  z
    .object({ trades: z.array(tradeRow).max(2_000) })
    .parse(reply)
    .trades.map((row) => ({
      id: row.trade_id,
      price: row.price,
      qty: row.size,
      aggressor: row.side,
      venueAt: row.time,
    }))
    .reverse();
