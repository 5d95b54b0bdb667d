import { describe, expect, it } from '@jest/globals';
import { epochMs, price, rangeSince, type PriceKind } from '#domain';
import { InstrumentPrices, type PricePast } from './instrument-prices.js';

const T0 = 1_764_000_000_000;
const at = (ms: number) => epochMs(T0 + ms);
const print = (px: string, ms: number) => ({ price: price(px), venueAt: at(ms) });
function begun(): InstrumentPrices {
  const prices = new InstrumentPrices();
  prices.begin(new Map(), at(0));
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
    prices.fetched([print('88', 20), print('91', 30)], true, at(60));
    expect(taken(prices)).toEqual([['last', 2, '99', '88', '99']]);
    prices.fetched([print('95', 55), print('96', 70_000)], true, at(61));
    expect(taken(prices)).toEqual([['last', 3, '96', '95', '96']]);
    expect(prices.price('last')?.at).toBe(at(61));
  });

  it('go on above the numbers of another, with what it told last where we have heard nothing', () => {
    const update = { seq: T0 + 500, price: price('7'), low: price('5'), high: price('9'), from: at(-9), at: at(-8) };
    const prices = new InstrumentPrices();
    prices.quoted(price('101'), at(-5));
    const past: PricePast = { update, history: null };
    prices.begin(
      new Map<PriceKind, PricePast>([
        ['last', past],
        ['mid', past],
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

  it('keep the seconds of each kind, with what was fetched in the second that it is of, none before it was lost', () => {
    const prices = begun();
    const range = (kind: PriceKind, since: number) => {
      const seconds = prices.take(true).find((one) => one.kind === kind);
      const whole = seconds?.whole ?? [];
      const { low, high, isWhole } = rangeSince({ seq: 0, whole, seconds: seconds?.seconds ?? [] }, at(since));
      return [low?.toFixed() ?? null, high?.toFixed() ?? null, isWhole];
    };
    prices.fetched([], true, at(0));
    prices.printed(print('100', 500), at(500));
    prices.right('last', at(500));
    expect(range('last', 0)).toEqual(['100', '100', true]);
    prices.missing();
    prices.printed(print('99', 9_500), at(9_500));
    prices.fetched([print('80', 400), print('88', 4_200)], true, at(9_600));
    const [one] = prices.take(true);
    expect(one?.seconds.map(({ second, low }) => [second - T0 / 1_000, low.toFixed()]).sort()).toEqual([
      [0, '80'],
      [4, '88'],
      [9, '99'],
    ]);
    expect([one?.update.from, one?.whole]).toEqual([at(500), [{ from: at(0), to: at(9_600) }]]);
    prices.missing();
    prices.fetched([], false, at(12_000));
    prices.right('last', at(13_000));
    expect(range('last', 9_600).at(-1)).toBe(false);
    expect(range('last', 13_000).at(-1)).toBe(true);

    prices.quoted(price('50'), at(0));
    prices.right('mid', at(100));
    prices.quoted(null, at(200));
    prices.right('mid', at(300));
    prices.quoted(price('51'), at(400));
    prices.right('mid', at(400));
    expect(prices.take(true).find(({ kind }) => kind === 'mid')?.whole).toEqual([
      { from: at(100), to: at(100) },
      { from: at(400), to: at(400) },
    ]);
  });

  it('are known with the time until which they were right, of trades with their own', () => {
    const prices = begun();
    expect(prices.known('mid')).toBeNull();
    prices.printed(print('100', 1), at(1));
    prices.quoted(price('101'), at(2));
    for (const kind of ['last', 'mid', 'mark'] as const) prices.right(kind, at(900));
    prices.quoted(null, at(950));
    prices.right('mid', at(960));
    expect(prices.known('last')).toEqual({ price: price('100'), at: at(1) });
    expect(prices.known('mid')).toEqual({ price: price('101'), at: at(900) });
    prices.marked(price('102'), at(970));
    expect(prices.known('mark')).toEqual({ price: price('102'), at: at(970) });
  });

  it('say nothing of whole times while seconds are still to be told', () => {
    const prices = begun();
    prices.fetched([], true, at(0));
    for (let second = 0; second < 5; second += 1) prices.printed(print('1', second * 1_000), at(second * 1_000));
    const parts = [prices.take(false, 2), prices.take(false, 2), prices.take(false, 2), prices.take(false, 2)];
    expect(parts.map(([one]) => [one?.isNew, one?.seconds.length, one?.whole === null])).toEqual([
      [true, 2, true],
      [false, 2, true],
      [false, 1, false],
      [undefined, undefined, false],
    ]);
    prices.giveBack(parts[2] ?? []);
    expect([prices.isChanged, prices.take(false).length]).toEqual([true, 1]);
  });
});
