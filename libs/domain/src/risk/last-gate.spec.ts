import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { finisherLengthMs } from '../execution/finisher-length.js';
import { Dec, decimal, price, quantity } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { CHILD_SCHEMA_VERSION, lastGate } from './last-gate.js';
import type { GateInput } from './gate-input.js';
import { parentEndsAt } from './parent-end.js';
import { effectiveLimits, type RiskLimitRow } from './risk-limits.js';
import { strictestState } from './trading-state.js';
import {
  child,
  input,
  LIVE,
  NOW,
  parent,
  reference,
  row,
  SIMULATED,
  sibling,
} from '../../../../test/support/gate-input.js';

const codeOf = (over: Partial<GateInput>): string | null => lastGate(input(over)).denial?.code ?? null;
const live = (set: Partial<RiskLimitRow>): Pick<GateInput, 'limits'> => ({
  limits: effectiveLimits([row({ maxQuantity: decimal('1000'), allowed: ['*'], ...set })], LIVE),
});

describe('last gate', () => {
  it('lets a child through that fits its parent', () => {
    expect(lastGate(input())).toEqual({ denial: null, reports: [] });
    expect(codeOf({ siblings: [sibling({ orderQty: quantity('5') })] })).toBeNull();
  });

  it('VE-A17 denies the child that would pass the parent quantity, working siblings counted in full', () => {
    expect(codeOf({ siblings: [sibling()] })).toBe('PARENT_QUANTITY_EXCEEDED');
    const closed = sibling({ open: false, cumQty: quantity('5.001') });
    expect(codeOf({ siblings: [closed] })).toBe('PARENT_QUANTITY_EXCEEDED');
    expect(codeOf({ siblings: [sibling({ open: false, cumQty: quantity('5') })] })).toBeNull();
    expect(codeOf({ siblings: [sibling({ open: false })] })).toBeNull();
  });

  it.each([
    ['PARENT_NOT_ACTIVE', { parent: null }],
    ['PARENT_NOT_ACTIVE', { parent: parent({ status: 'CANCELED' }) }],
    ['PARENT_NOT_ACTIVE', { parent: parent({ status: 'PAUSED' }) }],
    ['PARENT_MISMATCH', { child: child({ side: 'sell' }) }],
    ['PARENT_MISMATCH', { child: child({ accountId: 'b' }) }],
    ['PARENT_MISMATCH', { child: child({ symbol: 'BTCUSDT' }) }],
    ['PARENT_EXPIRED', { parent: parent({ endsAt: NOW }) }],
    ['PARENT_PRICE_EXCEEDED', { parent: parent({ limitPrice: price('2999.99') }) }],
    [
      'PARENT_PRICE_EXCEEDED',
      { parent: parent({ side: 'sell', limitPrice: price('3000.01') }), child: child({ side: 'sell' }) },
    ],
    ['INSTRUMENT_RULE', { child: child({ price: price('3000.001') }) }],
    ['INSTRUMENT_RULE', { child: child({ orderQty: quantity('0.0015') }) }],
    ['INSTRUMENT_RULE', { child: child({ orderQty: quantity('0.001') }) }],
    ['INSTRUMENT_RULE', { instrument: null }],
    ['SCHEMA_VERSION', { child: child({ schemaVersion: CHILD_SCHEMA_VERSION + 1 }) }],
    ['STATE_HALTED', { state: 'HALTED' }],
    ['STATE_REDUCING', { state: 'REDUCING' }],
    ['REFERENCE_STALE', { reference: null }],
  ] as const)('denies with %s', (code, over) => {
    expect(codeOf(over)).toBe(code);
  });

  it('lets what rests at its own price be sent however late', () => {
    for (const timeInForce of ['gtx', 'gtc'] as const)
      expect(codeOf({ child: child({ timeInForce, decidedAt: epochMs(NOW - 900_000) }) })).toBeNull();
  });

  it('asks a parent without side, quantity and end for none of them', () => {
    const strategy = parent({ side: null, orderQty: null, endsAt: null });
    expect(codeOf({ parent: strategy, child: child({ side: 'sell', orderQty: quantity('5000') }) })).toBeNull();
    expect(codeOf({ parent: strategy, child: child({ symbol: 'BTCUSDT' }) })).toBe('PARENT_MISMATCH');
  });

  it('measures a quote-sized order in quote', () => {
    const p = parent({ sizing: 'quote', orderQty: decimal('15000') });
    expect(codeOf({ parent: p })).toBeNull();
    expect(codeOf({ parent: p, child: child({ price: price('3000.01') }) })).toBe('PARENT_QUANTITY_EXCEEDED');
  });

  it('lets only what shrinks a position pass while reducing', () => {
    expect(codeOf({ state: 'REDUCING', child: child({ isReducing: true }) })).toBeNull();
    expect(codeOf({ state: 'HALTED', child: child({ isReducing: true }) })).toBe('STATE_HALTED');
    expect(strictestState(['ACTIVE', 'HALTED', 'REDUCING'])).toBe('HALTED');
    expect(strictestState([])).toBe('ACTIVE');
  });

  /** Each control at its limit, and one unit beyond it. */
  it.each([
    [
      'RC-01 quantity',
      'QUANTITY_ABOVE_MAX',
      live({ maxQuantity: decimal('5') }),
      live({ maxQuantity: decimal('4.999') }),
    ],
    [
      'RC-01 parent quantity',
      'QUANTITY_ABOVE_MAX',
      live({ maxParentQuantity: decimal('10') }),
      live({ maxParentQuantity: decimal('9.999') }),
    ],
    [
      'RC-02 notional',
      'NOTIONAL_ABOVE_MAX',
      live({ maxNotional: decimal('15000') }),
      live({ maxNotional: decimal('14999.99') }),
    ],
    [
      'RC-02 parent notional',
      'NOTIONAL_ABOVE_MAX',
      live({ maxParentNotional: decimal('30000') }),
      live({ maxParentNotional: decimal('29999.99') }),
    ],
    [
      'RC-02 default of 50,000',
      'NOTIONAL_ABOVE_MAX',
      { ...live({}), usage: { ...input().usage, quoteRate: decimal('3.3333') } },
      { ...live({}), usage: { ...input().usage, quoteRate: decimal('3.3334') } },
    ],
    [
      'RC-03 collar, buy',
      'PRICE_OUTSIDE_COLLAR',
      { ...live({}), child: child({ price: price('3090'), orderQty: quantity('1') }) },
      { ...live({}), child: child({ price: price('3090.01'), orderQty: quantity('1') }) },
    ],
    [
      'RC-03 collar, sell',
      'PRICE_OUTSIDE_COLLAR',
      { ...live({}), parent: parent({ side: 'sell' }), child: child({ side: 'sell', price: price('2910') }) },
      { ...live({}), parent: parent({ side: 'sell' }), child: child({ side: 'sell', price: price('2909.99') }) },
    ],
    [
      'RC-03 drift',
      'PRICE_DRIFT_EXCEEDED',
      { ...live({}), reference: reference({ windowMid: price('2857.142858') }) },
      { ...live({}), reference: reference({ windowMid: price('2857.142857') }) },
    ],
    [
      'RC-04 age',
      'REFERENCE_STALE',
      { reference: reference({ at: epochMs(NOW - 5_000) }) },
      { reference: reference({ at: epochMs(NOW - 5_001) }) },
    ],
    [
      'RC-04 crossed',
      'REFERENCE_CROSSED',
      { reference: reference({ bid: price('3000.00'), ask: price('3000.01') }) },
      { reference: reference({ bid: price('3000.00'), ask: price('3000.00') }) },
    ],
    [
      'RC-04 jump',
      'REFERENCE_JUMPED',
      { ...live({}), reference: reference({ medianMid60: price('2857.1428572') }) },
      { ...live({}), reference: reference({ medianMid60: price('2857.1428571') }) },
    ],
    [
      'RC-05 messages',
      'RATE_MESSAGES_EXCEEDED',
      { ...live({}), usage: { ...input().usage, messages: 19 } },
      { ...live({}), usage: { ...input().usage, messages: 20 } },
    ],
    [
      'RC-08 account exposure',
      'EXPOSURE_ABOVE_LIMIT',
      { ...live({}), usage: { ...input().usage, accountExposure: decimal('485000') } },
      { ...live({}), usage: { ...input().usage, accountExposure: decimal('485000.01') } },
    ],
    [
      'RC-08 tenant exposure',
      'EXPOSURE_ABOVE_LIMIT',
      { ...live({}), usage: { ...input().usage, tenantExposure: decimal('1985000') } },
      { ...live({}), usage: { ...input().usage, tenantExposure: decimal('1985000.01') } },
    ],
    ['RC-12 symbol', 'LIST_NOT_ALLOWED', live({ allowed: ['ETHUSDT'] }), live({ allowed: ['BTCUSDT'] })],
    ['RC-12 side', 'LIST_NOT_ALLOWED', live({ allowed: ['ETHUSDT:buy'] }), live({ allowed: ['ETHUSDT:sell'] })],
    [
      'RC-14 end',
      'PARENT_EXPIRED',
      { parent: parent({ endsAt: epochMs(NOW + 1) }) },
      { parent: parent({ endsAt: NOW }) },
    ],
    [
      'RC-14 age of a taker',
      'DECISION_STALE',
      { child: child({ timeInForce: 'ioc', decidedAt: epochMs(NOW - 10_000) }) },
      { child: child({ timeInForce: 'ioc', decidedAt: epochMs(NOW - 10_001) }) },
    ],
  ])('%s: passes at the limit, %s one unit beyond', (_, code, at, beyond) => {
    expect(codeOf(at)).toBeNull();
    expect(codeOf(beyond)).toBe(code);
  });

  it('stores limit, value, reference and its age with a denial', () => {
    const verdict = lastGate(
      input({ ...live({}), child: child({ price: price('3090.01'), orderQty: quantity('1') }) }),
    );
    expect(verdict.denial).toMatchObject({
      code: 'PRICE_OUTSIDE_COLLAR',
      limit: '3090',
      value: '3090.01',
      reference: '3000',
      referenceAgeMs: 100,
    });
  });

  it('keeps a live account still until its quantity and its list are set', () => {
    const limits = (set: Partial<RiskLimitRow>) => ({ limits: effectiveLimits([row(set)], LIVE) });
    expect(codeOf(limits({ allowed: ['*'] }))).toBe('QUANTITY_ABOVE_MAX');
    expect(codeOf(limits({ maxQuantity: decimal('5') }))).toBe('LIST_NOT_ALLOWED');
    expect(codeOf(limits({ maxQuantity: decimal('5'), allowed: [] }))).toBe('LIST_NOT_ALLOWED');
    expect(codeOf({ limits: effectiveLimits([], SIMULATED) })).toBeNull();
  });

  it('only reports what goes beyond a limit on a simulated exchange, but for age, crossing, conservation and halts', () => {
    const limits = effectiveLimits([row({ maxQuantity: decimal('1'), maxNotional: decimal('1') })], SIMULATED);
    const verdict = lastGate(input({ limits }));
    expect(verdict.denial).toBeNull();
    expect(verdict.reports.map((r) => r.code)).toEqual(['QUANTITY_ABOVE_MAX', 'NOTIONAL_ABOVE_MAX']);
    expect(codeOf({ limits, reference: reference({ at: epochMs(NOW - 5_001) }) })).toBe('REFERENCE_STALE');
    expect(codeOf({ limits, siblings: [sibling()] })).toBe('PARENT_QUANTITY_EXCEEDED');
    expect(codeOf({ limits, state: 'HALTED' })).toBe('STATE_HALTED');
    const strict = effectiveLimits([row({ maxQuantity: decimal('1'), enforcement: 'strict' })], SIMULATED);
    expect(codeOf({ limits: strict })).toBe('LIST_NOT_ALLOWED');
    expect(effectiveLimits([row({ enforcement: 'report' })], LIVE).enforcement).toBe('strict');
  });

  it('takes the stricter of two rows, and a set one over the default', () => {
    const limits = effectiveLimits(
      [row({ maxNotional: decimal('80000'), messagesPerSecond: 30 }), row({ maxNotional: decimal('70000') })],
      { ...LIVE, venueMessagesPerSecond: 10 },
    );
    expect(limits.maxNotional.toFixed()).toBe('70000');
    expect(limits.messagesPerSecond).toBe(30);
    expect(effectiveLimits([], { ...LIVE, venueMessagesPerSecond: 10 }).messagesPerSecond).toBe(8);
    expect(effectiveLimits([], LIVE).messagesPerSecond).toBe(20);
  });

  it('lets a reducing order pass a jump, and no other age or crossing', () => {
    const jumped = { ...live({}), reference: reference({ medianMid60: price('2500') }) };
    expect(codeOf(jumped)).toBe('REFERENCE_JUMPED');
    expect(codeOf({ ...jumped, child: child({ isReducing: true }) })).toBeNull();
    expect(codeOf({ ...live({}), reference: null, child: child({ isReducing: true }) })).toBe('REFERENCE_STALE');
  });

  it('denies a live order whose value cannot be told', () => {
    const usage = { ...input().usage, quoteRate: null };
    expect(codeOf({ ...live({}), usage })).toBe('NOTIONAL_PRICE_MISSING');
    expect(codeOf({ ...live({}), usage: { ...input().usage, tenantExposure: null } })).toBe('EXPOSURE_ABOVE_LIMIT');
  });

  it('knows the end of an order without the scheduler: its plan, its pauses, its own FINISHER and the overtime', () => {
    const times = { baseAt: epochMs(1_000_000), inactiveMs: 0, isStrict: false };
    for (const durationMs of [60_000, 300_000, 3_600_000, 86_400_000])
      expect(parentEndsAt({ ...times, durationMs })).toBe(1_000_000 + finisherLengthMs(durationMs) + 60_000);
    expect(parentEndsAt({ ...times, durationMs: 60_000, inactiveMs: 500 })).toBe(1_000_000 + 500 + 30_000 + 60_000);
    expect(parentEndsAt({ ...times, durationMs: 60_000, isStrict: true })).toBe(1_000_000);
    expect(parentEndsAt({ ...times, baseAt: null, durationMs: 60_000 })).toBeNull();
    expect(parentEndsAt({ ...times, durationMs: null })).toBeNull();
  });

  it('I-03 never lets executed, working and new together pass the parent', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(
          fc.record({
            lots: fc.integer({ min: 1, max: 6_000 }),
            filled: fc.integer({ min: 0, max: 6_000 }),
            open: fc.boolean(),
          }),
          { maxLength: 5 },
        ),
        (lots, others) => {
          const siblings = others.map((o, i) =>
            sibling({
              sequence: i + 2,
              open: o.open,
              orderQty: quantity((o.lots / 1000).toFixed(3)),
              cumQty: quantity((Math.min(o.lots, o.filled) / 1000).toFixed(3)),
            }),
          );
          const qty = quantity((lots / 1000).toFixed(3));
          const code = codeOf({ child: child({ orderQty: qty }), siblings });
          const total = siblings.reduce((sum, s) => sum.add(s.open ? s.orderQty : s.cumQty), new Dec(qty));
          if (code === null) passed += 1;
          if (code === 'INSTRUMENT_RULE') return;
          expect(code === null).toBe(total.lte('10'));
        },
      ),
      { numRuns: 300 },
    );
    expect(passed).toBeGreaterThan(20);
  });
});
