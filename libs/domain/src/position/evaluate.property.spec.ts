import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { AT, decided, entry, exitItem, tick, wantedPosition } from '../../../../test/support/signal-positions.js';
import { Dec, price, ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import type { Position } from './contract.js';
import { evaluateGap } from './evaluate-gap.js';
import { evaluatePrice } from './evaluate-price.js';
import type { Evaluation } from './evaluation.js';
import { SIZE_TOLERANCE } from './size.js';
import { mayFire, triggerLevels } from './trigger-levels.js';

/** A coarse grid, so that items share levels and prices stop on them. */
const level = fc.noBias(fc.integer({ min: 80, max: 120 })).map(String);
const gate = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('<=', '>='), level).map(([op, at]) => `${op} ${at}`) },
);
const hundredths = (n: number): string => new Dec(n).div(100).toFixed();

interface Case {
  readonly side: 'long' | 'short';
  readonly open: readonly { readonly weight: number; readonly gate: string | null; readonly limit: string | null }[];
  readonly close: readonly {
    readonly kind: 'take_profit' | 'stop_loss';
    readonly ratio: number;
    readonly at: string;
  }[];
  readonly path: readonly string[];
  readonly subscriptions: number;
  readonly averageEntry: string | null;
}

const closes = fc.array(
  fc.record({
    kind: fc.constantFrom<'take_profit' | 'stop_loss'>('take_profit', 'stop_loss'),
    ratio: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constant(100)),
    at: level,
  }),
  { maxLength: 4, size: 'max' },
);

const cases: fc.Arbitrary<Case> = fc.record({
  side: fc.constantFrom('long', 'short'),
  open: fc.array(
    fc.record({
      weight: fc.noBias(fc.integer({ min: 0, max: 25 })),
      gate,
      limit: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: level }),
    }),
    { minLength: 1, maxLength: 4, size: 'max' },
  ),
  close: closes,
  path: fc.array(fc.oneof(level, fc.constantFrom('80', '120')), { minLength: 2, maxLength: 6, size: 'max' }),
  subscriptions: fc.constantFrom(0, 1, 2),
  averageEntry: fc.constantFrom(null, '100', '97.5'),
});

function positionOf({ side, open, close, subscriptions, averageEntry }: Case): Position {
  const openItems = open.map(({ weight, gate: at, limit }, i) =>
    entry(`in-${i}`, hundredths(weight), at, limit === null ? {} : { limit }),
  );
  const closeItems = close.map(({ kind, ratio, at }, i) => exitItem(kind, `out-${i}`, hundredths(ratio), at));
  const { changes } = decided({ action: 'open', wanted: wantedPosition(side, openItems, closeItems) }, [], {
    subscriptions,
  });
  const made = changes[0]!.position;
  return made.legs === 0 ? made : { ...made, averageEntry: averageEntry === null ? null : price(averageEntry) };
}

/** Every step of a path, each checked. */
function run(
  one: Case,
  path: readonly string[],
  check?: (before: Position, step: Evaluation) => void,
  mid: Price | null = null,
): Position {
  let position = positionOf(one);
  for (const [i, to] of path.entries()) {
    if (i === 0) continue;
    const step = evaluatePrice(position, tick(path[i - 1]!, to, { subscriptions: one.subscriptions, mid }));
    check?.(position, step);
    position = step.position;
  }
  return position;
}

/** Its first item is a market order without a condition. */
const heldAtOnce = (one: Case): Case => ({
  ...one,
  open: [{ weight: 25, gate: null, limit: null }, ...one.open.slice(1)],
  subscriptions: 1,
});
/** From one end of the levels to the other, so that entries and closes fire together. */
const wide = (path: readonly string[]): string[] =>
  path.map((at, i) => (i % 2 === 0 ? at : Number(at) < 100 ? '80' : '120'));

const within = (a: Decimal, b: Decimal): boolean => a.sub(b).abs().lte('1e-15');

describe('evaluatePrice, over any items and any path', () => {
  it('fires each item at most once, and never touches one that has fired', () => {
    const seen = { fired: 0, several: 0, closed: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        const fired = new Map<string, number>();
        run(one, [...one.path, ...one.path], (before, { position, fired: refs }) => {
          seen.fired += refs.length;
          if (refs.length > 1) seen.several += 1;
          if (before.state !== position.state && position.state === 'closing') seen.closed += 1;
          for (const { list, key } of refs) fired.set(`${list} ${key}`, (fired.get(`${list} ${key}`) ?? 0) + 1);
          before.closeItems.forEach((item, i) => {
            if (item.state === 'fired') expect(position.closeItems[i]).toBe(item);
          });
          before.openItems.forEach((item, i) => {
            if (item.state !== 'armed')
              expect(position.openItems[i]).toMatchObject({ gate: item.gate, appliedAt: item.appliedAt });
          });
        });
        // a limit item on paper is told twice: when its order rests, and when that is filled
        for (const [item, times] of fired) expect(times).toBeLessThanOrEqual(item.startsWith('open') ? 2 : 1);
      }),
      { numRuns: 300 },
    );
    expect(seen.fired).toBeGreaterThan(300);
    expect(seen.several).toBeGreaterThan(100);
    expect(seen.closed).toBeGreaterThan(50);
  });

  it('keeps the size within 0 and 1, paper with it, and ends what reaches 0', () => {
    fc.assert(
      fc.property(cases, (one) => {
        run(one, one.path, (before, { position, fired }) => {
          expect(position.size.gte(ZERO) && position.size.lte(1)).toBe(true);
          expect(position.paper.size.eq(position.size)).toBe(true);
          expect(within(position.paper.entered.sub(position.paper.exited), position.paper.size)).toBe(true);
          if (position.size.gt(ZERO)) expect(position.size.gt(SIZE_TOLERANCE)).toBe(true);
          if (position.wasHeld && position.size.isZero()) expect(['closing', 'closed']).toContain(position.state);
          if (!['armed', 'opening', 'open'].includes(before.state)) expect(fired).toEqual([]);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('asks the legs for what the size does: one exit first, then the entries', () => {
    const seen = { both: 0, ended: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        run(heldAtOnce(one), wide(one.path), (before, { position, actions }) => {
          const [first, ...rest] = actions;
          const exits = actions.filter(({ kind }) => kind === 'exit' || kind === 'exit_all');
          expect(exits.length).toBeLessThanOrEqual(1);
          if (exits.length === 1) expect(first).toBe(exits[0]);
          if (first?.kind === 'exit_all') {
            seen.ended += 1;
            expect([rest, position.state]).toEqual([[], 'closing']);
            return;
          }
          if (position.legs === null || position.legs === 0) {
            expect(actions).toEqual([]);
            return;
          }
          const left = first?.kind === 'exit' ? before.size.mul(new Dec(1).sub(first.ratio)) : before.size;
          const market = actions.filter((action) => action.kind === 'enter' && action.orderType === 'market');
          const after = market.reduce((sum, action) => (action.kind === 'enter' ? sum.add(action.amount) : sum), left);
          if (market.length > 0 && exits.length > 0) seen.both += 1;
          expect(within(after, position.size)).toBe(true);
        });
      }),
      { numRuns: 400 },
    );
    expect(seen.both).toBeGreaterThan(10);
    expect(seen.ended).toBeGreaterThan(50);
  });

  it('fires the same however a path is cut into ticks', () => {
    let cut = 0;
    const cuts = fc.array(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { maxLength: 3 });
    fc.assert(
      fc.property(cases, fc.array(cuts, { minLength: 8, maxLength: 8 }), (one, shares) => {
        const fine = one.path.flatMap((to, i) => {
          const from = one.path[i - 1];
          if (from === undefined || from === to) return [to];
          const step = Number(to) - Number(from);
          const between = (shares[i] ?? []).toSorted((a, b) => a - b).map((share) => Number(from) + step * share);
          cut += between.length;
          return [...between.map((at) => new Dec(at).toDecimalPlaces(8).toFixed()), to];
        });
        const mid = price('100'); // paper would trade at each tick's own price
        expect(run(one, fine, undefined, mid)).toEqual(run(one, one.path, undefined, mid));
      }),
      { numRuns: 300 },
    );
    expect(cut).toBeGreaterThan(500);
  });

  it('a gap closes what a walk through it closes', () => {
    const seen = { same: 0, ended: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        const held: Case = { ...one, open: [{ weight: 100, gate: null, limit: null }], averageEntry: '100' };
        const path = one.path;
        const walked = run(held, path);
        const prices = path.map((at) => price(at));
        const low = prices.reduce((least, at) => Dec.min(least, at) as Price);
        const high = prices.reduce((most, at) => Dec.max(most, at) as Price);
        const { position } = evaluateGap(positionOf(held), {
          ...tick(null, path.at(-1)!, { subscriptions: one.subscriptions }),
          ...{ low, high },
        });
        expect(position.state).toBe(walked.state);
        expect(position.size.eq(walked.size)).toBe(true);
        if (position.size.isZero()) seen.ended += 1;
        else if (!position.size.eq(1)) seen.same += 1;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.same, seen.ended)).toBeGreaterThan(50);
  });

  it('does something exactly when a level is reached', () => {
    const seen = { reached: 0, missed: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        run(one, one.path, (before, { fired, position }) => expect(fired.length === 0).toBe(position === before));
        const position = positionOf(one);
        const levels = triggerLevels(position, AT);
        const [a, b] = [price(one.path[0]!), price(one.path[1]!)];
        const reached = mayFire(levels, Dec.min(a, b) as Price, Dec.max(a, b) as Price);
        const { fired } = evaluatePrice(position, tick(a.toFixed(), b.toFixed(), { subscriptions: one.subscriptions }));
        expect(fired.length > 0).toBe(reached);
        seen[reached ? 'reached' : 'missed'] += 1;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(seen.reached, seen.missed)).toBeGreaterThan(50);
  });

  it('decides the same each time, and leaves what it was given alone', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const position = freeze(positionOf(one));
        const at = tick(one.path[0]!, one.path[1]!, { subscriptions: one.subscriptions });
        expect(evaluatePrice(position, at)).toEqual(evaluatePrice(position, at));
      }),
      { numRuns: 200 },
    );
  });
});

/** Any write to it throws from now on. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}
