import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { decimal, notional, price, quantity, toDecimalString } from '../numeric/decimal.js';
import type { VenueId } from '../parent-order/ids.js';
import { epochMs } from '../time/clock.js';
import {
  decodeSnapshot,
  encodeSnapshot,
  FEED_STATUSES,
  InvalidSnapshotError,
  sigmaOrZero,
  type MarketSnapshot,
} from './snapshot.js';

const snapshot = (over: Partial<MarketSnapshot> = {}): MarketSnapshot => ({
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  status: 'live',
  reason: null,
  at: epochMs(1_764_000_000_000),
  seq: 42,
  bids: [{ price: price('59999.99'), qty: quantity('0.5') }],
  asks: [{ price: price('60000.01'), qty: quantity('1.25') }],
  mid: price('60000'),
  bbo: null,
  mark: null,
  sigma1Bps: decimal('1.25'),
  sigma5Bps: null,
  sigma10Bps: null,
  medianMid60: price('60001'),
  lastTradeId: '77',
  cumBaseVolume: quantity('12.5'),
  cumQuoteVolume: notional('750000'),
  ...over,
});

it('comes back from text as it was, and never with an exponent', () => {
  const positive = fc
    .bigInt({ min: 1n, max: 10n ** 20n })
    .map((n) => `${n / 10n ** 10n}.${String(n % 10n ** 10n).padStart(10, '0')}`);
  const level = fc.record({ price: positive.map(price), qty: positive.map(quantity) });
  fc.assert(
    fc.property(
      fc.record({
        status: fc.constantFrom(...FEED_STATUSES),
        reason: fc.option(fc.string({ maxLength: 500 })),
        at: fc.option(fc.nat().map(epochMs)),
        seq: fc.option(fc.nat()),
        bids: fc.array(level, { maxLength: 20 }),
        mid: fc.option(positive.map(price)),
        bbo: fc.option(fc.record({ bid: fc.option(level), ask: fc.option(level), at: fc.nat().map(epochMs) })),
        mark: fc.option(
          fc.record({
            price: positive.map(price),
            fundingRate: fc.option(positive.map((text) => decimal(`-${text}`))),
            nextFundingAt: fc.option(fc.nat().map(epochMs)),
            at: fc.nat().map(epochMs),
          }),
        ),
        sigma5Bps: fc.option(positive.map(decimal)),
        lastTradeId: fc.option(fc.nat().map(String)),
        cumQuoteVolume: positive.map(notional),
      }),
      (over) => {
        const text = encodeSnapshot(snapshot(over));
        expect(decodeSnapshot(text)).toEqual(snapshot(over));
        expect(text).not.toMatch(/"\d+(\.\d+)?e/);
      },
    ),
  );
});

describe('refuses, with field and value,', () => {
  const fields = (): Record<string, unknown> => JSON.parse(encodeSnapshot(snapshot())) as Record<string, unknown>;
  it.each<[string, unknown]>([
    ['v', 2],
    ['venue', ''],
    ['symbol', 7],
    ['status', 'fine'],
    ['reason', 7],
    ['reason', 'x'.repeat(501)],
    ['at', 1.5],
    ['seq', '42'],
    ['bids', [['1']]],
    ['bids', [['0', '1']]],
    ['asks', [[1, 2]]],
    ['asks', Array.from({ length: 21 }, () => ['1', '1'])],
    ['mid', '6e4'],
    ['bbo', 7],
    ['bbo', { bid: null, ask: ['1'], at: 1 }],
    ['bbo', { bid: null, ask: null }],
    ['mark', { price: '0', fundingRate: null, nextFundingAt: null, at: 1 }],
    ['mark', { price: '1', fundingRate: 0.1, nextFundingAt: null, at: 1 }],
    ['sigma1Bps', 1.25],
    ['medianMid60', '-1'],
    ['cumBaseVolume', null],
    ['cumQuoteVolume', undefined],
  ])('%s as %j', (name, value) => {
    const text = JSON.stringify({ ...fields(), [name]: value });
    expect(() => decodeSnapshot(text)).toThrow(InvalidSnapshotError);
    expect(() => decodeSnapshot(text)).toThrow(new RegExp(`^${name} must be .*, was `));
  });

  it.each(['', 'null', '[]', '7', '{'])('%j', (text) => {
    expect(() => decodeSnapshot(text)).toThrow('a snapshot must be a JSON object');
  });
});

it('reads what an older version said, which gave no reason', () => {
  const {
    reason: _,
    bbo: __,
    mark: ___,
    ...older
  } = JSON.parse(encodeSnapshot(snapshot({ reason: 'stitched' }))) as Record<string, unknown>;
  expect(decodeSnapshot(JSON.stringify(older))).toEqual(snapshot());
});

it('takes an unknown sigma for zero', () => {
  expect(toDecimalString(sigmaOrZero(null))).toBe('0');
  expect(toDecimalString(sigmaOrZero(decimal('2.5')))).toBe('2.5');
});
