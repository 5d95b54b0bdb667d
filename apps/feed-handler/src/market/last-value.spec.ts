import { expect, it } from '@jest/globals';
import { epochMs, price, quantity } from '#domain';
import type { FeedMessage, FeedStatus } from '#venues';
import { LastValue } from './last-value.js';

const at = (ms: number) => epochMs(1_764_000_000_000 + ms);
const status = (to: FeedStatus): FeedMessage => ({ type: 'status', from: 'connecting', to, reason: '' });
const bid = (px: string): FeedMessage => ({
  type: 'bbo',
  bid: { price: price(px), qty: quantity('1') },
  ask: null,
  venueAt: null,
});
const bids = () => new LastValue((message) => (message.type === 'bbo' ? (message.bid?.price.toFixed() ?? null) : null));

it('is known from the first word on, while the channel is live, and as right as the last pong', () => {
  const last = bids();
  last.receive(bid('10'), at(0));
  expect([last.get(), last.at]).toEqual([null, null]);
  last.receive(status('live'), at(1));
  expect([last.get(), last.status]).toEqual(['10', 'live']);
  last.receive(bid('11'), at(2));
  last.receive({ type: 'alive' }, at(3));
  expect([last.get(), last.at]).toEqual(['11', at(3)]);
  expect([last.isSilentFor(5, at(7)), last.isSilentFor(5, at(8))]).toEqual([false, true]);
});

it('is not known while the channel is stale, and forgotten with a lost connection', () => {
  const last = bids();
  for (const message of [status('live'), bid('10'), status('stale')]) last.receive(message, at(0));
  expect(last.get()).toBeNull();
  last.receive(status('live'), at(1));
  expect(last.get()).toBe('10');
  for (const message of [status('connecting'), status('live')]) last.receive(message, at(2));
  expect([last.get(), last.at]).toEqual([null, null]);
});
