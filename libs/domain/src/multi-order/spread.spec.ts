import { describe, expect, it } from '@jest/globals';
import { decimal, price } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { followSpread, spreadOf, spreadWatches } from './spread.js';

const NOW = epochMs(1_700_000_000_000);
const later = (ms: number) => epochMs(NOW + ms);
const LIMIT = decimal('1.5');
const RETURN_MS = 1_000;

describe('followSpread', () => {
  it('is the bid that would be sold into less the ask that would be paid, and may be negative', () => {
    expect(spreadOf(price('3014'), price('3012.4')).toFixed()).toBe('1.6');
    expect(spreadOf(price('3010'), price('3012.4')).toFixed()).toBe('-2.4');
  });

  it('watches each leg for half of what is to spare, and nothing below the limit', () => {
    const watches = spreadWatches(price('3014'), price('3010'), LIMIT);
    expect(watches?.bidBelow.toFixed()).toBe('3012.75');
    expect(watches?.askAbove.toFixed()).toBe('3011.25');
    expect(spreadWatches(price('3011'), price('3010'), LIMIT)).toBeNull();
    expect(spreadOf(price('3012.75'), price('3011.25')).eq(LIMIT)).toBe(true);
  });

  it('goes out at once below the limit, not at it', () => {
    expect(followSpread([], decimal('1.5'), LIMIT, NOW, RETURN_MS)).toEqual({ isOut: false, edge: null });
    expect(followSpread([], decimal('1.49'), LIMIT, NOW, RETURN_MS)).toEqual({
      isOut: true,
      edge: { kind: 'begin', at: NOW },
    });
  });

  it('comes back one second after the spread did, and says so once', () => {
    const out = [{ from: NOW, to: null }];
    const back = followSpread(out, decimal('2'), LIMIT, later(5_000), RETURN_MS);
    expect(back).toEqual({ isOut: true, edge: { kind: 'end', at: later(6_000) } });
    const closed = [{ from: NOW, to: later(6_000) }];
    expect(followSpread(closed, decimal('2'), LIMIT, later(5_500), RETURN_MS)).toEqual({ isOut: true, edge: null });
    expect(followSpread(closed, decimal('2'), LIMIT, later(6_000), RETURN_MS)).toEqual({ isOut: false, edge: null });
  });

  it('begins anew when the spread falls again within that second', () => {
    const closed = [{ from: NOW, to: later(6_000) }];
    expect(followSpread(closed, decimal('1'), LIMIT, later(5_500), RETURN_MS)).toEqual({
      isOut: true,
      edge: { kind: 'begin', at: later(5_500) },
    });
  });

  it('concludes nothing without both books', () => {
    expect(followSpread([], null, LIMIT, NOW, RETURN_MS)).toEqual({ isOut: false, edge: null });
    expect(followSpread([{ from: NOW, to: null }], null, LIMIT, later(9_000), RETURN_MS)).toEqual({
      isOut: true,
      edge: null,
    });
  });
});
