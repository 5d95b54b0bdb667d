import { describe, expect, it } from '@jest/globals';
import { epochMs, price, type PriceKind, type PriceUpdate } from '#domain';
import { InstrumentPrices } from './instrument-prices.js';

const T0 = 1_764_000_000_000;
const at = (ms: number) => epochMs(T0 + ms);
const print = (px: string, ms: number) => ({ price: price(px), venueAt: at(ms) });
function begun(before: ReadonlyMap<PriceKind, PriceUpdate> = new Map()): InstrumentPrices {
  const prices = new InstrumentPrices();
  prices.begin(before, at(0));
  return prices;
}
/** Number counted from the begin, price, low, high. */
const taken = (prices: InstrumentPrices, all = false) =>
  prices
    .take(all)
    .map(({ kind, update: { seq, price: now, low, high } }) => [
      kind,
      seq - T0,
      ...[now, low, high].map((one) => one.toFixed()),
    ]);

describe('the prices of an instrument', () => {
  it('are of three kinds: each trade, each change of the mid, each mark', () => {
    const prices = begun();
    prices.printed(print('100', 1), at(2));
    prices.quoted(price('101'), at(2));
    prices.marked(price('102'), at(3));
    expect(prices.isChanged).toBe(true);
    expect(taken(prices)).toEqual([
      ['last', 1, '100', '100', '100'],
      ['mid', 1, '101', '101', '101'],
      ['mark', 1, '102', '102', '102'],
    ]);
    prices.quoted(price('101'), at(4));
    expect([prices.isChanged, taken(prices)]).toEqual([false, []]);
    prices.printed(print('100', 5), at(5));
    prices.marked(price('102'), at(5));
    expect(taken(prices).map(([kind, seq]) => [kind, seq])).toEqual([
      ['last', 2],
      ['mark', 2],
    ]);
    expect(taken(prices, true).map(([kind, seq]) => [kind, seq])).toEqual([
      ['last', 2],
      ['mid', 1],
      ['mark', 2],
    ]);
    expect(prices.price('mid')).toEqual({ price: price('101'), at: at(2) });
  });

  it.each([
    ['mid', (prices: InstrumentPrices, px: string | null) => prices.quoted(px === null ? null : price(px), at(9))],
    ['mark', (prices: InstrumentPrices, px: string | null) => prices.marked(px === null ? null : price(px), at(9))],
  ] as const)('of the %s leave a number out where it was lost, and are told again', (kind, tell) => {
    const prices = begun();
    tell(prices, '100');
    taken(prices);
    tell(prices, null);
    tell(prices, null);
    expect(prices.price(kind)?.price.toFixed()).toBe('100');
    tell(prices, '100');
    expect(taken(prices)).toEqual([[kind, 3, '100', '100', '100']]);
  });

  it('of trades that were fetched afterwards are touched; the newest trade is the price', () => {
    const prices = begun();
    prices.printed(print('100', 10), at(11));
    taken(prices);
    prices.printed(print('99', 50), at(51));
    prices.fetched([print('88', 20), print('91', 30)], at(60));
    expect(taken(prices)).toEqual([['last', 2, '99', '88', '99']]);
    prices.fetched([print('95', 55), print('96', 70_000)], at(61));
    expect(taken(prices)).toEqual([['last', 3, '96', '95', '96']]);
    expect(prices.price('last')?.at).toBe(at(61));
  });

  it('go on above the numbers of another, with what it told last where we have heard nothing', () => {
    const update = { seq: T0 + 500, price: price('7'), low: price('5'), high: price('9'), from: at(-9), at: at(-8) };
    const prices = new InstrumentPrices();
    prices.quoted(price('101'), at(-5));
    prices.begin(
      new Map<PriceKind, PriceUpdate>([
        ['last', update],
        ['mid', update],
      ]),
      at(0),
    );
    expect(taken(prices)).toEqual([
      ['last', 502, '7', '7', '7'],
      ['mid', 502, '101', '101', '101'],
    ]);
  });

  it('that could not be told are told again with what came since, and those that were only repeated are not', () => {
    const prices = begun();
    prices.printed(print('100', 1), at(1));
    prices.printed(print('90', 2), at(2));
    prices.quoted(price('95'), at(2));
    prices.take(false);
    prices.printed(print('101', 3), at(3));
    const failed = prices.take(true);
    expect(failed.map(({ kind, isNew }) => [kind, isNew])).toEqual([
      ['last', true],
      ['mid', false],
    ]);
    prices.printed(print('102', 4), at(4));
    prices.giveBack(failed);
    expect(taken(prices)).toEqual([['last', 3, '102', '101', '102']]);
  });
});
