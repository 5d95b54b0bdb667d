import { describe, expect, it } from '@jest/globals';
import { midOf, readTopOfBook } from './top-of-book.js';

describe('the top of the book', () => {
  it('reads decimal texts and nothing else', () => {
    expect(readTopOfBook({ bid: '3012.30', ask: '3012.50', at: 'x' })).toEqual({ bid: '3012.30', ask: '3012.50' });
    for (const answer of [null, 1, {}, { bid: 1, ask: 2 }, { bid: 'x', ask: '1' }, { bid: null, ask: '1' }])
      expect(readTopOfBook(answer)).toBeNull();
  });

  it('is in the middle, exactly', () => {
    expect(midOf({ bid: '3012.30', ask: '3012.51' })?.toFixed()).toBe('3012.405');
    expect(midOf(null)).toBeNull();
  });
});
