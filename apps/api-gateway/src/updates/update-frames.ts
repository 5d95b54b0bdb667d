import { jsonText } from '#order-intake';
import type { OrderUpdate } from '#persistence';
import { showMulti } from '../groups/multi-view.js';
import { showOrderRow } from '../orders/order-row-view.js';

/** Frames that we send (order-api.md 4.12). */
export const frames = {
  subscribed: (seq: number): string => jsonText({ type: 'subscribed', data: { data_type: 'user_orders', seq } }),
  unsubscribed: (): string => jsonText({ type: 'unsubscribed', data: { data_type: 'user_orders' } }),
  gap: (seq: number): string => jsonText({ type: 'gap', data: { seq } }),
  keepAlive: (): string => jsonText({ type: 'keep_alive' }),
  unknownCommand: (): string => jsonText({ type: 'error', data: { error: 'unknown command' } }),
  update: (update: OrderUpdate): string =>
    jsonText({
      type: 'order_update',
      seq: update.seq,
      data:
        update.kind === 'order'
          ? { order_id: update.order.id, update_type: update.type, order: showOrderRow(update.order) }
          : { order_id: update.multi.record.id, update_type: update.type, order: showMulti(update.multi) },
    }),
};
