import { OrderBook, SelfTradePreventionMode, Side as OracleSide } from 'nodejs-order-book';
import { Book, type BookOrder, type Side } from '../../apps/sim-venue/src/matching/book.js';
import { matchTaker, walkBook, type SelfTradeMode } from '../../apps/sim-venue/src/matching/match.js';
import { CoreOrder } from './core-order.js';
import { SeededRandom } from './seeded-random.js';

export interface OracleRun {
  readonly operations: number;
  readonly fills: number;
  readonly prevented: number;
  /** FOK orders that filled and that were turned away. */
  readonly fillOrKill: { filled: number; killed: number };
  /** Times at which the two books were compared, order by order. */
  readonly checkpoints: number;
  readonly mostResting: number;
}

interface Draw {
  readonly side: Side;
  readonly lots: number;
  readonly owner: number;
  readonly selfTrade: SelfTradeMode;
}

type Kind = 'GTC' | 'IOC' | 'FOK' | 'MARKET';
type Fill = readonly [maker: number, ticks: number, lots: number];

const OWNERS = 6;
const REACH_TICKS = 25;
const AIMED_AT_RESTING = 600;
const MODES: readonly SelfTradeMode[] = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'];

/**
 * Sends one random stream of operations to the matching core and to the npm package `nodejs-order-book`, and compares
 * every operation's fills and, from time to time, the whole books.
 *
 * The stream has what both can do alike: limit orders GTC, IOC and FOK, market orders, the four modes of self-trade
 * prevention, cancels, and changes that lose their place. The other one has no icebergs, no amend that keeps its place,
 * forgets an order's owner when it modifies it (so that a change is a cancel and a new order here), and counts own
 * orders as fillable (so that FOK orders go without self-trade prevention).
 *
 * @throws Error at the first difference, with the seed and the operation's number
 */
export function runAgainstOracle(seed: number, operations: number, checkpointEvery: number): OracleRun {
  const random = new SeededRandom(seed);
  const venues = new BothVenues();
  let mid = 10_000;
  let id = 0;
  for (let n = 1; n <= operations; n += 1) {
    mid = Math.max(1_000, mid + random.between(-2, 2));
    const kind = random.between(1, 100);
    const draw: Draw = {
      side: random.pick(['BUY', 'SELL']),
      lots: random.between(1, 20) === 1 ? random.between(50, 400) : random.between(1, 40),
      owner: random.between(1, OWNERS),
      selfTrade: random.pick(MODES),
    };
    const away = random.between(-6, REACH_TICKS);
    const ticks = mid + (draw.side === 'BUY' ? -away : away);
    const resting = venues.resting.length;
    const cancelShare = resting === 0 ? 0 : Math.min(45, Math.round((30 * resting) / AIMED_AT_RESTING));
    try {
      if (kind <= cancelShare) venues.cancel(random.between(0, resting - 1));
      else if (kind <= cancelShare + 6 && resting > 0)
        venues.replace(random.between(0, resting - 1), (id += 1), ticks, draw.lots);
      else if (kind <= 90) venues.place('GTC', (id += 1), ticks, draw);
      else if (kind <= 93) venues.place('IOC', (id += 1), ticks, draw);
      else if (kind <= 96) venues.place('FOK', (id += 1), ticks, { ...draw, selfTrade: 'NONE' });
      else venues.place('MARKET', (id += 1), ticks, draw);
      if (n % checkpointEvery === 0 || n === operations) venues.compareBooks();
    } catch (error) {
      throw new Error(`Seed ${seed}, operation ${n} of ${operations}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { operations, ...venues.counts };
}

/** Both books, what rests in them, and what every owner gained in ours and in theirs. */
class BothVenues {
  readonly resting: CoreOrder[] = [];
  readonly counts = {
    fills: 0,
    prevented: 0,
    fillOrKill: { filled: 0, killed: 0 },
    checkpoints: 0,
    mostResting: 0,
  };
  readonly #depth = { BUY: new Map<number, number>(), SELL: new Map<number, number>() };
  readonly #book = new Book((side, ticks, lots) => {
    if (lots === 0) this.#depth[side].delete(ticks);
    else this.#depth[side].set(ticks, lots);
  });
  readonly #oracle = new OrderBook();
  readonly #indexOf = new Map<number, number>();
  /** Lots placed, traded (counted for both parties) and given up: by cancel, expiry or prevention. */
  readonly #lots = { placed: 0, traded: 0, givenUp: 0 };
  readonly #goods = new Array<bigint>(OWNERS + 1).fill(0n);
  readonly #cash = new Array<bigint>(OWNERS + 1).fill(0n);

  place(kind: Kind, id: number, ticks: number, draw: Draw): void {
    const order = new CoreOrder(id, draw.owner, draw.side, ticks, draw.lots, draw.selfTrade);
    const ours = this.#placeOurs(kind, order);
    const theirs = this.#placeTheirs(kind, id, ticks, draw);
    if (!same(ours, theirs)) throw new Error(`fills ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`);
  }

  cancel(index: number): void {
    const order = this.resting[index] as CoreOrder;
    this.#book.remove(order);
    this.#giveUp(order);
    const theirs = this.#oracle.cancel(nameOf(order.id))?.order;
    if (theirs?.size !== order.openLots || theirs.price !== order.ticks)
      throw new Error(`canceled ${order.id} with ${order.openLots} lots, theirs ${JSON.stringify(theirs)}`);
  }

  /** Another price or a larger quantity: the order goes to the back, under a new id on both sides. */
  replace(index: number, id: number, ticks: number, lots: number): void {
    const { side, owner, selfTrade } = this.resting[index] as CoreOrder;
    this.cancel(index);
    this.place('GTC', id, ticks, { side, owner, selfTrade, lots });
  }

  /** Queue by queue, order by order; what was published; and that nothing was made or lost. */
  compareBooks(): void {
    this.#book.assertInvariants();
    this.counts.checkpoints += 1;
    const { bids, asks } = this.#oracle.snapshot();
    for (const [side, levels] of [['BUY', bids] as const, ['SELL', asks] as const]) {
      const ours = [...this.#book.levels(side)].map((level) => ({ ticks: level.ticks, queue: queueOf(level.first) }));
      const theirs = levels.map(({ price, orders }) => ({
        ticks: price,
        queue: orders.map((order) => [Number(order.id.slice(1)), order.size]),
      }));
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) throw new Error(`${side} books differ`);
      const published = [...this.#depth[side]].sort(([a], [b]) => (side === 'BUY' ? b - a : a - b));
      const shown = [...this.#book.levels(side)].map((level) => [level.ticks, level.lots]);
      if (JSON.stringify(published) !== JSON.stringify(shown)) throw new Error(`${side} was published otherwise`);
    }
    const open = this.resting.reduce((sum, order) => sum + order.openLots, 0);
    const { placed, traded, givenUp } = this.#lots;
    if (placed !== traded + givenUp + open)
      throw new Error(`placed ${placed} lots must be ${traded} traded, ${givenUp} given up and ${open} open`);
    for (const sums of [this.#goods, this.#cash]) {
      const sum = sums.reduce((total, gained) => total + gained, 0n);
      if (sum !== 0n) throw new Error(`gains of all owners must sum to 0, were ${sum}`);
    }
  }

  #placeOurs(kind: Kind, order: CoreOrder): Fill[] {
    const fills: Fill[] = [];
    const limit = kind === 'MARKET' ? null : order.ticks;
    this.#lots.placed += order.openLots;
    if (kind === 'FOK') {
      const fillable = this.#isFillable(order);
      this.counts.fillOrKill[fillable ? 'filled' : 'killed'] += 1;
      if (!fillable) {
        this.#lots.givenUp += order.openLots;
        return fills;
      }
    }
    const ended = matchTaker(this.#book, order, limit, {
      trade: (maker, taker, ticks, lots) => {
        const { id } = maker as CoreOrder;
        fills.push([id, ticks, lots]);
        this.#settle(maker, taker, ticks, lots);
        if (maker.level === null) this.#forget(maker as CoreOrder);
      },
      prevented: (maker) => {
        this.counts.prevented += 1;
        if (maker.level === null) this.#giveUp(maker as CoreOrder);
      },
    });
    if (order.openLots === 0) return fills;
    if (kind !== 'GTC' || ended) {
      this.#lots.givenUp += order.openLots;
      return fills;
    }
    this.#book.add(order);
    this.#indexOf.set(order.id, this.resting.push(order) - 1);
    this.counts.mostResting = Math.max(this.counts.mostResting, this.resting.length);
    return fills;
  }

  #placeTheirs(kind: Kind, id: number, ticks: number, draw: Draw): Fill[] {
    const common = {
      id: nameOf(id),
      side: OracleSide[draw.side],
      size: draw.lots,
      accountId: `account${draw.owner}`,
      stpMode: SelfTradePreventionMode[draw.selfTrade],
    };
    const reply =
      kind === 'MARKET'
        ? this.#oracle.market(common)
        : this.#oracle.limit({ ...common, price: ticks, timeInForce: kind as never });
    const fills: Fill[] = [];
    const isMaker = (order: { id?: string }): boolean => order.id !== common.id;
    for (const done of reply.done)
      if (isMaker(done)) fills.push([Number(done.id.slice(1)), (done as { price: number }).price, done.size]);
    const { partial } = reply;
    if (partial !== null && isMaker(partial))
      fills.push([Number(partial.id.slice(1)), (partial as { price: number }).price, reply.partialQuantityProcessed]);
    return fills;
  }

  #isFillable(order: CoreOrder): boolean {
    let left = order.openLots;
    walkBook(this.#book, order, order.ticks, (_level, offered) => {
      const lots = Math.min(left, offered);
      left -= lots;
      return lots;
    });
    return left === 0;
  }

  #settle(maker: BookOrder, taker: BookOrder, ticks: number, lots: number): void {
    this.counts.fills += 1;
    this.#lots.traded += 2 * lots;
    const [buyer, seller] = maker.side === 'BUY' ? [maker.owner, taker.owner] : [taker.owner, maker.owner];
    const cost = BigInt(ticks) * BigInt(lots);
    this.#goods[buyer] = (this.#goods[buyer] ?? 0n) + BigInt(lots);
    this.#goods[seller] = (this.#goods[seller] ?? 0n) - BigInt(lots);
    this.#cash[buyer] = (this.#cash[buyer] ?? 0n) - cost;
    this.#cash[seller] = (this.#cash[seller] ?? 0n) + cost;
  }

  #giveUp(order: CoreOrder): void {
    this.#lots.givenUp += order.openLots;
    this.#forget(order);
  }

  /** The last one takes its place in the list. */
  #forget(order: CoreOrder): void {
    const index = this.#indexOf.get(order.id);
    const last = this.resting.pop();
    if (index === undefined || last === undefined) throw new Error(`Order ${order.id} was not resting`);
    this.#indexOf.delete(order.id);
    if (last === order) return;
    this.resting[index] = last;
    this.#indexOf.set(last.id, index);
  }
}

/** Not a number: an object with whole numbers for keys sorts them, which would say nothing about its own order. */
function nameOf(id: number): string {
  return `o${id}`;
}

function queueOf(first: BookOrder | null): [id: number, lots: number][] {
  const queue: [number, number][] = [];
  for (let order = first; order !== null; order = order.after) queue.push([(order as CoreOrder).id, order.openLots]);
  return queue;
}

function same(a: readonly Fill[], b: readonly Fill[]): boolean {
  return a.length === b.length && a.every((fill, i) => fill.every((value, at) => value === b[i]?.[at]));
}
