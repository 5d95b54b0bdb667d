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

it('a key is asked after only where it was handed in', async () => {
  const user = await api.addUser(['read', 'trade', 'cancel', 'admin']);
  const open = async (name: string): Promise<void> => {
    const body = { name, exchange: 'MockExchange', ...KEY };
    expect((await api.request('POST', '/api/accounts/', { token: user.token, body })).status).toBe(200);
  };
  await open('asked');
  await open('other');
  const [submission] = await api.asTenant(user, (tx) =>
    tx.query<{ id: string }[]>(
      `SELECT c.id FROM credential_submissions c JOIN accounts a ON a.id = c.account_id WHERE a.name = 'asked'`,
    ),
  );
  const ask = (account: string, id = submission?.id): Promise<Answer> =>
    api.request('GET', `/manage/v1/accounts/${account}/credentials/submissions/${id}`, user);
  expect((await ask('asked')).json).toEqual({ submission_id: submission?.id, outcome: 'waiting' });
  expect((await ask('other')).status).toBe(404);
  await api.asOwner((query) =>
    query(`UPDATE credential_submissions SET outcome = 'refused', code = 'KEY_REFUSED', text = 'no such key',
             decided_at = clock_timestamp(), box = NULL WHERE tenant_id = '${user.tenantId}'`),
  );
  expect((await ask('asked')).json).toMatchObject({ code: 'credential_refused', reason: 'KEY_REFUSED' });
  for (const id of [submission?.id, '7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab', 'nope'])
    expect([(await ask('other', id)).status, (await ask('other', id)).json.error]).toEqual([
      404,
      `no submission ${id}`,
    ]);
});
