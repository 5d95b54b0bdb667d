import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { CALM, run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { leaves, START, type Step } from '../../../../test/support/simulated-order.js';
import { Dec, decimal, ZERO, type Decimal } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import type { ExecutionParams, ExecutionParent } from './contract.js';
import { decide } from './decide.js';
import { finisherLengthMs } from './finisher-length.js';
import { progressMs } from './plan-flow.js';
import { stageOf } from './stage-of.js';
import { viewOf } from './view.js';

const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.integer(),
    algorithm: fc.constantFrom('vwap', 'vwap', 'is', 'target_time', 'pov', 'pov', 'twap'),
    side: fc.constantFrom('buy', 'sell'),
    sizing: fc.constantFrom('base', 'base', 'quote'),
    lots: fc.integer({ min: 60, max: 8_000 }),
    lot: fc.constantFrom('0.001', '0.01'),
    durationMs: fc.integer({ min: 20_000, max: 900_000 }),
    discretion: fc.constantFrom('0.02', '0.08', '0.3'),
    passiveness: fc.constantFrom('0.02', '0.3'),
    passiveOnly: fc.constantFrom(false, false, false, true),
    activeLimit: fc.constantFrom(false, true),
    strictDuration: fc.constantFrom(false, false, true),
    oolPause: fc.boolean(),
    limitBps: fc.constantFrom(null, null, null, 4, 30),
    maxClip: fc.constantFrom(null, null, '500'),
    fillRate: fc.constantFrom(0.05, 0.3, 0.9),
    tilt: fc.constantFrom('0', '0', '1', '-0.6'),
    povLimit: fc.constantFrom(null, '0.05', '0.3'),
    rate: fc.constantFrom('0.05', '0.2', '0.5'),
    offset: fc.double({ min: -0.6, max: 0.7, noNaN: true }),
    perMs: fc.constantFrom(0.0002, 0.002, 0.05),
    hasProfile: fc.boolean(),
    gaps: fc.constantFrom(0, 0, 0.1),
  })
  .map(({ tilt, povLimit, rate, offset, perMs, hasProfile, gaps, ...one }): Scenario => {
    const isPov = one.algorithm === 'pov';
    const params: Partial<ExecutionParams> = {
      alphaTilt: decimal(tilt),
      povLimit: povLimit === null ? null : Dec.max(povLimit, isPov ? rate : 0),
      povTarget: isPov ? decimal(rate) : null,
      durationMs: isPov && one.durationMs % 2 === 0 ? null : one.durationMs,
      targetTime: one.algorithm === 'target_time' ? epochMs(START + Math.round(one.durationMs * offset)) : null,
      ...(isPov ? { strictDuration: false, oolPause: false } : {}),
    };
    return { ...one, params, volume: { perMs, hasProfile, busts: 0, gaps } };
  });

/** Cases seen, by kind: a property that never meets its case proves nothing. */
class Seen {
  readonly #counts: Record<string, number> = {};
  note(kind: string): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
  atLeast(minimum: Record<string, number>): void {
    const short = Object.entries(minimum).filter(([kind, count]) => (this.#counts[kind] ?? 0) < count);
    expect({ short, counts: this.#counts }).toEqual({ short: [], counts: this.#counts });
  }
}

const places = ({ decision }: Step) => decision.intents.filter((intent) => intent.kind === 'place');
const base = (parent: ExecutionParent, of: 'executed' | 'all'): Decimal =>
  parent.children.reduce<Decimal>((sum, child) => sum.add(child.cumQty).add(of === 'all' ? leaves(child) : 0), ZERO);
const view = ({ after, market, now }: Step) => viewOf(after, market, now, after.id);
const stageAfter = (taken: Step) => {
  const { after } = taken;
  const plan = after.plans.at(-1);
  if (plan === undefined) return null;
  const inactive = after.params.oolPause ? [...after.paused, ...after.outOfLimit] : after.paused;
  return stageOf(view(taken), plan, progressMs(view(taken), plan, inactive));
};
const runs = { numRuns: 20 };
/** An active limit is looked at each second, for up to a quarter of an hour. */
const LONG_RUN = 4_000;

describe('properties of trajectories', () => {
  it('I3 no fill in any order lifts the order over its share of the volume of others', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.constantFrom(0, 0.2), (drawn, busts) => {
        const params = { ...drawn.params, povLimit: drawn.params?.povLimit ?? decimal('0.1') };
        const p = params.povLimit;
        const one = { ...drawn, params, volume: { ...drawn.volume!, busts } };
        let most: Decimal = ZERO;
        run(one, { ...WILD, lateFills: false }, (taken) => {
          const { othersVolume } = taken.market;
          most = Dec.max(most, othersVolume ?? ZERO);
          // executed may not pass what was allowed when it was sent, and nothing new is sent beyond what is allowed now
          expect(new Dec(1).sub(p).mul(base(taken.before, 'executed')).lte(p.mul(most))).toBe(true);
          if (places(taken).length > 0) {
            expect(
              new Dec(1)
                .sub(p)
                .mul(base(taken.after, 'all'))
                .lte(p.mul(othersVolume ?? ZERO)),
            ).toBe(true);
            seen.note('placed');
          }
          for (const one of taken.decision.annotations)
            if (one.kind === 'hold' && one.reason === 'POV_LIMITED') seen.note('limited');
            else if (one.kind === 'complete') seen.note(one.reason);
          for (const intent of taken.decision.intents)
            if (intent.kind === 'cancel' && intent.reason === 'pov_limit') seen.note('above');
        });
      }),
      runs,
    );
    seen.atLeast({ placed: 100, limited: 30, above: 1 });
  });

  it('I6 target and band never fall within a plan version, I5 nothing passes the band', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.constantFrom(0, 0.05), (drawn, busts) => {
        const last = new Map<number, NonNullable<ReturnType<typeof stageAfter>>>();
        const one = { ...drawn, volume: { ...drawn.volume!, busts } };
        run(one, { ...WILD, lateFills: false }, (taken) => {
          const stage = stageAfter(taken);
          if (stage === null) return;
          const before = last.get(stage.plan.version);
          last.set(stage.plan.version, stage);
          seen.note(`${stage.plan.shape.kind} ${stage.plan.reason}`);
          if (before !== undefined) {
            // what is kept of a POV target has 12 places, and the minimum child that widens its band follows the price
            const byVolume = stage.plan.shape.kind === 'participation';
            const noise = byVolume ? view(taken).minimumValue.mul('0.2') : ZERO;
            expect(stage.target.gte(before.target.sub(byVolume ? stage.orderQty.mul('1e-12') : 0))).toBe(true);
            expect(stage.lower.gte(before.lower.sub(noise)) && stage.upper.gte(before.upper.sub(noise))).toBe(true);
          }
          if (drawn.sizing !== 'base' || taken.after.finisherFrom !== null || places(taken).length === 0) return;
          const open = taken.after.children.filter((child) => child.status !== 'closed');
          expect(open.length === 1 || base(taken.after, 'all').lte(stage.upper)).toBe(true);
        });
      }),
      runs,
    );
    seen.atLeast({
      'even activated': 10,
      'volume activated': 10,
      'arrival_price activated': 10,
      'target_time activated': 10,
      'participation activated': 10,
      'volume resumed': 1,
    });
  });

  it('I9 with a live feed every order with a duration ends in time', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { durationMs } = drawn;
        const one = {
          ...drawn,
          limitBps: drawn.oolPause ? null : drawn.limitBps,
          params: { ...drawn.params, durationMs },
        };
        const { strictDuration, targetTime } = { ...drawn, ...drawn.params };
        const isPov = drawn.algorithm === 'pov';
        const late = strictDuration || isPov ? 0 : finisherLengthMs(durationMs);
        const end = (targetTime ?? null) === null ? durationMs : Math.max(0, targetTime! - START + durationMs / 2);
        let ended = false;
        run(
          one,
          CALM,
          (taken) => {
            if (ended) return;
            expect(taken.now - START).toBeLessThan(end + late + 1_500);
            const last = taken.decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
            if (last?.kind !== 'complete') return;
            ended = true;
            seen.note(`${isPov ? 'pov' : 'other'} ${last.reason}`);
          },
          LONG_RUN,
        );
        expect(ended).toBe(true);
      }),
      runs,
    );
    seen.atLeast({ 'other filled': 1, 'pov pov_expired': 1, 'other pov_limited': 1 });
  });

  it('I7, I14 repeating a decision changes nothing, on its input and on its result', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const again = decide(
            { ...taken.before, children: taken.before.children.toReversed() },
            taken.market,
            taken.now,
            taken.before.id,
          );
          expect(JSON.stringify(again)).toBe(JSON.stringify(taken.decision));
          expect(decide(taken.after, taken.market, taken.now, taken.after.id).intents).toEqual([]);
          for (const intent of taken.decision.intents) seen.note(intent.kind);
        });
      }),
      { numRuns: 15 },
    );
    seen.atLeast({ place: 100, cancel: 20 });
  });

  it('does nothing when it runs before its wake-up without an event', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.constantFrom(0, 0, 0.5, 1), (drawn, share) => {
        const one = { ...drawn, volume: { ...drawn.volume!, gaps: 0 } };
        run(one, CALM, (taken) => {
          const latest = (taken.decision.nextWakeAt ?? taken.now) - 50;
          if (latest <= taken.now + 250) return;
          const early = epochMs(Math.floor(taken.now + (latest - taken.now) * share));
          const accounts = taken.market.accounts.map((account) => ({ ...account, bookAt: early }));
          const decision = decide(taken.after, { ...taken.market, accounts }, early, taken.after.id);
          // what a VWAP plan makes of its market changes by itself while nothing is traded
          if (taken.after.plans.at(-1)?.shape.kind === 'volume' && early > taken.now) return;
          expect(decision.intents).toEqual([]);
          seen.note(taken.after.plans.at(-1)?.shape.kind ?? '');
        });
      }),
      runs,
    );
    seen.atLeast({ even: 20, volume: 1, arrival_price: 20, target_time: 20, participation: 20 });
  });

  it('keeps wake-ups rare: about one in the length of a slice beside those that answers ask for', () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        let [wakes, last] = [0, 0];
        run({ ...drawn, fillRate: 0, limitBps: null, passiveOnly: true, activeLimit: false }, CALM, (taken) => {
          wakes += 1;
          last = taken.now - START;
        });
        expect(wakes).toBeLessThan(60 + last / 300);
      }),
      { numRuns: 6 },
    );
  });
});
