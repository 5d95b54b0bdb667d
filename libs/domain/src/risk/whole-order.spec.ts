import { describe, expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { effectiveLimits, type RiskLimitRow } from './risk-limits.js';
import { checkBasket, checkWholeOrder, concernOfWholeOrder, concernsOfBasket, type WholeOrder } from './whole-order.js';

const row = (over: Partial<RiskLimitRow>): RiskLimitRow => ({
  enforcement: null,
  maxQuantity: decimal('10'),
  maxParentQuantity: decimal('100'),
  maxNotional: null,
  maxParentNotional: decimal('1000'),
  maxBasketNotional: decimal('2000'),
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

describe('the soft half of RC-02', () => {
  const concern = (notional: string | null, isSimulated = false): string | null =>
    concernOfWholeOrder(
      { notional: notional === null ? null : decimal(notional) },
      effectiveLimits([row({})], { isSimulated, venueMessagesPerSecond: null }),
    );

  it('warns above half of the limit', () => {
    expect([concern(null), concern('500'), concern('500.01')]).toEqual([
      null,
      null,
      'notional 500.01 is above half of the limit of 1000',
    ]);
  });

  it('says what goes beyond the limit where that is only reported, and leaves it to the hard half elsewhere', () => {
    expect(concern('1000.01', true)).toBe('notional 1000.01 is above the limit of 1000, which is only reported here');
    expect(concern('1000.01')).toBeNull();
  });
});

describe('RC-02 of a basket', () => {
  const limits = (max: string | null, isSimulated = false) =>
    effectiveLimits([row({ maxBasketNotional: max === null ? null : decimal(max) })], {
      isSimulated,
      venueMessagesPerSecond: null,
    });
  const check = (total: string, ...of: ReturnType<typeof limits>[]) => checkBasket(decimal(total), of)?.text ?? null;
  const concerns = (total: string, ...of: ReturnType<typeof limits>[]) => concernsOfBasket(decimal(total), of);

  it('lets pass what is at the limit, and stops what is one unit above', () => {
    expect(check('2000', limits('2000'))).toBeNull();
    expect(checkBasket(decimal('2000.01'), [limits('2000')])).toMatchObject({
      code: 'NOTIONAL_ABOVE_MAX',
      text: 'notional of all orders together must not be above 2000, was 2000.01',
      limit: '2000',
      value: '2000.01',
    });
  });

  it('is a million where nothing else is set', () => {
    expect(check('1000000', limits(null))).toBeNull();
    expect(check('1000000.01', limits(null))).toContain('must not be above 1000000, was 1000000.01');
  });

  it('stops what no price tells where an account is held to its limits', () => {
    expect(checkBasket(null, [limits(null, true), limits(null)])).toMatchObject({
      code: 'NOTIONAL_PRICE_MISSING',
      text: 'there is no price to state all orders together in the reporting currency',
    });
    expect(checkBasket(null, [limits(null, true)])).toBeNull();
  });

  it('must pass for every account that is held to its limits', () => {
    expect(check('2500', limits('3000'), limits('2000', true))).toBeNull();
    expect(check('2500', limits('3000'), limits('2000'))).toContain('must not be above 2000');
  });

  it('warns above half of the limit, and beyond it where it is only reported', () => {
    expect(concerns('1000', limits('2000'))).toEqual([]);
    expect(concerns('1000.01', limits('2000'), limits('2000', true))).toEqual([
      'notional of all orders together 1000.01 is above half of the limit of 2000',
    ]);
    expect(concerns('2000.01', limits('2000'), limits('2000', true))).toEqual([
      'notional of all orders together 2000.01 is above the limit of 2000, which is only reported here',
    ]);
  });
});
