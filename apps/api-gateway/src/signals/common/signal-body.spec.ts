import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { oddBodies } from '../../../../../test/support/odd-bodies.js';
import { jsonText } from '#order-intake';
import { readSignalBody, requireFields } from './signal-body.js';

const read = (text: string) => readSignalBody(new TextEncoder().encode(text));
const messageOf = (text: string): string => {
  const body = read(text);
  return body.ok ? body.value.kind : body.error.message;
};

it('reads JSON whatever its content type, with the digits of its numbers and its nulls', () => {
  const body = read(' {"amount": 0.30000000000000004, "price": null, "big": 12345678901234567890.10} ');
  expect(body.ok && body.value.kind === 'json' && jsonText(body.value.fields)).toBe(
    '{"amount":0.30000000000000004,"price":null,"big":12345678901234567890.10}',
  );
});

it('takes what is no JSON as text, and the text in a JSON string', () => {
  expect(read('long BTC/USDT 0.5')).toMatchObject({ ok: true, value: { kind: 'text', text: 'long BTC/USDT 0.5' } });
  expect(read('"exit-all"')).toMatchObject({ ok: true, value: { kind: 'text', text: 'exit-all' } });
  expect(read('')).toMatchObject({ ok: true, value: { kind: 'text', text: '' } });
});

it.each([
  ['5', 'body: must be a JSON object or text, was 5'],
  ['null', 'body: must be a JSON object or text, was null'],
  ['[{}]', 'body: must be a JSON object or text, was a list'],
  ['{"a":1,"a":2}', "body: body has the key 'a' twice, again at 7"],
  ['['.repeat(17) + ']'.repeat(17), 'body: body is nested deeper than 16 levels'],
  ['{"a":"\\u0000"}', 'body: must not have U+0000 or half a character in it'],
  ['{"\\ud800":1}', 'body: must not have U+0000 or half a character in it'],
  ['buy \u0000', 'body: must not have U+0000 or half a character in it'],
])('refuses %j', (text, message) => {
  expect(messageOf(text)).toBe(message);
});

it('refuses what is not UTF-8', () => {
  expect(readSignalBody(Uint8Array.of(0x7b, 0xff))).toEqual({
    ok: false,
    error: { reason: 'rejected_schema', message: 'body: must be UTF-8' },
  });
});

it('tells a dialect that knows JSON only why a body is none', () => {
  const body = read('{"a":');
  expect(body.ok && requireFields(body.value)).toEqual({
    ok: false,
    error: { reason: 'rejected_schema', message: 'body: must be a JSON object: body is not valid JSON at 5' },
  });
});

it('gives prototypes no chance', () => {
  const body = read('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}');
  const fields = body.ok && body.value.kind === 'json' ? body.value.fields : {};
  expect(Object.keys(fields)).toEqual(['__proto__', 'a']);
  expect(fields['isAdmin']).toBeUndefined();
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
});

it('never throws, and says why it refuses', () => {
  const kinds = { json: 0, text: 0, refused: 0 };
  fc.assert(
    fc.property(oddBodies([{ a: [1, { b: 'c' }] }]), (text) => {
      const body = read(text);
      kinds[body.ok ? body.value.kind : 'refused'] += 1;
      if (!body.ok)
        expect(body.error).toEqual({ reason: 'rejected_schema', message: expect.stringMatching(/^body: ./) });
    }),
    { numRuns: 1000 },
  );
  expect(Math.min(kinds.json, kinds.text, kinds.refused)).toBeGreaterThan(30);
});
