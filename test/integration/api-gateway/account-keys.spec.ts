import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer } from './api-harness.js';

const venue = (id: string, exchange: string, product: 'spot' | 'linear') =>
  ({ id, exchange, product, tier: 1, cannotPromise: [] }) as const;
const VENUES = [venue('sim', 'MockExchange', 'spot'), venue('sim-usdm', 'MockExchange', 'linear')];
const KEY = { api_key: 'key-of-thirteen-wxyz', api_secret: 'the-secret-nobody-sees' };

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start(undefined, { venues: VENUES });
});
afterAll(() => api.stop());

/** What the gateway says boxes are to be closed for. */
function boxKey(): string {
  const { publicKey } = generateKeyPairSync('x25519');
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
}

it('an account has its key taken in, listed and revoked at every venue that it reaches', async () => {
  const user = await api.addUser(['read', 'trade', 'cancel', 'admin']);
  await api.asOwner((query) =>
    query(`INSERT INTO credential_intake_keys (key_id, public_key) VALUES ('test', decode('${boxKey()}', 'hex'))`),
  );
  const ask = (method: string, body: object): Promise<Answer> =>
    api.request(method, '/api/accounts/', { token: user.token, body });
  const sql = <Row = unknown>(text: string): Promise<Row[]> => api.asTenant(user, (tx) => tx.query<Row[]>(text));
  const id = String((await ask('POST', { name: 'both', exchange: 'MockExchange', ...KEY })).field('id'));
  const keys = (method: string, path = '', body?: object): Promise<Answer> =>
    api.request(method, `/manage/v1/accounts/both/credentials${path}`, { token: user.token, ...(body && { body }) });
  /** The gateway's part: each row counts its own keys. */
  const judge = async (main: number, further: number | null): Promise<void> => {
    const asOwner = (statement: string): Promise<void> => api.asOwner((query) => query(statement));
    const waiting = `SELECT c.id, c.account_id, a.main_account_id FROM credential_submissions c
      JOIN accounts a ON a.id = c.account_id WHERE c.outcome IS NULL AND (a.id = '${id}' OR a.main_account_id = '${id}')`;
    await until(async () => (await sql(waiting)).length === 2);
    await asOwner(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint)
      SELECT account_id, CASE WHEN main_account_id IS NULL THEN ${main} ELSE ${further ?? 0} END, '${user.tenantId}', ''
      FROM (${waiting}) w WHERE main_account_id IS NULL OR ${further !== null}`);
    await asOwner(`UPDATE credential_submissions c SET decided_at = clock_timestamp(), box = NULL,
        outcome = CASE WHEN w.main_account_id IS NOT NULL AND ${further === null} THEN 'refused' ELSE 'accepted' END,
        version = CASE WHEN w.main_account_id IS NULL THEN ${main} ELSE ${further ?? 'NULL'} END,
        code = CASE WHEN w.main_account_id IS NOT NULL AND ${further === null} THEN 'KEY_REFUSED' ELSE '' END
      FROM (${waiting}) w WHERE w.id = c.id`);
  };
  const live = async (): Promise<unknown> => {
    const { json } = await keys('GET');
    const versions = (found: unknown): number[] =>
      (found as { version: number; revoked_at: string | null }[])
        .filter((one) => one.revoked_at === null)
        .map(({ version }) => version);
    const further = json.further_venues as { venue: string; credentials: unknown }[];
    return [versions(json.credentials), further.map((one) => [one.venue, versions(one.credentials)])];
  };
  await judge(1, 4);
  const rotated = keys('POST', '', KEY);
  await judge(2, 5);
  expect((await rotated).json).toMatchObject({ outcome: 'accepted', venue: 'sim', version: 2, refused: [] });
  const partly = keys('POST', '', { ...KEY, api_secret: 'another' });
  await judge(3, null);
  expect((await partly).json).toMatchObject({
    ...{ outcome: 'accepted', version: 3 },
    refused: [{ venue: 'sim-usdm', reason: 'KEY_REFUSED' }],
  });
  expect(await live()).toEqual([[3, 2, 1], [['sim-usdm', [5, 4]]]]);

  expect((await keys('DELETE', '/2')).json).toMatchObject({ version: 2, revoked_at: expect.any(String) });
  expect(await live()).toEqual([[3, 1], [['sim-usdm', [4]]]]);
  expect((await keys('DELETE', '/4')).status).toBe(404);
  expect((await keys('DELETE', '/4?venue=kraken')).status).toBe(404);
  expect((await keys('DELETE', '/4?venue=sim-usdm')).json).toMatchObject({ version: 4 });
  expect(await live()).toEqual([[3, 1], [['sim-usdm', []]]]);

  await ask('PUT', { id, ...KEY });
  await judge(6, 6);
  await api.asOwner((query) =>
    query(`UPDATE credential_submissions SET outcome = NULL, decided_at = NULL, version = NULL
           WHERE version = 6 AND account_id <> '${id}'`),
  );
  expect((await keys('DELETE', '/6')).json).toMatchObject({ code: 'unavailable' });
});

it('an account has keys that were entered for each venue alone revoked at every venue, by how they end', async () => {
  const user = await api.addUser(['read', 'trade', 'cancel', 'admin']);
  const sql = <Row = unknown>(text: string): Promise<Row[]> => api.asTenant(user, (tx) => tx.query<Row[]>(text));
  const enter = (whose: 'id' | 'main_account_id', keys: string): Promise<void> =>
    api.asOwner((query) =>
      query(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint)
        SELECT a.id, k.version, a.tenant_id, k.hint FROM accounts a, (VALUES ${keys}) k (version, hint)
        WHERE a.${whose} = '${user.accountId}'`),
    );
  // Sealed by an operator, or entered before keys were handed in for all venues together: no submission ties the rows.
  await enter('id', `(1, 'wxyz'), (2, 'efgh'), (3, 'wxyz')`);
  await enter('main_account_id', `(1, 'wxyz'), (4, 'efgh'), (5, 'wxyz'), (6, 'abcd')`);
  const revoke = (version: string): Promise<Answer> =>
    api.request('DELETE', `/manage/v1/accounts/mock/credentials/${version}`, { token: user.token });
  const live = async (): Promise<unknown> =>
    (
      await sql<{ versions: number[] }>(
        `SELECT array_agg(f.version ORDER BY f.version) AS versions FROM credential_facts f JOIN accounts a ON a.id = f.account_id
         WHERE f.revoked_at IS NULL AND '${user.accountId}' IN (a.id, a.main_account_id)
         GROUP BY a.id, a.main_account_id ORDER BY a.main_account_id NULLS FIRST`,
      )
    ).map(({ versions }) => versions);
  // The account has the same key once more, newer: what ends alike elsewhere is of that one.
  expect((await revoke('1')).json).toMatchObject({ version: 1, revoked_at: expect.any(String) });
  expect(await live()).toEqual([
    [2, 3],
    [1, 4, 5, 6],
  ]);
  expect((await revoke('3')).status).toBe(200);
  expect(await live()).toEqual([[2], [4, 6]]);
  expect((await revoke('2?venue=sim')).status).toBe(200);
  expect(await live()).toEqual([[4, 6]]); // named, a venue is meant alone
  expect((await revoke('2')).status).toBe(200);
  expect(await live()).toEqual([[6]]);
  expect(await sql(`SELECT 1 FROM audit_log WHERE event = 'credential_revoked'`)).toHaveLength(6);
});
