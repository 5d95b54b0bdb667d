import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { CoreOrder } from '../../../../test/support/core-order.js';
import { must, mustEqual } from '../../../../test/support/must.js';
import { Book, type Side } from './book.js';
import { matchTaker, walkBook, type SelfTradeMode } from './match.js';

type Event =
  | readonly ['trade', maker: number, taker: number, ticks: number, lots: number]
  | readonly ['prevented', maker: number, taker: number, lots: number];

interface Placed {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  readonly ticks: number;
  readonly lots: number;
  readonly selfTrade: SelfTradeMode;
  readonly slice: number;
}

/** The same rules in the plainest way: one list, searched anew for every match. */
class SlowBook {
  resting: { placed: Placed; shown: number; hidden: number; turn: number }[] = [];
  #turns = 0;

  place(placed: Placed): { events: Event[]; left: number; ended: boolean } {
    const events: Event[] = [];
    let left = placed.lots;
    while (left > 0) {
      const maker = this.#bestFor(placed);
      if (maker === undefined) break;
      const lots = Math.min(left, maker.shown);
      const [makerId, ticks] = [maker.placed.id, maker.placed.ticks];
      if (maker.placed.owner === placed.owner && placed.selfTrade !== 'NONE') {
        events.push(['prevented', makerId, placed.id, lots]);
        if (placed.selfTrade !== 'EXPIRE_TAKER') this.take(makerId);
        if (placed.selfTrade !== 'EXPIRE_MAKER') return { events, left, ended: true };
        continue;
      }
      events.push(['trade', makerId, placed.id, ticks, lots]);
      left -= lots;
      maker.shown -= lots;
      if (maker.shown > 0) continue;
      if (maker.hidden === 0) this.take(makerId);
      else {
        maker.shown = Math.min(maker.hidden, maker.placed.slice);
        maker.hidden -= maker.shown;
        maker.turn = this.#turns += 1;
      }
    }
    if (left > 0) {
      const shown = placed.slice === 0 ? left : Math.min(left, placed.slice);
      this.resting.push({ placed, shown, hidden: left - shown, turn: (this.#turns += 1) });
    }
    return { events, left, ended: false };
  }

  take(id: number): number {
    const order = this.resting.find(({ placed }) => placed.id === id);
    if (order === undefined) throw new Error(`${id} does not rest`);
    this.resting = this.resting.filter((other) => other !== order);
    return order.shown + order.hidden;
  }

  amendDown(id: number, by: number): void {
    const order = this.resting.find(({ placed }) => placed.id === id);
    if (order === undefined) throw new Error(`${id} does not rest`);
    const fromHidden = Math.min(order.hidden, by);
    order.hidden -= fromHidden;
    order.shown -= by - fromHidden;
    if (order.shown === 0) this.take(id);
  }

  /** Best price first, then by turn, as (ticks, shown, hidden, queue). */
  levels(side: Side): { ticks: number; lots: number; hidden: number; queue: number[][] }[] {
    const mine = this.resting.filter(({ placed }) => placed.side === side).sort(byPriority);
    return [...new Set(mine.map(({ placed }) => placed.ticks))].map((ticks) => {
      const here = mine.filter(({ placed }) => placed.ticks === ticks);
      return {
        ticks,
        lots: here.reduce((sum, { shown }) => sum + shown, 0),
        hidden: here.reduce((sum, { hidden }) => sum + hidden, 0),
        queue: here.map(({ placed, shown, hidden }) => [placed.id, shown, hidden]),
      };
    });
  }

  #bestFor({ side, ticks }: Placed): SlowBook['resting'][number] | undefined {
    return this.resting
      .filter(({ placed }) => placed.side !== side && (side === 'BUY' ? placed.ticks <= ticks : placed.ticks >= ticks))
      .sort(byPriority)[0];
  }
}

function byPriority(a: SlowBook['resting'][number], b: SlowBook['resting'][number]): number {
  const better = a.placed.side === 'BUY' ? -1 : 1;
  return (a.placed.ticks - b.placed.ticks) * better || a.turn - b.turn;
}

/** The core under test, with every order's lots accounted for. */
class FastBook {
  readonly published = new Map<string, number>();
  readonly book = new Book((side, ticks, lots) => this.published.set(`${side} ${ticks}`, lots));
  readonly orders = new Map<number, CoreOrder>();
  /** Per order: what it was placed with, less all that it traded or gave up. */
  readonly account = new Map<number, number>();

  place(placed: Placed): { events: Event[]; left: number; ended: boolean } {
    const { id, owner, side, ticks, lots, selfTrade, slice } = placed;
    const order = new CoreOrder(id, owner, side, ticks, lots, selfTrade, slice);
    const events: Event[] = [];
    this.orders.set(id, order);
    this.account.set(id, lots);
    const ended = matchTaker(this.book, order, ticks, {
      trade: (maker, taker, at, traded) => {
        events.push(['trade', (maker as CoreOrder).id, (taker as CoreOrder).id, at, traded]);
        this.#book(maker as CoreOrder, traded);
        this.#book(taker as CoreOrder, traded);
      },
      prevented: (maker, taker, prevented) => {
        events.push(['prevented', (maker as CoreOrder).id, (taker as CoreOrder).id, prevented]);
        if (maker.level === null) this.#book(maker as CoreOrder, maker.openLots);
      },
    });
    const left = order.openLots;
    if (left > 0 && !ended) this.book.add(order);
    else this.#book(order, left);
    return { events, left, ended };
  }

  take(id: number): number {
    const order = this.orders.get(id) as CoreOrder;
    this.book.remove(order);
    this.#book(order, order.openLots);
    return order.openLots;
  }

  amendDown(id: number, by: number): void {
    const order = this.orders.get(id) as CoreOrder;
    this.book.reduce(order, by);
    this.#book(order, by);
  }

  /** What the account says and what the order itself says must be the same for everybody, at any time. */
  lost(): number[] {
    return [...this.orders.values()]
      .filter((order) => this.account.get(order.id) !== (order.level === null ? 0 : order.openLots + order.hiddenLots))
      .map(({ id }) => id);
  }

  levels(side: Side): ReturnType<SlowBook['levels']> {
    return [...this.book.levels(side)].map((level) => {
      const queue: number[][] = [];
      for (let order = level.first as CoreOrder | null; order !== null; order = order.after as CoreOrder | null)
        queue.push([order.id, order.openLots, order.hiddenLots]);
      return { ticks: level.ticks, lots: level.lots, hidden: level.hiddenLots, queue };
    });
  }

  #book(order: CoreOrder, lots: number): void {
    this.account.set(order.id, (this.account.get(order.id) as number) - lots);
  }
}

const order = {
  owner: fc.integer({ min: 1, max: 3 }),
  side: fc.constantFrom<Side>('BUY', 'SELL'),
  ticks: fc.integer({ min: 97, max: 103 }),
  lots: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 60 })),
  selfTrade: fc.constantFrom<SelfTradeMode>('NONE', 'NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'),
  slice: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 })),
};
const operation = fc.oneof(
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('place' as const), ...order }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('down' as const), pick: fc.nat(), by: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), pick: fc.nat(), ...order }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const many = fc.array(operation, { minLength: 20, maxLength: 120 });

/** One operation on the core and, when given, on the model beside it. */
function apply(op: Operation, id: number, fast: FastBook, slow: SlowBook, compare: boolean): readonly Event[] {
  if (op.kind !== 'place') {
    const target = slow.resting[op.pick % Math.max(1, slow.resting.length)];
    if (target === undefined) return [];
    const open = target.shown + target.hidden;
    if (op.kind === 'down') {
      const by = 1 + (op.by % open);
      slow.amendDown(target.placed.id, by);
      fast.amendDown(target.placed.id, by);
      return [];
    }
    const [theirs, ours] = [slow.take(target.placed.id), fast.take(target.placed.id)];
    must(!compare || ours === theirs, `took ${ours}, the model ${theirs}`);
    if (op.kind === 'cancel') return [];
  }
  const placed: Placed = { ...op, id };
  const theirs = slow.place(placed);
  const ours = fast.place(placed);
  if (compare) mustEqual(ours, theirs);
  return ours.events;
}

it('VE-C53 price, then time: trades, prevents, refills and queues as the plainest model, and loses no lot', () => {
  const seen = { trades: 0, prevented: 0, refills: 0 };
  fc.assert(
    fc.property(many, (operations) => {
      const [fast, slow] = [new FastBook(), new SlowBook()];
      operations.forEach((op, id) => {
        const events = apply(op, id, fast, slow, true);
        seen.trades += events.filter(([kind]) => kind === 'trade').length;
        seen.prevented += events.filter(([kind]) => kind === 'prevented').length;
        seen.refills += events.filter(([, maker], at) =>
          events.slice(0, at).some((other) => other[1] === maker),
        ).length;
        fast.book.assertInvariants();
        mustEqual(fast.lost(), []);
        for (const side of ['BUY', 'SELL'] as const) mustEqual(fast.levels(side), slow.levels(side));
        const [bid, ask] = [fast.book.best('BUY'), fast.book.best('SELL')];
        must(!bid || !ask || bid.ticks < ask.ticks, 'the book is not crossed');
      });
      for (const side of ['BUY', 'SELL'] as const) {
        const shown = new Map(slow.levels(side).map(({ ticks, lots }) => [ticks, lots]));
        for (const [key, lots] of fast.published)
          if (key.startsWith(side)) expect(lots).toBe(shown.get(Number(key.split(' ')[1])) ?? 0);
      }
    }),
    { numRuns: 250 },
  );
  // Guards against a property that never gets there.
  expect(seen.trades).toBeGreaterThan(3_000);
  expect(seen.prevented).toBeGreaterThan(250);
  expect(seen.refills).toBeGreaterThan(1_000);
});

it('a walk foretells what a match then trades, reserves and self-trade prevention included', () => {
  let [walked, beyondShown] = [0, 0];
  fc.assert(
    fc.property(many, fc.record(order), (operations, last) => {
      const [fast, slow] = [new FastBook(), new SlowBook()];
      operations.forEach((op, id) => apply(op, id, fast, slow, false));
      const before = fast.levels(last.side === 'BUY' ? 'SELL' : 'BUY');
      let left = last.lots;
      const walk = walkBook(fast.book, last, last.ticks, (_level, offered) => {
        const lots = Math.min(left, offered);
        left -= lots;
        return lots;
      });
      expect(fast.levels(last.side === 'BUY' ? 'SELL' : 'BUY')).toEqual(before);
      const byPrice = new Map<number, number>();
      for (const event of fast.place({ ...last, slice: 0, id: -1 }).events)
        if (event[0] === 'trade') byPrice.set(event[3], (byPrice.get(event[3]) ?? 0) + event[4]);
      expect(new Map(walk.steps.map(({ ticks, lots }) => [ticks, lots]))).toEqual(byPrice);
      expect(walk.lots).toBe(last.lots - left);
      walked += walk.lots;
      for (const { ticks, lots } of before) beyondShown += Math.max(0, (byPrice.get(ticks) ?? 0) - lots);
    }),
    { numRuns: 400 },
  );
  expect(walked).toBeGreaterThan(500);
  expect(beyondShown).toBeGreaterThan(80); // guard: reserves must have been reached
});

it('is deterministic: the same operations give the same events and the same book', () => {
  fc.assert(
    fc.property(many, (operations) => {
      const run = (): unknown[] => {
        const [fast, slow] = [new FastBook(), new SlowBook()];
        const events = operations.flatMap((op, id) => apply(op, id, fast, slow, false));
        return [events, fast.levels('BUY'), fast.levels('SELL')];
      };
      expect(run()).toEqual(run());
    }),
    { numRuns: 50 },
  );
});
