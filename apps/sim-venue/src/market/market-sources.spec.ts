import { describe, expect, it } from '@jest/globals';
import { must } from '../../../../test/support/must.js';
import { quietFloor } from '../../../../test/support/quiet-floor.js';
import type { SymbolMarket } from '../floor/symbol-market.js';
import { DEFAULT_SYMBOLS } from '../matching/symbol-spec.js';
import { command, testSpot, type TestSpot } from '../spot/test-spot.js';
import { ScriptedMarket } from './scripted-market.js';
import { SPOT_PROFILES, SyntheticMarket, USDM_PROFILES, type SyntheticProfile } from './synthetic-market.js';
import { USDM_SYMBOLS } from '../usdm/symbols.js';
import { Xoshiro128 } from './xoshiro.js';

function runCrowd(seed: number, steps: number, each: (venue: TestSpot, step: number) => void = () => undefined) {
  const venue = testSpot('BTCUSDT');
  const crowd = new SyntheticMarket(venue.floor, venue.market, SPOT_PROFILES['BTCUSDT'] as SyntheticProfile, seed);
  crowd.open();
  for (let step = 0; step < steps; step += 1) {
    crowd.step();
    each(venue, step);
  }
  return { venue, crowd };
}

describe('synthetic market', () => {
  it('VE-C52 repeats itself exactly from the same start value, and differs from another', () => {
    const steps = 20_000;
    const digest = (seed: number): unknown => runCrowd(seed, steps).venue.floor.log.digest();
    const first = digest(1);
    expect(first).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((first as { events: number }).events).toBeGreaterThan(steps / 2);
    expect(digest(1)).toEqual(first);
    expect(digest(2)).not.toEqual(first);
  });

  it('keeps a sound book with twenty prices a side and a tight touch around its price, and trades often', () => {
    let widest = 0;
    let fewest = Infinity;
    const { venue } = runCrowd(7, 20_000, ({ market }, step) => {
      const { bidTicks, askTicks } = market.top();
      must(bidTicks > 0, 'a bid stands');
      widest = Math.max(widest, askTicks - bidTicks);
      fewest = Math.min(fewest, market.book.count('BUY'), market.book.count('SELL'));
      if (step % 100 === 0) market.book.assertInvariants();
    });
    expect(widest).toBeLessThanOrEqual(4);
    expect(fewest).toBeGreaterThanOrEqual(20);
    expect(Math.abs((venue.market.referenceTicks() as number) / 6_000_000 - 1)).toBeLessThan(0.01);
    const trades = venue.market.tape.recent(1_000).map(({ lots }) => lots);
    expect(venue.market.lastTradeId).toBeGreaterThan(6_000);
    // From a few dollars to about three bitcoin.
    expect(Math.max(...trades)).toBeLessThan(300_000);
    expect(trades.toSorted((a, b) => a - b)[500]).toBeGreaterThan(1_000);
  });

  it('stays as deep as it is: the deeper a side, the more of it is cancelled', () => {
    const { venue, crowd } = runCrowd(5, 2_000);
    const orders = (): number => {
      let count = 0;
      for (const side of ['BUY', 'SELL'] as const)
        for (const level of venue.market.book.levels(side))
          for (let order = level.first; order !== null; order = order.after) count += 1;
      return count;
    };
    const counts: number[] = [];
    for (let i = 0; i < 100; i += 1) {
      for (let step = 0; step < 500; step += 1) crowd.step();
      counts.push(orders());
    }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...counts)).toBeLessThan(400);
  });

  it.each(Object.entries({ spot: SPOT_PROFILES, usdm: USDM_PROFILES }))(
    'has a crowd like that on %s',
    (_, profiles) => {
      const symbols = profiles === SPOT_PROFILES ? DEFAULT_SYMBOLS : USDM_SYMBOLS;
      for (const [symbol, profile] of Object.entries(profiles)) {
        const floor = quietFloor(symbols);
        const market = floor.markets.get(symbol) as SymbolMarket;
        const crowd = new SyntheticMarket(floor, market, profile, 3);
        crowd.open();
        for (let step = 0; step < 3_000; step += 1) {
          crowd.step();
          const { bidTicks, askTicks } = market.top();
          must(askTicks - bidTicks <= profile.maxSpreadTicks, `a spread of ${askTicks - bidTicks} ticks`);
          must(market.book.count('BUY') >= 20 && market.book.count('SELL') >= 20, 'twenty prices a side');
        }
        market.book.assertInvariants();
        expect(market.lastTradeId).toBeGreaterThan(600);
      }
    },
  );

  it('fills an order resting at the touch within a minute of its operations', () => {
    const waits: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const { venue, crowd } = runCrowd(seed, 500);
      const account = venue.open('a', { USDT: '1000000' });
      const order = venue.exchange.place(account, venue.market, command('BUY', venue.market.top().bidTicks, 100));
      let wait = 0;
      for (; order.isOpen && wait < 20_000; wait += 1) crowd.step();
      waits.push(wait);
    }
    waits.sort((a, b) => a - b);
    expect(waits[10]).toBeLessThan(20 * 20); // median under 20 s at 20 operations a second
  });

  it('takes its orders off the book when it closes, and nobody else’s', () => {
    const { venue, crowd } = runCrowd(3, 200);
    const account = venue.open('a', { USDT: '100000' });
    venue.exchange.place(account, venue.market, command('BUY', 5_000_000, 100));
    crowd.close();
    expect([...venue.market.book.levels('BUY')].map(({ ticks, lots }) => [ticks, lots])).toEqual([[5_000_000, 100]]);
    expect(venue.market.book.count('SELL')).toBe(0);
  });

  it('draws the published sequence of xoshiro128**', () => {
    // Reference values of the authors' C code for state {1, 2, 3, 4}.
    const random = Xoshiro128.fromState([1, 2, 3, 4]);
    expect([random.next(), random.next(), random.next()]).toEqual([11_520, 0, 5_927_040]);
  });
});

describe('scripted market', () => {
  const levels = (venue: TestSpot, side: 'BUY' | 'SELL'): number[][] =>
    [...venue.market.book.levels(side)].map(({ ticks, lots }) => [ticks, lots]);
  const start = () => {
    const venue = testSpot();
    return {
      venue,
      script: new ScriptedMarket(venue.floor, venue.market),
      account: venue.open('a', { USDT: '100000', TEST: '1000' }),
    };
  };

  it('shows the book it is given and replaces it by the next', () => {
    const { venue, script } = start();
    script.setBook(
      [
        { ticks: 99, lots: 5 },
        { ticks: 98, lots: 5 },
      ],
      [{ ticks: 101, lots: 7 }],
    );
    script.setBook(
      [{ ticks: 99, lots: 2 }],
      [
        { ticks: 100, lots: 1 },
        { ticks: 101, lots: 9 },
      ],
    );
    expect(levels(venue, 'BUY')).toEqual([[99, 2]]);
    expect(levels(venue, 'SELL')).toEqual([
      [100, 1],
      [101, 9],
    ]);
  });

  it('a book that crosses a resting order trades with it, at its price, up to the displayed quantity', () => {
    const { venue, script, account } = start();
    const order = venue.exchange.place(account, venue.market, command('BUY', 100, 10));
    script.setBook([], [{ ticks: 99, lots: 4 }]);
    expect([order.filledLots, order.fills[0]?.ticks, order.fills[0]?.isMaker]).toEqual([4, 100, true]);
    script.setBook([], [{ ticks: 99, lots: 4 }]);
    expect(order.filledLots).toBe(8);
  });

  it('VE-C49 a trade eats the quantity ahead first; what the market takes off shrinks it in proportion', () => {
    const { venue, script, account } = start();
    script.setBook([{ ticks: 100, lots: 10 }], []);
    const order = venue.exchange.place(account, venue.market, command('BUY', 100, 2));
    script.trade(100, 6, 'SELL');
    script.setBook([{ ticks: 100, lots: 2 }], []);
    expect(order.filledLots).toBe(0);
    script.trade(100, 3, 'SELL');
    expect(order.filledLots).toBe(1);
  });

  it('a trade meets an iceberg again behind the others, with its next slice', () => {
    const { venue, script, account } = start();
    const iceberg = venue.exchange.place(account, venue.market, command('BUY', 100, 9, { sliceLots: 2 }));
    script.setBook([{ ticks: 100, lots: 5 }], []);
    script.trade(100, 11, 'SELL');
    expect([iceberg.filledLots, levels(venue, 'BUY')]).toEqual([6, [[100, 2]]]);
    script.setBook([{ ticks: 100, lots: 5 }], []);
    script.trade(99, 9, 'SELL');
    expect([iceberg.status, levels(venue, 'BUY')]).toEqual(['FILLED', [[100, 5]]]);
    venue.exchange.assertInvariants();
  });

  it('a trade through a resting order fills it at its own price and prints the rest', () => {
    const { venue, script, account } = start();
    const order = venue.exchange.place(account, venue.market, command('SELL', 105, 3));
    script.trade(107, 5, 'BUY');
    expect([order.status, order.fills[0]?.ticks]).toEqual(['FILLED', 105]);
    expect(venue.market.tape.recent(9).map(({ ticks, lots }) => [ticks, lots])).toEqual([
      [105, 3],
      [107, 2],
    ]);
  });

  it('VE-C50 a taker consumes the displayed quantity until the script sets the level again', () => {
    const { venue, script, account } = start();
    const book = [
      { ticks: 100, lots: 5 },
      { ticks: 99, lots: 5 },
    ];
    script.setBook(book, []);
    const sell = (lots: number): number[][] =>
      venue.exchange
        .place(account, venue.market, command('SELL', 0, lots, { type: 'MARKET' }))
        .fills.map(({ ticks, lots: filled }) => [ticks, filled]);
    expect(sell(3)).toEqual([[100, 3]]);
    expect(sell(4)).toEqual([
      [100, 2],
      [99, 2],
    ]);
    expect(levels(venue, 'BUY')).toEqual([[99, 3]]);
    script.setBook(book, []);
    expect(levels(venue, 'BUY')).toEqual([
      [100, 5],
      [99, 5],
    ]);
  });
});
