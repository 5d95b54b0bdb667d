import { expect, it } from '@jest/globals';
import type { VenueId } from '#domain';
import { HandOver } from './hand-over.js';

const SIM = 'sim' as VenueId;

it('lets the lease go after 10 s without a live market, leaves it for 3 s, and offers it again after a minute', () => {
  const handOver = new HandOver();
  const next = (now: number, holds = true) => handOver.next(SIM, true, holds, now);
  expect([next(0), next(9_999), next(10_000)]).toEqual(['hold', 'hold', 'release']);
  expect([next(10_500, false), next(12_999, false), next(13_000, false)]).toEqual(['stand_back', 'stand_back', 'hold']);
  expect([next(13_500), next(69_999), next(70_000)]).toEqual(['hold', 'hold', 'release']);
});

it('keeps the lease while a market is live, and forgets that it was deaf', () => {
  const handOver = new HandOver();
  expect(handOver.next(SIM, true, true, 0)).toBe('hold');
  expect(handOver.next(SIM, false, true, 9_000)).toBe('hold');
  expect(handOver.next(SIM, true, true, 10_000)).toBe('hold');
  expect(handOver.next(SIM, true, true, 20_000)).toBe('release');
  expect(handOver.next(SIM, false, false, 20_500)).toBe('hold');
});

it('gives away at once what a deaf process took after it had been deaf for long', () => {
  const handOver = new HandOver();
  expect([handOver.next(SIM, true, false, 0), handOver.next(SIM, true, true, 30_000)]).toEqual(['hold', 'release']);
});
