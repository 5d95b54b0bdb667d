import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { canonicalBody, normalNumber } from './canonical-body.js';
import { readSignalBody } from './signal-body.js';

function canonical(text: string): string {
  const body = readSignalBody(new TextEncoder().encode(text));
  if (!body.ok) throw new Error(body.error.message);
  return canonicalBody(body.value);
}

it.each([
  ['0.5', '5e-1'],
  ['0.50', '5e-1'],
  ['5e-1', '5e-1'],
  ['500E-3', '5e-1'],
  ['-120', '-12e1'],
  ['1e999999999', '1e999999999'],
  ['1e99999999999999999999', '1e99999999999999999999'],
  ['-0.000', '0'],
  ['0e5', '0'],
])('writes the number %s as %s', (text, expected) => {
  expect(normalNumber(text)).toBe(expected);
});

it('reads numbers of any length', () => {
  expect(normalNumber(`1${'0'.repeat(60_000)}1`)).toHaveLength(60_004);
});

it('tells texts apart from numbers, and lists by their order', () => {
  expect(canonical('{"size":"0.50"}')).not.toBe(canonical('{"size":0.50}'));
  expect(canonical('{"a":[1,2]}')).not.toBe(canonical('{"a":[2,1]}'));
  expect(canonical('{"a":[1,null]}')).not.toBe(canonical('{"a":[1]}'));
  expect(canonical('{"a":null,"b":1}')).toBe(canonical('{"b":1}'));
});

it('collapses the white space of texts', () => {
  expect(canonical('  long \t BTCUSDT  0.5\r\n')).toBe('long BTCUSDT 0.5');
});

/** The same JSON, written another way. */
function rewrite(value: unknown, choices: readonly number[]): string {
  let used = 0;
  const choose = (count: number): number => (choices[used++ % choices.length] ?? 0) % count;
  const space = () => ['', ' ', '\n\t'][choose(3)] ?? '';
  const number = (n: number) => [String(n), n.toExponential(), `${String(n)}${Number.isInteger(n) ? '.00' : '0'}`];
  const write = (item: unknown): string => {
    if (typeof item === 'number') return number(item)[choose(3)] ?? '';
    if (Array.isArray(item)) return `[${item.map((one) => space() + write(one) + space()).join(',')}]`;
    if (typeof item !== 'object' || item === null) return JSON.stringify(item);
    const entries = Object.entries(item);
    const turned = choose(2) === 0 ? entries : entries.toReversed();
    return `{${turned.map(([key, one]) => `${space()}${JSON.stringify(key)}${space()}:${space()}${write(one)}`).join(',')}}`;
  };
  return write(value);
}

it('is the same under key order, white space and number spelling, and differs with any value', () => {
  const leaf = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.integer({ min: -9999, max: 9999 }).map((n) => n / 1000),
    fc.string({ maxLength: 5 }),
    fc.boolean(),
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 4 }), tie('json'), { maxKeys: 4 }),
    ),
  }));
  const storable = (value: unknown) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value));
  const body = fc.record({ a: json, b: leaf }).filter(storable);
  fc.assert(
    fc.property(body, fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), (value, choices) => {
      const written = rewrite(value, choices);
      expect(canonical(written)).toBe(canonical(JSON.stringify(value)));
      expect(canonical(written)).not.toBe(canonical(JSON.stringify({ ...value, b: [value.b] })));
    }),
    { numRuns: 500 },
  );
});
