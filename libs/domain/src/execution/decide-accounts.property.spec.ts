import fc from 'fast-check';
import { describe, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { Seen } from '../../../../test/support/seen.js';
import { leaves } from '../../../../test/support/simulated-order.js';
import { Dec, ZERO, type Decimal, type Price } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import { budgetLevel } from './budget.js';
import type { AccountMarket, ExecutionChild } from './contract.js';
import { remainderOf, viewOf } from './view.js';

/** Orders of every kind over several accounts, whose venues differ in all that a market is made of. */
const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer(),
  algorithm: fc.constantFrom('twap', 'twap', 'twap', 'iceberg', 'ioc', 'limit', 'market'),
  side: fc.constantFrom('buy', 'sell'),
  sizing: fc.constantFrom('base', 'quote'),
  lots: fc.integer({ min: 300, max: 20_000 }),
  lot: fc.constantFrom('0.001', '0.0025'),
  durationMs: fc.integer({ min: 20_000, max: 120_000 }),
  discretion: fc.constantFrom('0.02', '0.08', '0.3'),
  passiveness: fc.constantFrom('0', '0.02', '0.3'),
  passiveOnly: fc.constantFrom(false, false, true),
  activeLimit: fc.constantFrom(false, true),
  strictDuration: fc.boolean(),
  oolPause: fc.boolean(),
  limitBps: fc.constantFrom(null, null, -3, 2, 30),
  maxClip: fc.constant(null),
  fillRate: fc.constantFrom(0.05, 0.3, 0.9),
  accounts: fc
    .record({
      count: fc.integer({ min: 2, max: 3 }),
      amends: fc.constantFrom('none', 'shrink', 'move'),
      differ: fc.constantFrom(true, true, false),
      minimaDiffer: fc.boolean(),
      lotsDiffer: fc.boolean(),
    })
    // what shares a venue shares its lot
    .map((one) => ({ ...one, shareVenue: !one.differ, lotsDiffer: one.lotsDiffer && one.differ })),
  params: fc.record({ orderSlices: fc.integer({ min: 1, max: 9 }) }),
});

const runs = { numRuns: 60 };
const isOpen = ({ status, cancelRequestedAt }: ExecutionChild): boolean =>
  status !== 'closed' && cancelRequestedAt === null;
const accountOf = (accounts: readonly AccountMarket[], child: ExecutionChild): AccountMarket | undefined =>
  accounts.find(({ accountId }) => accountId === child.accountId);

describe('properties of orders over accounts that differ', () => {
  it('I2 no taker leaves later than two seconds after its decision, however long the gateway is away', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, ({ before, after, now, decision }) => {
          for (const child of after.children) {
            if (child.timeInForce !== 'ioc' || child.status !== 'pending' || !isOpen(child)) continue;
            const leavesBy = child.createdAt + after.settings.takerPatienceMs;
            // the instant is rounded up to 50 ms, and never nearer than 250 ms
            const isWatched = leavesBy > now && (decision.nextWakeAt ?? Infinity) <= Math.max(now + 250, leavesBy) + 50;
            must(isWatched, `child ${child.sequence} of ${child.createdAt} is looked after at ${now}`);
            if (before.children.includes(child)) seen.note('waits');
          }
          for (const intent of decision.intents) if (intent.kind === 'cancel') seen.note(intent.reason);
        });
      }),
      runs,
    );
    seen.atLeast({ waits: 5, unsent: 5 });
  });

  it('nothing stays on a book that is dead, whatever the other venues are like', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, ({ after, market, now }) => {
          if (after.status !== 'ACTIVE' && after.status !== 'FINISHER') return;
          for (const child of after.children) {
            if (child.timeInForce === 'ioc' || child.status === 'closed') continue;
            const isOwnPrice = child.purpose === 'limit' || (child.purpose === 'slice' && one.limitBps !== null);
            const account = accountOf(market.accounts, child);
            const age = now - (account?.bookAt ?? 0);
            if (isOwnPrice || age <= after.settings.deadBookMs) continue;
            const level = budgetLevel(account?.budgetFree ?? 0);
            if (level === 'urgent' || level === 'none') continue;
            must(!isOpen(child), `child ${child.sequence} leaves a book of ${age} ms`);
            seen.note(market.accounts.some(({ bookAt }) => bookAt === now) ? 'another lives' : 'all dead');
          }
        });
      }),
      runs,
    );
    seen.atLeast({ 'another lives': 10 });
  });

  it('before a strict end nothing is left or placed on an account whose venue may take longer to cancel', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (drawn) => {
        const one: Scenario = { ...drawn, algorithm: 'twap', strictDuration: true };
        run(one, WILD, ({ before, after, market, now }) => {
          const { activatedAt, paused, outOfLimit, params, settings } = after;
          const inactive = params.oolPause ? [...paused, ...outOfLimit] : paused;
          const left = one.durationMs - activeMs(activatedAt, now, inactive);
          if (before.status !== 'ACTIVE' || after.status !== 'ACTIVE') return;
          for (const child of after.children) {
            const guard = Math.max(settings.minEndGuardMs, accountOf(market.accounts, child)?.cancelP99Ms ?? 0);
            if (child.status === 'closed' || left > guard) continue;
            must(!isOpen(child), `child ${child.sequence} stays ${left} ms before the end, ${guard} are needed`);
            seen.note(left > settings.minEndGuardMs ? 'slow venue' : 'any venue');
          }
        });
      }),
      runs,
    );
    seen.atLeast({ 'slow venue': 5 });
  });

  it('no order ends as dust while an account could take what is left', () => {
    const seen = new Seen();
    const small = fc.record({
      lots: fc.integer({ min: 60, max: 900 }),
      algorithm: fc.constantFrom('limit', 'limit', 'market', 'ioc', 'twap'),
      limitBps: fc.constantFrom(-3, 2, 30),
    });
    fc.assert(
      fc.property(scenario, small, (drawn, change) => {
        const accounts = { ...drawn.accounts!, minimaDiffer: true };
        run({ ...drawn, ...change, accounts, sizing: 'base' }, WILD, ({ before, market, now, decision }) => {
          if (decision.intents.length > 0) seen.note(before.algorithm);
          if (!decision.annotations.some((one) => one.kind === 'complete' && one.reason === 'dust')) return;
          const view = viewOf(before, market, now, before.id);
          for (const { account, minimumValue } of view.outlets)
            must(remainderOf(view).lt(minimumValue), `${account.accountId} takes ${minimumValue.toFixed()}`);
          seen.note('dust');
        });
      }),
      { numRuns: 120 },
    );
    seen.atLeast({ dust: 5, limit: 20, market: 5, ioc: 5 });
  });

  it('I1 I2 I4 hold where each venue has its own book, for whatever the order is sized in', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, ({ after, market, decision }) => {
          const { orderQty, sizing, side, params } = after;
          const isBuy = side === 'buy';
          const rateOf = (child: ExecutionChild, price: Price): Decimal => {
            if (sizing === 'base') return new Dec(1);
            return isBuy ? price : Dec.max(price, accountOf(market.accounts, child)?.bids[0]?.price ?? ZERO);
          };
          let total: Decimal = ZERO;
          for (const child of after.children) {
            total = total.add(sizing === 'base' ? child.cumQty : child.cumNotional);
            const worth = leaves(child).mul(rateOf(child, child.price));
            const { amending } = child;
            if (amending === null || child.status === 'closed') total = total.add(worth);
            else
              total = total.add(Dec.max(worth, amending.orderQty.sub(child.cumQty).mul(rateOf(child, amending.price))));
          }
          for (const intent of decision.intents) {
            if (intent.kind !== 'place') continue;
            must(total.lte(orderQty), `${total.toFixed()} of ${orderQty.toFixed()}`);
            const { instrument, bids, asks } = market.accounts.find((a) => a.accountId === intent.accountId)!;
            const { price, orderQty: qty, timeInForce, purpose } = intent;
            must(price.mod(instrument.tick).isZero() && qty.mod(instrument.lot).isZero(), 'on tick and lot');
            must(price.mul(qty).gte(instrument.minNotional), 'the least notional is reached');
            must(qty.gte(instrument.minQty), 'the least quantity is reached');
            seen.note(market.accounts.some((a) => a.instrument.venue !== instrument.venue) ? 'venues' : 'one venue');
            if (market.accounts.some((a) => !a.instrument.lot.eq(instrument.lot))) seen.note(`another lot ${purpose}`);
            const { limitPrice } = params;
            must(limitPrice === null || (isBuy ? price.lte(limitPrice) : price.gte(limitPrice)), 'within the limit');
            const isOutside = isBuy ? price.lt(asks[0]!.price) : price.gt(bids[0]!.price);
            must(timeInForce !== 'gtx' || isOutside, 'post-only stays outside its own book');
            seen.note(`${sizing} ${purpose}`);
          }
        });
      }),
      runs,
    );
    seen.atLeast({
      'quote limit': 5,
      'quote clip': 20,
      'quote slice': 3,
      'quote market': 1,
      'base clip': 20,
      'one venue': 20,
      'another lot clip': 10,
      'another lot limit': 2,
      'another lot slice': 2,
      'another lot market': 1,
    });
  });
});
