import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { orderOf, WILD, World, type Scenario } from '../../../../test/support/random-run.js';
import { leaves, seededRandom, START, step } from '../../../../test/support/simulated-order.js';
import type { ExecutionChild, ExecutionParent } from '../execution/contract.js';
import { Dec, decimal, price, ZERO, type Decimal, type Price, type Quantity } from '../numeric/decimal.js';
import type { ParentOrderId } from '../parent-order/ids.js';
import { isFinal } from '../parent-order/parent-order.js';
import { epochMs, type EpochMs } from '../time/clock.js';
import { activeMs } from '../trajectory/active-time.js';
import { exactShare } from '../trajectory/curve.js';
import { legExposure, multiExposure, plannedNotional, type LegState, type MultiExposure } from './exposure.js';

const REFERENCE: Price = price('100');
const MOST_STEPS = 800;
const DURATION_MS = 120_000;

interface Case {
  readonly seed: number;
  /** Lots of each leg; the first buys, the second sells, a third one does as told. */
  readonly lots: readonly [number, number, number | null];
  readonly third: 'buy' | 'sell';
  readonly tolerance: string;
  readonly passiveness: string;
  readonly strictDuration: boolean;
  readonly fillRates: readonly [number, number, number];
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.integer(),
  lots: fc.tuple(
    fc.integer({ min: 600, max: 6_000 }),
    fc.integer({ min: 600, max: 6_000 }),
    fc.option<number>(fc.integer({ min: 600, max: 3_000 })),
  ),
  third: fc.constantFrom('buy', 'sell'),
  tolerance: fc.constantFrom('0.02', '0.05', '0.1', '0.5', '1'),
  passiveness: fc.constantFrom('0', '0.02', '0.3'),
  strictDuration: fc.boolean(),
  fillRates: fc.tuple(
    fc.constantFrom(0.02, 0.3, 0.9),
    fc.constantFrom(0.02, 0.3, 0.9),
    fc.constantFrom(0.02, 0.3, 0.9),
  ),
});

interface Leg {
  readonly world: World;
  parent: ExecutionParent;
  wakeAt: number | null;
}

const base = (parent: ExecutionParent, of: (child: ExecutionChild) => Decimal): Quantity =>
  parent.children.reduce<Decimal>((sum, child) => sum.add(of(child)), ZERO) as Quantity;

function stateOf({ parent }: Leg): LegState {
  return {
    side: parent.side,
    referencePrice: REFERENCE,
    planned: plannedNotional('base', parent.orderQty, REFERENCE),
    filled: base(parent, (child) => child.cumQty),
    working: base(parent, leaves),
    leaving: base(parent, (child) => (child.cancelRequestedAt === null ? ZERO : leaves(child))),
  };
}

function legsOf(one: Case): Leg[] {
  const sides = ['buy', 'sell', one.third] as const;
  return sides.flatMap((side, i) => {
    const lots = one.lots[i] ?? null;
    if (lots === null) return [];
    const scenario: Scenario = {
      seed: one.seed + i,
      algorithm: 'twap',
      side,
      sizing: 'base',
      lots,
      lot: '0.001',
      durationMs: DURATION_MS,
      discretion: '0.3',
      passiveness: one.passiveness,
      passiveOnly: false,
      activeLimit: false,
      strictDuration: one.strictDuration,
      oolPause: false,
      limitBps: null,
      maxClip: null,
      fillRate: one.fillRates[i] ?? 0.3,
    };
    const parent = { ...orderOf(scenario), id: `leg-${String(i)}` as ParentOrderId };
    const world = new World(scenario, { ...WILD, pauses: false }, seededRandom(scenario.seed));
    return [{ world, parent, wakeAt: START }];
  });
}

interface Decided {
  readonly before: MultiExposure;
  readonly after: MultiExposure;
  readonly side: 'buy' | 'sell';
  readonly placed: boolean;
  readonly cancelled: number;
}

/** Runs all legs on one clock, each decision with the exposure of that moment, as under the multi order's lock. */
function runLegs(one: Case, check: (decided: Decided) => void): readonly Leg[] {
  const legs = legsOf(one);
  const random = seededRandom(one.seed + 99);
  let now: EpochMs = START;
  const exposure = (): MultiExposure => {
    const u = exactShare(Math.min(1, activeMs(START, now, []) / DURATION_MS));
    return multiExposure(legs.map(stateOf), u, decimal(one.tolerance));
  };
  for (let index = 0; index < MOST_STEPS; index += 1) {
    for (const leg of legs) {
      const isEvent = random() < 0.2;
      if (leg.wakeAt === null || (leg.wakeAt > now && !isEvent)) continue;
      const before = exposure();
      const market = { ...leg.world.market(), exposure: legExposure(before, stateOf(leg), null) };
      const taken = step(leg.parent, market, now);
      leg.parent = taken.after;
      leg.wakeAt = taken.decision.nextWakeAt;
      const kinds = taken.decision.intents.map(({ kind }) => kind);
      check({
        before,
        after: exposure(),
        side: leg.parent.side,
        placed: kinds.includes('place'),
        cancelled: kinds.filter((kind) => kind === 'cancel').length,
      });
    }
    const next = Math.min(...legs.map(({ wakeAt }) => wakeAt ?? Infinity));
    if (!Number.isFinite(next)) break;
    const ahead = Math.max(1, next - now) * (random() < 0.6 ? 1 : random());
    now = epochMs(Math.max(now + 1, Math.ceil(now + ahead)));
    for (const leg of legs) leg.parent = leg.world.moveTo(leg.parent, now);
  }
  return legs;
}

describe('exposure of a multi order', () => {
  it('I13 no decision takes what a side works past the tolerance, worst case per side, and every leg ends', () => {
    const seen = { placed: 0, slowed: 0, stopped: 0, lagging: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        const legs = runLegs(one, ({ before, after, side, placed }) => {
          const [lead, working] =
            side === 'buy' ? [after.lead, after.workingBuy] : [after.lead.neg(), after.workingSell];
          const scale = side === 'buy' ? before.scaleBuy : before.scaleSell;
          if (scale.isZero()) seen.stopped += 1;
          if (!placed) return;
          expect(working.lte(Dec.max(ZERO, after.tol.sub(lead)))).toBe(true);
          expect(scale.gt(0)).toBe(true);
          seen.placed += 1;
          if (scale.lt(1)) seen.slowed += 1;
          if (lead.lt(0)) seen.lagging += 1;
        });
        expect(legs.map(({ parent }) => isFinal(parent.status))).not.toContain(false);
      }),
      { numRuns: 6 },
    );
    const least = { placed: 40, slowed: 3, stopped: 1, lagging: 8 };
    expect(Object.entries(least).filter(([kind, count]) => seen[kind as keyof typeof seen] < count)).toEqual([]);
  });

  it('I13 what works too much for a ramp that moved is cancelled, newest first, and nothing is placed beside it', () => {
    const [buy] = legsOf({ ...CASE, lots: [1_000, 2_000, null] });
    if (buy === undefined) throw new Error('There must be a leg');
    const first = decideWith(buy.parent, { scale: '1', room: '1000', excess: '0' });
    const placed = first.parent;
    expect(placed.children).toHaveLength(1);
    const resting = { ...placed, children: placed.children.map((child) => ({ ...child, status: 'working' as const })) };
    const later = decideWith(resting, { scale: '0.2', room: '-1', excess: '1' });
    expect(later.intents).toEqual([{ kind: 'cancel', sequence: 0, reason: 'exposure', necessary: true }]);
  });
});

const CASE: Case = {
  seed: 7,
  lots: [1_000, 1_000, null],
  third: 'buy',
  tolerance: '0.1',
  passiveness: '0.02',
  strictDuration: false,
  fillRates: [0.3, 0.3, 0.3],
};

function decideWith(parent: ExecutionParent, told: { scale: string; room: string; excess: string }) {
  const leg = legsOf(CASE)[0]!;
  const market = {
    ...leg.world.market(),
    exposure: {
      scale: decimal(told.scale),
      room: decimal(told.room),
      excess: new Dec(told.excess) as never,
      referencePrice: REFERENCE,
      spreadWatch: null,
    },
  };
  const now = epochMs(START + 3_000 * (parent.children.length > 0 ? 1 : 0));
  const taken = step(parent, { ...market, accounts: market.accounts.map((a) => ({ ...a, bookAt: now })) }, now);
  return { parent: taken.after, intents: taken.decision.intents };
}
