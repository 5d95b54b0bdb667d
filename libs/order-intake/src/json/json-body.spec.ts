import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { LosslessNumber } from 'lossless-json';
import { parseJsonBody } from './json-body.js';
import { jsonText } from './json-text.js';

const parse = (text: string) => parseJsonBody(new TextEncoder().encode(text));
const errorOf = (text: string): string => {
  const parsed = parse(text);
  return parsed.ok ? 'accepted' : parsed.error.text;
};

it('keeps the digits of numbers and drops nulls, recursively', () => {
  const parsed = parse('{"a":12345678901234567890.10,"b":null,"c":{"d":[1,null,{"e":null}]}}');
  expect(parsed.ok && jsonText(parsed.value)).toBe('{"a":12345678901234567890.10,"c":{"d":[1,{}]}}');
});

it.each([
  ['{"accounts":', 'body is not valid JSON at 12'],
  ['{"a":1,}', 'body is not valid JSON at 7'],
  ['', 'body is not valid JSON at 0'],
  ['{"a":01}', 'body is not valid JSON at 6'],
  ['{"a":NaN}', 'body is not valid JSON at 5'],
  ['{"a":"\u0001"}', 'body is not valid JSON at 6'],
  ['{} {}', 'body is not valid JSON at 3'],
  ['5', 'body must be a JSON object'],
  ['null', 'body must be a JSON object'],
  ['{"a":1,"a":2}', "body has the key 'a' twice, again at 7"],
  ['{"x":{"a":1,"b":":","a":1}}', 'body has a key twice'],
  ['{"a":"s","\\u0061":"s"}', 'body has a key twice'],
  ['{"a":'.repeat(17) + '1' + '}'.repeat(17), 'body is nested deeper than 16 levels'],
])('refuses %s', (text, error) => {
  expect(errorOf(text)).toBe(error);
});

it('takes 16 levels, and braces within strings do not count', () => {
  expect(errorOf('{"a":'.repeat(15) + '{"b":"[[[[[{{{{:::\\"["}' + '}'.repeat(15))).toBe('accepted');
});

it('refuses what is not UTF-8', () => {
  const parsed = parseJsonBody(Uint8Array.of(0x7b, 0xff, 0x7d));
  expect(parsed).toEqual({ ok: false, error: { code: 'malformed_json', text: 'body is not valid UTF-8' } });
});

it('gives prototypes no chance', () => {
  const parsed = parse('{"__proto__":{"isAdmin":true},"toString":1}');
  expect(parsed.ok && Object.keys(parsed.value)).toEqual(['__proto__', 'toString']);
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  expect(parsed.ok && (parsed.value as { isAdmin?: unknown }).isAdmin).toBeUndefined();
});

it('reads whatever JSON.stringify writes, as JSON.parse does', () => {
  let objects = 0;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 }), { minKeys: 1 }), (value) => {
      const text = JSON.stringify(value);
      const parsed = parse(text);
      expect(parsed.ok).toBe(true);
      objects += 1;
      const withoutNulls = (item: unknown): unknown => {
        if (Array.isArray(item)) return item.filter((i) => i !== null).map(withoutNulls);
        if (typeof item !== 'object' || item === null) return item;
        return Object.fromEntries(
          Object.entries(item)
            .filter(([, i]) => i !== null)
            .map(([k, i]) => [k, withoutNulls(i)]),
        );
      };
      expect(parsed.ok && JSON.parse(jsonText(parsed.value))).toEqual(withoutNulls(JSON.parse(text)));
    }),
    { numRuns: 300 },
  );
  expect(objects).toBe(300);
});

it('never throws on any text', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', 'a', '1', '-', '\\', 'null', ' ') }),
      (text) => {
        if (!parse(text).ok) refused += 1;
      },
    ),
    { numRuns: 500 },
  );
  expect(refused).toBeGreaterThan(100);
});

it('refuses to write a number that is not finite', () => {
  expect(() => jsonText({ a: Number.NaN })).toThrow('A JSON number must be finite, was NaN');
  expect(jsonText({ a: new LosslessNumber('1.10') })).toBe('{"a":1.10}');
});
