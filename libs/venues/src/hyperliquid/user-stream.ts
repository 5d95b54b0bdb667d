import { z } from 'zod';
import type { EpochMs } from '#domain';
import { SOUND, SUBSCRIBED, type UserFrame, type UserStreamProtocol } from '../ccxt/user-stream/protocol.js';
import * as wire from '../ccxt/wire.js';
import type { UserEvent } from '../ports.js';
import * as map from './map.js';

const pushed = z.object({ channel: z.string().max(64), data: z.unknown().optional() });
const answered = z.object({ method: z.string().max(32) });
const orderRows = z
  .array(z.looseObject({ order: z.looseObject({ coin: wire.name }), status: z.string().max(64) }))
  .max(2_000);
const fills = z.object({
  isSnapshot: z.boolean().default(false),
  user: z.string().max(64),
  fills: z.array(z.looseObject({ coin: wire.name })).max(10_000),
});

/** Spot pairs are `PURR/USDC` or `@` and a number. */
const isPerpetual = (coin: string): boolean => !coin.startsWith('@') && !coin.includes('/');

function orderEvent(raw: { readonly status: string }, receivedAt: EpochMs): UserEvent {
  const order = map.state(raw);
  return {
    kind: 'order',
    executionId: [raw.status, order.cumQty.toFixed(), order.orderQty.toFixed(), order.updatedAt].join('/'),
    order,
    rejectReason: order.status === 'rejected' ? raw.status : '',
    fill: null,
    venueAt: order.updatedAt,
    receivedAt,
  };
}

function fillEvent(raw: unknown, receivedAt: EpochMs): UserEvent {
  const fill = map.fill(map.fillRow.parse(raw));
  return { kind: 'fill', fill, venueAt: fill.tradedAt, receivedAt };
}

function read(frame: unknown, receivedAt: EpochMs, account: string): UserFrame {
  const { channel, data } = pushed.parse(frame);
  switch (channel) {
    case 'subscriptionResponse':
      return answered.parse(data).method === 'subscribe' ? SUBSCRIBED : SOUND;
    case 'error':
      return { kind: 'refused', text: z.string().parse(data) };
    case 'orderUpdates':
      return {
        kind: 'events',
        events: orderRows
          .parse(data)
          .filter(({ order }) => isPerpetual(order.coin))
          .map((row) => orderEvent(row, receivedAt)),
      };
    case 'userFills': {
      const told = fills.parse(data);
      if (told.user.toLowerCase() !== account.toLowerCase()) throw new RangeError('fills of another account');
      // What was filled before is found by the comparison that each connection begins with.
      if (told.isSnapshot) return SOUND;
      const ours = told.fills.filter(({ coin }) => isPerpetual(coin));
      return { kind: 'events', events: ours.map((row) => fillEvent(row, receivedAt)) };
    }
    default:
      return SOUND;
  }
}

/** Subscriptions `orderUpdates` and `userFills`. The account's state is pushed with every mark price. */
export const HYPERLIQUID_USER_STREAM: UserStreamProtocol = {
  watches: [{ method: 'watchOrders' }, { method: 'watchMyTrades' }],
  pays: ['WS connect'],
  reader: (account) => (frame, receivedAt) => read(frame, receivedAt, account),
};
