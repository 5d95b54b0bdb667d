import { describe, expect, it } from '@jest/globals';
import type { OrderRow } from '../api/types.js';
import { NO_ORDERS, putPage, putRows, replaceAll, rowsOf, type OrderFilter } from './order-list.js';

const row = (id: string, over: Partial<OrderRow> = {}): OrderRow =>
  ({
    id,
    status: 'ACTIVE',
    created_at: `2026-03-02T10:00:${id.padStart(2, '0')}.000000Z`,
    updated_at: '2026-03-02T10:00:00.000000Z',
    pct_filled: '0.00',
    live_child_orders: 0,
    ...over,
  }) as OrderRow;
const page = (has_more: boolean, ...orders: OrderRow[]): { orders: OrderRow[]; has_more: boolean } => ({
  orders,
  has_more,
});
const idsOf = (list: typeof NO_ORDERS, filter: OrderFilter): string[] => rowsOf(list, filter).map((r) => r.id);

describe('the list of orders', () => {
  it('shows newest first, by status', () => {
    const list = putPage(
      NO_ORDERS,
      'all',
      page(false, row('3'), row('2', { status: 'COMPLETE' }), row('1', { status: 'CANCELED' })),
    );
    expect(idsOf(list, 'all')).toEqual(['3', '2', '1']);
    expect(idsOf(list, 'working')).toEqual(['3']);
    expect(idsOf(list, 'complete')).toEqual(['2']);
    expect(idsOf(list, 'canceled')).toEqual(['1']);
  });

  it('moves an order to another filter when the stream says so, and takes in new ones', () => {
    let list = putPage(NO_ORDERS, 'working', page(false, row('1')));
    list = putRows(list, [row('1', { status: 'COMPLETE', updated_at: '2026-03-02T10:00:01.000000Z' })]);
    list = putRows(list, [row('2')]);
    expect(idsOf(list, 'working')).toEqual(['2']);
    expect(idsOf(list, 'complete')).toEqual(['1']);
  });

  it('never lets an older state overwrite a newer one, to the microsecond', () => {
    const newer = row('1', { pct_filled: '40.00', updated_at: '2026-03-02T10:00:01.000002Z' });
    const list = putRows(NO_ORDERS, [newer]);
    const older = row('1', { pct_filled: '20.00', updated_at: '2026-03-02T10:00:01.000001Z' });
    expect(putRows(list, [older])).toBe(list);
    expect(putRows(list, [{ ...newer }])).toBe(list);
    expect(putRows(list, [{ ...newer, live_child_orders: 1 }]).rows.get('1')?.live_child_orders).toBe(1);
  });

  it('pages back without holes, and keeps its place when the newest page is read again', () => {
    let list = putPage(NO_ORDERS, 'all', page(true, row('9'), row('8')));
    list = putRows(list, [row('2')]); // known from the stream, but what lies between is not
    expect(idsOf(list, 'all')).toEqual(['9', '8']);
    list = putPage(list, 'all', page(true, row('7'), row('6')));
    expect(list.listed.all).toEqual({ oldest: row('6').created_at, hasMore: true });
    list = putPage(list, 'all', page(true, row('10'), row('9')));
    expect(list.listed.all).toEqual({ oldest: row('6').created_at, hasMore: true });
    expect(idsOf(list, 'all')).toEqual(['10', '9', '8', '7', '6']);
    list = putPage(list, 'all', page(false, row('5'), row('2')));
    expect(idsOf(list, 'all')).toEqual(['10', '9', '8', '7', '6', '5', '2']);
  });

  it('forgets everything on a gap, except what came while the new list was on its way', () => {
    let list = putPage(NO_ORDERS, 'working', page(false, row('1'), row('2')));
    const sentAt = list.version;
    list = putRows(list, [row('3')]);
    list = replaceAll(list, 'working', page(false, row('2')), sentAt);
    expect(idsOf(list, 'all')).toEqual(['3', '2']);
    expect(list.version).toBeGreaterThan(sentAt);
  });
});
