import { describe, expect, it } from '@jest/globals';
import { epochMs, notional, price, quantity, ZERO, type AccountId, type ExecutionChild } from '#domain';
import { firstToRead, withSettled } from './settled-children.js';

const account = 'a1' as AccountId;

const child = (sequence: number, over: Partial<ExecutionChild> = {}): ExecutionChild => ({
  sequence,
  accountId: account,
  purpose: 'clip',
  timeInForce: 'gtx',
  price: price('100'),
  orderQty: quantity('2'),
  cumQty: quantity('0'),
  cumNotional: notional('0'),
  status: 'closed',
  closeReason: 'canceled',
  closeCode: '',
  cancelRequestedAt: null,
  createdAt: epochMs(sequence),
  closedAt: epochMs(sequence + 1),
  reduceOnly: false,
  amending: null,
  amendedAt: null,
  ...over,
});
const filled = (sequence: number): ExecutionChild =>
  child(sequence, { cumQty: quantity('2'), cumNotional: notional('200'), closeReason: 'filled' });
const sumOf = (children: readonly ExecutionChild[]): string =>
  children.reduce((n, c) => n.add(c.cumQty), ZERO).toFixed();

const order = (children: readonly ExecutionChild[]) => ({
  algorithm: 'twap' as const,
  children,
  accountIds: [account],
});

describe('settled children', () => {
  it('are those before the newest fifty, the last eighty with fills, and whatever is open', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => (n % 2 === 0 ? filled(n) : child(n)));
    expect(firstToRead(order(many), 1_000)).toBe(840);
    const unfilled = Array.from({ length: 1_000 }, (_, n) => child(n));
    expect(firstToRead(order(unfilled), 1_000)).toBe(950);
    const open = many.with(3, child(3, { status: 'working', closeReason: null, closedAt: null }));
    expect(firstToRead(order(open), 1_000)).toBe(3);
    expect(firstToRead(order(many.slice(0, 20)), 20)).toBe(0);
    expect(firstToRead({ ...order(many), algorithm: 'iceberg' }, 1_000)).toBe(0);
  });

  it('are one child with what they came to, late fills of theirs included', () => {
    const many = Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? filled(n) : child(n)));
    const readFrom = firstToRead(order(many), 300);
    expect(readFrom).toBe(60);
    const read = many.filter(({ sequence }) => sequence >= readFrom);
    const row = { algorithm: 'twap' as const, account_ids: [account], activated_at: new Date(5), read_from: readFrom };
    const late = { qty: quantity('201'), notional: notional('20101') };
    const [settled, ...rest] = withSettled(read, row, late);
    expect(rest).toEqual(read);
    expect(settled).toMatchObject({ sequence: 59, status: 'closed', closedAt: 5, timeInForce: 'gtx' });
    expect([settled?.cumQty.toFixed(), settled?.cumNotional.toFixed()]).toEqual(['41', '4101']);
    expect(sumOf(withSettled(read, row, late))).toBe('201');
    expect(withSettled(many, { ...row, read_from: 0 }, late)).toBe(many);
  });
});
