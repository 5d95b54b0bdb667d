import { expect, it } from '@jest/globals';
import { jsonText } from '#order-intake';
import { readSignalBody } from './signal-body.js';
import { withoutSecrets } from './without-secrets.js';

const TOKEN = 'trn_live_0123456789abcdef';

function cleaned(text: string, known: readonly string[] = []): string {
  const body = readSignalBody(new TextEncoder().encode(text));
  if (!body.ok) throw new Error(body.error.message);
  const clean = withoutSecrets(body.value, known);
  return clean.kind === 'text' ? clean.text : jsonText(clean.fields);
}

it('drops fields that carry secrets, at any depth and however they are written', () => {
  expect(
    cleaned('{"api_key":"a","Api-Key":"b","MIZAR-API-KEY":"c","n":[{"secret":1,"x":0.10}],"passphrase":{},"size":1}'),
  ).toBe('{"n":[{"x":0.10}],"size":1}');
});

it('blanks out the secret of the request wherever it stands', () => {
  expect(cleaned(`{"comment":"to /webhooks/${TOKEN}","${TOKEN}":1}`, [TOKEN])).toBe(
    '{"comment":"to /webhooks/***","***":1}',
  );
  expect(cleaned(`buy BTCUSDT id=${TOKEN}`, [TOKEN])).toBe('buy BTCUSDT id=***');
});

it('leaves texts alone that are too short to be secrets', () => {
  expect(cleaned('{"a":"buy"}', ['', 'u'])).toBe('{"a":"buy"}');
});
