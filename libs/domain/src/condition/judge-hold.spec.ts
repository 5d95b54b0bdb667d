import { describe, expect, it } from '@jest/globals';
import { decimal } from '../numeric/decimal.js';
import { addMs, epochMs, type EpochMs } from '../time/clock.js';
import type { Condition } from './condition.js';
import { HOLD_TIMES, judgeHold, type HoldState, type HoldVerdict } from './judge-hold.js';
import { parseCondition } from './parse-condition.js';

const NOW = epochMs(1_700_000_000_000);
const HOUR = 3_600_000;
const ZERO = decimal('0');
const FRESH: HoldState = { vars: {}, missing: {}, toldAt: null };

function parsed(text: string): Condition {
  const result = parseCondition(text);
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

function judged(
  text: string,
  prices: readonly (string | null)[],
  state = FRESH,
  now: EpochMs = NOW,
  lookedFor = HOUR,
): HoldVerdict {
  const mids = prices.map((mid) => (mid === null ? null : decimal(mid)));
  const builtIns = { ':qty': ZERO, ':current_target': ZERO, ':filled': ZERO };
  return judgeHold(parsed(text), state, { now, prices: mids, builtIns }, lookedFor);
}

describe('what a held condition comes to', () => {
  it('releases once it is true', () => {
    expect(judged('A-B@X > 5', ['6'])).toMatchObject({ action: 'release', text: '' });
    expect(judged('A-B@X > 5', ['5'])).toMatchObject({ action: 'wait', text: '' });
  });

  it('keeps its state when nothing changed', () => {
    const state = { ...FRESH, vars: { a: '1' } };
    const verdict = judged(':a ?= 1; A-B@X > 5', ['5'], state);
    expect(verdict.vars).toBe(state.vars);
    expect(verdict.missing).toBe(state.missing);
  });

  it('says once an hour that it has no value', () => {
    const told = (ago: number): HoldState => ({ ...FRESH, toldAt: addMs(NOW, -ago) });
    expect(judged('1 / 0 > 1', [])).toMatchObject({ action: 'tell', text: 'division by zero' });
    expect(judged('1 / 0 > 1', [], told(HOUR - 1))).toMatchObject({ action: 'wait' });
    expect(judged('1 / 0 > 1', [], told(HOUR))).toMatchObject({ action: 'tell' });
  });

  it('counts how long each price is missing', () => {
    const first = judged('A-B@X > C-D@Y', ['1', null]);
    expect(first).toMatchObject({ action: 'tell', text: 'no price of C-D@Y', missing: { 'C-D@Y': NOW } });
    const later = addMs(NOW, HOUR);
    const second = judged('A-B@X > C-D@Y', [null, null], { ...FRESH, missing: first.missing }, later);
    expect(second.missing).toEqual({ 'A-B@X': later, 'C-D@Y': NOW });
    expect(judged('A-B@X > C-D@Y', ['1', '2'], { ...FRESH, missing: second.missing }, later).missing).toEqual({});
  });

  it('fails when one price is missing for 24 hours', () => {
    const state = (ago: number): HoldState => ({ ...FRESH, toldAt: NOW, missing: { 'A-B@X': addMs(NOW, -ago) } });
    expect(judged('A-B@X > 5', [null], state(24 * HOUR - 1))).toMatchObject({ action: 'wait' });
    expect(judged('A-B@X > 5', [null], state(24 * HOUR))).toMatchObject({
      action: 'fail',
      text: 'A-B@X had no price for 24 h',
    });
  });

  it('does not fail for what nobody could see', () => {
    const state: HoldState = { ...FRESH, toldAt: NOW, missing: { 'A-B@X': addMs(NOW, -48 * HOUR) } };
    expect(judged('A-B@X > 5', [null], state, NOW, HOLD_TIMES.lookBefore - 1)).toMatchObject({ action: 'wait' });
    expect(judged('A-B@X > 5', ['6'], state, NOW, 0)).toMatchObject({ action: 'release', missing: {} });
  });
});
