import { describe, expect, it } from '@jest/globals';
import { Dec, price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { worseByPct, type GateReference } from './gate-reference.js';
import { priceBounds } from './price-collar.js';

const reference = (over: Partial<GateReference> = {}): GateReference => ({
  bid: price('99'),
  ask: price('101'),
  at: epochMs(0),
  medianMid60: null,
  windowMid: null,
  ...over,
});
const LIMITS = { enforcement: 'strict', collarPct: new Dec(3), driftPct: new Dec(5) } as const;

describe('the bounds that keep orders inside RC-03', () => {
  it('leave a twentieth of the collar to what moves before the gate looks', () => {
    const bounds = priceBounds(LIMITS, reference());
    expect([bounds?.lowest.toFixed(), bounds?.highest.toFixed()]).toEqual(['97.15', '102.85']);
    for (const [side, edge] of [['buy', bounds?.highest] as const, ['sell', bounds?.lowest] as const])
      expect(worseByPct(side, edge ?? new Dec(NaN), new Dec(100)).toNumber()).toBe(2.85);
  });

  it('are those of ten minutes ago where the market has run since', () => {
    const bounds = priceBounds(LIMITS, reference({ windowMid: price('97') }));
    expect([bounds?.lowest.toFixed(), bounds?.highest.toFixed()]).toEqual(['97.15', '101.6075']);
  });

  it('are none where nothing is stopped, or nothing is there to measure by', () => {
    expect(priceBounds({ ...LIMITS, enforcement: 'report' }, reference())).toBeNull();
    expect(priceBounds(LIMITS, null)).toBeNull();
    expect(priceBounds(LIMITS, reference({ bid: null }))).toBeNull();
    expect(priceBounds(LIMITS, reference({ bid: price('101') }))).toBeNull();
  });
});
