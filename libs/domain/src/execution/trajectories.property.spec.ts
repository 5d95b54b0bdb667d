import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { CALM, orderOf, run, WILD, World, type Scenario } from '../../../../test/support/random-run.js';
import { Seen } from '../../../../test/support/seen.js';
import { leaves, seededRandom, START, step, type Step } from '../../../../test/support/simulated-order.js';
import { Dec, decimal, ZERO, type Decimal } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { activeMs } from '../trajectory/active-time.js';
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
    povLimit: fc.constantFrom(null, '0.05', '0.1', '0.3'),
    rate: fc.constantFrom('0.05', '0.2', '0.5'),
    offset: fc.double({ min: -0.6, max: 0.7, noNaN: true }),
    perMs: fc.constantFrom(0.0002, 0.002, 0.05),
    hasProfile: fc.boolean(),
    gaps: fc.constantFrom(0, 0, 0.1),
    busts: fc.constantFrom(0, 0.1, 0.4),
  })
  .map(({ tilt, povLimit, rate, offset, perMs, hasProfile, gaps, busts, ...drawn }): Scenario => {
    // one that is looked at each second is as much in a quarter of the time
    const one = drawn.activeLimit ? { ...drawn, durationMs: Math.ceil(drawn.durationMs / 4) } : drawn;
    const isPov = one.algorithm === 'pov';
    const params: Partial<ExecutionParams> = {
      alphaTilt: decimal(tilt),
      povLimit: povLimit === null ? null : Dec.max(povLimit, isPov ? rate : 0),
      povTarget: isPov ? decimal(rate) : null,
      durationMs: isPov && one.durationMs % 2 === 0 ? null : one.durationMs,
      targetTime: one.algorithm === 'target_time' ? epochMs(START + Math.round(one.durationMs * offset)) : null,
      ...(isPov ? { strictDuration: false, oolPause: false } : {}),
    };
    return { ...one, params, volume: { perMs, hasProfile, busts, gaps } };
  });

const places = ({ decision }: Step) => decision.intents.filter((intent) => intent.kind === 'place');
const base = (parent: ExecutionParent, of: 'executed' | 'all'): Decimal =>
  parent.children.reduce<Decimal>((sum, child) => sum.add(child.cumQty).add(of === 'all' ? leaves(child) : 0), ZERO);
const view = ({ after, market, now }: Step) => viewOf(after, market, now, after.id);
/** A paused or ended order has no stage: its decisions keep none. */
const stageAfter = (taken: Step) => {
  const { after } = taken;
  const plan = after.plans.at(-1);
  if (plan === undefined || (after.status !== 'ACTIVE' && after.status !== 'FINISHER')) return null;
  const inactive = after.params.oolPause ? [...after.paused, ...after.outOfLimit] : after.paused;
  return stageOf(view(taken), plan, progressMs(view(taken), plan, inactive));
};
const runs = { numRuns: 30 };
/** A fill after the end of a child passes what the child was counted for: no decision can hold a bound against it. */
const PUNCTUAL = { ...WILD, lateFills: false };
const HOUR_MS = 3_600_000;
const SEVEN_DAYS_MS = 7 * 24 * HOUR_MS;
/** Enough for any of these orders to end by itself. */
const LONG_RUN = 2_000;

/** The life of the same order where it can end by itself. */
function calmRun(drawn: Scenario, check: (taken: Step) => void): void {
  const params = { ...drawn.params, durationMs: drawn.durationMs };
  run({ ...drawn, limitBps: drawn.oolPause ? null : drawn.limitBps, params }, CALM, check, LONG_RUN);
}

describe('properties of trajectories', () => {
  it('I3 no fill in any order lifts the order over its share of the volume of others', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        const p = one.params?.povLimit ?? null;
        if (p === null) return;
        const left = new Dec(1).sub(p);
        let most: Decimal = ZERO;
        run(one, PUNCTUAL, (taken) => {
          const { othersVolume } = taken.market;
          most = Dec.max(most, othersVolume ?? ZERO);
          // executed may not pass what was allowed when it was sent, and nothing new is sent beyond what is allowed now
          must(left.mul(base(taken.before, 'executed')).lte(p.mul(most)), 'executed stays within the share');
          if (places(taken).length > 0) {
            must(left.mul(base(taken.after, 'all')).lte(p.mul(othersVolume ?? ZERO)), 'all that works fits the share');
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
      fc.property(scenario, (one) => {
        const last = new Map<number, NonNullable<ReturnType<typeof stageAfter>> & { readonly minimum: Decimal }>();
        run(one, PUNCTUAL, (taken) => {
          const stage = stageAfter(taken);
          if (stage === null) return;
          seen.note(`${stage.plan.shape.kind} ${stage.plan.reason}`);
          // a pause judges nothing: its end begins a version of its own
          if (taken.after.status === 'PAUSED') return;
          const before = last.get(stage.plan.version);
          const minimum = view(taken).minimumValue;
          last.set(stage.plan.version, { ...stage, minimum });
          if (before !== undefined) {
            // what is kept of a POV target has 12 places; its half-width holds m, which follows the price both ways
            const byVolume = stage.plan.shape.kind === 'participation';
            const kept = byVolume ? stage.orderQty.mul('2e-12') : ZERO;
            const wider = byVolume ? minimum.sub(before.minimum) : ZERO;
            must(stage.target.gte(before.target.sub(kept)), 'T never falls');
            must(stage.lower.add(kept).add(Dec.max(ZERO, wider)).gte(before.lower), 'the lower edge never falls');
            must(stage.upper.add(kept).sub(Dec.min(ZERO, wider)).gte(before.upper), 'the upper edge never falls');
            if (byVolume && !wider.isZero()) seen.note(wider.isPositive() ? 'm rose' : 'm fell');
          }
          if (one.sizing !== 'base' || taken.after.finisherFrom !== null || places(taken).length === 0) return;
          const open = taken.after.children.filter((child) => child.status !== 'closed');
          must(open.length === 1 || base(taken.after, 'all').lte(stage.upper), 'all that works fits under the edge');
        });
      }),
      runs,
    );
    seen.atLeast({
      'even activated': 10,
      'volume activated': 10,
      'arrival_price activated': 10,
      'target_time activated': 5,
      'participation activated': 10,
      'volume resumed': 1,
      'm rose': 10,
      'm fell': 10,
    });
  });

  it('I9 with a live feed every order with a duration ends in time', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { durationMs } = drawn;
        const { strictDuration, targetTime } = { ...drawn, ...drawn.params };
        const isPov = drawn.algorithm === 'pov';
        const late = strictDuration || isPov ? 0 : finisherLengthMs(durationMs);
        const end = (targetTime ?? null) === null ? durationMs : Math.max(0, targetTime! - START + durationMs / 2);
        let ended = false;
        calmRun(drawn, (taken) => {
          if (ended) return;
          must(taken.now - START < end + late + 1_500, `ends within ${end + late} ms`);
          const last = taken.decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
          if (last?.kind !== 'complete') return;
          ended = true;
          seen.note(`${isPov ? 'pov' : 'other'} ${last.reason}`);
        });
        expect(ended).toBe(true);
      }),
      runs,
    );
    seen.atLeast({ 'other filled': 1, 'pov pov_expired': 1, 'other pov_limited': 1 });
  });

  it('I9 POV without a duration ends within seven days of active time, paused or not', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const random = seededRandom(drawn.seed);
        const unending = { povLimit: null, durationMs: null, targetTime: null, strictDuration: false, oolPause: false };
        const one: Scenario = {
          ...drawn,
          algorithm: 'pov',
          limitBps: null,
          params: { ...drawn.params, ...unending, povTarget: decimal('0.05') },
          // an hour of others brings a twentieth of a thousandth of the order
          volume: { ...drawn.volume!, perMs: (Number(drawn.lot) * drawn.lots) / 1_000 / HOUR_MS },
        };
        const world = new World(one, { ...CALM, pauses: random() < 0.5 }, random);
        let parent = orderOf(one);
        for (let steps = 0; steps < 600; steps += 1) {
          const { now } = world;
          const { after, decision } = step(parent, world.market(parent), now);
          const active = activeMs(START, now, parent.paused);
          must(active <= SEVEN_DAYS_MS + 1_000, `works for ${active} ms of active time`);
          const end = decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
          if (end?.kind === 'complete' || end?.kind === 'fail') return seen.note(end.reason);
          if (parent.status === 'CANCELED') return seen.note('cancelled');
          const wakeAt = decision.nextWakeAt ?? Number.POSITIVE_INFINITY;
          must(wakeAt <= now + 24 * HOUR_MS, 'it is looked at within a day');
          // hours are slept through, but not the instant at which the seven days are over
          const asleep = now + Math.min(6 * HOUR_MS * random(), SEVEN_DAYS_MS - active);
          parent = world.moveTo(after, epochMs(Math.max(wakeAt, Math.ceil(asleep))));
        }
        throw new Error('works on after 600 looks');
      }),
      { numRuns: 20 },
    );
    seen.atLeast({ pov_expired: 5, cancelled: 1 });
  });

  it('I7, I14 repeating a decision changes nothing, on its input and on its result', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, PUNCTUAL, (taken) => {
          const again = decide(
            { ...taken.before, children: taken.before.children.toReversed() },
            taken.market,
            taken.now,
            taken.before.id,
          );
          if (JSON.stringify(again) !== JSON.stringify(taken.decision)) expect(again).toEqual(taken.decision);
          const { intents } = decide(taken.after, taken.market, taken.now, taken.after.id);
          if (intents.length > 0) expect(intents).toEqual([]);
          for (const intent of taken.decision.intents) seen.note(intent.kind);
        });
      }),
      runs,
    );
    seen.atLeast({ place: 100, cancel: 20 });
  });

  it('does nothing when it runs before its wake-up without an event', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const share = seededRandom(drawn.seed);
        calmRun(drawn, (taken) => {
          const latest = (taken.decision.nextWakeAt ?? taken.now) - 50;
          if (latest <= taken.now + 250) return;
          const early = epochMs(Math.floor(taken.now + (latest - taken.now) * (share() < 0.5 ? 0 : share())));
          const accounts = taken.market.accounts.map((account) => ({ ...account, bookAt: early }));
          // what a VWAP plan makes of its market changes by itself while nothing is traded
          if (taken.after.plans.at(-1)?.shape.kind === 'volume' && early > taken.now) return;
          const decision = decide(taken.after, { ...taken.market, accounts }, early, taken.after.id);
          if (decision.intents.length > 0) expect(decision.intents).toEqual([]);
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
