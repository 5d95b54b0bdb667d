import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { CALM, live, orderOf, run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { Seen } from '../../../../test/support/seen.js';
import { leaves, marketOf, seededRandom, START, step, type Step } from '../../../../test/support/simulated-order.js';
import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { band } from '../trajectory/band.js';
import { exactShare, twapCurve } from '../trajectory/curve.js';
import { targetAt } from '../trajectory/plan.js';
import { sliceGrid } from '../trajectory/slice-grid.js';
import { epochMs } from '../time/clock.js';
import type { AccountId } from '../parent-order/ids.js';
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
  collarBps: fc.constantFrom(null, null, 10, 60),
  accounts: fc.record({
    count: fc.constantFrom(1, 1, 2, 3),
    amends: fc.constantFrom('none', 'none', 'shrink', 'move'),
  }),
});

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

/** True while a child stands stored that should have left long since. */
const hasLateChild = ({ before, now }: Step): boolean =>
  before.children.some(({ status, createdAt }) => status === 'pending' && now - createdAt > 2_000);

const runs = { numRuns: 60 };

/** The same order where it can end by itself, and within the steps of a run. */
const calm = (one: Scenario): Scenario => ({
  ...one,
  durationMs: Math.min(one.durationMs, 300_000),
  limitBps: one.oolPause && one.algorithm === 'twap' ? null : one.limitBps,
});

describe('properties of decide', () => {
  it('I1 executed plus working never passes the order by a decision', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          if (placesOf(taken).length === 0) return;
          const total = executed(taken.after).add(working(taken.after, accountOf(taken)));
          must(total.lte(taken.after.orderQty), `${total.toFixed()} of ${taken.after.orderQty.toFixed()}`);
          for (const place of placesOf(taken)) seen.note(`${one.sizing} ${place.timeInForce}`);
          if (hasLateChild(taken)) seen.note('placed beside one that was never sent');
        });
      }),
      runs,
    );
    seen.atLeast({
      'base gtx': 80,
      'base ioc': 25,
      'base gtc': 1,
      'quote gtx': 25,
      'quote ioc': 8,
      'placed beside one that was never sent': 3,
    });
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
              must(better(price, limitPrice), `${purpose} at ${price.toFixed()} beyond the limit`);
              seen.note('limited');
            }
            if (account.priceCollar !== null && purpose !== 'limit') {
              const { lowest, highest } = account.priceCollar;
              must(side === 'buy' ? price.lte(highest) : price.gte(lowest), `${purpose} beyond the account's collar`);
              if (price.eq(side === 'buy' ? highest : lowest)) seen.note('collared');
            }
            if (timeInForce === 'gtx') must(side === 'buy' ? price.lt(ask) : price.gt(bid), 'post-only stays outside');
            if (timeInForce !== 'ioc') continue;
            const touch = side === 'buy' ? ask : bid;
            const worst = touch.mul(1 + ((side === 'buy' ? 1 : -1) * collars[purpose]) / 10_000);
            must(better(price, worst) && better(touch, price), `${purpose} at ${price.toFixed()} within the collar`);
            seen.note(purpose);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ limited: 50, catch_up: 15, finisher: 3, market: 3, collared: 10 });
  });

  it('I4 every price is on the tick, every size on the lot and at least the minimum child', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const account = accountOf(taken);
          for (const { price, orderQty, timeInForce, purpose } of placesOf(taken)) {
            must(price.mod(account.instrument.tick).isZero(), `${price.toFixed()} on the tick`);
            must(orderQty.mod(account.instrument.lot).isZero(), `${orderQty.toFixed()} on the lot`);
            must(price.mul(orderQty).gte(account.instrument.minNotional), 'the least notional is reached');
            const minimum = minimumOf(taken.before, account).base;
            must(purpose === 'limit' || orderQty.gte(minimum), `${orderQty.toFixed()} is the least child or more`);
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
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
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
      fc.property(scenario, (one) => {
        const last = new Map<number, ReturnType<typeof edges>>();
        let most: Decimal = ZERO;
        run(one, WILD, (taken) => {
          const done = executed(taken.after);
          must(done.gte(most), 'executed never falls');
          most = done;
          const plan = taken.after.plans.at(-1);
          if (plan === undefined) return;
          const [now, before] = [edges(taken.after, plan, taken.now), last.get(plan.version)];
          last.set(plan.version, now);
          seen.note(plan.reason);
          if (before === undefined) return;
          for (const key of ['target', 'lower', 'upper'] as const)
            must(now[key].gte(before[key]), `${key} never falls`);
        });
      }),
      runs,
    );
    seen.atLeast({ activated: 100, resumed: 3, outage: 5, out_of_limit: 1 });
  });

  it('I7 the same input gives the same bytes, whatever the order of its children', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const parent = { ...taken.before, children: taken.before.children.toReversed() };
          const again = JSON.stringify(decide(parent, taken.market, taken.now, parent.id));
          if (again !== JSON.stringify(taken.decision)) expect(again).toBe(JSON.stringify(taken.decision));
          if (parent.children.length > 1 && taken.decision.intents.length > 0) seen.note('several children');
        });
      }),
      runs,
    );
    seen.atLeast({ 'several children': 30 });
  });

  it('I8 takers of one interval add up to at most max(3S, m) outside FINISHER', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        if (one.sizing === 'quote' || one.passiveOnly) return;
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
          must(sum.lte(Dec.max(slice.mul(3), minimum)), `${sum.toFixed()} is three of ${slice.toFixed()} at most`);
          seen.note(recent.length > 1 ? 'several' : 'one');
        });
      }),
      { numRuns: 110 },
    );
    seen.atLeast({ one: 20, several: 4 });
  });

  it('I9 with a live feed every order with a duration ends in time', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        if (drawn.algorithm !== 'twap') return;
        const one = calm(drawn);
        const { strictDuration } = one;
        let ended = false;
        run(one, CALM, (taken) => {
          const end = taken.decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
          const allowed = one.durationMs + (strictDuration ? 0 : finisherLengthMs(one.durationMs));
          must(ended || taken.now - START < allowed + 1_000, `ends within ${allowed} ms`);
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

  it('I9 an order whose children are stored and not sent ends once it may, and none of them is replaced', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        if (drawn.algorithm !== 'twap') return;
        const one = calm(drawn);
        let ended = false;
        const look = (taken: Step): void => {
          const allowed = one.durationMs + (one.strictDuration ? 0 : finisherLengthMs(one.durationMs));
          // FINISHER waits up to a minute for what came of its takers, and tries once more then (ADR 9)
          must(ended || taken.now - START < allowed + 62_000, `ends within ${allowed} ms and a minute`);
          ended ||= taken.decision.annotations.some(({ kind }) => kind === 'complete' || kind === 'fail');
          const total = executed(taken.after).add(working(taken.after, accountOf(taken)));
          must(total.lte(taken.after.orderQty) || placesOf(taken).length === 0, 'what was not sent yet still counts');
          if (hasLateChild(taken)) seen.note(placesOf(taken).length > 0 ? 'placed beside' : 'waits');
        };
        run(one, { ...CALM, gateway: true }, look, 3_000);
        expect(ended).toBe(true);
      }),
      runs,
    );
    seen.atLeast({ waits: 30, 'placed beside': 3 });
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
          must(placesOf(taken).length === 0, `nothing placed while ${kind}`);
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
            must(timeInForce === 'gtx', `${timeInForce} is passive`);
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
          if (again.intents.length > 0) expect(again.intents).toEqual([]);
          for (const intent of taken.decision.intents) seen.note(intent.kind);
        });
      }),
      runs,
    );
    seen.atLeast({ place: 150, cancel: 40 });
  });

  it('I16 with less than a tenth of the budget left only necessary cancels go out, on that account', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const { accounts } = taken.market;
          const spent = accounts[taken.now % accounts.length]!.accountId;
          const low = (id: AccountId, account: AccountMarket) =>
            account.accountId === id ? { ...account, budgetFree: 0.0999 } : account;
          const all = { ...taken.market, accounts: accounts.map((account) => low(account.accountId, account)) };
          for (const intent of decide(taken.before, all, taken.now, taken.before.id).intents) {
            must(intent.kind === 'cancel' && intent.necessary, `${intent.kind} is a necessary cancel`);
            seen.note(intent.kind === 'cancel' ? intent.reason : intent.kind);
          }
          if (accounts.length === 1) return;
          const some = { ...taken.market, accounts: accounts.map((account) => low(spent, account)) };
          for (const intent of decide(taken.before, some, taken.now, taken.before.id).intents) {
            const child = taken.before.children.find(({ sequence }) => sequence === intent.sequence);
            const accountId = intent.kind === 'place' ? intent.accountId : child!.accountId;
            if (accountId === spent)
              must(intent.kind === 'cancel' && intent.necessary, `${intent.kind} is a necessary cancel`);
            else seen.note(`${intent.kind} beside`);
          }
        });
      }),
      runs,
    );
    seen.atLeast({ order_ended: 2, paused: 2, 'place beside': 50 });
  });

  it('does nothing when it runs before its wake-up without an event', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const share = seededRandom(drawn.seed);
        run(calm(drawn), CALM, (taken) => {
          const { nextWakeAt } = taken.decision;
          // the instant is rounded up to 50 ms, and never nearer than 250 ms
          const latest = (nextWakeAt ?? taken.now) - 50;
          if (latest <= taken.now + 250) return;
          const early = epochMs(Math.floor(taken.now + (latest - taken.now) * share()));
          const accounts = taken.market.accounts.map((account) => ({ ...account, bookAt: early }));
          const market = { ...taken.market, accounts };
          const { intents } = decide(taken.after, market, early, taken.after.id);
          if (intents.length > 0) expect(intents).toEqual([]);
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
          must((decision.nextWakeAt === null) === (over && !open), 'it is woken while it lives');
          if (decision.nextWakeAt === null) return;
          must(decision.nextWakeAt >= now + 250, `not sooner than in 250 ms, found ${decision.nextWakeAt - now}`);
          must(decision.nextWakeAt % 50 === 0, 'a multiple of 50 ms');
        });
      }),
      runs,
    );
  });

  it('after any outage the caps hold and nothing is sent as a burst', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        let before: number | null = null;
        run(one, WILD, (taken) => {
          const gap = before === null ? 0 : taken.now - before;
          before = taken.now;
          const places = placesOf(taken);
          const takers = places.filter(({ timeInForce }) => timeInForce === 'ioc').length;
          const used = new Set(places.map(({ accountId }) => accountId));
          must(used.size === places.length, `one place at most per account, found ${places.length} on ${used.size}`);
          must(takers === 0 || takers === places.length, 'takers and clips do not go out together');
          const respread = taken.decision.annotations.some(({ kind }) => kind === 'respread');
          if (respread) seen.note('respread');
          if (gap > 60_000 && places.length > 0 && taken.after.finisherFrom === null) seen.note('placed after');
          must(!respread || places.every(({ purpose }) => purpose === 'clip'), 'nothing is caught up at once');
        });
      }),
      runs,
    );
    seen.atLeast({ respread: 4, 'placed after': 2 });
  });

  it('lives the same life twice', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const kept: string[] = [];
        run(one, WILD, ({ decision }) => kept.push(JSON.stringify(decision)));
        expect(live(one, WILD).map(({ decision }) => JSON.stringify(decision))).toEqual(kept);
        expect(step(orderOf(one), marketOf([]), START).decision.intents).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
