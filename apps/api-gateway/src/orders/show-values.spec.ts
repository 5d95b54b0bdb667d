import { expect, it } from '@jest/globals';
import type { EpochMicros } from '#persistence';
import { showD, showD2, showD20, showTime } from './show-values.js';

it.each([
  [0, '2026-03-02T10:15:00.104000Z'],
  [211, '2026-03-02T10:15:00.104211Z'],
  [999, '2026-03-02T10:15:00.104999Z'],
])('shows times to the microsecond: %i', (micros, shown) => {
  expect(showTime((Date.parse('2026-03-02T10:15:00.104Z') * 1000 + micros) as EpochMicros)).toBe(shown);
});

it('shows numbers in the three kinds of the contract', () => {
  expect([showD20('5'), showD20('0.123456789012345678')]).toEqual(['5.00000000000000000000', '0.12345678901234567800']);
  expect([showD('5.000000000000000000'), showD('0.100')]).toEqual(['5', '0.1']);
  expect([showD2('0'), showD2('3011.8'), showD2('6.0238000'), showD2('-1.5')]).toEqual([
    '0.00',
    '3011.80',
    '6.0238',
    '-1.50',
  ]);
});
