import type { OrderUpdate } from '#persistence';
import { jsonText } from '../http/json-text.js';
import { showOrderRow } from '../orders/order-row-view.js';

/** Frames that we send (order-api.md 4.12). */
export const frames = {
  subscribed: (seq: number): string => jsonText({ type: 'subscribed', data: { data_type: 'user_orders', seq } }),
  unsubscribed: (): string => jsonText({ type: 'unsubscribed', data: { data_type: 'user_orders' } }),
  gap: (seq: number): string => jsonText({ type: 'gap', data: { seq } }),
  keepAlive: (): string => jsonText({ type: 'keep_alive' }),
  unknownCommand: (): string => jsonText({ type: 'error', data: { error: 'unknown command' } }),
  update: ({ seq, type, order }: OrderUpdate): string =>
    jsonText({
      type: 'order_update',
      seq,
      data: { order_id: order.id, update_type: type, order: showOrderRow(order) },
    }),
};
