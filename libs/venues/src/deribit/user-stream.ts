import { z } from 'zod';
import type { EpochMs } from '#domain';
import { LOGIN, SOUND, SUBSCRIBED, type UserFrame, type UserStreamProtocol } from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { UserEvent } from '../ports.js';
import * as map from './map.js';

const failed = z.object({ error: z.object({ code: z.string().max(16), message: z.string() }) });
const answered = z.object({
  result: z.union([z.array(z.string().max(128)).min(1), z.looseObject({ access_token: z.string() })]),
});
const pushed = z.object({
  method: z.literal('subscription'),
  params: z.object({ channel: z.string().max(128), data: z.unknown() }),
});
const rows = z
  .union([
    z.array(z.looseObject({ instrument_name: wire.name })).max(2_000),
    z.looseObject({ instrument_name: wire.name }),
  ])
  .transform((data) => (Array.isArray(data) ? data : [data]));
const orderRow = map.orderRow.extend({ average_price: wire.pxOrNone.optional() });

/** Other products of the account are counted in other units. */
const isOurs = ({ instrument_name: symbol }: { readonly instrument_name: string }): boolean =>
  symbol.endsWith('_USDC-PERPETUAL');

function orderEvent(raw: unknown, receivedAt: EpochMs): UserEvent {
  const row = orderRow.parse(raw);
  const order = { ...map.view(row), avgPx: row.average_price ?? null };
  return {
    kind: 'order',
    executionId: [
      row.order_state,
      order.cumQty.toFixed(),
      order.orderQty.toFixed(),
      order.price?.toFixed(),
      order.updatedAt,
    ].join('/'),
    order,
    rejectReason: '',
    fill: null,
    venueAt: order.updatedAt,
    receivedAt,
  };
}

function fillEvent(raw: unknown, receivedAt: EpochMs): UserEvent {
  const fill = map.fill(map.fillRow.parse(raw));
  return { kind: 'fill', fill, venueAt: fill.tradedAt, receivedAt };
}

function read(frame: unknown, receivedAt: EpochMs): UserFrame {
  const error = failed.safeParse(frame);
  if (error.success) return { kind: 'refused', text: `${error.data.error.code} ${error.data.error.message}` };
  const answer = answered.safeParse(frame);
  if (answer.success) return Array.isArray(answer.data.result) ? SUBSCRIBED : LOGIN;
  const push = pushed.safeParse(frame);
  if (!push.success) {
    z.object({ jsonrpc: z.literal('2.0') }).parse(frame);
    return SOUND;
  }
  const { channel, data } = push.data.params;
  const of = channel.startsWith('user.orders.') ? orderEvent : channel.startsWith('user.trades.') ? fillEvent : null;
  if (of === null) return SOUND;
  return {
    kind: 'events',
    events: rows
      .parse(data)
      .filter(isOurs)
      .map((row) => of(row, receivedAt)),
  };
}

/** Channels `user.orders` and `user.trades`. That of balances moves with every mark price. */
export const DERIBIT_USER_STREAM: UserStreamProtocol = {
  watches: [{ method: 'watchOrders' }, { method: 'watchMyTrades' }],
  pays: ['GET /api/v2/public/auth', 'WS private/subscribe', 'WS private/subscribe'],
  reader: () => read,
};
