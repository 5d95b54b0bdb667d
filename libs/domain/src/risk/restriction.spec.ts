import { describe, expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import {
  changeRestriction,
  concernsTrade,
  restrictionText,
  type RestrictedTrade,
  type RestrictionRule,
} from './restriction.js';

const TRADE: RestrictedTrade = { pair: 'ETH-USDT', places: ['sim', 'MockExchange'], notional: decimal('1000') };
const BLOCK: RestrictionRule = { type: 'PAIR_BLOCK', limit: null, pair: null, venue: null };
const limited = (type: RestrictionRule['type'], limit: string): RestrictionRule => ({
  ...BLOCK,
  type,
  limit: decimal(limit),
});

describe('concernsTrade', () => {
  it.each<[string, Partial<RestrictionRule>, boolean]>([
    ['everything', {}, true],
    ['the pair, whatever the case', { pair: 'eth-usdt' }, true],
    ['another pair', { pair: 'ETH:PERP-USDT' }, false],
    ['its venue', { venue: 'SIM' }, true],
    ['the exchange of its venue', { venue: 'mockexchange' }, true],
    ['another venue', { venue: 'okx' }, false],
    ['the pair at another venue', { pair: 'ETH-USDT', venue: 'okx' }, false],
  ])('a rule about %s', (_, rule, concerns) => {
    expect(concernsTrade({ ...BLOCK, ...rule }, TRADE)).toBe(concerns);
  });
});

describe('restrictionText', () => {
  it('forbids a blocked pair', () => {
    expect(restrictionText(BLOCK, TRADE, null)).toBe('ETH-USDT is blocked');
  });

  it('allows a notional up to its limit', () => {
    expect(restrictionText(limited('MAX_ORDER_NOTIONAL', '1000'), TRADE, null)).toBeNull();
    expect(restrictionText(limited('MAX_ORDER_NOTIONAL', '999.99'), TRADE, null)).toBe(
      'notional must be at most 999.99, was 1000',
    );
  });

  it('allows open notional up to its limit', () => {
    const rule = limited('MAX_OPEN_NOTIONAL', '5000');
    expect(restrictionText(rule, TRADE, decimal('5000'))).toBeNull();
    expect(restrictionText(rule, TRADE, decimal('5000.01'))).toBe(
      'open notional must stay at most 5000, would be 5000.01',
    );
  });

  it('forbids what cannot be told', () => {
    const text = 'the notional of ETH-USDT cannot be told without a price, and must be at most 5000';
    expect(restrictionText(limited('MAX_ORDER_NOTIONAL', '5000'), { ...TRADE, notional: null }, null)).toBe(text);
    expect(restrictionText(limited('MAX_OPEN_NOTIONAL', '5000'), TRADE, null)).toBe(text);
  });
});

describe('changeRestriction', () => {
  const content = { ...limited('MAX_ORDER_NOTIONAL', '100'), pair: 'ETH-USDT', username: 'ann', reason: 'r' };

  it.each([
    ['nothing', {}, content],
    ['what is named', { username: null, limit: decimal('5') }, { ...content, username: null, limit: decimal('5') }],
    ['a limit into a block, which has none', { type: 'PAIR_BLOCK' }, { ...content, type: 'PAIR_BLOCK', limit: null }],
    ['one kind of limit into another', { type: 'MAX_OPEN_NOTIONAL' }, { ...content, type: 'MAX_OPEN_NOTIONAL' }],
  ] as const)('alters %s', (_, change, after) => {
    expect(changeRestriction(content, change)).toEqual({ ok: true, value: after });
  });

  it('makes neither a block with a limit nor a limit without one', () => {
    const block = { ...content, type: 'PAIR_BLOCK', limit: null } as const;
    expect(changeRestriction(block, { limit: decimal('5') })).toEqual({
      ok: false,
      error: { field: 'limit', text: 'limit is not of PAIR_BLOCK, was 5' },
    });
    expect(changeRestriction(block, { type: 'MAX_ORDER_NOTIONAL' })).toEqual({
      ok: false,
      error: { field: 'limit', text: 'limit must be greater than 0, was missing' },
    });
  });
});
