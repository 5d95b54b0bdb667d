import { expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import { showPlace, signalFault } from './fault.js';
import { rootField, type Field } from './field.js';
import type { Json } from './json.js';
import { readInstant } from './read-instant.js';
import { AMOUNT, SHARE } from './ranges.js';

const ISO = '2026-01-01T00:00:00.000Z';
const show = (raw: Json): string | null => {
  const at = readInstant(raw);
  return at === null ? null : new Date(at).toISOString();
};

it.each([
  ['2026-01-01T00:00:00Z', ISO],
  ['2026-01-01T02:00:00.0009+02:00', ISO],
  [new LosslessNumber('1767225600'), ISO],
  [new LosslessNumber('1767225600000'), ISO],
  ['1767225600', ISO],
  [' 1767225600000 ', ISO],
  [new LosslessNumber('1767225600.5'), '2026-01-01T00:00:00.500Z'],
  [new LosslessNumber('99999999999'), '5138-11-16T09:46:39.000Z'],
  [new LosslessNumber('100000000000'), '1973-03-03T09:46:40.000Z'],
  [new LosslessNumber('0'), '1970-01-01T00:00:00.000Z'],
  [new LosslessNumber('-1'), null],
  [new LosslessNumber('1e19'), null],
  ['1969-12-31T23:59:59Z', null],
  ['2026-02-30', null],
  ['now', null],
  ['', null],
  [true, null],
  [null, null],
])('reads the time %s as %s', (raw, at) => {
  expect(show(raw)).toBe(at);
});

const faultOf = (read: (field: Field) => unknown, raw: Json): string => {
  const field = rootField({ x: raw }).at('x');
  read(field);
  const [fault] = field.reading.faults;
  return fault === undefined ? 'none' : signalFault(fault).message;
};

it.each<[string, (field: Field) => unknown, Json, string]>([
  ['a number', (field) => field.decimal(SHARE), '0.5', 'none'],
  ['a number', (field) => field.decimal(SHARE), new LosslessNumber('1.00'), 'none'],
  ['a number', (field) => field.decimal(SHARE), new LosslessNumber('0'), 'x: must be > 0 and <= 1, was 0'],
  ['a number', (field) => field.decimal(AMOUNT), new LosslessNumber('1.5'), 'x: must be >= 0 and <= 1, was 1.5'],
  ['a number', (field) => field.decimal(AMOUNT), 'half', "x: must be a number below 10^20, was 'half'"],
  ['a number', (field) => field.decimal(AMOUNT), true, 'x: must be a number below 10^20, was true'],
  ['an integer', (field) => field.integer(), '12', 'none'],
  ['an integer', (field) => field.integer(), '12.5', "x: must be an integer, was '12.5'"],
  ['truth', (field) => field.boolean(), 'True', 'none'],
  ['truth', (field) => field.boolean(), new LosslessNumber('0'), 'none'],
  ['truth', (field) => field.boolean(), 'maybe', "x: must be true or false, was 'maybe'"],
  ['text', (field) => field.text(3), ' abc ', 'none'],
  ['text', (field) => field.text(3), 'abcd', "x: must have 1 to 3 characters, was 'abcd'"],
  ['text', (field) => field.text(3), [], 'x: must be text, was a list'],
  ['a list', (field) => field.elements(), {}, 'x: must be a list, was an object'],
  ['an object', (field) => field.object(), new LosslessNumber('5'), 'x: must be an object, was 5'],
  [
    'a word',
    (field) =>
      field.choice(
        new Map([
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ]),
      ),
    'd',
    "x: must be a, b or c, was 'd'",
  ],
  [
    'a time',
    (field) => field.instant(),
    'soon',
    "x: must be a time, ISO-8601 or epoch seconds or milliseconds, was 'soon'",
  ],
  ['something', (field) => field.required(), null, 'x: is required'],
])('reads %s, or says what was expected', (_, read, raw, fault) => {
  expect(faultOf(read, raw)).toBe(fault);
});

it('names places as clients write them', () => {
  expect([showPlace([]), showPlace(['open_orders', 1, 'price', 'value']), showPlace(['body', 'size'])]).toEqual([
    'body',
    'open_orders[1].price.value',
    'body.size',
  ]);
});

it('takes the first name that has a value', () => {
  const root = rootField({ a: null, b: 'B', c: 'C' });
  expect(root.firstOf(['a', 'b', 'c']).raw).toBe('B');
  expect(root.firstOf(['x', 'y']).place).toEqual(['x']);
});
