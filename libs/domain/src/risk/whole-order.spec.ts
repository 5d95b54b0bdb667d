import { describe, expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { effectiveLimits, type RiskLimitRow } from './risk-limits.js';
import { checkWholeOrder, type WholeOrder } from './whole-order.js';

const row = (over: Partial<RiskLimitRow>): RiskLimitRow => ({
  enforcement: null,
  maxQuantity: decimal('10'),
  maxParentQuantity: decimal('100'),
  maxNotional: null,
  maxParentNotional: decimal('1000'),
  collarPct: null,
  driftPct: null,
  referenceMaxAgeMs: null,
  referenceJumpPct: null,
  messagesPerSecond: null,
  maxAccountExposure: null,
  maxTenantExposure: null,
  allowed: ['ETHUSDT:buy'],
  ...over,
});
const check = (order: Partial<WholeOrder>, over: Partial<RiskLimitRow> = {}, isSimulated = false) =>
  checkWholeOrder(
    { symbol: 'ETHUSDT', side: 'buy', baseQty: decimal('100'), notional: decimal('1000'), ...order },
    effectiveLimits([row(over)], { isSimulated, venueMessagesPerSecond: null }),
  )?.code ?? null;

describe('the controls of a whole order', () => {
  it('let pass what is at each limit, and stop what is one unit above', () => {
    expect(check({})).toBeNull();
    expect(check({ baseQty: decimal('100.00000001') })).toBe('QUANTITY_ABOVE_MAX');
    expect(check({ notional: decimal('1000.01') })).toBe('NOTIONAL_ABOVE_MAX');
    expect(check({ side: 'sell' })).toBe('LIST_NOT_ALLOWED');
    expect(check({ symbol: 'BTCUSDT' })).toBe('LIST_NOT_ALLOWED');
  });

  it('stop a live account for which nobody said how much is too much', () => {
    expect(check({}, { maxQuantity: null })).toBe('QUANTITY_ABOVE_MAX');
    expect(check({}, { allowed: null })).toBe('LIST_NOT_ALLOWED');
  });

  it('leave what cannot be told to the last gate', () => {
    expect(check({ baseQty: null, notional: null })).toBeNull();
  });

  it('stop nothing in a simulated account, unless it is made strict', () => {
    expect(check({ notional: decimal('5000') }, {}, true)).toBeNull();
    expect(check({ notional: decimal('5000') }, { enforcement: 'strict' }, true)).toBe('NOTIONAL_ABOVE_MAX');
  });
});
