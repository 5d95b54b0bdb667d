import { expect, it } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import { comeBackMs } from './work-order.js';

const parentOrderId = '01a1fe6a-d4a5-7e51-9836-488155c60785' as ParentOrderId;

it('spreads orders that wait for the same window evenly, each the same every time', () => {
  const delays = Array.from({ length: 1_000 }, (_, sequence) => comeBackMs({ parentOrderId, sequence }, 8_000));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...delays)).toBeLessThan(2_000);
  for (let from = 0; from < 2_000; from += 500)
    expect(delays.filter((ms) => ms >= from && ms < from + 500).length).toBeGreaterThan(200);
  expect(comeBackMs({ parentOrderId, sequence: 7 }, 8_000)).toBe(delays[7]);
});

it('does not hold up an order whose turn comes at once', () => {
  expect(comeBackMs({ parentOrderId, sequence: 7 }, 50)).toBe(0);
});
