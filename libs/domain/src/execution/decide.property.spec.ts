import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { CALM, orderOf, run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { leaves, marketOf, START, step, type Step } from '../../../../test/support/simulated-order.js';
import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { band } from '../trajectory/band.js';
import { exactShare, twapCurve } from '../trajectory/curve.js';
import { targetAt } from '../trajectory/plan.js';
import { sliceGrid } from '../trajectory/slice-grid.js';
import { epochMs } from '../time/clock.js';
import type { AccountMarket, ExecutionChild, ExecutionParent, Intent, PlanVersion } from './contract.js';
import { decide } from './decide.js';
import { finisherLengthMs } from './finisher-length.js';

type Place = Extract<Intent, { kind: 'place' }>;

const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  algorithm: fc.constantFrom('twap', 'twap', 'twap', 'twap', 'market', 'limit'),
  side: fc.constantFrom('buy', 'sell'),
  sizing: fc.constantFrom('base', 'base', 'quote'),
  lots: fc.oneof(fc.integer({ min: 60, max: 400 }), fc.integer({ min: 400, max: 30_000 })),
  lot: fc.constantFrom('0.001', '0.0025', '0.1'),
  durationMs: fc.oneof(fc.integer({ min: 10_000, max: 120_000 }), fc.integer({ min: 120_000, max: 1_800_000 })),
  discretion: fc.constantFrom('0.02', '0.08', '0.3', '1'),
  passiveness: fc.constantFrom('0', '0.02', '0.02', '0.3', '1'),
  passiveOnly: fc.constantFrom(false, false, false, true),
  activeLimit: fc.constantFrom(false, false, true),
  strictDuration: fc.constantFrom(false, false, true),
  oolPause: fc.boolean(),
  limitBps: fc.constantFrom(null, null, -3, 2, 30),
  maxClip: fc.constantFrom(null, null, '1', '500'),
  fillRate: fc.constantFrom(0.05, 0.3, 0.9),
});

/** Cases seen, by kind: a property that never meets its case proves nothing. */
class Seen {
  readonly #counts = new Map<string, number>();
  note(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
  atLeast(minimum: Record<string, number>): void {
    const actual = Object.fromEntries(Object.keys(minimum).map((kind) => [kind, this.#counts.get(kind) ?? 0]));
    const short = Object.entries(minimum).filter(([kind, count]) => (actual[kind] ?? 0) < count);
    expect({ short, actual }).toEqual({ short: [], actual });
  }
}

const placesOf = (taken: Step): Place[] => taken.decision.intents.filter((intent) => intent.kind === 'place');
const accountOf = (taken: Step): AccountMarket => taken.market.accounts[0]!;
const mid = (account: AccountMarket): Decimal => account.bids[0]!.price.add(account.asks[0]!.price).div(2);

function executed(parent: ExecutionParent): Decimal {
  const amount = (child: ExecutionChild) => (parent.sizing === 'base' ? child.cumQty : child.cumNotional);
  return parent.children.reduce<Decimal>((sum, child) => sum.add(amount(child)), ZERO);
}

function working(parent: ExecutionParent, account: AccountMarket): Decimal {
  const rate = (child: ExecutionChild): Decimal => {
    if (parent.sizing === 'base') return new Dec(1);
    return parent.side === 'buy' ? child.price : Dec.max(child.price, account.bids[0]!.price);
  };
  return parent.children.reduce<Decimal>((sum, child) => sum.add(leaves(child).mul(rate(child))), ZERO);
}

function inactive(parent: ExecutionParent) {
  return parent.params.oolPause ? [...parent.paused, ...parent.outOfLimit] : parent.paused;
}

function minimumOf(parent: ExecutionParent, account: AccountMarket): { base: Decimal; value: Decimal } {
  const { lot, minQty, minNotional } = account.instrument;
  const lots = minNotional.mul('1.05').div(mid(account)).div(lot).ceil().mul(lot);
  const base = Dec.max(lot, minQty, lots);
  return { base, value: parent.sizing === 'base' ? base : base.mul(mid(account)) };
}

function edges(parent: ExecutionParent, plan: PlanVersion, now: Step['now']) {
  const u = Math.min(1, activeMs(parent.activatedAt, now, inactive(parent)) / plan.durationMs);
  const target = targetAt(plan, twapCurve, u);
  return { target, u, ...band(plan.orderQty, target, parent.params.discretion, exactShare(u)) };
}

const runs = { numRuns: 50 };

describe('properties of decide', () => {
  it('I1 executed plus working never passes the order by a decision', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          if (placesOf(taken).length === 0) return;
          const total = executed(taken.after).add(working(taken.after, accountOf(taken)));
          expect(total.lte(taken.after.orderQty)).toBe(true);
          for (const place of placesOf(taken)) seen.note(`${one.sizing} ${place.timeInForce}`);
        });
      }),
      runs,
    );
    seen.atLeast({ 'base gtx': 80, 'base ioc': 25, 'base gtc': 1, 'quote gtx': 25, 'quote ioc': 8 });
  });

  it('I2 no child is priced beyond limit or collar, and nothing post-only crosses', () => {
    const seen = new Seen();
    const collars = { clip: 0, limit: 0, catch_up: 50, timed: 50, finisher: 100, market: 300, ioc: 300, slice: 0 };
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const account = accountOf(taken);
          const [bid, ask] = [account.bids[0]!.price, account.asks[0]!.price];
          const { limitPrice } = taken.before.params;
          for (const { side, price, timeInForce, purpose } of placesOf(taken)) {
            const better = (a: Decimal, b: Decimal) => (side === 'buy' ? a.lte(b) : a.gte(b));
            if (limitPrice !== null) {
              expect(better(price, limitPrice)).toBe(true);
              seen.note('limited');
            }
            if (timeInForce === 'gtx') expect(side === 'buy' ? price.lt(ask) : price.gt(bid)).toBe(true);
            if (timeInForce !== 'ioc') continue;
            const touch = side === 'buy' ? ask : bid;
            const worst = touch.mul(1 + ((side === 'buy' ? 1 : -1) * collars[purpose]) / 10_000);
            expect(better(price, worst) && better(touch, price)).toBe(true);
            seen.note(purpose);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ limited: 50, catch_up: 15, finisher: 3, market: 3 });
  });

  it('I4 every price is on the tick, every size on the lot and at least the minimum child', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const account = accountOf(taken);
          for (const { price, orderQty, timeInForce, purpose } of placesOf(taken)) {
            expect(price.mod(account.instrument.tick).isZero()).toBe(true);
            expect(orderQty.mod(account.instrument.lot).isZero()).toBe(true);
            expect(price.mul(orderQty).gte(account.instrument.minNotional)).toBe(true);
            const minimum = minimumOf(taken.before, account).base;
            if (purpose !== 'limit') expect(orderQty.gte(minimum)).toBe(true);
            seen.note(orderQty.lt(minimum.mul(2)) ? `small ${timeInForce}` : timeInForce);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ gtx: 80, ioc: 25, 'small gtx': 10, 'small ioc': 4 });
  });

  it('I5 executed plus working stays under the upper edge, but for a single minimum child', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const one: Scenario = { ...drawn, algorithm: 'twap' };
        run(one, { ...WILD, lateFills: false }, (taken) => {
          const plan = taken.after.plans.at(-1);
          const places = placesOf(taken);
          if (plan === undefined || taken.after.finisherFrom !== null || places.length === 0) return;
          const { upper } = edges(taken.after, plan, taken.now);
          const total = executed(taken.after).add(working(taken.after, accountOf(taken)));
          if (total.lte(upper)) return seen.note('under');
          const open = taken.after.children.filter((child) => child.status !== 'closed');
          const minimum = minimumOf(taken.before, accountOf(taken)).base;
          expect(open).toHaveLength(1);
          expect(open[0]!.orderQty.lte(minimum.add(accountOf(taken).instrument.lot))).toBe(true);
          seen.note('single');
        });
      }),
      runs,
    );
    seen.atLeast({ under: 150, single: 1 });
  });

  it('I6 target and band never fall within a plan version', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const last = new Map<number, ReturnType<typeof edges>>();
        let most: Decimal = ZERO;
        run({ ...drawn, algorithm: 'twap' }, WILD, (taken) => {
          expect(executed(taken.after).gte(most)).toBe(true);
          most = executed(taken.after);
          const plan = taken.after.plans.at(-1);
          if (plan === undefined) return;
          const [now, before] = [edges(taken.after, plan, taken.now), last.get(plan.version)];
          last.set(plan.version, now);
          seen.note(plan.reason);
          if (before === undefined) return;
          for (const key of ['target', 'lower', 'upper'] as const) expect(now[key].gte(before[key])).toBe(true);
        });
      }),
      runs,
    );
    seen.atLeast({ activated: 100, resumed: 3, outage: 5, out_of_limit: 1 });
  });

  it('I7 the same input gives the same bytes, whatever the order of children and accounts', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const children = taken.before.children.toReversed();
          const other = { ...accountOf(taken), accountId: 'account-0' as AccountMarket['accountId'] };
          const parent = { ...taken.before, accounts: [...taken.before.accounts, other.accountId] };
          const both = [...taken.market.accounts, other];
          const answers = [
            decide({ ...parent, children }, { ...taken.market, accounts: both }, taken.now, parent.id),
            decide(parent, { ...taken.market, accounts: both.toReversed() }, taken.now, parent.id),
          ].map((answer) => JSON.stringify(answer));
          expect(answers[1]).toBe(answers[0]);
          expect(JSON.stringify(decide(taken.before, taken.market, taken.now, parent.id))).toBe(
            JSON.stringify(taken.decision),
          );
          if (children.length > 1 && taken.decision.intents.length > 0) seen.note('several children');
        });
      }),
      { numRuns: 60 },
    );
    seen.atLeast({ 'several children': 30 });
  });

  it('I8 takers of one interval add up to at most max(3S, m) outside FINISHER', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const one: Scenario = { ...drawn, algorithm: 'twap', sizing: 'base', passiveOnly: false };
        run(one, WILD, (taken) => {
          const plan = taken.after.plans.at(-1);
          if (plan === undefined || !placesOf(taken).some(({ purpose }) => purpose === 'catch_up')) return;
          const minimum = minimumOf(taken.before, accountOf(taken)).value;
          const grid = sliceGrid(plan.durationMs, plan.orderQty, minimum);
          // F is rounded to 12 places, so a step of it may stand that much over Q/n
          const slice = Dec.max(minimum, plan.orderQty.div(grid.count).add(plan.orderQty.mul('1e-11')));
          const recent = taken.after.children.filter(
            (child) => child.timeInForce === 'ioc' && child.createdAt > taken.now - grid.intervalMs,
          );
          const sum = recent.reduce<Decimal>((total, child) => total.add(child.orderQty), ZERO);
          expect(sum.lte(Dec.max(slice.mul(3), minimum))).toBe(true);
          seen.note(recent.length > 1 ? 'several' : 'one');
        });
      }),
      runs,
    );
    seen.atLeast({ one: 20, several: 4 });
  });

  it('I9 with a live feed every order with a duration ends in time', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const one: Scenario = { ...drawn, algorithm: 'twap', durationMs: Math.min(drawn.durationMs, 300_000) };
        const { strictDuration, oolPause } = orderOf(one).params;
        let ended = false;
        run({ ...one, limitBps: oolPause ? null : one.limitBps }, CALM, (taken) => {
          const end = taken.decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
          const allowed = one.durationMs + (strictDuration ? 0 : finisherLengthMs(one.durationMs));
          expect(taken.now - START).toBeLessThan(allowed + (ended ? Number.POSITIVE_INFINITY : 1_000));
          if (end === undefined) return;
          ended = true;
          seen.note(end.kind === 'complete' || end.kind === 'fail' ? end.reason : '');
        });
        expect(ended).toBe(true);
      }),
      runs,
    );
    seen.atLeast({ filled: 8, strict_end: 4, dust: 1 });
  });

  it('I10 paused, ended and out-of-limit-paused orders place nothing', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const { status, params, algorithm } = taken.before;
          const out = taken.after.outOfLimit.some(
            ({ from, to }) => from <= taken.now && (to === null || taken.now < to),
          );
          const still = params.oolPause && algorithm === 'twap' && out;
          const ends = taken.decision.annotations.some(({ kind }) => kind === 'complete' || kind === 'fail');
          const kind = status === 'ACTIVE' || status === 'FINISHER' ? (still ? 'out' : ends ? 'ends' : null) : status;
          if (kind === null) return;
          expect(placesOf(taken)).toEqual([]);
          seen.note(kind);
        });
      }),
      runs,
    );
    seen.atLeast({ PAUSED: 10, COMPLETE: 2, CANCELED: 2, out: 3, ends: 10 });
  });

  it('I12 passive_only never sends an immediate-or-cancel child', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run({ ...one, passiveOnly: true }, WILD, (taken) => {
          if (!taken.before.params.passiveOnly) return;
          for (const { timeInForce, purpose } of placesOf(taken)) {
            expect(timeInForce).toBe('gtx');
            seen.note(purpose);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ clip: 50, finisher: 1, limit: 2 });
  });

  it('I14 repeating a decision on its own result does nothing more', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const again = decide(taken.after, taken.market, taken.now, taken.after.id);
          expect(again.intents).toEqual([]);
          for (const intent of taken.decision.intents) seen.note(intent.kind);
        });
      }),
      runs,
    );
    seen.atLeast({ place: 150, cancel: 40 });
  });

  it('I16 with less than a tenth of the budget left only necessary cancels go out', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const market = { ...taken.market, accounts: [{ ...accountOf(taken), budgetFree: 0.0999 }] };
          for (const intent of decide(taken.before, market, taken.now, taken.before.id).intents) {
            expect(intent).toMatchObject({ kind: 'cancel', necessary: true });
            seen.note(intent.kind === 'cancel' ? intent.reason : intent.kind);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ order_ended: 2, paused: 2 });
  });

  it('does nothing when it runs before its wake-up without an event', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
        run(one, CALM, (taken) => {
          const { nextWakeAt } = taken.decision;
          // the instant is rounded up to 50 ms, and never nearer than 250 ms
          const latest = (nextWakeAt ?? taken.now) - 50;
          if (latest <= taken.now + 250) return;
          const early = epochMs(Math.floor(taken.now + (latest - taken.now) * share));
          const market = { ...taken.market, accounts: [{ ...accountOf(taken), bookAt: early }] };
          expect(decide(taken.after, market, early, taken.after.id).intents).toEqual([]);
          seen.note(taken.after.children.some((child) => child.status !== 'closed') ? 'with open' : 'idle');
        });
      }),
      runs,
    );
    seen.atLeast({ 'with open': 100, idle: 30 });
  });

  it('wakes no sooner than 250 ms later, and always while something is open or the order lives', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, ({ decision, now, after }) => {
          const open = after.children.some((child) => child.status !== 'closed');
          const over = after.status === 'COMPLETE' || after.status === 'CANCELED';
          expect(decision.nextWakeAt === null).toBe(over && !open);
          if (decision.nextWakeAt === null) return;
          expect(decision.nextWakeAt).toBeGreaterThanOrEqual(now + 250);
          expect(decision.nextWakeAt % 50).toBe(0);
        });
      }),
      runs,
    );
  });

  it('after any outage the caps hold and nothing is sent as a burst', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const one: Scenario = { ...drawn, algorithm: 'twap', sizing: 'base' };
        let before: number | null = null;
        run(one, { ...CALM, outages: true, unknowns: true }, (taken) => {
          const gap = before === null ? 0 : taken.now - before;
          before = taken.now;
          const places = placesOf(taken);
          expect(places.length).toBeLessThanOrEqual(1);
          const respread = taken.decision.annotations.some(({ kind }) => kind === 'respread');
          if (respread) seen.note('respread');
          if (gap > 60_000 && places.length > 0 && taken.after.finisherFrom === null) seen.note('placed after');
          if (respread) expect(places.every(({ purpose }) => purpose === 'clip')).toBe(true);
        });
      }),
      runs,
    );
    seen.atLeast({ respread: 4, 'placed after': 2 });
  });

  it('lives the same life twice', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const record = () => {
          const lines: string[] = [];
          run(one, WILD, ({ decision }) => lines.push(JSON.stringify(decision)));
          return lines;
        };
        expect(record()).toEqual(record());
        expect(step(orderOf(one), marketOf([]), START).decision.intents).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
