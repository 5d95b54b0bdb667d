import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
let chief: User;
let trader: User;
beforeAll(async () => {
  api = await ApiHarness.start();
  chief = await api.addUser(['read', 'trade', 'cancel', 'halt', 'admin']);
  trader = await api.addUser();
});
afterAll(() => api.stop());

const request = (user: User, method: string, path: string, body?: object) =>
  api.request(method, `/manage/v1/${path}`, { token: user.token, ...(body === undefined ? {} : { body }) });

it('sets the limits of a scope as a whole, shows them with the defaults, and keeps what was before', async () => {
  const first = {
    account: 'mock',
    max_quantity: '5',
    collar_pct: '1.5',
    messages_per_second: 10,
    allowed: ['BTCUSDT:buy'],
  };
  expect((await request(chief, 'PUT', 'risk-limits', first)).json).toMatchObject({ ...first, max_notional: null });
  expect((await request(chief, 'PUT', 'risk-limits', { max_notional: '100000.5' })).status).toBe(200);
  expect((await request(chief, 'PUT', 'risk-limits', { account: 'mock', max_quantity: '4' })).status).toBe(200);
  const { json } = await request(chief, 'GET', 'risk-limits');
  expect(json.defaults).toMatchObject({ max_notional: '50000', collar_pct: '3', messages_per_second: 20 });
  expect(json.limits).toMatchObject([
    { account: 'mock', max_quantity: '4', collar_pct: null, allowed: null },
    { account: null, max_notional: '100000.5' },
  ]);
  const audited = await api.asTenant(chief, (tx) =>
    tx.query<{ data: { before: string | null } }[]>(
      `SELECT data FROM audit_log WHERE entity = 'risk_limit' AND entity_id LIKE 'account:%' ORDER BY id`,
    ),
  );
  expect(audited.map(({ data }) => data.before !== null)).toEqual([false, true]);
  expect(audited[1]?.data.before).toContain('BTCUSDT:buy');
  expect((await request(trader, 'GET', 'risk-limits')).json.limits).toEqual([]);
});

it.each([
  [{ max_quantity: 5 }, 'max_quantity'],
  [{ max_quantity: '-1' }, 'max_quantity'],
  [{ messages_per_second: '1.5' }, 'messages_per_second'],
  [{ allowed: ['btc usdt'] }, 'allowed'],
  [{ venue: 'sim' }, 'symbol'],
  [{ account: 'nobody' }, 'account'],
  [{ max_qty: '1' }, 'max_qty'],
  [{ enforcement: 'off' }, 'enforcement'],
])('refuses %j as a limit, naming %s', async (body, field) => {
  const answer = await request(chief, 'PUT', 'risk-limits', body);
  expect(answer.status).toBe(400);
  expect(Object.keys(answer.json.errors as object)).toEqual([field]);
});

it('halts in one step and releases in two, each on the audit trail', async () => {
  const halted = await request(chief, 'POST', 'halts', {
    level: 'account',
    scope: 'mock',
    mode: 'HALTED',
    cancel_open: true,
    reason: 'drill',
  });
  expect(halted.json).toMatchObject({ level: 'account', mode: 'HALTED', open_children: 0, released_at: null });
  const id = halted.field('id') as string;
  expect((await request(chief, 'GET', 'halts')).json.halts).toHaveLength(1);
  expect((await request(trader, 'GET', 'halts')).json.halts).toEqual([]);
  expect((await request(chief, 'POST', `halts/${id}/release/confirm`)).status).toBe(400);
  expect((await request(chief, 'POST', `halts/${id}/release`)).json.release_requested_at).not.toBeNull();
  expect((await request(chief, 'POST', `halts/${id}/release/confirm`)).json.released_at).not.toBeNull();
  expect((await request(chief, 'POST', `halts/${id}/release`)).status).toBe(404);
  expect((await request(chief, 'GET', 'halts')).json.halts).toEqual([]);
  expect((await request(chief, 'GET', 'halts?all=true')).json.halts).toHaveLength(1);
  const events = await api.asTenant(chief, (tx) =>
    tx.query<{ event: string }[]>(`SELECT event FROM audit_log WHERE entity = 'halt' AND entity_id = $1 ORDER BY id`, [
      id,
    ]),
  );
  expect(events.map((e) => e.event)).toEqual(['halted', 'release_requested', 'released']);
});

it('releases the oldest of many halts in force, and shows these before all that are over', async () => {
  const user = await api.addUser(['read', 'halt']);
  const halted = await request(user, 'POST', 'halts', { level: 'tenant', mode: 'HALTED', reason: 'the first' });
  const fill = (released: string) =>
    api.asTenant(user, (tx) =>
      tx.query(
        `INSERT INTO trading_halts (tenant_id, level, scope, mode, cancel_open, reason, released_at)
         SELECT current_tenant(), 'strategy', n::text, 'HALTED', false, 'later', ${released} FROM generate_series(1, 500) n`,
      ),
    );
  await fill('now()');
  const shown = (await request(user, 'GET', 'halts?all=true')).json.halts as { id: string }[];
  expect(shown).toHaveLength(500);
  expect(shown[0]?.id).toBe(halted.field('id'));
  await fill('NULL');
  for (const step of ['release', 'release/confirm'])
    expect((await request(user, 'POST', `halts/${String(halted.field('id'))}/${step}`)).status).toBe(200);
});

it('asks for the right scope, and for a level, a mode and a reason that there are', async () => {
  const fine = { level: 'tenant', mode: 'HALTED', reason: 'x' };
  expect((await request(trader, 'POST', 'halts', fine)).status).toBe(403);
  const halter = await api.addUser(['read', 'halt']);
  expect((await request(halter, 'POST', 'halts', { ...fine, level: 'global' })).status).toBe(403);
  expect((await request(halter, 'PUT', 'risk-limits', { max_notional: '1' })).status).toBe(403);
  for (const [body, field] of [
    [{ ...fine, level: 'desk', scope: 'x' }, 'level'],
    [{ ...fine, level: 'account' }, 'scope'],
    [{ ...fine, scope: 'mock' }, 'scope'],
    [{ ...fine, mode: 'OFF' }, 'mode'],
    [{ ...fine, mode: 'REDUCING', cancel_open: true }, 'cancel_open'],
    [{ ...fine, reason: ' ' }, 'reason'],
    [{ ...fine, until: 'noon' }, 'until'],
  ] as const) {
    const answer = await request(halter, 'POST', 'halts', body);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, [field]]);
  }
});

it('I-16 lets no tenant halt for another, or release: what holds for all is the operator’s', async () => {
  const operator = await api.addUser(['read', 'halt', 'admin']);
  const { url } = await api.addReplica({ operator: operator.tenantId });
  const ask = (user: User, path: string, body: object = {}) =>
    api.request('POST', `/manage/v1/halts${path}`, { token: user.token, body, url });
  for (const where of [{ level: 'global' }, { level: 'venue', scope: 'sim' }]) {
    const body = { ...where, mode: 'HALTED', reason: 'drill' };
    expect((await request(chief, 'POST', 'halts', body)).status).toBe(403); // none is named, and others have accounts
    expect((await ask(chief, '', body)).status).toBe(403);
    const set = await ask(operator, '', body);
    expect(set.status).toBe(200);
    const id = set.field('id') as string;
    expect((await ask(chief, `/${id}/release`)).status).toBe(403);
    expect((await ask(operator, `/${id}/release`)).status).toBe(200);
    expect((await ask(chief, `/${id}/release/confirm`)).status).toBe(403);
    expect((await ask(operator, `/${id}/release/confirm`)).status).toBe(200);
  }
});
