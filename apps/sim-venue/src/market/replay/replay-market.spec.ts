import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Order } from '../../spot/account.js';
import type { Side } from '../../matching/book.js';
import { command, testSpot, type TestSpot } from '../../spot/test-spot.js';
import type { QueueMode } from './level-queue.js';
import { ReplayMarket } from './replay-market.js';

let venue: TestSpot;
let replay: ReplayMarket;
let nextTrade = 0;

function start(mode: QueueMode = 'prorata'): void {
  venue = testSpot();
  replay = new ReplayMarket(venue.floor, venue.market, mode);
  nextTrade = 1_000_000_000;
}
beforeEach(() => start());

const record = (action: () => void): void => {
  replay.atMicros += 1_000_000;
  venue.floor.applyRecord(venue.market, 'test', action);
};
const open = (bids: [number, number][], asks: [number, number][] = []): void =>
  record(() =>
    replay.open([
      ...bids.map(([ticks, lots]) => ['BUY', ticks, lots] as const),
      ...asks.map(([ticks, lots]) => ['SELL', ticks, lots] as const),
    ]),
  );
const depth = (side: Side, ticks: number, lots: number): void => record(() => replay.set(side, ticks, lots, 'depth'));
const trade = (ticks: number, lots: number, hit: Side): void =>
  record(() => replay.trade(ticks, lots, hit === 'BUY', (nextTrade += 1)));
const levels = (side: Side): number[][] => [...venue.market.book.levels(side)].map(({ ticks, lots }) => [ticks, lots]);
const account = () => venue.exchange.ledger.accounts.get(1) ?? venue.open('a', { USDT: '1000000', TEST: '100000' });
const place = (side: Side, ticks: number, lots: number, more = {}): Order =>
  venue.exchange.place(account(), venue.market, command(side, ticks, lots, more));
const fills = (order: Order): [number, number, boolean][] =>
  order.fills.map(({ ticks, lots, isMaker }) => [ticks, lots, isMaker]);

describe('an order that rests in a recorded market', () => {
  it('VE-C49 level shows 10, we rest 2; trades 6, cancels 2 of the 4 left, then trade 3: ahead 2, we fill 1', () => {
    open([[100, 10]]);
    const order = place('BUY', 100, 2);
    trade(100, 6, 'BUY');
    depth('BUY', 100, 2);
    expect([replay.aheadAt('BUY', 100), order.filledLots]).toEqual([[2], 0]);
    trade(100, 3, 'BUY');
    expect(fills(order)).toEqual([[100, 1, true]]);
  });

  it('an iceberg stands behind all that is recorded with each new slice, and gives all of them to a trade through it', () => {
    open([[100, 10]]);
    const iceberg = place('BUY', 100, 9, { sliceLots: 4 });
    const other = place('BUY', 100, 3);
    depth('BUY', 100, 25);
    trade(100, 14, 'BUY');
    expect([iceberg.filledLots, other.filledLots]).toEqual([4, 0]);
    expect(replay.aheadAt('BUY', 100)).toEqual([0, 25]);
    depth('BUY', 100, 15);
    expect(replay.aheadAt('BUY', 100)).toEqual([0, 15]);
    trade(99, 6, 'BUY');
    expect([iceberg.filledLots, other.filledLots]).toEqual([7, 3]);
    trade(99, 6, 'BUY');
    expect(fills(iceberg)).toEqual([
      [100, 4, true],
      [100, 3, true],
      [100, 1, true],
      [100, 1, true],
    ]);
    expect(iceberg.status).toBe('FILLED');
    venue.exchange.assertInvariants();
  });

  it('stands behind what is recorded and behind our own earlier orders', () => {
    open([], [[105, 4]]);
    const first = place('SELL', 105, 2);
    const second = place('SELL', 105, 3);
    trade(105, 5, 'SELL');
    expect([first.filledLots, second.filledLots]).toEqual([1, 0]);
    trade(105, 3, 'SELL');
    expect([first.filledLots, second.filledLots]).toEqual([2, 2]);
  });

  it('at a price the record does not know has nothing ahead', () => {
    open([[100, 10]]);
    const order = place('BUY', 101, 2);
    trade(101, 1, 'BUY');
    expect(order.filledLots).toBe(1);
  });

  it('is not filled by a trade that hit the other side', () => {
    open([[100, 1]], [[101, 1]]);
    const order = place('BUY', 100, 2);
    trade(100, 9, 'SELL');
    expect(order.filledLots).toBe(0);
  });

  it('is filled at its own price by a trade through it, up to that trade’s quantity, the best price first', () => {
    open([[90, 10]]);
    const low = place('BUY', 95, 3);
    const high = place('BUY', 97, 3);
    trade(93, 4, 'BUY');
    expect([fills(high), fills(low)]).toEqual([[[97, 3, true]], [[95, 1, true]]]);
  });

  it.each([
    ['prorata', 7],
    ['back', 10],
  ] as const)('sees depth that falls without trades as cancels: mode %s leaves %d ahead', (mode, ahead) => {
    start(mode);
    open([[100, 10]]);
    place('BUY', 100, 2);
    depth('BUY', 100, 20);
    depth('BUY', 100, 14);
    expect(replay.aheadAt('BUY', 100)).toEqual([ahead]);
    expect(levels('BUY')).toEqual([[100, 16]]);
  });

  it('is filled when the best opposite quote reaches or passes it, up to the displayed quantity, once per update', () => {
    open([[98, 1]], [[105, 1]]);
    const order = place('BUY', 100, 10);
    depth('SELL', 99, 4);
    expect(fills(order)).toEqual([[100, 4, true]]);
    expect([levels('SELL'), levels('BUY')]).toEqual([
      [[105, 1]],
      [
        [100, 6],
        [98, 1],
      ],
    ]);
    depth('BUY', 97, 1); // not an update of that quote
    expect(order.filledLots).toBe(4);
    depth('SELL', 100, 4);
    expect(order.filledLots).toBe(8);
    depth('SELL', 99, 5);
    expect(order.status).toBe('FILLED');
    expect(levels('SELL')).toEqual([
      [99, 3],
      [105, 1],
    ]);
  });

  it('keeps its place when a taker eats what is ahead', () => {
    open([[100, 10]]);
    const order = place('BUY', 100, 2);
    const other = venue.open('b', { TEST: '1000' });
    venue.exchange.place(other, venue.market, command('SELL', 0, 7, { type: 'MARKET' }));
    trade(100, 4, 'BUY');
    expect(order.filledLots).toBe(1);
  });

  it('stands behind the recorded quantity when the record begins anew under it', () => {
    const order = place('BUY', 100, 2);
    open([[100, 10]]);
    trade(100, 11, 'BUY');
    expect(order.filledLots).toBe(1);
    open([[100, 10]]);
    trade(100, 10, 'BUY');
    expect(order.filledLots).toBe(1);
  });
});

describe('a taker in a recorded market', () => {
  it('VE-C50 100 bid 5 displayed, we sell 3 then 4: 3 and 2 at 100, 2 at the next; restored only by its next record', () => {
    open([
      [100, 5],
      [99, 5],
    ]);
    const sell = (lots: number): [number, number, boolean][] => fills(place('SELL', 0, lots, { type: 'MARKET' }));
    expect(sell(3)).toEqual([[100, 3, false]]);
    expect(sell(4)).toEqual([
      [100, 2, false],
      [99, 2, false],
    ]);
    depth('BUY', 98, 5);
    trade(100, 1, 'BUY');
    expect(levels('BUY')).toEqual([
      [99, 3],
      [98, 5],
    ]);
    depth('BUY', 100, 5);
    expect(levels('BUY')).toEqual([
      [100, 5],
      [99, 3],
      [98, 5],
    ]);
  });

  it('walks recorded levels and resting orders by price, then time; what is left of a limit rests', () => {
    open(
      [],
      [
        [100, 5],
        [101, 5],
      ],
    );
    const maker = place('SELL', 100, 2);
    depth('SELL', 100, 8); // three more joined behind
    const taker = venue.open('b', { USDT: '10000' });
    const order = venue.exchange.place(taker, venue.market, command('BUY', 100, 12));
    expect(maker.status).toBe('FILLED');
    expect(order.fills.map(({ ticks, lots }) => [ticks, lots])).toEqual([
      [100, 5],
      [100, 2],
      [100, 3],
    ]);
    expect([levels('BUY'), levels('SELL')]).toEqual([[[100, 2]], [[101, 5]]]);
  });
});

describe('what is published', () => {
  it('is the record minus what was consumed plus ours; recorded trades with their ids, ours with ids apart', () => {
    open([[100, 10]], [[101, 5]]);
    place('BUY', 101, 2);
    place('BUY', 100, 3);
    expect([levels('BUY'), levels('SELL')]).toEqual([[[100, 13]], [[101, 3]]]);
    trade(100, 12, 'BUY');
    const printed = venue.market.tape.recent(9).map(({ id, lots }) => [id, lots]);
    expect(printed).toEqual([
      [1, 2],
      [1_000_000_001, 12],
      [2, 2],
    ]);
  });

  it('goes back to what accounts rest when the record is taken away', () => {
    open([[100, 10]], [[101, 5]]);
    place('BUY', 100, 3);
    depth('BUY', 100, 20);
    replay.close();
    expect([levels('BUY'), levels('SELL')]).toEqual([[[100, 3]], []]);
  });
});
