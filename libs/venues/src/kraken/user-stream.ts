import { z } from 'zod';
import { ZERO_QUANTITY, type EpochMs, type VenueOrderId } from '#domain';
import { SOUND, SUBSCRIBED, type UserFrameReader, type UserStreamProtocol } from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { OrderView, UserEvent, VenueFill, VenueOrderStatus } from '../ports.js';
import * as map from './map.js';

const said = z.object({ method: z.string().max(64), success: z.boolean().optional(), error: z.string().default('') });
const pushed = z.object({
  channel: z.string().max(64),
  type: z.string().max(32).optional(),
  sequence: wire.int.optional(),
  data: z.array(z.unknown()).max(2_000).optional(),
});

const STATUS: Readonly<Record<string, VenueOrderStatus>> = {
  pending_new: 'working',
  new: 'working',
  partially_filled: 'working',
  filled: 'filled',
  canceled: 'canceled',
  expired: 'expired',
};

/** What a row may leave out when it was told before. */
const orderFields = z.object({
  cl_ord_id: z.string().max(64).optional(),
  symbol: wire.name.optional(),
  side: map.side.optional(),
  order_qty: wire.amount.optional(),
  limit_price: wire.px.optional(),
});
const row = orderFields.extend({
  order_id: wire.orderId,
  exec_type: z.string().max(32),
  order_status: z.enum(Object.keys(STATUS) as [string, ...string[]]).optional(),
  cum_qty: wire.amount.optional(),
  avg_price: wire.pxOrNone.optional(),
  timestamp: wire.instant,
});
const tradeRow = z.object({
  exec_id: wire.tradeId,
  last_qty: wire.executed,
  last_price: wire.px,
  liquidity_ind: z.enum(['t', 'm']),
  fees: z.tuple([z.object({ asset: wire.name, qty: wire.signed })]),
});
type Known = z.output<typeof orderFields>;
const REMEMBERED = 5_000;

/** This channel says `BTC/USD` for what requests call `XBTUSD`. */
const symbolOf = (name: string): string =>
  name
    .split('/')
    .map((asset) => (asset === 'BTC' ? 'XBT' : asset === 'DOGE' ? 'XDG' : asset))
    .join('');

/** Reads the executions of one connection: an order is told in full once, and then what changed. */
class Executions {
  private readonly known = new Map<VenueOrderId, Known>();
  private lastSequence: number | null = null;

  /** What was skipped between two frames; null when nothing was. */
  skipped(sequence: number | undefined): string | null {
    if (sequence === undefined) return null;
    const before = this.lastSequence;
    this.lastSequence = Math.max(sequence, before ?? 0);
    return before === null || sequence <= before + 1 ? null : `frame ${sequence} came after ${before}`;
  }

  /** Null: the row tells less than happened. */
  eventOf(raw: unknown, receivedAt: EpochMs): UserEvent | null {
    const told = row.parse(raw);
    const known = this.learn(told.order_id, told);
    return told.exec_type === 'trade' ? fillEvent(raw, told, known, receivedAt) : orderEvent(told, known, receivedAt);
  }

  private learn(id: VenueOrderId, told: z.output<typeof row>): Known {
    const fields = Object.fromEntries(
      Object.entries(orderFields.shape).flatMap(([field]) => {
        const value = told[field as keyof Known];
        return value === undefined ? [] : [[field, value]];
      }),
    ) as Known;
    const known = { ...this.known.get(id), ...fields };
    this.known.delete(id);
    this.known.set(id, known);
    const oldest = this.known.keys().next();
    if (this.known.size > REMEMBERED && oldest.done !== true) this.known.delete(oldest.value);
    return known;
  }
}

function orderEvent(told: z.output<typeof row>, known: Known, receivedAt: EpochMs): UserEvent | null {
  const { symbol, side, order_qty: orderQty } = known;
  const status = STATUS[told.order_status ?? ''];
  const begins = told.exec_type === 'pending_new' || told.exec_type === 'new';
  // An order that ended with less filled than we are told would be closed too early.
  const cumQty = told.cum_qty ?? (begins ? ZERO_QUANTITY : undefined);
  if (symbol === undefined || side === undefined || orderQty === undefined) return null;
  if (status === undefined || cumQty === undefined) return null;
  const order: OrderView = {
    clientOrderId: map.ours(known.cl_ord_id),
    venueOrderId: told.order_id,
    symbol: symbolOf(symbol),
    side,
    status,
    orderQty,
    cumQty,
    price: known.limit_price ?? null,
    avgPx: told.avg_price ?? null,
    updatedAt: told.timestamp,
  };
  return {
    kind: 'order',
    executionId: [told.exec_type, status, cumQty.toFixed(), orderQty.toFixed(), told.timestamp].join('/'),
    order,
    rejectReason: '',
    fill: null,
    venueAt: told.timestamp,
    receivedAt,
  };
}

function fillEvent(
  raw: unknown,
  told: z.output<typeof row>,
  { cl_ord_id: text, symbol }: Known,
  receivedAt: EpochMs,
): UserEvent | null {
  const trade = tradeRow.safeParse(raw);
  if (symbol === undefined || !trade.success) return null;
  const [{ asset, qty }] = trade.data.fees;
  const fill: VenueFill = {
    symbol: symbolOf(symbol),
    clientOrderId: map.ours(text),
    venueOrderId: told.order_id,
    tradeId: trade.data.exec_id,
    lastQty: trade.data.last_qty,
    lastPx: trade.data.last_price,
    role: trade.data.liquidity_ind === 'm' ? 'maker' : 'taker',
    fee: qty,
    feeAsset: map.assetOf(asset),
    tradedAt: told.timestamp,
  };
  return { kind: 'fill', fill, venueAt: told.timestamp, receivedAt };
}

function reader(): UserFrameReader {
  const executions = new Executions();
  return (frame, receivedAt) => {
    const answer = said.safeParse(frame);
    if (answer.success) {
      const { method, success, error } = answer.data;
      if (method !== 'subscribe') return SOUND;
      return success === true ? SUBSCRIBED : { kind: 'refused', text: `${method}: ${error}` };
    }
    const { channel, sequence, data = [] } = pushed.parse(frame);
    if (channel !== 'executions') return SOUND;
    const skipped = executions.skipped(sequence);
    const events = data.map((one) => executions.eventOf(one, receivedAt));
    const whole = events.filter((event) => event !== null);
    const missing = skipped ?? (whole.length < events.length ? 'a row tells less than happened' : null);
    return { kind: 'events', events: whole, ...(missing === null ? {} : { missing }) };
  };
}

const tokenBody = z.object({ result: z.object({ token: z.string().min(1).max(256) }) });

/** Channel `executions`; that of balances does not tell what orders hold. */
export const KRAKEN_USER_STREAM: UserStreamProtocol = {
  watches: [{ method: 'watchOrders' }],
  pays: ['WS connect'],
  token: {
    call: 'POST /0/private/GetWebSocketsToken',
    ask: {
      method: 'privatePostGetWebSocketsToken',
      params: {},
      read: (reply) => tokenBody.parse(reply).result.token,
    },
    use: (exchange, token) => {
      exchange.authenticate = () => Promise.resolve(token);
    },
  },
  reader,
};
