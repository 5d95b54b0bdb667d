import { z } from 'zod';
import { addQuantity, type EpochMs, type Quantity, type VenueOrderId } from '#domain';
import { SOUND, SUBSCRIBED, type UserFrameReader, type UserStreamProtocol } from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { UserEvent } from '../ports.js';
import * as map from './map.js';

const failed = z.object({ type: z.literal('error'), message: z.string() });
const pushed = z.object({
  channel: z.string().max(64),
  timestamp: wire.instant,
  events: z.array(z.looseObject({ orders: z.array(z.unknown()).max(2_000).nullish() })).max(1_000),
});
const orderRow = z.object({
  order_id: wire.orderId,
  client_order_id: z.string().max(128),
  product_id: wire.name,
  product_type: z.string().max(32).default('SPOT'),
  order_side: map.side,
  status: z.enum(Object.keys(map.STATUS) as (keyof typeof map.STATUS)[]),
  cumulative_quantity: wire.amount,
  leaves_quantity: wire.amount,
  avg_price: wire.pxOrNone.optional(),
  limit_price: wire.pxOrNone.optional(),
  reject_reason: z.string().max(128).default(''),
});
const REMEMBERED = 5_000;

/** The size of an order is told only while something of it is left. */
class Sizes {
  private readonly known = new Map<VenueOrderId, Quantity>();

  /** Of an order that works: as it is told, smaller than before too if it was amended. */
  ofWorking(id: VenueOrderId, told: Quantity): Quantity {
    this.known.delete(id);
    this.known.set(id, told);
    const oldest = this.known.keys().next();
    if (this.known.size > REMEMBERED && oldest.done !== true) this.known.delete(oldest.value);
    return told;
  }

  ofEnded(id: VenueOrderId, told: Quantity): Quantity {
    const before = this.known.get(id);
    return before !== undefined && before.gt(told) ? before : told;
  }
}

function orderEvent(raw: unknown, at: EpochMs, receivedAt: EpochMs, sizes: Sizes): UserEvent | null {
  const row = orderRow.parse(raw);
  if (row.product_type !== 'SPOT') return null;
  const status = map.STATUS[row.status];
  const left = addQuantity(row.cumulative_quantity, row.leaves_quantity);
  return {
    kind: 'order',
    executionId: [row.status, row.cumulative_quantity.toFixed(), left.toFixed(), row.limit_price?.toFixed()].join('/'),
    order: {
      clientOrderId: map.ours(row.client_order_id),
      venueOrderId: row.order_id,
      symbol: row.product_id,
      side: row.order_side,
      status,
      orderQty: status === 'working' ? sizes.ofWorking(row.order_id, left) : sizes.ofEnded(row.order_id, left),
      cumQty: row.cumulative_quantity,
      price: row.limit_price ?? null,
      avgPx: row.avg_price ?? null,
      updatedAt: at,
    },
    rejectReason: row.reject_reason,
    fill: null,
    venueAt: at,
    receivedAt,
  };
}

function reader(): UserFrameReader {
  const sizes = new Sizes();
  return (frame, receivedAt) => {
    const error = failed.safeParse(frame);
    if (error.success) return { kind: 'refused', text: error.data.message };
    const { channel, timestamp, events } = pushed.parse(frame);
    if (channel === 'subscriptions') return SUBSCRIBED;
    if (channel !== 'user') return SOUND;
    return {
      kind: 'events',
      events: events
        .flatMap(({ orders }) => orders ?? [])
        .map((row) => orderEvent(row, timestamp, receivedAt, sizes))
        .filter((event) => event !== null),
    };
  };
}

/**
 * Channel `user`, which has orders with what is filled of them in all, and `heartbeats`, without which the vendor ends a
 * quiet stream. Trades are asked for when an order turns out to have more filled than was known.
 */
export const COINBASE_USER_STREAM: UserStreamProtocol = {
  watches: [{ method: 'watchOrders' }, { method: 'subscribe', args: ['heartbeats', true] }],
  pays: [],
  reader,
};
