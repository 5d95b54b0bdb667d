import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { CALM, run, WILD, type Scenario } from '../../../../test/support/random-run.js';
import { Seen } from '../../../../test/support/seen.js';
import { leaves, START, type Step } from '../../../../test/support/simulated-order.js';
import { Dec, ZERO, type Decimal } from '../numeric/decimal.js';
import { activeMs } from '../trajectory/active-time.js';
import type { ExecutionChild, ExecutionParent, Intent, Interval } from './contract.js';
import { decide } from './decide.js';

type Place = Extract<Intent, { kind: 'place' }>;

/** Orders of every kind over one to three accounts, whose venues change orders in place or not. */
const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    seed: fc.integer(),
    algorithm: fc.constantFrom('twap', 'twap', 'twap', 'iceberg', 'ioc', 'limit', 'market'),
    side: fc.constantFrom('buy', 'sell'),
    sizing: fc.constantFrom('base', 'base', 'quote'),
    lots: fc.integer({ min: 300, max: 20_000 }),
    lot: fc.constantFrom('0.001', '0.0025'),
    durationMs: fc.integer({ min: 20_000, max: 240_000 }),
    discretion: fc.constantFrom('0.02', '0.08', '0.3'),
    passiveness: fc.constantFrom('0', '0.02', '0.3'),
    passiveOnly: fc.constantFrom(false, false, true),
    activeLimit: fc.constantFrom(false, false, true),
    strictDuration: fc.boolean(),
    oolPause: fc.boolean(),
    limitBps: fc.constantFrom(null, null, -3, 2, 30),
    maxClip: fc.constant(null),
    fillRate: fc.constantFrom(0.05, 0.3, 0.9),
    accounts: fc.record({
      count: fc.integer({ min: 1, max: 3 }),
      amends: fc.constantFrom('none', 'shrink', 'move'),
    }),
    params: fc.record({ orderSlices: fc.integer({ min: 1, max: 9 }), isReverseLimit: fc.boolean() }),
  })
  .map((one) => ({
    ...one,
    params: { ...one.params, isReverseLimit: one.params.isReverseLimit && one.limitBps !== null },
  }));

const placesOf = ({ decision }: Step): Place[] => decision.intents.filter((intent) => intent.kind === 'place');
const sum = (parent: ExecutionParent, of: (child: ExecutionChild) => Decimal): Decimal =>
  parent.children.reduce<Decimal>((total, child) => total.add(of(child)), ZERO);
const executed = (parent: ExecutionParent): Decimal =>
  sum(parent, (child) => (parent.sizing === 'base' ? child.cumQty : child.cumNotional));

/** The larger of what a child may still fill as it is and as it is being changed. */
function working(parent: ExecutionParent, bid: Decimal): Decimal {
  return sum(parent, (child) => {
    if (child.status === 'closed') return ZERO;
    const rate = (price: Decimal): Decimal =>
      parent.sizing === 'base' ? new Dec(1) : parent.side === 'buy' ? price : Dec.max(price, bid);
    const now = leaves(child).mul(rate(child.price));
    if (child.amending === null) return now;
    const { orderQty, price } = child.amending;
    return Dec.max(now, Dec.max(ZERO, orderQty.sub(child.cumQty)).mul(rate(price)));
  });
}

/** The ten seconds of a market order, two in which its last child may leave us, and the grid of wake-ups. */
const MOST_OWN_MS = 10_000 + 2_000 + 50;

/** How long the order had no child at a venue, and none that is being taken back. */
function ownMs({ before, now }: Step): number {
  const away = before.children.map(({ status, closeCode, createdAt, cancelRequestedAt, closedAt }): Interval => {
    const isOurs = status === 'pending' || closeCode === 'unsent';
    return { from: isOurs ? (cancelRequestedAt ?? now) : createdAt, to: closedAt };
  });
  return activeMs(START, now, away);
}

describe('properties of tactics', () => {
  it('I1 I2 I4 I12 hold for every order type, over several accounts, with amends and reverse limits', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const [account] = taken.market.accounts;
          const { instrument } = account!;
          const [bid, ask] = [account!.bids[0]!.price, account!.asks[0]!.price];
          const { limitPrice, isReverseLimit, passiveOnly } = taken.before.params;
          const isBuy = one.side === 'buy';
          const acts = taken.decision.intents.filter((intent) => intent.kind !== 'cancel');
          if (acts.length > 0)
            expect(executed(taken.after).add(working(taken.after, bid)).lte(taken.after.orderQty)).toBe(true);
          for (const act of acts) {
            const child = taken.after.children.find(({ sequence }) => sequence === act.sequence)!;
            const isIoc = child.timeInForce === 'ioc';
            expect(act.price.mod(instrument.tick).isZero() && act.orderQty.mod(instrument.lot).isZero()).toBe(true);
            expect(act.orderQty.sub(child.cumQty).mul(act.price).gte(instrument.minNotional)).toBe(true);
            if (limitPrice !== null && !(isIoc && isReverseLimit))
              expect(isBuy !== isReverseLimit ? act.price.lte(limitPrice) : act.price.gte(limitPrice)).toBe(true);
            if (isIoc && isReverseLimit) expect(isBuy ? ask.gte(limitPrice!) : bid.lte(limitPrice!)).toBe(true);
            // what only shrinks stays where it stood, wherever the book went
            const isPriced = act.kind === 'place' || !act.price.eq(child.price);
            if (child.timeInForce === 'gtx' && isPriced)
              expect(isBuy ? act.price.lt(ask) : act.price.gt(bid)).toBe(true);
            if (passiveOnly) expect(isIoc).toBe(false);
            seen.note(act.kind === 'amend' ? 'amend' : act.purpose);
            if (isReverseLimit) seen.note('reverse');
          }
        });
      }),
      { numRuns: 50 },
    );
    seen.atLeast({ amend: 5, clip: 50, timed: 1, catch_up: 5, slice: 10, ioc: 3, limit: 5, market: 2, reverse: 10 });
  });

  it('I2 a reverse limit takes no child past the collar of the account, where the two leave nothing between them', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.constantFrom(-5, -3, 1, 8), (drawn, collarBps) => {
        const limitBps = drawn.side === 'buy' ? -3 : 3;
        const algorithm = drawn.algorithm === 'limit' || drawn.algorithm === 'iceberg' ? 'twap' : drawn.algorithm;
        const params = { ...drawn.params, isReverseLimit: true };
        run({ ...drawn, algorithm, limitBps, collarBps, params, oolPause: false }, WILD, (taken) => {
          const { lowest, highest } = taken.market.accounts[0]!.priceCollar!;
          for (const { side, price, timeInForce } of placesOf(taken)) {
            must(side === 'buy' ? price.lte(highest) : price.gte(lowest), `${price.toFixed()} beyond the collar`);
            seen.note(timeInForce);
          }
          if (collarBps === -5 && taken.before.status === 'ACTIVE') seen.note('nothing between');
        });
      }),
      { numRuns: 30 },
    );
    seen.atLeast({ gtx: 30, ioc: 5, 'nothing between': 30 });
  });

  it('I7 I14 hold over several accounts: one clip per account, and nothing more when repeated', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, (one) => {
        run(one, WILD, (taken) => {
          const places = placesOf(taken);
          expect(new Set(places.map(({ accountId }) => accountId)).size).toBe(places.length);
          const live = taken.after.children.filter((c) => c.status !== 'closed' && c.timeInForce !== 'ioc');
          expect(new Set(live.map(({ accountId }) => accountId)).size).toBe(live.length);
          expect(decide(taken.after, taken.market, taken.now, taken.after.id).intents).toEqual([]);
          const turned = { ...taken.market, accounts: taken.market.accounts.toReversed() };
          const parent = { ...taken.before, children: taken.before.children.toReversed() };
          expect(JSON.stringify(decide(parent, turned, taken.now, parent.id))).toBe(JSON.stringify(taken.decision));
          if (places.length > 1) seen.note(places[0]!.timeInForce);
        });
      }),
      { numRuns: 40 },
    );
    seen.atLeast({ gtx: 5 });
  });

  it('I12 reduce_only never works more than the position that is left', () => {
    const seen = new Seen();
    fc.assert(
      fc.property(scenario, fc.integer({ min: 60, max: 9_000 }), (drawn, positionLots) => {
        const one: Scenario = {
          ...drawn,
          limitBps: null,
          positionLots,
          params: { ...drawn.params, reduceOnly: true, isReverseLimit: false },
        };
        run(
          { ...one, algorithm: drawn.algorithm === 'ioc' || drawn.algorithm === 'limit' ? 'twap' : drawn.algorithm },
          { ...WILD, lateFills: false },
          (taken) => {
            for (const place of placesOf(taken)) {
              expect(place.reduceOnly).toBe(true);
              const used = sum(taken.after, (child) =>
                child.accountId === place.accountId ? child.cumQty.add(leaves(child)) : ZERO,
              );
              expect(used.lte(new Dec(one.lot).mul(positionLots))).toBe(true);
              seen.note('placed');
            }
            for (const note of taken.decision.annotations) if (note.kind === 'complete') seen.note(note.reason);
          },
        );
      }),
      { numRuns: 40 },
    );
    seen.atLeast({ placed: 60, position_closed: 2 });
  });

  it('I9 market and IOC orders end within ten seconds in which no child was at the venue', () => {
    const seen = new Seen();
    const kinds = fc.constantFrom('market' as const, 'ioc' as const);
    fc.assert(
      fc.property(scenario, kinds, fc.boolean(), (drawn, algorithm, reduceOnly) => {
        const held = reduceOnly ? { positionLots: drawn.lots, reducedByOthers: (drawn.lots % 3) / 2 } : {};
        let ended = false;
        const params = { ...drawn.params, reduceOnly };
        run({ ...drawn, ...held, params, algorithm }, { ...CALM, gateway: true }, (taken) => {
          if (taken.decision.intents.some((one) => one.kind === 'cancel' && one.reason === 'unsent'))
            seen.note('taken back');
          const end = taken.decision.annotations.find(({ kind }) => kind === 'complete' || kind === 'fail');
          if (end?.kind === 'complete') seen.note(`${algorithm} ${end.reason}`);
          if (end?.kind === 'complete' && reduceOnly) seen.note(`reducing ${end.reason}`);
          ended ||= end !== undefined;
          must(ended || ownMs(taken) <= MOST_OWN_MS, `${ownMs(taken)} ms without a child at the venue`);
        });
        expect(ended).toBe(true);
      }),
      { numRuns: 150 },
    );
    seen.atLeast({ 'market filled': 2, 'ioc ioc_end': 2, 'taken back': 3, 'reducing ioc_end': 3 });
  });
});
