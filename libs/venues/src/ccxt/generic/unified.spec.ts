import { expect, it } from '@jest/globals';
import { guarded } from '../outcome.js';
import { bookOf, fillsOf, printsOf } from './unified.js';

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
