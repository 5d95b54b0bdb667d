import { describe, expect, it } from '@jest/globals';
import {
  decimal,
  epochMs,
  notional,
  price,
  quantity,
  type MarketSnapshot,
  type ParentOrderId,
  type TenantId,
  type VenueId,
} from '#domain';
import { mergedWatch, WatchList, type Watch } from './watch-list.js';

const instrument = { venue: 'sim' as VenueId, symbol: 'BTCUSDT' };
const order = { id: 'p1' as ParentOrderId, tenantId: 't1' as TenantId, traceId: 'x' };
const market = (bid: string, ask: string, over: Partial<MarketSnapshot> = {}): MarketSnapshot => ({
  ...instrument,
  pair: 'BTC-USDT',
  status: 'live',
  reason: null,
  at: epochMs(0),
  seq: 1,
  bids: [{ price: price(bid), qty: quantity('1') }],
  asks: [{ price: price(ask), qty: quantity('1') }],
  mid: null,
  bbo: null,
  mark: null,
  sigma1Bps: decimal('0'),
  sigma5Bps: null,
  sigma10Bps: null,
  medianMid60: null,
  lastTradeId: null,
  cumBaseVolume: quantity('0'),
  cumQuoteVolume: notional('0'),
  ...over,
});
const watch = (bidBelow: string | null, askAbove: string | null, over: Partial<Watch> = {}): Watch => ({
  bidBelow: bidBelow === null ? null : price(bidBelow),
  askAbove: askAbove === null ? null : price(askAbove),
  midBelow: null,
  midAbove: null,
  imbalance: [],
  own: [],
  volumeAtLeast: null,
  ...over,
});

describe('watch list', () => {
  it('wakes an order only when its price is crossed, on its own instrument, by a live market', () => {
    const list = new WatchList(() => 0);
    list.set(instrument, order, watch('99', '102'));
    expect(list.crossedBy(market('99', '102'))).toEqual([]);
    expect(list.crossedBy(market('98', '101', { status: 'stale' }))).toEqual([]);
    expect(list.crossedBy(market('98', '101', { symbol: 'ETHUSDT' }))).toEqual([]);
    expect(list.crossedBy(market('98.99', '101')).map((o) => o.parentOrderId)).toEqual(['p1']);
  });

  it('watches for so many, and forgets the one that was decided on longest ago', () => {
    const list = new WatchList(() => 0, 2);
    const set = (id: string) => list.set(instrument, { ...order, id: id as ParentOrderId }, watch('99', null));
    for (const id of ['p1', 'p2', 'p1', 'p3']) set(id);
    expect(list.crossedBy(market('98', '101')).map((o) => o.parentOrderId)).toEqual(['p1', 'p3']);
    list.forget(instrument, 'p3' as ParentOrderId);
    set('p4');
    expect(list.on(instrument).map((o) => o.parentOrderId)).toEqual(['p1', 'p4']);
  });

  it('wakes an order that found no market with the next live one, once it decides on it no more', () => {
    const list = new WatchList(() => 0);
    list.set(instrument, order, null, true);
    expect(list.crossedBy(market('98', '101', { status: 'stale' }))).toEqual([]);
    expect(list.crossedBy(market('98', '101')).map((o) => o.parentOrderId)).toEqual(['p1']);
    list.set(instrument, order, null);
    expect(list.crossedBy(market('98', '101'))).toEqual([]);
  });

  it('wakes for a rising ask as well, and not for a price that is watched no more', () => {
    const list = new WatchList(() => 0);
    list.set(instrument, order, watch(null, '102'));
    expect(list.crossedBy(market('90', '102.01'))).toHaveLength(1);
    list.set(instrument, order, null);
    expect(list.crossedBy(market('90', '200'))).toEqual([]);
    expect(list.on(instrument)).toHaveLength(1);
    list.forget(instrument, order.id);
    expect(list.on(instrument)).toEqual([]);
  });

  it('wakes an order when the queue of a side that it watches outweighs the other', () => {
    const list = new WatchList(() => 0);
    const sizes = (bid: string, ask: string) =>
      market('98', '101', {
        bids: [{ price: price('98'), qty: quantity(bid) }],
        asks: [{ price: price('101'), qty: quantity(ask) }],
      });
    list.set(instrument, order, watch(null, null, { imbalance: ['buy'] }));
    expect(list.crossedBy(sizes('8.9', '1'))).toEqual([]);
    expect(list.crossedBy(sizes('1', '9'))).toEqual([]);
    expect(list.crossedBy(sizes('9', '1'))).toHaveLength(1);
  });

  it('compares the queues without what the order itself has in them', () => {
    const level = (px: string, qty: string) => ({ price: price(px), qty: quantity(qty) });
    const own = [{ side: 'buy' as const, ...level('98', '4') }];
    const wakes = (side: 'buy' | 'sell', bids: ReturnType<typeof level>[], ask = '9'): boolean => {
      const list = new WatchList(() => 0);
      list.set(instrument, order, watch(null, null, { imbalance: [side], own }));
      return list.crossedBy(market('98', '101', { bids, asks: [level('101', ask)] })).length > 0;
    };
    // 5 of which 4 are ours leave 1 against 9: our side thins out, though the book shows 5
    expect(wakes('sell', [level('98', '5')])).toBe(true);
    expect(wakes('sell', [level('98', '5.1')])).toBe(false);
    // what is heavy by our own order alone is not heavy
    expect([wakes('buy', [level('98', '9')], '1'), wakes('buy', [level('98', '13')], '1')]).toEqual([false, true]);
    // alone on its level the next one counts; a level that shows less than we have does not show us yet
    expect(wakes('sell', [level('98', '4'), level('97', '1')])).toBe(true);
    expect(wakes('sell', [level('98', '3'), level('97', '1')])).toBe(false);
    expect(wakes('sell', [level('98.5', '1'), level('98', '4')])).toBe(true);
    expect(wakes('sell', [level('98', '4')])).toBe(false);
  });

  it('wakes an order when the mid is across, whichever quote moved it, and never for half a book', () => {
    const wakes = (over: Partial<Watch>, ...snapshot: Parameters<typeof market>): boolean => {
      const list = new WatchList(() => 0);
      list.set(instrument, order, watch(null, null, over));
      return list.crossedBy(market(...snapshot)).length > 0;
    };
    const below = { midBelow: price('99.0025') };
    const above = { midAbove: price('99.0025') };
    expect([wakes(below, '98', '100.01'), wakes(above, '98', '100')]).toEqual([false, false]);
    expect([wakes(below, '98', '100'), wakes(below, '96', '102')]).toEqual([true, true]);
    expect([wakes(above, '98', '100.01'), wakes(above, '98.01', '100')]).toEqual([true, true]);
    for (const half of [{ bids: [] }, { asks: [] }])
      expect([wakes(below, '98', '99', half), wakes(above, '99', '100', half)]).toEqual([false, false]);
    // the order's own bid is no part of the touch that it is decided on
    const level = (px: string, qty: string) => ({ price: price(px), qty: quantity(qty) });
    const own = [{ side: 'buy' as const, ...level('99', '2') }];
    const bids = [level('99', '2'), level('98', '5')];
    expect(wakes({ ...below, own }, '99', '100', { bids })).toBe(true);
    expect(wakes({ ...below, own }, '99', '100', { bids: [level('99', '3'), level('98', '5')] })).toBe(false);
  });

  it('wakes an order once enough has been traded', () => {
    const list = new WatchList(() => 0);
    list.set(instrument, order, watch(null, null, { volumeAtLeast: quantity('7') }));
    expect(list.crossedBy(market('98', '101', { cumBaseVolume: quantity('6.9') }))).toEqual([]);
    expect(list.crossedBy(market('98', '101', { cumBaseVolume: quantity('7') }))).toHaveLength(1);
  });

  it('takes what several accounts watch on one instrument together', () => {
    const own = [{ side: 'buy' as const, price: price('97'), qty: quantity('1') }];
    const both = mergedWatch([
      watch('97', '103', { midAbove: price('100'), imbalance: ['buy'], own, volumeAtLeast: quantity('9') }),
      watch('98', null, { midAbove: price('101'), imbalance: ['buy', 'sell'], volumeAtLeast: quantity('8') }),
    ]);
    expect(both).toEqual(
      watch('98', '103', {
        midAbove: price('100'),
        imbalance: ['buy', 'sell'],
        own,
        volumeAtLeast: quantity('8'),
      }),
    );
    expect(mergedWatch([])).toBeNull();
  });

  it('wakes an order at most once in 250 ms, ten times at once, and one in five seconds after that', () => {
    let now = 0;
    const list = new WatchList(() => now);
    list.set(instrument, order, watch('99', null));
    const woken = (): number => list.crossedBy(market('98', '101')).length;
    expect([woken(), woken()]).toEqual([1, 0]);
    let count = 1;
    for (let i = 0; i < 40; i += 1) {
      now += 250;
      count += woken();
    }
    // 10 s: the burst of ten and one token for each five seconds.
    expect(count).toBe(12);
  });
});
