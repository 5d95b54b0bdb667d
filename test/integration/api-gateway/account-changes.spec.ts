import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiHarness, type Answer, type User } from './api-harness.js';

const venue = (id: string, product: 'spot' | 'linear') =>
  ({ id, exchange: 'MockExchange', product, tier: 1, cannotPromise: [] }) as const;
const KEY = { api_key: 'key-of-thirteen-wxyz', api_secret: 'the-secret-nobody-sees' };

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start(undefined, { venues: [venue('sim', 'spot'), venue('sim-usdm', 'linear')] });
  user = await api.addUser();
});
afterAll(() => api.stop());

const ask = (method: string, body: object): Promise<Answer> =>
  api.request(method, '/api/accounts/', { token: user.token, body });

it('what an account cannot become, its venue is not asked for', async () => {
  const keyless = await ask('PUT', { id: user.accountId, ...KEY, hedge_mode: true });
  expect([keyless.status, keyless.json.code]).toEqual([503, 'unavailable']); // no gateway has run to take the key

  const { publicKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  await api.asOwner((query) =>
    query(`INSERT INTO credential_intake_keys (key_id, public_key) VALUES ('test', decode('${raw}', 'hex'))`),
  );
  const open = (name: string): Promise<Answer> => ask('POST', { name, exchange: 'MockExchange', ...KEY });
  await open('second');
  const third = (await open('third')).field('id');
  const taken = await ask('PUT', { id: third, name: 'second', hedge_mode: true });
  expect([taken.status, taken.json.code]).toEqual([409, 'name_taken']);
  const mock = await ask('PUT', { id: user.accountId, name: 'other', hedge_mode: true });
  expect([mock.status, mock.json.errors]).toEqual([400, { name: ["account 'mock' keeps its name"] }]);
  expect(await api.count(user, 'account_commands')).toBe(0);
});
