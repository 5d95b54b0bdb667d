import { expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import { marketTypeOfPair } from './pairs.js';
import { readDecimal, readInteger, readTimeMicros } from './read-values.js';
import { showD, showD2, showD20, showTime } from './show-values.js';
import type { EpochMicros } from '#persistence';
import { uuidV7 } from './uuid-v7.js';
import type { EpochMs } from '#domain';

it.each([
  ['1e3', '1000'],
  ['-0.0000000000000000019', '-0.000000000000000001'],
  ['+.5', '0.5'],
  ['5.', '5'],
  ['-0', '0'],
  ['1e-999999999', '0'],
  ['99999999999999999999', '99999999999999999999'],
  ['100000000000000000000', undefined],
  ['1e999999999', undefined],
  ['', undefined],
  [' 1', undefined],
  ['0x10', undefined],
  ['Infinity', undefined],
])('reads the number %s as %s', (text, expected) => {
  expect(readDecimal(text)?.toFixed()).toBe(expected);
});

it.each([
  [new LosslessNumber('300'), 300],
  ['300', 300],
  [new LosslessNumber('300.0'), 300],
  ['3e2', 300],
  ['300.5', null],
  ['9007199254740993', null],
  [true, null],
])('reads the integer %s as %s', (raw, expected) => {
  expect(readInteger(raw)).toBe(expected);
});

it.each([
  ['2026-03-02T10:15:00.104211Z', '2026-03-02T10:15:00.104211Z'],
  ['2026-03-02 10:15', '2026-03-02T10:15:00.000000Z'],
  ['2026-03-02T10:15:00.1042119', '2026-03-02T10:15:00.104211Z'],
  ['2026-03-02T10:15:00-0330', '2026-03-02T13:45:00.000000Z'],
  ['2026-03-02T10:15:00+02', '2026-03-02T08:15:00.000000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000000Z'],
])('reads the time %s', (text, shown) => {
  expect(showTime(readTimeMicros(text) as EpochMicros)).toBe(shown);
});

it.each([
  'yesterday',
  '',
  '2026-02-29',
  '2026-13-01',
  '2026-03-02T24:00',
  '2026-03-02T10:60',
  '1772446500',
  '2026-03-02T10:15:00+25:00',
  '26-03-02',
])('refuses the time %s', (text) => {
  expect(readTimeMicros(text)).toBeNull();
});

it.each([
  ['ETH-USDT', 'spot'],
  ['ETH:PERP-USDT', 'perp'],
  ['BTC:FUTURE_2028.02.29-USD', 'future'],
  ['BTC:CALL@60000.5_2026.06.26-USD', 'option'],
  ['BTC:PUT@60000_2026.06.26-USD', 'option'],
  ['BTC:FUTURE_2026.02.29-USD', null],
  ['ETH-USDT-X', null],
  ['ETH:SPOT-USDT', null],
  [`${'A'.repeat(21)}-USDT`, null],
  ['ETH-USDT\nX', null],
])('knows the market of %s', (pair, marketType) => {
  expect(marketTypeOfPair(pair)).toBe(marketType);
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

it('makes the version 7 id of the example in RFC 9562, appendix A.6, and later ones rise', () => {
  const random = Uint8Array.of(0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
  const id = uuidV7(0x017f22e279b0 as EpochMs, random);
  expect(id).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  expect(uuidV7(0x017f22e279b1 as EpochMs, new Uint8Array(10)) > id).toBe(true);
});
