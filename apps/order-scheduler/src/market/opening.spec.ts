import { describe, expect, it } from '@jest/globals';
import { addMs, decimal, epochMs, notional, price, quantity, type MarketSnapshot, type VenueId } from '#domain';
import { openingOf } from './opening.js';

const NOW = epochMs(1_000_000);
const [FIRST, SECOND] = ['first', 'second'].map((venue) => ({ venue: venue as VenueId, symbol: 'ETHUSDT' }));

function snapshot(mid: string, over: Partial<MarketSnapshot> = {}): MarketSnapshot {
  return {
    venue: 'first' as VenueId,
    symbol: 'ETHUSDT',
    pair: 'ETH-USDT',
    status: 'live',
    reason: null,
    at: NOW,
    seq: 1,
    bids: [],
    asks: [],
    mid: price(mid),
    bbo: null,
    mark: null,
    sigma1Bps: null,
    sigma5Bps: null,
    sigma10Bps: null,
    medianMid60: null,
    lastTradeId: null,
    cumBaseVolume: quantity(mid),
    cumQuoteVolume: notional('7'),
    ...over,
  };
}

const opening = (first: MarketSnapshot | null, second: MarketSnapshot | null = null) => {
  const markets = new Map([
    ['first', first],
    ['second', second],
  ]);
  const places = [FIRST, SECOND].flatMap((place) => place ?? []);
  const { mid, traded } = openingOf(places, { snapshot: ({ venue }) => markets.get(venue) ?? null }, NOW);
  return [mid?.toFixed() ?? null, traded?.base.toFixed() ?? null];
};

describe('what an order begins on', () => {
  it('is the first of its markets, as long as its book may be traded on', () => {
    expect(opening(snapshot('10', { at: addMs(NOW, -2_000) }), snapshot('20'))).toEqual(['10', '10']);
    expect(opening(null)).toEqual([null, null]);
  });

  it('is another one while that is stale, says nothing or has no mid', () => {
    const unfit = [
      snapshot('10', { at: addMs(NOW, -2_001) }),
      snapshot('10', { status: 'stale' }),
      snapshot('10', { at: null }),
    ];
    for (const first of unfit) {
      expect(opening(first)).toEqual([null, null]);
      // the volume of the one is no beginning for the volume of the other
      expect(opening(first, snapshot('20'))).toEqual(['20', null]);
    }
    expect(opening(snapshot('10', { mid: null }), snapshot('20'))).toEqual(['20', decimal('10').toFixed()]);
  });
});
