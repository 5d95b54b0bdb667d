import { describe, expect, it } from '@jest/globals';
import type { Side } from '../instrument/instrument.js';
import { price, quantity, toDecimalString } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { addToBars, breakBars, closeBars, NO_BARS, type MinuteBar, type MinuteBars } from './minute-bars.js';
import { addPrints, catchUp, NO_VOLUME, type TradedVolume } from './traded-volume.js';

/** A whole minute. */
const T0 = 1_764_000_000_000;
const print = (second: number, px: string, qty: string, aggressor: Side = 'buy') => ({
  id: `at ${second}`,
  aggressor,
  price: price(px),
  qty: quantity(qty),
  venueAt: epochMs(T0 + second * 1_000),
});
const bars = (...prints: ReturnType<typeof print>[]): MinuteBars => prints.reduce(addToBars, NO_BARS);
const shown = (bar: MinuteBar | null | undefined) =>
  bar && [
    (bar.minute - T0) / 60_000,
    ...[bar.open, bar.high, bar.low, bar.close, bar.base, bar.quote].map(toDecimalString),
    bar.trades,
    bar.complete,
  ];

describe('minute bars', () => {
  it('hold open, high, low, close, base, quote and the number of trades of each minute', () => {
    const { closed, open } = bars(
      print(1, '100', '1'),
      print(2, '103', '0.5'),
      print(30, '98', '2'),
      print(59.999, '101', '0.25'),
      print(60, '102', '3'),
      print(200, '104', '1'),
    );
    expect(closed.map(shown)).toEqual([
      [0, '100', '103', '98', '101', '3.75', '372.75', 4, false],
      [1, '102', '102', '102', '102', '3', '306', 1, true],
    ]);
    expect(shown(open)).toEqual([3, '104', '104', '104', '104', '1', '104', 1, true]);
  });

  it('hold what takers bought of it, and the first and the last trade', () => {
    const {
      closed: [first],
      open,
    } = bars(
      print(1, '100', '1', 'sell'),
      print(2, '103', '0.5'),
      print(30, '98', '2'),
      print(59, '101', '4', 'sell'),
      print(60, '102', '3', 'sell'),
    );
    const more = (bar: MinuteBar | null | undefined) => {
      const { bought, first: one, last } = bar ?? {};
      const amounts = bought && [bought.base.toFixed(), bought.quote.toFixed(), bought.trades];
      return [amounts, one?.id, (one?.at ?? 0) - T0, last?.id, (last?.at ?? 0) - T0];
    };
    expect(more(first)).toEqual([['2.5', '247.5', 2], 'at 1', 1_000, 'at 59', 59_000]);
    expect(more(open)).toEqual([['0', '0', 0], 'at 60', 60_000, 'at 60', 60_000]);
    const older = { ...bars(), open: { ...(open as MinuteBar), bought: null, first: null, last: null } };
    expect(more(addToBars(older, print(61, '100', '1')).open)).toEqual([null, undefined, -T0, 'at 61', 61_000]);
  });

  it('count a late print in the open minute, and never reopen one that is over', () => {
    expect(shown(bars(print(61, '100', '1'), print(59, '99', '1')).open)).toEqual([
      1,
      '100',
      '100',
      '99',
      '99',
      '2',
      '199',
      2,
      false,
    ]);
    const closed = closeBars(bars(print(1, '100', '1')), epochMs(T0 + 60_000), 0);
    expect([closed.open, closed.closed.length]).toEqual([null, 1]);
    expect(shown(addToBars(closed, print(59, '99', '1')).open)?.[0]).toBe(1);
  });

  it('end by the clock only when the grace is over', () => {
    const open = bars(print(59, '100', '1'));
    expect(closeBars(open, epochMs(T0 + 64_999), 5_000)).toBe(open);
    expect(closeBars(open, epochMs(T0 + 65_000), 5_000)).toMatchObject({ open: null, closed: [{ trades: 1 }] });
  });

  it('say on both sides of a hole that they are not complete', () => {
    const whole = bars(print(1, '100', '1'), print(61, '100', '1'));
    const after = [print(121, '100', '1'), print(181, '100', '1')].reduce(addToBars, breakBars(whole));
    expect([...after.closed, after.open].map((bar) => bar?.complete)).toEqual([false, false, false, true]);
  });
});

describe('the bars of a count', () => {
  const numbered = (id: number) => ({ ...print(id, '100', '1'), id: String(id) });
  const total = ({ bars: { closed, open } }: TradedVolume): number =>
    [...closed, ...(open === null ? [] : [open])].reduce((sum, { trades }) => sum + trades, 0);

  it('take each number once, whatever repeats, and go on where a stored count ended', () => {
    const ids = Array.from({ length: 150 }, (_, i) => numbered(i + 1));
    const until70 = addPrints(NO_VOLUME, [...ids.slice(0, 70), ...ids.slice(30, 60)]);
    const stored = { ...until70, bars: { ...until70.bars, closed: [] } };
    const { volume, missed } = catchUp(stored, ids.slice(50, 140), ids.slice(130));
    expect([missed, total(until70), total(volume)]).toEqual([0n, 70, 150 - 59]);
    expect(volume.bars.closed.map(({ trades, complete }) => [trades, complete])).toEqual([[60, true]]);
  });

  it('know that trades are missing which the venue does not list any more', () => {
    const { volume } = catchUp(addPrints(NO_VOLUME, [numbered(10)]), [numbered(65), numbered(66)], []);
    expect([...volume.bars.closed, volume.bars.open].map((bar) => bar?.complete)).toEqual([false, false]);
  });
});
