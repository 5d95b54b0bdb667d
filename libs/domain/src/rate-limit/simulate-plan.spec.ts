import { describe, expect, it } from '@jest/globals';
import { emptyBudget } from './budget-state.js';
import { drawOf, type LimitDraw } from './limit-draw.js';
import { rebuild } from './rebuild.js';
import { reserve } from './reserve.js';
import { settle } from './settle.js';
import { simulatePlan, type PlannedCall } from './simulate-plan.js';

const NOW = 1_795_219_200_000; // the start of a minute
const WINDOW_MS = 10_000;

const definition = {
  id: 'orders',
  venue: 'v',
  scope: ['account'],
  kind: 'fixed_window',
  params: { limit: 100, windowMs: WINDOW_MS },
  ceilings: { place: 950 },
  breach: [],
} as const;
const draw = (cost = 1): LimitDraw => drawOf(definition, { scopes: { account: 'a' }, priority: 'place' }, { cost });

/** A limit that is known, of which `used` is used, with the venue's clock known to the millisecond. */
function known(used: number, at = NOW) {
  const state = emptyBudget();
  state.clock = { lastNow: at, backs: 0, life: 0, offset: 0, samples: [{ offset: 0, error: 1, at: at + 3_600_000 }] };
  const windows = [-1, 0, 1].map((n) => ({ start: Math.floor(at / WINDOW_MS) * WINDOW_MS + n * WINDOW_MS, used: 0 }));
  const ready = rebuild(state, { draw: draw(), booked: windows }, at).state;
  if (used === 0) return ready;
  const taken = reserve(
    ready,
    { token: 't', priority: 'place', holdMs: 1, mode: 'normal', at: 0, draws: [draw(used)] },
    at,
  );
  const answer = { sentAt: at, repliedAt: at, venueMs: -1, venueSlackMs: 0, readings: [], closures: [] };
  return settle(taken.state, { token: 't', outcome: 'success', draws: [draw(used)], ...answer }, at).state;
}
const places = (count: number, everyMs: number): PlannedCall[] =>
  Array.from({ length: count }, (_, i) => ({ afterMs: i * everyMs, priority: 'place', draws: [draw()] }));

describe('a plan against the limits as they are', () => {
  it('is feasible where every call fits, and spends nothing', () => {
    const state = known(0, NOW + 5_000);
    const before = structuredClone(state);
    expect(simulatePlan(state, places(95, 0), NOW + 5_000)).toEqual({
      isFeasible: true,
      firstPossibleAt: NOW + 5_000,
      refusal: null,
    });
    expect(state).toEqual(before);
  });

  it('is possible from the next window on where this one is nearly used up', () => {
    const at = NOW + 5_000;
    const told = simulatePlan(known(60, at), places(40, 0), at);
    expect(told).toMatchObject({ isFeasible: false, refusal: { call: 35, limit: 'orders', reason: 'exhausted' } });
    expect(told.firstPossibleAt).toBeGreaterThanOrEqual(NOW + WINDOW_MS);
    expect(told.firstPossibleAt).toBeLessThan(NOW + WINDOW_MS + 10);
    // The start that is told does work, and a millisecond before it does not.
    const first = told.firstPossibleAt ?? 0;
    expect(simulatePlan(known(60, at), places(40, 0), first).isFeasible).toBe(true);
    expect(simulatePlan(known(60, at), places(40, 0), first - 1).isFeasible).toBe(false);
  });

  it('is never possible where it is too dense for any window', () => {
    expect(simulatePlan(known(0), places(96, 0), NOW + 5_000)).toMatchObject({
      isFeasible: false,
      firstPossibleAt: null,
      refusal: { call: 95 },
    });
  });

  it('may take longer than one window, as long as each holds', () => {
    expect(simulatePlan(known(0), places(300, 200), NOW + 1).isFeasible).toBe(true);
    expect(simulatePlan(known(0), places(300, 90), NOW + 1).isFeasible).toBe(false);
  });

  it('waits for a limit whose state is not known', () => {
    const told = simulatePlan(emptyBudget(), places(1, 0), NOW);
    expect(told).toMatchObject({ isFeasible: false, refusal: { reason: 'cold' } });
    expect(told.firstPossibleAt === null || told.firstPossibleAt >= NOW + WINDOW_MS).toBe(true);
  });
});
