import { describe, expect, it } from '@jest/globals';
import { midOf, readTopOfBook } from './top-of-book.js';

describe('the top of the book', () => {
  it('reads decimal texts and nothing else', () => {
    const bids = [['3012.30', '4.1']];
    const asks = [['3012.50', '3.7']];
    expect(readTopOfBook({ status: 'live', bids, asks })).toEqual({ bid: '3012.30', ask: '3012.50' });
    for (const answer of [
      null,
      1,
      {},
      { bids, asks },
      { status: 'stale', bids, asks },
      { status: 'live', bids, asks: [] },
    ])
      expect(readTopOfBook(answer)).toBeNull();
    expect(readTopOfBook({ status: 'live', bids: [[3012.3, 4.1]], asks })).toBeNull();
    expect(readTopOfBook({ status: 'live', bids: [['x', '1']], asks })).toBeNull();
  });

  it('is in the middle, exactly', () => {
    expect(midOf({ bid: '3012.30', ask: '3012.51' })?.toFixed()).toBe('3012.405');
    expect(midOf(null)).toBeNull();
  });
});
