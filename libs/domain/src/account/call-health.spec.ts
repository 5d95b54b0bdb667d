import { describe, expect, it } from '@jest/globals';
import { addMs, epochMs, type EpochMs } from '../time/clock.js';
import { errorShare, HEALTHY, noteCall, type CallHealth, type CallVerdict } from './call-health.js';

const START = epochMs(1_700_000_000_000);
const at = (ms: number): EpochMs => addMs(START, ms);
const after = (...calls: readonly (readonly [ms: number, verdict: CallVerdict])[]): CallHealth =>
  calls.reduce((health, [ms, verdict]) => noteCall(health, verdict, at(ms)), HEALTHY);
const refused: CallVerdict = { kind: 'key_refused', reason: '-2015' };
const fine: CallVerdict = { kind: 'fine' };
const failed: CallVerdict = { kind: 'failed' };

describe('a refused key', () => {
  it('is rejected at the second refusal 5 s later, not before', () => {
    expect(after([0, refused]).keyRejected).toBeNull();
    expect(after([0, refused], [4_999, refused]).keyRejected).toBeNull();
    expect(after([0, refused], [4_999, refused], [5_000, refused]).keyRejected).toBe('-2015');
  });

  it('counts from anew after a success, and failures in between change nothing', () => {
    expect(after([0, refused], [100, fine], [5_000, refused]).keyRejected).toBeNull();
    expect(after([0, refused], [100, failed], [5_000, refused]).keyRejected).toBe('-2015');
    expect(after([0, refused], [5_000, refused], [6_000, fine]).keyRejected).toBeNull();
  });
});

describe('the share of failed calls', () => {
  it('is told of the last 30 s, from five calls on', () => {
    const four = after(...[0, 1, 2, 3].map((n) => [n, failed] as const));
    expect(errorShare(four, at(10))).toBeNull();
    const six = noteCall(noteCall(four, fine, at(1_000)), fine, at(2_000));
    expect(errorShare(six, at(2_000))).toBeCloseTo(4 / 6);
    // The second in which the failures were is 30 s back: only two calls are left.
    expect(errorShare(six, at(30_000))).toBeNull();
    expect(six.seconds.length).toBeLessThanOrEqual(30);
  });

  it('keeps no more than its window', () => {
    const many = after(...Array.from({ length: 500 }, (_, n) => [n * 700, fine] as const));
    expect(many.seconds.length).toBeLessThanOrEqual(30);
    expect(errorShare(many, at(500 * 700))).toBe(0);
  });
});

it('keeps the longer of two bans, and forgets maintenance at the first answer', () => {
  const ban = (ms: number): CallVerdict => ({ kind: 'banned', ban: { scope: 'ip', until: at(ms), reason: '418' } });
  expect(after([0, ban(5_000)], [1, ban(2_000)]).ban?.until).toBe(at(5_000));
  const closed = after([0, { kind: 'maintenance', reason: 'closed' }]);
  expect(closed.maintenance).toEqual({ reason: 'closed', until: at(30_000) });
  expect(noteCall(closed, fine, at(1)).maintenance).toBeNull();
});
