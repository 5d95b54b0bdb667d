import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { enterEvent, exitAllEvent, exitEvent, LegRun, SPOT_INSTRUMENT } from '../../../../test/support/leg-world.js';
import { Dec, notional, quantity, ZERO, type Decimal, type Quantity } from '../numeric/decimal.js';
import type { LegEvent } from './leg-event.js';
import { entryWorking, exitWorking, heldBy, isEntryOrder, isWorking, leftOf, stillToExit, type Leg } from './leg.js';

/** The least that the venue takes at a price of 100. */
const MINIMUM = new Dec('0.05');

/** What happens next; orders and amounts are picked by shares of what there is. */
type Act =
  | { readonly do: 'enter'; readonly lots: number }
  | { readonly do: 'exit'; readonly percent: number; readonly isStop: boolean }
  | { readonly do: 'exit_all'; readonly isStop: boolean }
  | { readonly do: 'cancel_entries' }
  | { readonly do: 'fill'; readonly order: number; readonly share: number; readonly fee: number }
  | { readonly do: 'end'; readonly order: number; readonly how: 'expired' | 'venue_rejected' | 'canceled' }
  | { readonly do: 'late'; readonly order: number }
  | { readonly do: 'repeat' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'take'; readonly share: number; readonly by: 'liquidated' | 'found' }
  | { readonly do: 'abandon' };

/** Evenly spread: what fast-check prefers, small and short, would rarely come to an exit. */
const even = (min: number, max: number) => fc.noBias(fc.integer({ min, max }));
const share = even(0, 100).map((percent) => percent / 100);
const enter: fc.Arbitrary<Act> = fc.record({ do: fc.constant('enter'), lots: even(60, 20_000) });
const exit: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('exit'),
  percent: even(1, 95),
  isStop: fc.boolean(),
});
const exitAll: fc.Arbitrary<Act> = fc.record({ do: fc.constant('exit_all'), isStop: fc.boolean() });
const fill: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('fill'),
  order: share,
  share,
  fee: fc.constantFrom(0, 0, 0.001),
});
const end: fc.Arbitrary<Act> = fc.record({
  do: fc.constant('end'),
  order: share,
  how: fc.constantFrom('expired', 'venue_rejected', 'canceled'),
});
const common = [
  { weight: 3, arbitrary: enter },
  { weight: 3, arbitrary: exit },
  { weight: 8, arbitrary: fill },
  { weight: 3, arbitrary: end },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: even(1, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late'), order: share }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel_entries') }) },
  { weight: 1, arbitrary: exitAll },
] as const;
const taken = {
  weight: 3,
  arbitrary: fc.record({
    do: fc.constant('take'),
    share: fc.oneof(share, fc.constant(1)),
    by: fc.constantFrom('liquidated', 'found'),
  }),
} as const;
const acts = fc.tuple(
  enter,
  fc.array(fc.oneof(...(common as readonly { weight: number; arbitrary: fc.Arbitrary<Act> }[])), {
    minLength: 10,
    maxLength: 30,
  }),
);
const actsWithLosses = fc.tuple(
  enter,
  fc.array(
    fc.oneof(
      ...([...common, taken, { weight: 1, arbitrary: fc.constant({ do: 'abandon' }) }] as readonly {
        weight: number;
        arbitrary: fc.Arbitrary<Act>;
      }[]),
    ),
    { minLength: 10, maxLength: 30 },
  ),
);

/** A venue that works the orders of one leg, and learns of cuts and cancels late: until their end all of them may fill. */
class Venue {
  readonly run = new LegRun(SPOT_INSTRUMENT);
  /** Filled and left of each order by the venue's own books. */
  readonly books = new Map<
    string,
    { filled: Decimal; most: Decimal; fees: Decimal; isEntry: boolean; isOver: boolean }
  >();
  gone: Decimal = ZERO;
  private named = 0;
  private last: LegEvent[] = [];

  do(act: Act): void {
    const { run } = this;
    this.named += 1;
    switch (act.do) {
      case 'enter':
        return this.tell(enterEvent(`in-${this.named}`, new Dec(act.lots).div(1_000).toFixed()));
      case 'exit':
        return this.tell(
          exitEvent(`out-${this.named}`, new Dec(act.percent).div(100).toFixed(), act.isStop ? 'stop' : 'exit'),
        );
      case 'exit_all':
        return this.tell(exitAllEvent(`out-${this.named}`, act.isStop ? 'stop' : 'exit'));
      case 'cancel_entries':
        return this.tell({ kind: 'cancel_entries', items: run.leg.orders.flatMap(({ item }) => item ?? []) });
      case 'fill':
        return this.fillSome(act.order, act.share, act.fee);
      case 'end':
        return this.endOne(act.order, act.how);
      case 'late':
        return this.fillLate(act.order);
      case 'repeat': {
        run.take(...this.last);
        expect(run.step.intents).toEqual([]);
        return;
      }
      case 'wait':
        run.later(act.ms);
        return this.tell({ kind: 'wake' });
      case 'take': {
        const held = Dec.max(ZERO, heldBy(run.leg));
        const qty = held.mul(act.share).toDecimalPlaces(3) as Quantity;
        this.gone = this.gone.add(qty);
        const found: LegEvent = { kind: 'found', held: held.sub(qty) as Quantity };
        return this.tell(act.by === 'found' ? found : { kind: 'liquidated', id: `fill-${this.named}`, qty });
      }
      case 'abandon':
        return this.tell({ kind: 'abandon' });
    }
  }

  private tell(...events: LegEvent[]): void {
    this.last = events;
    this.run.take(...events);
    for (const intent of this.run.step.intents) {
      if (intent.kind !== 'create') continue;
      expect(this.books.has(intent.id)).toBe(false);
      this.books.set(intent.id, {
        filled: ZERO,
        most: intent.qty,
        fees: ZERO,
        isEntry: intent.purpose === 'entry',
        isOver: false,
      });
    }
  }

  private pick(at: number): { id: string; index: number } | null {
    const live = this.run.leg.orders.flatMap(({ id }, index) => (this.books.get(id)!.isOver ? [] : [{ id, index }]));
    return live[Math.min(live.length - 1, Math.floor(at * live.length))] ?? null;
  }

  private fillSome(at: number, part: number, fee: number): void {
    const picked = this.pick(at);
    if (picked === null) return;
    const book = this.books.get(picked.id)!;
    const more = Dec.min(book.most.sub(book.filled), Dec.max('0.001', book.most.mul(part).toDecimalPlaces(3)));
    book.filled = book.filled.add(more);
    if (book.isEntry) book.fees = book.fees.add(more.mul(fee));
    this.report(picked.id, book.filled.eq(book.most) ? 'filled' : null);
  }

  /** An entry that is over turns out to have filled a little more. */
  private fillLate(at: number): void {
    const over = this.run.leg.orders.filter((order) => isEntryOrder(order) && this.isShort(order.id));
    const order = over[Math.min(over.length - 1, Math.floor(at * over.length))];
    if (order === undefined) return;
    const book = this.books.get(order.id)!;
    book.filled = book.filled.add(Dec.min(book.most.sub(book.filled), '0.5'));
    this.report(order.id, 'canceled');
  }

  private isShort(id: string): boolean {
    const { isOver, filled, most } = this.books.get(id)!;
    return isOver && filled.lt(most);
  }

  private endOne(at: number, how: 'expired' | 'venue_rejected' | 'canceled'): void {
    const picked = this.pick(at);
    if (picked !== null) this.report(picked.id, how);
  }

  report(id: string, endHow: 'filled' | 'expired' | 'venue_rejected' | 'canceled' | null): void {
    const book = this.books.get(id)!;
    const order = this.run.leg.orders.find((one) => one.id === id)!;
    book.isOver = endHow !== null;
    const report = {
      ...{ id: order.id, filled: quantity(book.filled.toFixed()), end: endHow, fees: quantity(book.fees.toFixed()) },
      notional: notional(book.filled.mul(100).toFixed()),
    };
    this.tell({ kind: 'report', report });
  }

  /** By the fills alone. */
  held(): Decimal {
    let sum = this.gone.neg();
    for (const { filled, fees, isEntry } of this.books.values())
      sum = sum.add(isEntry ? filled : filled.neg()).sub(fees);
    return sum;
  }

  /** What exits may still fill by the venue's books. */
  exiting(): Decimal {
    let sum = ZERO;
    for (const { filled, most, isEntry, isOver } of this.books.values())
      if (!isEntry && !isOver) sum = sum.add(most.sub(filled));
    return sum;
  }
}

const there = (leg: Leg): Decimal => heldBy(leg).add(entryWorking(leg)).sub(exitWorking(leg));

function checkLaw(venue: Venue): void {
  const { leg, at } = venue.run;
  expect(heldBy(leg).eq(venue.held())).toBe(true);
  expect(leg.intended.gte(ZERO)).toBe(true);
  if (leg.outcome?.reason === 'abandoned') return;
  if (exitWorking(leg).gt(heldBy(leg))) return; // a loss took what exits work for: they are being canceled
  const rest = stillToExit(leg);
  expect(there(leg).sub(rest).eq(leg.intended)).toBe(true);
  expect(rest.gte(ZERO)).toBe(true);
  const isWaiting = leg.retryAt !== null && leg.retryAt > at;
  const free = Dec.min(rest, heldBy(leg).sub(exitWorking(leg)));
  if (!isWaiting) expect(free.lt(MINIMUM)).toBe(true);
}

describe('a leg, under any interleaving of fills, cancels, closes and failures', () => {
  it('keeps the law after every event, and never works exits for more than it holds', () => {
    const seen = { exits: 0, stops: 0, late: 0, retries: 0, ended: 0 };
    fc.assert(
      fc.property(acts, ([first, rest]) => {
        const venue = new Venue();
        for (const act of [first, ...rest]) {
          const before = venue.run.leg;
          venue.do(act);
          const { leg, step } = venue.run;
          expect(venue.exiting().lte(Dec.max(ZERO, venue.held()))).toBe(true);
          checkLaw(venue);
          if (before.outcome !== null) expect(leg.outcome).toBe(before.outcome);
          for (const intent of step.intents)
            if (intent.kind === 'create' && intent.purpose !== 'entry')
              seen[intent.purpose === 'stop' ? 'stops' : 'exits'] += 1;
          if (leg.retryAt !== null) seen.retries += 1;
          if (leg.lateFill) seen.late += 1;
        }
        if (venue.run.leg.outcome !== null) seen.ended += 1;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(seen.exits, seen.stops, seen.ended)).toBeGreaterThan(40);
    expect(Math.min(seen.retries, seen.late)).toBeGreaterThan(20);
  });

  it('keeps the law where the venue or other hands take some of it', () => {
    const seen = { liquidated: 0, abandoned: 0 };
    fc.assert(
      fc.property(actsWithLosses, ([first, rest]) => {
        const venue = new Venue();
        for (const act of [first, ...rest]) {
          const before = venue.run.leg;
          venue.do(act);
          checkLaw(venue);
          if (before.outcome !== null) expect(venue.run.leg.outcome).toBe(before.outcome);
        }
        const reason = venue.run.leg.outcome?.reason;
        if (reason === 'liquidated' || reason === 'abandoned') seen[reason] += 1;
      }),
      { numRuns: 150 },
    );
    expect(Math.min(seen.liquidated, seen.abandoned)).toBeGreaterThan(8);
  });

  it('ends flat once it closes and its orders are worked to the end', () => {
    let dusty = 0;
    fc.assert(
      fc.property(acts, ([first, rest]) => {
        const venue = new Venue();
        for (const act of [first, ...rest]) venue.do(act);
        if (venue.run.leg.outcome === null) venue.do({ do: 'exit_all', isStop: false });
        for (let round = 0; round < 60; round += 1) {
          const open = venue.run.leg.orders.filter(isWorking);
          for (const order of open) {
            if (order.isCanceling) venue.report(order.id, 'canceled');
            else
              venue.do({
                do: 'fill',
                order: venue.run.indexOf(order.id) / venue.run.leg.orders.length,
                share: 1,
                fee: 0,
              });
          }
          venue.do({ do: 'wait', ms: 61_000 });
        }
        const { leg } = venue.run;
        expect(leg.outcome).not.toBeNull();
        expect(leg.orders.filter(isWorking)).toEqual([]);
        expect(heldBy(leg).gte(ZERO) && heldBy(leg).lt(MINIMUM)).toBe(true);
        if (heldBy(leg).gt(ZERO)) {
          dusty += 1;
          expect(leg.dust?.eq(heldBy(leg))).toBe(true);
        }
      }),
      { numRuns: 80 },
    );
    expect(dusty).toBeGreaterThan(10);
  });

  it('holds, without failures, what its entries bought less every close after them', () => {
    let checked = 0;
    const steps = fc.array(
      fc.oneof({ weight: 2, arbitrary: enter }, { weight: 3, arbitrary: exit }, { weight: 5, arbitrary: fill }),
      { minLength: 5, maxLength: 25 },
    );
    fc.assert(
      fc.property(enter, steps, (first, rest) => {
        const venue = new Venue();
        let expected: Decimal = ZERO;
        let closes = 0;
        for (const act of [first, ...rest]) {
          if (act.do === 'enter') expected = expected.add(new Dec(act.lots).div(1_000));
          if (act.do === 'exit') {
            expected = expected.mul(new Dec(1).sub(new Dec(act.percent).div(100)));
            closes += 1;
          }
          venue.do(act.do === 'fill' ? { ...act, fee: 0 } : act);
        }
        for (let round = 0; round < 40; round += 1)
          for (const order of venue.run.leg.orders.filter(isWorking)) {
            const book = venue.books.get(order.id)!;
            // what was cut ends where the cut says, what was canceled where it was
            if (order.isCanceling || (isEntryOrder(order) && leftOf(order).isZero()))
              venue.report(order.id, 'canceled');
            else {
              book.filled = Dec.max(book.filled, order.orderQty);
              venue.report(order.id, 'filled');
            }
          }
        const { leg } = venue.run;
        expect(leg.orders.filter(isWorking)).toEqual([]);
        const most = MINIMUM.add(new Dec('0.001').mul(closes * leg.orders.length));
        expect(heldBy(leg).sub(expected).abs().lte(most)).toBe(true);
        checked += closes > 1 ? 1 : 0;
      }),
      { numRuns: 80 },
    );
    expect(checked).toBeGreaterThan(30);
  });
});
