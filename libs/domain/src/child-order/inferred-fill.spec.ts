import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Dec, decimal, price, quantity, ZERO, type Quantity } from '../numeric/decimal.js';
import type { VenueOrderId } from '../parent-order/ids.js';
import { epochMs } from '../time/clock.js';
import {
  inferFill,
  inferredTradeId,
  replaceInferred,
  type InferenceInput,
  type InferredFill,
} from './inferred-fill.js';

const input = (over: Partial<InferenceInput> = {}): InferenceInput => ({
  venueOrderId: '77' as VenueOrderId,
  cumQty: quantity('5'),
  avgPx: price('100.4'),
  bookedQty: quantity('3'),
  bookedNotional: decimal('300'),
  limitPx: price('102'),
  quote: 'USDT',
  role: 'maker',
  at: epochMs(1_000),
  ...over,
});
const inferred = (id: string, qty: string): InferredFill => ({
  id,
  lastQty: quantity(qty),
  lastPx: price('1'),
  role: 'taker',
});

describe('an inferred fill', () => {
  it('is what is missing, at the price that makes the venue’s average right', () => {
    expect(inferFill(input())).toEqual({
      venueOrderId: '77',
      tradeId: createHash('sha256').update('77\u00005').digest('hex'),
      lastQty: new Dec(2),
      lastPx: new Dec(101),
      role: 'maker',
      fee: ZERO,
      feeAsset: 'USDT',
      tradedAt: 1_000,
    });
  });

  it('stands at the limit price where the average is not told or cannot be', () => {
    expect(inferFill(input({ avgPx: null }))?.lastPx.toFixed()).toBe('102');
    expect(inferFill(input({ avgPx: price('1') }))?.lastPx.toFixed()).toBe('102');
  });

  it('is none when nothing is missing', () => {
    expect(inferFill(input({ bookedQty: quantity('5') }))).toBeNull();
    expect(inferFill(input({ bookedQty: quantity('6') }))).toBeNull();
  });

  it('has an id of its own for each order and total', () => {
    const ids = [
      inferredTradeId('7' as VenueOrderId, decimal('5')),
      inferredTradeId('7' as VenueOrderId, decimal('6')),
      inferredTradeId('75' as VenueOrderId, decimal('6')),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(inferredTradeId('7' as VenueOrderId, decimal('5.0'))).toBe(ids[0]);
  });
});

describe('a real fill in place of inferred ones', () => {
  it('takes them oldest first and adds only what they did not count', () => {
    const outstanding = [inferred('a', '2'), inferred('b', '3')];
    const { replaced, adds } = replaceInferred(outstanding, quantity('6'));
    expect(replaced.map(({ inferred: { id }, qty }) => [id, qty.toFixed()])).toEqual([
      ['a', '2'],
      ['b', '3'],
    ]);
    expect(adds.toFixed()).toBe('1');
    const part = replaceInferred(outstanding, quantity('2.5'));
    expect(part.replaced.map(({ qty }) => qty.toFixed())).toEqual(['2', '0.5']);
    expect(part.adds.isZero()).toBe(true);
  });

  it('never counts more than the venue, whatever way and in what pieces the real fills come', () => {
    let tried = 0;
    for (let venueTotal = 1; venueTotal <= 6; venueTotal += 1)
      for (let booked = 0; booked < venueTotal; booked += 1)
        for (let piece = 1; piece <= venueTotal; piece += 1) {
          tried += 1;
          let open: InferredFill[] = [inferred('x', String(venueTotal - booked))];
          let total = venueTotal;
          let toCome = venueTotal - booked;
          while (toCome > 0) {
            const qty = Math.min(piece, toCome);
            const { replaced, adds } = replaceInferred(open, quantity(String(qty)));
            total += adds.toNumber();
            open = open
              .map((one) => ({
                ...one,
                lastQty: one.lastQty.sub(replaced.find((r) => r.inferred.id === one.id)?.qty ?? ZERO) as Quantity,
              }))
              .filter((one) => !one.lastQty.isZero());
            toCome -= qty;
            expect(total).toBe(venueTotal);
          }
          expect(open).toEqual([]);
        }
    expect(tried).toBeGreaterThan(50);
  });
});
