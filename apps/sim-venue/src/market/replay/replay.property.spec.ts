import { expect, it } from '@jest/globals';
import { must } from '../../../../../test/support/must.js';
import { command, testSpot } from '../../spot/test-spot.js';
import { Refusal } from '../../floor/refusal.js';
import { MARKET_OWNER, type Side } from '../../matching/book.js';
import { Xoshiro128 } from '../xoshiro.js';
import { RecordedBook } from './recorded-book.js';
import { ReplayMarket } from './replay-market.js';
import { TapeLineReader } from './tape-line.js';

const STEPS = 3_000;

/** A record made up around a wandering price, as lines with whole ticks and lots. */
class RandomRecord {
  readonly line = new TapeLineReader({ tickUnits: 1, stepUnits: 1 });
  #mid = 1_000;
  #id = 10;

  constructor(private readonly random: Xoshiro128) {}

  ticker(): void {
    this.#mid = Math.max(100, this.#mid + this.random.below(5) - 2);
    Object.assign(this.line, {
      updateId: (this.#id += 1),
      bidTicks: this.#mid - this.random.below(2),
      bidLots: this.random.below(20),
      askTicks: this.#mid + 1 + this.random.below(2),
      askLots: this.random.below(20),
    });
    if (this.line.bidLots === 0) this.line.bidTicks = 0;
    if (this.line.askLots === 0) this.line.askTicks = 0;
  }

  depth(): void {
    // A third of them are older than the last ticker, as batches are.
    const updateId = this.random.below(3) === 0 ? this.#id : (this.#id += 1);
    Object.assign(this.line, { updateId, firstUpdateId: updateId, previousUpdateId: 0 });
    for (const [levels, sign] of [[this.line.bids, -1] as const, [this.line.asks, 1] as const]) {
      levels.count = this.random.below(4);
      for (let i = 0; i < levels.count; i += 1) {
        levels.pairs[2 * i] = this.#mid + sign * (1 + this.random.below(6));
        levels.pairs[2 * i + 1] = this.random.below(3) === 0 ? 0 : 1 + this.random.below(30);
      }
    }
  }

  near(): number {
    return this.#mid + this.random.below(9) - 4;
  }
}

it.each([
  ['prorata', 1],
  ['prorata', 2],
  ['back', 3],
  ['back', 4],
] as const)(
  'VE-C53 under a random record (%s, start %d) money is conserved and the book sound; a restart folds back',
  (mode, seed) => {
    const random = new Xoshiro128(seed);
    const venue = testSpot();
    const { exchange, floor, market } = venue;
    const accounts = ['a', 'b'].map((name) => venue.open(name, { USDT: '1', TEST: '0.1' }));
    const replay = new ReplayMarket(floor, market, mode);
    const recorded = new RecordedBook(replay);
    const record = new RandomRecord(random);
    const seen = { places: 0, refusals: 0, cancels: 0, makerFills: 0, takerFills: 0 };

    for (let step = 0; step < STEPS; step += 1) {
      replay.atMicros += random.below(8_000);
      const kind = random.below(10);
      const side: Side = random.below(2) === 0 ? 'BUY' : 'SELL';
      if (kind < 3)
        floor.applyRecord(market, 'ticker', () => {
          record.ticker();
          recorded.ticker(record.line);
        });
      else if (kind < 5)
        floor.applyRecord(market, 'depth', () => {
          record.depth();
          recorded.depth(record.line);
        });
      else if (kind < 7)
        floor.applyRecord(market, 'trade', () =>
          replay.trade(record.near(), 1 + random.below(40), side === 'BUY', 1_000_000 + step),
        );
      else {
        const account = accounts[random.below(2)] as (typeof accounts)[number];
        const open = [...account.openOrders.values()];
        const victim = open[random.below(8)];
        if (victim !== undefined) {
          exchange.cancel(victim, '');
          seen.cancels += 1;
        } else
          try {
            const isMarket = random.below(5) === 0;
            const more = isMarket
              ? { type: 'MARKET' as const }
              : random.below(4) === 0
                ? { timeInForce: 'IOC' as const }
                : {};
            exchange.place(account, market, command(side, isMarket ? 0 : record.near(), 1 + random.below(15), more));
            seen.places += 1;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            seen.refusals += 1;
          }
      }
      exchange.ledger.assertInvariants();
      market.book.assertInvariants();
      assertQueues();
    }

    for (const order of exchange.ledger.orders.values())
      for (const fill of order.fills) seen[fill.isMaker ? 'makerFills' : 'takerFills'] += 1;
    for (const [what, count] of Object.entries(seen)) expect([what, count > 5]).toEqual([what, true]);

    const again = testSpot();
    again.restore(venue.operations, true);
    const state = (one: typeof venue) =>
      [...one.exchange.ledger.accounts.values()].map(({ balances, openOrders }) => [
        [...balances],
        [...openOrders.keys()],
      ]);
    expect(state(again)).toEqual(state(venue));

    /** Never more pieces of recorded quantity than places between orders, and no negative queue. */
    function assertQueues(): void {
      for (const side of ['BUY', 'SELL'] as const)
        for (const level of market.book.levels(side)) {
          let pieces = 0;
          let orders = 0;
          for (let order = level.first; order !== null; order = order.after)
            if (order.owner === MARKET_OWNER) pieces += 1;
            else orders += 1;
          // Orders that left since the record last spoke of the level leave their neighbours unmerged.
          must(orders > 0 || pieces <= 8, `${pieces} pieces, 8 at most`);
          const aheads = replay.aheadAt(side, level.ticks);
          must(aheads.length === orders, `${aheads.length} queues of ${orders} orders`);
          aheads.forEach((ahead, i) =>
            must(ahead >= (aheads[i - 1] ?? 0), `${ahead} ahead, never falls, never negative`),
          );
        }
    }
  },
);
