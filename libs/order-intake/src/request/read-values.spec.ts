import { expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import { readDecimal, readInteger, readTimeMicros } from './read-values.js';

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
  ['2026-03-02T10:15:00.104211Z', '2026-03-02T10:15:00.104Z', 211],
  ['2026-03-02 10:15', '2026-03-02T10:15:00.000Z', 0],
  ['2026-03-02T10:15:00.1042119', '2026-03-02T10:15:00.104Z', 211],
  ['2026-03-02T10:15:00-0330', '2026-03-02T13:45:00.000Z', 0],
  ['2026-03-02T10:15:00+02', '2026-03-02T08:15:00.000Z', 0],
  ['2028-02-29', '2028-02-29T00:00:00.000Z', 0],
])('reads the time %s', (text, ms, micros) => {
  expect(readTimeMicros(text)).toBe(Date.parse(ms) * 1000 + micros);
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
