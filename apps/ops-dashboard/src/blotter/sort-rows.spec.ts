import { describe, expect, it } from '@jest/globals';
import type { OrderRow } from '../api/types.js';
import { NEWEST_FIRST, nextSorting, searchRows, sortRows, type SortColumn } from './sort-rows.js';

const row = (id: string, over: Partial<OrderRow>): OrderRow =>
  ({
    id,
    pair: 'ETH-USDT',
    side: 'buy',
    status: 'ACTIVE',
    strategy: 'TWAP',
    account_names: ['mock'],
    custom_order_id: '',
    notes: '',
    failure_reason: '',
    completion_reason: null,
    created_at: `2026-03-02T10:00:0${id}.000000Z`,
    time_end: null,
    average_executed_price: null,
    target_order_qty: '1',
    ...over,
  }) as OrderRow;
const ids = (rows: readonly OrderRow[]): string => rows.map((r) => r.id).join('');
const sorted = (rows: readonly OrderRow[], column: SortColumn, isDescending = false): string =>
  ids(sortRows(rows, { column, isDescending }));

describe('the order of the blotter', () => {
  it('compares quantities as decimals, not as text and not as doubles', () => {
    const rows = [
      row('1', { target_order_qty: '9' }),
      row('2', { target_order_qty: '10' }),
      row('3', { target_order_qty: '9007199254740993.000000000000000002' }),
      row('4', { target_order_qty: '9007199254740993.000000000000000001' }),
    ];
    expect(sorted(rows, 'qty', true)).toBe('3421');
    expect(sorted(rows, 'qty')).toBe('1243');
  });

  it('puts what has no value at the small end, and keeps equal rows newest first', () => {
    const rows = [row('1', {}), row('2', { average_executed_price: '3000' }), row('3', {})];
    expect(sorted(rows, 'price', true)).toBe('231');
    expect(sorted(rows, 'price')).toBe('312');
  });

  it('puts first what needs attention, and what ends soonest', () => {
    const rows = [
      row('1', { status: 'COMPLETE' }),
      row('2', { status: 'FINISHER', time_end: '2026-03-02T10:10:00Z' }),
      row('3', { status: 'ACTIVE', time_end: '2026-03-02T10:05:00Z' }),
    ];
    expect(sorted(rows, 'status')).toBe('231');
    expect(sorted(rows, 'time')).toBe('321');
  });

  it('begins with the largest number or the first word, then turns round', () => {
    expect(nextSorting(NEWEST_FIRST, 'notional')).toEqual({ column: 'notional', isDescending: true });
    expect(nextSorting(NEWEST_FIRST, 'pair')).toEqual({ column: 'pair', isDescending: false });
    expect(nextSorting(NEWEST_FIRST, 'created')).toEqual({ column: 'created', isDescending: false });
  });

  it('finds rows that have every word', () => {
    const rows = [row('1', { notes: 'Rebalance Q1' }), row('2', { side: 'sell', failure_reason: 'leg_failed' })];
    expect(ids(searchRows(rows, '  '))).toBe('12');
    expect(ids(searchRows(rows, 'rebalance eth'))).toBe('1');
    expect(ids(searchRows(rows, 'SELL leg_'))).toBe('2');
    expect(ids(searchRows(rows, 'sell rebalance'))).toBe('');
  });
});
