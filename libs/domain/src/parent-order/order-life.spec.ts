import { describe, expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { amendQuantity, whyNotAmendable, whyNotPausable, whyNotResumable, type LivingOrder } from './order-life.js';

const order = (over: Partial<LivingOrder> = {}): LivingOrder => ({
  status: 'ACTIVE',
  algorithm: 'twap',
  isLeg: false,
  ...over,
});

describe('pause', () => {
  it.each(['SCHEDULED', 'ACTIVE', 'FINISHER', 'PAUSED'] as const)('may be asked of a %s order', (status) => {
    for (const algorithm of ['twap', 'vwap', 'is', 'pov', 'limit', 'iceberg'] as const)
      expect(whyNotPausable(order({ status, algorithm }))).toBeNull();
  });

  it.each([
    [{ status: 'COMPLETE' }, 'Order is COMPLETE and cannot be paused.'],
    [{ status: 'CANCELED' }, 'Order is CANCELED and cannot be paused.'],
    [{ algorithm: 'target_time' }, 'Target Time orders cannot be paused.'],
    [{ algorithm: 'market' }, 'Market orders cannot be paused.'],
    [{ algorithm: 'ioc' }, 'IOC orders cannot be paused.'],
    [{ isLeg: true }, 'A leg of a multi order cannot be paused: pause the multi order.'],
  ] as const)('is refused for %j', (over, text) => {
    expect(whyNotPausable(order(over))).toBe(text);
  });
});

describe('resume', () => {
  it('is of a paused order, and nothing to do for an active one', () => {
    expect(whyNotResumable(order({ status: 'PAUSED' }))).toBeNull();
    expect(whyNotResumable(order({ status: 'ACTIVE', isLeg: true }))).toBeNull();
  });

  it.each([
    [{ status: 'SCHEDULED' }, 'Order is SCHEDULED and cannot be resumed.'],
    [{ status: 'FINISHER' }, 'Order is FINISHER and cannot be resumed.'],
    [{ status: 'COMPLETE' }, 'Order is COMPLETE and cannot be resumed.'],
    [{ status: 'PAUSED', isLeg: true }, 'A leg of a multi order cannot be resumed: resume the multi order.'],
  ] as const)('is refused for %j', (over, text) => {
    expect(whyNotResumable(order(over))).toBe(text);
  });
});

describe('amend', () => {
  const alone = { isChainMember: false };

  it('may be asked of every order that has not ended', () => {
    for (const status of ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER'] as const)
      for (const algorithm of ['twap', 'vwap', 'is', 'target_time', 'pov', 'limit', 'iceberg'] as const)
        expect(whyNotAmendable(order({ status, algorithm }), alone)).toBeNull();
  });

  it.each([
    [{ status: 'COMPLETE' }, alone, 'Order is COMPLETE and cannot be amended.'],
    [{ algorithm: 'market' }, alone, 'Market orders cannot be amended.'],
    [{ algorithm: 'ioc' }, alone, 'IOC orders cannot be amended.'],
    [{ isLeg: true }, alone, 'A leg of a multi order cannot be amended.'],
    [{}, { isChainMember: true }, 'A member of a chain cannot be amended.'],
  ] as const)('is refused for %j %j', (over, chain, text) => {
    expect(whyNotAmendable(order(over), chain)).toBe(text);
  });

  it.each([
    ['2.9', { kind: 'below_executed' }],
    ['3', { kind: 'later', orderQty: decimal('3') }],
    ['4.9', { kind: 'later', orderQty: decimal('4.9') }],
    ['5', { kind: 'now', orderQty: decimal('5') }],
  ] as const)('of the quantity to %s with 3 executed and 2 working is %j', (qty, outcome) => {
    expect(amendQuantity(decimal(qty), decimal('3'), decimal('2'))).toEqual(outcome);
  });
});
