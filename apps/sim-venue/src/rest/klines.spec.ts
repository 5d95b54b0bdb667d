import { describe, expect, it } from '@jest/globals';
import type { Refusal } from '../floor/refusal.js';
import { SymbolMarket } from '../floor/symbol-market.js';
import { DEFAULT_SYMBOLS, SymbolSpec, type SymbolDefinition } from '../matching/symbol-spec.js';
import { candleRows } from './klines.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Wednesday. */
const START = Date.UTC(2024, 0, 31, 22, 58, 30);

/** A market in which one lot traded at each of these times (ms after the start) and prices (ticks). */
function marketOf(trades: readonly (readonly [ms: number, ticks: number, buyerIsMaker?: boolean])[]): SymbolMarket {
  const market = new SymbolMarket(new SymbolSpec(DEFAULT_SYMBOLS[2] as SymbolDefinition), () => undefined);
  trades.forEach(([ms, ticks, buyerIsMaker = false], i) => {
    const at = START + ms;
    const trade = { id: i + 1, ticks, lots: 1_000, buyerIsMaker, at, buyerOrderId: 0, sellerOrderId: 0 };
    market.tape.add(trade, market.spec.notional(ticks, 1_000));
  });
  return market;
}

const TRADES: readonly (readonly [number, number, boolean?])[] = [
  [0, 10_000],
  [400, 10_100, true],
  [MINUTE, 9_900],
  [4 * MINUTE, 10_200],
];
const rows = (params: Record<string, string>, limit = 500, now = START + 4 * MINUTE, hasSeconds = true): unknown[][] =>
  candleRows(marketOf(TRADES), new Map(Object.entries(params)), { limit, now, hasSeconds });
/** Open time after the start of the day, open, high, low, close, trades. */
const brief = (found: unknown[][]): unknown[] =>
  found.map(([openAt, open, high, low, close, , , , trades]) => [
    new Date(openAt as number).toISOString().slice(5, 19),
    ...[open, high, low, close].map(Number),
    trades,
  ]);
const refusal = (action: () => unknown): number => {
  try {
    action();
  } catch (error) {
    return (error as Refusal).code;
  }
  return 0;
};

describe('candles', () => {
  it('follow without a gap: where nothing traded the last price stays', () => {
    expect(brief(rows({ interval: '1m' }))).toEqual([
      ['01-31T22:58:00', 100, 101, 100, 101, 2],
      ['01-31T22:59:00', 99, 99, 99, 99, 1],
      ['01-31T23:00:00', 99, 99, 99, 99, 0],
      ['01-31T23:01:00', 99, 99, 99, 99, 0],
      ['01-31T23:02:00', 102, 102, 102, 102, 1],
    ]);
  });

  it('have the vendor’s fields', () => {
    expect(rows({ interval: '1m' })[0]).toEqual([
      Date.UTC(2024, 0, 31, 22, 58),
      '100.00000000',
      '101.00000000',
      '100.00000000',
      '101.00000000',
      '2.00000000',
      Date.UTC(2024, 0, 31, 22, 59) - 1,
      '201.00000000',
      2,
      '1.00000000',
      '100.00000000',
      '0',
    ]);
  });

  it.each([
    ['5m', ['01-31T22:55:00', '01-31T23:00:00']],
    ['1h', ['01-31T22:00:00', '01-31T23:00:00']],
    ['4h', ['01-31T20:00:00']],
    ['1d', ['01-31T00:00:00']],
    ['1w', ['01-29T00:00:00']],
    ['1M', ['01-01T00:00:00']],
  ])('of %s are put together from minutes', (interval, opens) => {
    const found = rows({ interval });
    expect(brief(found).map((row) => (row as unknown[])[0])).toEqual(opens);
    expect(found.reduce((sum, row) => sum + (row[8] as number), 0)).toBe(TRADES.length);
    expect([found[0]?.[1], found.at(-1)?.[4]]).toEqual(['100.00000000', '102.00000000']);
  });

  it('of a month end with it', () => {
    expect(rows({ interval: '1M' })[0]?.[6]).toBe(Date.UTC(2024, 1, 1) - 1);
  });

  it('of a second come from single trades, where the product has them', () => {
    expect(brief(rows({ interval: '1s' }, 2, START + 1_000))).toEqual([
      ['01-31T23:02:29', 99, 99, 99, 99, 0],
      ['01-31T23:02:30', 102, 102, 102, 102, 1],
    ]);
    expect(brief(rows({ interval: '1s' }, 500)).at(0)).toEqual(['01-31T22:58:30', 100, 101, 100, 101, 2]);
    expect(refusal(() => rows({ interval: '1s' }, 500, START, false))).toBe(-1120);
  });

  it('are the newest up to the limit and the end, the oldest from a start on', () => {
    const opens = (params: Record<string, number>, limit: number): unknown[] =>
      brief(
        rows(
          { interval: '1m', ...Object.fromEntries(Object.entries(params).map(([name, ms]) => [name, String(ms)])) },
          limit,
        ),
      ).map((row) => ((row as unknown[])[0] as string).slice(6, 11));
    expect(opens({}, 2)).toEqual(['23:01', '23:02']);
    expect(opens({ endTime: START + MINUTE }, 2)).toEqual(['22:58', '22:59']);
    // From the first that opens at that time or later.
    expect(opens({ startTime: START }, 2)).toEqual(['22:59', '23:00']);
    expect(opens({ startTime: START, endTime: START + 2 * MINUTE }, 9)).toEqual(['22:59', '23:00']);
    expect(opens({ startTime: START + HOUR }, 9)).toEqual([]);
  });

  it('go on to the present', () => {
    expect(brief(rows({ interval: '1m' }, 2, START + 20 * MINUTE))).toEqual([
      ['01-31T23:17:00', 102, 102, 102, 102, 0],
      ['01-31T23:18:00', 102, 102, 102, 102, 0],
    ]);
  });

  it('begin with days of another time zone when asked for', () => {
    const open = (timeZone: string): unknown => (brief(rows({ interval: '1d', timeZone }))[0] as unknown[])[0];
    expect(open('0')).toBe('01-31T00:00:00');
    expect(open('8')).toBe('01-31T16:00:00');
    expect(open('-1:00')).toBe('01-31T01:00:00');
    expect(open('05:45')).toBe('01-31T18:15:00');
    for (const timeZone of ['15', '14:01', '-12:01', 'x', '1:60', ''])
      expect(refusal(() => rows({ interval: '1d', timeZone }))).toBe(-1130);
  });

  it('are none before the first trade, and of no other interval', () => {
    expect(candleRows(marketOf([]), new Map([['interval', '1m']]), { limit: 5, now: START, hasSeconds: true })).toEqual(
      [],
    );
    for (const interval of ['2m', '1y', '__proto__', 'toString']) expect(refusal(() => rows({ interval }))).toBe(-1120);
  });
});
