import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiHarness, type Answer, type User } from './api-harness.js';

const VENUES = [{ id: 'kraken', exchange: 'Kraken', product: 'spot', tier: 1, cannotPromise: [] }] as const;
const KEY = { api_key: 'key-of-thirteen-wxyz', api_secret: 'the-secret-nobody-sees' };
const RESTRICTIONS = '/api/admin/trading_restrictions';

let api: ApiHarness;
let chief: User;
let order: string;
beforeAll(async () => {
  api = await ApiHarness.start(undefined, { venues: VENUES });
  chief = await api.addUser(['read', 'trade', 'cancel', 'halt', 'admin']);
  order = String((await api.place(chief)).field('id'));
  const { publicKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  await api.asOwner((query) =>
    query(`INSERT INTO credential_intake_keys (key_id, public_key) VALUES ('test', decode('${raw}', 'hex'))`),
  );
});
afterAll(() => api.stop());

const ask = (method: string, path: string, body?: object): Promise<Answer> =>
  api.request(method, path, { token: chief.token, ...(body === undefined ? {} : { body }) });

describe.each([
  ['U+0000', 'a\0b'],
  ['half a character', 'a\ud800b'],
])('a text with %s', (_, bad) => {
  it.each([
    ['POST', '/manage/v1/orders/:order/cancel', { reason: bad }, 'reason'],
    ['POST', RESTRICTIONS, { restriction_type: 'PAIR_BLOCK', pair: 'BTC-USDT', reason: bad }, 'reason'],
    ['POST', '/manage/v1/halts', { level: 'tenant', mode: 'HALTED', reason: bad }, 'reason'],
    ['POST', '/manage/v1/halts', { level: 'strategy', scope: bad, mode: 'HALTED', reason: 'drill' }, 'scope'],
    ['PUT', '/manage/v1/risk-limits', { venue: bad, max_quantity: '5' }, 'venue'],
    ['POST', '/api/accounts/', { name: 'main', exchange: 'Kraken', ...KEY, api_key: `long-key-${bad}` }, 'api_key'],
    ['POST', '/manage/v1/accounts/mock/credentials', { ...KEY, api_key: `long-key-${bad}` }, 'api_key'],
    ['POST', '/manage/v1/accounts/mock/credentials', { ...KEY, passphrase: bad }, 'passphrase'],
  ] as const)('is refused by %s %s in its field, with what it must be', async (method, path, body, field) => {
    const { status, json } = await ask(method, path.replace(':order', order), body);
    expect([status, json.code, Object.keys(json.errors as object)]).toEqual([400, 'invalid', [field]]);
    expect(json.error).toMatch(/^\w+ must .*, was text with U\+0000 or half a character$/);
  });

  it('is the name of no user', async () => {
    const shares = '/manage/v1/accounts/mock/shares';
    const { status, json } = await ask('POST', shares, { username: bad });
    expect([status, json.error]).toEqual([400, 'unknown user text with U+0000 or half a character']);
  });
});

it('a path with U+0000 names no user', async () => {
  expect((await ask('DELETE', '/manage/v1/accounts/mock/shares/a%00b')).status).toBe(404);
});
