import { expect, it } from '@jest/globals';
import { costOf, epochMs } from '#domain';
import { CCXT_ADAPTERS, shippedLimits } from '#venues';
import { leastAgeMs } from './least-age.js';

const NOW = 1_795_219_200_000;
const { traits } = CCXT_ADAPTERS.kraken.profile();
const kraken = { venue: { traits }, offset: { isKnown: () => true, errorMs: () => 200 } };
/** Of an order whose last create or amend could be sent until `agoMs` ago. */
const age = (agoMs: number, at: Parameters<typeof leastAgeMs>[1] = kraken): number =>
  leastAgeMs({ lastValidUntil: epochMs(NOW - agoMs) }, at, epochMs(NOW));

it('VE-B28 is the least that it can be: since nothing of the last request could arrive any more', () => {
  expect(age(traits.absenceMarginMs + 200 + 5_000)).toBe(5_000);
  expect(age(traits.absenceMarginMs)).toBe(0);
  expect(age(-1_000)).toBe(0);
});

it('is none where nothing is known of the request, of the venue’s time, or of when the venue refuses it', () => {
  const long = 3_600_000;
  expect(leastAgeMs({ lastValidUntil: null }, kraken, epochMs(NOW))).toBe(0);
  expect(age(long, { ...kraken, venue: { traits: { ...traits, fence: null } } })).toBe(0);
  expect(age(long, { ...kraken, offset: { isKnown: () => false, errorMs: () => Infinity } })).toBe(0);
});

it('VE-B27 makes a cancel at Kraken cost less the older the order is', () => {
  const cancel = shippedLimits('kraken').costs['POST /0/private/CancelOrder']?.find(
    ({ limit }) => limit === 'kr.trading',
  );
  const costs = [0, 10_000, 60_000, 400_000].map((agoMs) => costOf(cancel?.cost ?? NaN, { agesMs: [age(agoMs)] }));
  expect(costs).toEqual([8, 6, 2, 0]);
});
