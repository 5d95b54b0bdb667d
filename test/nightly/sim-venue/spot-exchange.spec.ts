import { expect, it, jest } from '@jest/globals';
import { Refusal } from '../../../apps/sim-venue/src/floor/refusal.js';
import { MarketOrder } from '../../../apps/sim-venue/src/floor/symbol-market.js';
import { units } from '../../../apps/sim-venue/src/matching/scaled.js';
import { Order, type Account } from '../../../apps/sim-venue/src/spot/account.js';
import { command, testSpot, type TestSpot } from '../../../apps/sim-venue/src/spot/test-spot.js';
import { SeededRandom } from '../../support/seeded-random.js';

jest.setTimeout(600_000);

const RUNS = 10;
const OPERATIONS = 100_000;
const CHECK_EVERY = 2_000;
const RESTART_EVERY = 25_000;
const START = { USDT: '6000.00000007', TEST: '60.00000003' };
const ACCOUNTS = ['a', 'b', 'c', 'd', 'e'];

interface Seen {
  fills: number;
  refused: number;
  amended: number;
  slicesSold: number;
  prevented: number;
  checks: number;
  restarts: number;
  /** Icebergs that had sold part of a slice at a restart. */
  slicesOpen: number;
}

/** Random operations of five accounts and of the market; most balances run out now and then. */
class Storm {
  readonly venue: TestSpot = testSpot();
  readonly accounts: readonly Account[] = ACCOUNTS.map((name) => this.venue.open(name, START));
  readonly #crowd: MarketOrder[] = [];
  #mid = 10_000;

  constructor(
    readonly random: SeededRandom,
    readonly seen: Seen,
  ) {}

  step(): void {
    const { random, venue } = this;
    this.#mid = Math.min(12_000, Math.max(8_000, this.#mid + random.between(-3, 3)));
    const kind = random.between(1, 100);
    try {
      if (kind <= 60) this.#place();
      else if (kind <= 72) this.#withOpen((order) => venue.exchange.cancel(order, 'x'));
      else if (kind <= 78) this.#withOpen((order) => this.#amend(order));
      else if (kind <= 94) this.#comeToMarket();
      else this.#withdraw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.seen.refused += 1;
    }
    for (const { event } of venue.events) {
      if (event['x'] === 'TRADE') this.seen.fills += 1;
      if (event['x'] === 'TRADE' && event['F'] !== '0.00000000') this.seen.slicesSold += 1;
      if (event['x'] === 'TRADE_PREVENTION') this.seen.prevented += 1;
    }
    venue.events.length = 0;
  }

  /** Deposits must equal holdings, fees and what the market won, counted without the ledger's own sums. */
  check(): void {
    this.seen.checks += 1;
    const { ledger } = this.venue.exchange;
    this.venue.exchange.assertInvariants();
    for (const asset of ['USDT', 'TEST'] as const) {
      const held = this.accounts.reduce((sum, a) => sum + a.balance(asset).free + a.balance(asset).locked, 0n);
      const total = held + (ledger.fees.get(asset) ?? 0n) + (ledger.clearing.get(asset) ?? 0n);
      expect(total).toBe(BigInt(ACCOUNTS.length) * units(START[asset]));
    }
  }

  #place(): void {
    const { random, venue } = this;
    const side = random.pick(['BUY', 'SELL'] as const);
    const away = random.between(-4, 20);
    const ticks = this.#mid + (side === 'BUY' ? -away : away);
    const lots = random.between(1, 400);
    const selfTrade = random.pick(['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'] as const);
    const what = random.between(1, 20);
    const more =
      what <= 2
        ? { type: 'MARKET' as const, ticks: 0 }
        : what === 3
          ? { type: 'MARKET' as const, ticks: 0, lots: 0, quoteUnits: BigInt(random.between(1, 40)) * 100_000_000n }
          : what === 4
            ? { type: 'LIMIT_MAKER' as const }
            : what === 5
              ? { timeInForce: 'IOC' as const }
              : what === 6
                ? { timeInForce: 'FOK' as const }
                : what <= 10
                  ? { lots: 300 + lots, sliceLots: random.between(20, 90) }
                  : {};
    venue.exchange.place(random.pick(this.accounts), venue.market, command(side, ticks, lots, { selfTrade, ...more }));
  }

  #withOpen(act: (order: Order) => void): void {
    const { openOrders } = this.random.pick(this.accounts);
    const order = [...openOrders.values()][this.random.between(0, Math.max(0, openOrders.size - 1))];
    if (order !== undefined) act(order);
  }

  #amend(order: Order): void {
    const least = Math.max(1, order.filledLots);
    this.venue.exchange.amend(order, this.random.between(least, order.lots), order.clientOrderId);
    this.seen.amended += 1;
  }

  #comeToMarket(): void {
    const { random, venue } = this;
    const side = random.pick(['BUY', 'SELL'] as const);
    const away = random.between(-6, 25);
    const ticks = this.#mid + (side === 'BUY' ? -away : away);
    const order = venue.floor.placeForMarket(venue.market, side, ticks, random.between(1, 300));
    if (order.level !== null) this.#crowd.push(order);
  }

  #withdraw(): void {
    const order = this.#crowd.splice(this.random.between(0, Math.max(0, this.#crowd.length - 1)), 1)[0];
    if (order !== undefined && order.level !== null) this.venue.floor.withdrawForMarket(this.venue.market, order);
  }
}

/** What a restart must bring back: money, every order, and the queues with what shows and what is in reserve. */
function state(venue: TestSpot): unknown {
  const { accounts, orders } = venue.exchange.ledger;
  return {
    balances: [...accounts.values()].map((account) => [account.name, new Map(account.balances)]),
    orders: [...orders.values()].map((o) => [o.id, o.status, o.lots, o.filledLots, o.quoteFilled, o.lockedUnits]),
    queues: (['BUY', 'SELL'] as const).map((side) =>
      [...venue.market.book.levels(side)].flatMap((level) => {
        const queue: number[][] = [];
        for (let order = level.first; order !== null; order = order.after)
          if (order instanceof Order) queue.push([order.id, order.ticks, order.openLots, order.hiddenLots]);
        return queue;
      }),
    ),
  };
}

it('VE-C53 1,000,000 random operations of accounts conserve every asset to the unit, and fold back to the same state', () => {
  const seen: Seen = {
    fills: 0,
    refused: 0,
    amended: 0,
    slicesSold: 0,
    prevented: 0,
    checks: 0,
    restarts: 0,
    slicesOpen: 0,
  };
  for (let run = 1; run <= RUNS; run += 1) {
    const storm = new Storm(new SeededRandom(run), seen);
    for (let n = 1; n <= OPERATIONS; n += 1) {
      storm.step();
      if (n % CHECK_EVERY === 0) storm.check();
      if (n % RESTART_EVERY !== 0) continue;
      const again = testSpot();
      again.restore(storm.venue.operations, true);
      expect(state(again)).toEqual(state(storm.venue));
      seen.restarts += 1;
      for (const order of storm.venue.exchange.ledger.orders.values())
        if (order.isOpen && order.takenFromSlice > 0) seen.slicesOpen += 1;
    }
  }
  // Guards against a storm that is a calm.
  expect(seen.checks).toBe((RUNS * OPERATIONS) / CHECK_EVERY);
  expect(seen.restarts).toBe((RUNS * OPERATIONS) / RESTART_EVERY);
  expect(seen.slicesOpen).toBeGreaterThan(20);
  expect(seen.fills).toBeGreaterThan(500_000);
  expect(seen.slicesSold).toBeGreaterThan(200_000);
  expect(seen.amended).toBeGreaterThan(50_000);
  expect(seen.prevented).toBeGreaterThan(15_000);
  expect(seen.refused).toBeGreaterThan(8_000);
});
