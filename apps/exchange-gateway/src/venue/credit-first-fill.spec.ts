import { expect, it } from '@jest/globals';
import { epochMs, type AccountId, type VenueId, type VenueOrderId } from '#domain';
import { accountScopes, binanceSpotProfile } from '#venues';
import { creditFirstFill } from './credit-first-fill.js';

it('credits a first fill by the venue’s clock, from as early as the order can have been there', () => {
  const credited: unknown[] = [];
  const desk = {
    venue: { profile: binanceSpotProfile(1) },
    offset: { offsetMs: () => 1_000, errorMs: () => 30 },
    budget: { creditFill: (...given: unknown[]) => Promise.resolve(void credited.push(given)) },
  };
  const credit = creditFirstFill(new Map([['sim' as VenueId, desk as never]]));
  const fill = {
    accountId: 'account-1' as AccountId,
    symbol: 'BTCUSDT',
    venueOrderId: '7' as VenueOrderId,
    claimedAt: epochMs(8_000),
    filledAt: epochMs(9_500),
  };
  credit({ ...fill, venue: 'sim' as VenueId });
  credit({ ...fill, venue: 'gone' as VenueId });
  expect(credited).toEqual([
    [
      'POST /api/v3/order',
      accountScopes('account-1', 'BTCUSDT'),
      { orderId: 'BTCUSDT/7', placedAt: 8_970, filledAt: 9_500 },
    ],
  ]);
});
