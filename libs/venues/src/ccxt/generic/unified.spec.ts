import { expect, it } from '@jest/globals';
import { epochMs } from '#domain';
import { guarded } from '../outcome.js';
import { bookOf, fillsOf, markOf, printsOf } from './unified.js';

const T0 = 1_764_000_000_000;
const row = (at: number, amount: string, id?: string) => ({
  ...(id === undefined ? {} : { id }),
  price: '60000.10',
  amount,
  side: 'buy',
  timestamp: T0 + at,
});
const ids = (rows: readonly object[]): string[] => printsOf(rows).map(({ id }) => id);

it('names trades as the exchange does, oldest first', () => {
  expect(ids([row(2, '1', '0f-b'), row(1, '1', '9')])).toEqual(['9', '0f-b']);
});

it('names trades that have no id by what they were, the same ones the same in every list that has them', () => {
  const [one, two, three] = ids([row(1, '1'), row(1, '1.0'), row(1, '2')]);
  expect(new Set([one, two, three]).size).toBe(3);
  expect(ids([row(2, '5'), row(1, '1'), row(1, '1'), row(1, '2')]).slice(0, 3)).toEqual([one, two, three]);
  // A list that begins in the middle of a millisecond names none of its trades as one of the others.
  expect(ids([row(1, '1'), row(1, '2')])).toEqual([one, three]);
});

it.each([['abc'], ['NaN'], ['1e400'], ['1e99'], ['-1'], [-1], [1e308], [null], [{}], ['']])(
  'S-13 takes no book with a price or a quantity of %j',
  (odd) => {
    const good = ['60000.1', 0.5];
    expect(guarded(() => bookOf({ bids: [good], asks: [good] })).ok).toBe(true);
    for (const level of [
      [odd, 1],
      [1, odd],
    ])
      expect(guarded(() => bookOf({ bids: [level], asks: [good] }))).toMatchObject({
        ok: false,
        error: { code: 'MALFORMED_REPLY' },
      });
  },
);

it.each([{ amount: '0' }, { amount: '-1' }, { price: '0' }, { timestamp: 0 }, { timestamp: 4_102_444_800_000 }])(
  'S-13 takes no fill with %j',
  (over) => {
    const fill = { id: '1', order: '2', symbol: 'BTC/USD', amount: '1', price: '2', timestamp: T0 };
    const read = (row: object) => guarded(() => fillsOf([row], () => 'btcusd', 'USD'));
    expect(read(fill).ok).toBe(true);
    expect(read({ ...fill, ...over })).toMatchObject({ ok: false, error: { code: 'MALFORMED_REPLY' } });
  },
);

it('reads mark and funding as far as they are told, and nothing without a mark', () => {
  const told = { markPrice: '60000.10', fundingRate: '-0.0001', fundingTimestamp: T0 + 3_600_000, timestamp: T0 };
  expect(JSON.parse(JSON.stringify(markOf(told, epochMs(T0 + 5))))).toEqual({
    markPx: '60000.1',
    fundingRate: '-0.0001',
    nextFundingAt: T0 + 3_600_000,
    venueAt: T0,
  });
  expect(markOf({ markPrice: '1', fundingRate: undefined }, epochMs(T0 + 5))).toMatchObject({
    fundingRate: null,
    nextFundingAt: null,
    venueAt: T0 + 5,
  });
  for (const markPrice of [undefined, '', '0', 'NaN', '-1', 60_000.1])
    expect(() => markOf({ ...told, markPrice }, epochMs(T0))).toThrow();
});
