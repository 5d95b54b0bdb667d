import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';

const PATH = '/api/admin/trading_restrictions';
let api: ApiHarness;
let chief: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  chief = await api.addUser(['read', 'trade', 'cancel', 'admin']);
});

const ask = (method: string, path = '', body?: object, token = chief.token, url = api.url): Promise<Answer> =>
  api.request(method, `${PATH}${path}`, { token, url, ...(body === undefined ? {} : { body }) });
const restrict = async (body: object): Promise<string> => {
  const answer = await ask('POST', '', { reason: 'because', ...body });
  expect(answer.status).toBe(200);
  return String(answer.field('id'));
};
const nameOf = async (user: User): Promise<string> => {
  const [found] = await api.asTenant(user, (tx) =>
    tx.query<{ name: string }[]>('SELECT name FROM users WHERE id = $1', [user.userId]),
  );
  return found?.name ?? '';
};

it('OA-54 refuses an order in a blocked pair, with the reason, until the block is lifted', async () => {
  const created = await ask('POST', '', { restriction_type: 'PAIR_BLOCK', pair: 'eth-usdt', reason: 'depeg' });
  expect([created.status, created.json]).toEqual([
    200,
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      restriction_type: 'PAIR_BLOCK',
      limit: null,
      pair: 'eth-usdt',
      venue: null,
      username: null,
      reason: 'depeg',
      created_at: expect.stringMatching(/Z$/),
      created_by: await nameOf(chief),
    },
  ]);
  const refused = await api.place(chief);
  expect([refused.status, refused.json.code, refused.json.error]).toEqual([
    422,
    'restricted',
    'ETH-USDT is blocked: depeg',
  ]);
  expect(await api.count(chief, 'parent_orders')).toBe(0);
  expect((await api.place(chief, { pair: 'BTC-USDT', base_asset_qty: 1 })).status).toBe(200);
  expect((await api.place(await api.addUser())).status).toBe(200);

  expect((await ask('GET')).json).toEqual({ trading_restrictions: [created.json], requests: [] });
  const removed = await ask('DELETE', `/${created.json.id as string}/`);
  expect([removed.status, removed.json]).toEqual([200, created.json]);
  expect((await api.place(chief)).status).toBe(200);
  expect((await ask('DELETE', `/${created.json.id as string}`)).status).toBe(404);
});

it('OA-55 is for staff alone', async () => {
  const trader = await api.addColleague(chief);
  const id = await restrict({ restriction_type: 'PAIR_BLOCK', pair: 'BTC-USDT' });
  for (const [method, path] of [
    ['GET', ''],
    ['POST', ''],
    ['PATCH', `/${id}`],
    ['DELETE', `/${id}`],
    ['POST', '/review'],
  ] as const) {
    const answer = await ask(method, path, method === 'GET' ? undefined : {}, trader.token);
    expect([method, answer.status, answer.json.error]).toEqual([
      method,
      403,
      'You do not have permission to perform this action.',
    ]);
  }
});

describe('limits', () => {
  it('hold one order down to a notional at the mid, whichever way it is sized', async () => {
    const id = await restrict({ restriction_type: 'MAX_ORDER_NOTIONAL', limit: '15062', pair: 'ETH-USDT' });
    expect((await api.place(chief)).status).toBe(200);
    const refused = await api.place(chief, { base_asset_qty: '5.0001' });
    expect([refused.status, refused.json.error]).toEqual([
      422,
      'notional must be at most 15062, was 15062.30124: because',
    ]);
    const { base_asset_qty: _, ...unsized } = P;
    const quote = await api.request('POST', '/api/orders/', {
      token: chief.token,
      body: { ...unsized, quote_asset_qty: 15_063 },
    });
    expect(quote.status).toBe(422);
    const changed = await ask('PATCH', `/${id}`, { limit: 20_000, reason: 'more room' });
    expect([changed.json.limit, changed.json.reason, changed.json.pair]).toEqual([20_000, 'more room', 'ETH-USDT']);
    expect((await api.place(chief, { base_asset_qty: 6 })).status).toBe(200);
  });

  it('hold an order that is amended to a larger size like a new one', async () => {
    const order = await api.place(chief);
    await restrict({ restriction_type: 'MAX_ORDER_NOTIONAL', limit: 20_000, pair: 'ETH-USDT' });
    await restrict({ restriction_type: 'MAX_OPEN_NOTIONAL', limit: 18_075 });
    const amend = (base_asset_qty: number): Promise<Answer> =>
      api.request('POST', '/api/amend_order/', {
        token: chief.token,
        body: { order_id: order.json.id, changes: { base_asset_qty } },
      });
    expect((await amend(7)).json.error).toBe('notional must be at most 20000, was 21086.8: because');
    expect((await amend(6.5)).json.error).toMatch(/^open notional must stay at most 18075, would be 19580.6/);
    expect([(await amend(6)).status, (await amend(4)).status]).toEqual([200, 200]);
  });

  it('count the members of a group together, whatever their order', async () => {
    const member = { ...P, accounts: ['mock'], base_asset_qty: 3 };
    await restrict({ restriction_type: 'MAX_OPEN_NOTIONAL', limit: 17_000 });
    const chain = await api.request('POST', '/api/chained_orders/', {
      token: chief.token,
      body: { orders_in_chain: [1, 2].map((priority) => ({ order_request: member, priority })) },
    });
    expect([chain.status, chain.json.error]).toEqual([
      422,
      'open notional must stay at most 17000, would be 18074.4: because',
    ]);
    const child = { pair: 'ETH-USDT', base_asset_qty: 3 };
    const multi = await api.request('POST', '/api/multi_orders/', {
      token: chief.token,
      body: {
        ...{ accounts: ['mock'], strategy: 'TWAP', duration: 300 },
        child_orders: [
          { ...child, side: 'buy' },
          { ...child, side: 'sell', pair: 'ETH:PERP-USDT' },
        ],
      },
    });
    expect([multi.status, multi.json.error]).toEqual([
      422,
      expect.stringMatching(/^open notional must stay at most 17000/),
    ]);
    expect((await api.place(chief, { base_asset_qty: 5 })).status).toBe(200);
  });

  it('refuse what cannot be told: an order for later while there is no price', async () => {
    await restrict({ restriction_type: 'MAX_ORDER_NOTIONAL', limit: 1_000_000 });
    api.mids.forget('ETHUSDT');
    try {
      const later = new Date(Date.now() + 3_600_000).toISOString();
      const refused = await api.place(chief, { start_datetime: later });
      expect([refused.status, refused.json.error]).toEqual([
        422,
        'the notional of ETH-USDT cannot be told without a price, and must be at most 1000000: because',
      ]);
    } finally {
      api.mids.set('ETHUSDT', '3012.40');
    }
  });

  it('count what open orders have still to trade, of one user or of all', async () => {
    const colleague = await api.addColleague(chief);
    await api.asTenant(chief, (tx) =>
      tx.query(`INSERT INTO accounts (id, tenant_id, user_id, name, venue, exchange)
                SELECT gen_random_uuid(), tenant_id, ${colleague.userId}, 'mock', venue, exchange FROM accounts
                WHERE user_id = ${chief.userId} AND main_account_id IS NULL`),
    );
    await restrict({ restriction_type: 'MAX_OPEN_NOTIONAL', limit: 40_000 });
    const mine = await restrict({
      restriction_type: 'MAX_OPEN_NOTIONAL',
      limit: 16_000,
      username: await nameOf(chief),
    });
    const first = await api.place(chief);
    expect(first.status).toBe(200);
    const second = await api.place(chief, { base_asset_qty: 1 });
    expect([second.status, second.json.error]).toEqual([
      422,
      'open notional must stay at most 16000, would be 18074.4: because',
    ]);
    await api.asTenant(chief, (tx) =>
      tx.query('UPDATE parent_orders SET cum_base = 4, cum_quote = 12000 WHERE id = $1', [first.json.id]),
    );
    expect((await api.place(chief, { base_asset_qty: 1 })).status).toBe(200);
    // 2 ETH of the chief are open; his own limit does not hold the colleague.
    expect((await api.place(colleague, { base_asset_qty: 11 })).status).toBe(200);
    expect((await api.place(colleague, { base_asset_qty: 1 })).status).toBe(422);
    expect((await ask('DELETE', `/${mine}`)).status).toBe(200);
    expect((await api.place(chief, { base_asset_qty: '0.2' })).status).toBe(200);
  });

  it('reach as far as their venue, by its id or its exchange', async () => {
    await restrict({ restriction_type: 'PAIR_BLOCK', venue: 'sim-usdm' });
    expect((await api.place(chief)).status).toBe(200);
    const perp = await api.place(chief, { pair: 'ETH:PERP-USDT' });
    expect([perp.status, perp.json.error]).toEqual([422, 'ETH:PERP-USDT is blocked: because']);
    await restrict({ restriction_type: 'PAIR_BLOCK', venue: 'mockexchange' });
    expect((await api.place(chief)).status).toBe(422);
  });
});

it('takes a change only from two people where that is asked for', async () => {
  const { url, close } = await api.addReplica({ restrictionApproval: true });
  const other = await api.addColleague(chief, ['read', 'admin']);
  const asked = await ask(
    'POST',
    '',
    { restriction_type: 'PAIR_BLOCK', pair: 'ETH-USDT', reason: 'r' },
    chief.token,
    url,
  );
  expect([asked.status, asked.json]).toEqual([202, { request_created: true, request_id: expect.any(String) }]);
  const requestId = String(asked.field('request_id'));
  expect((await api.place(chief)).status).toBe(200);
  expect((await ask('GET')).json).toMatchObject({
    trading_restrictions: [],
    requests: [{ request_id: requestId, action: 'create', restriction_id: null, pair: 'ETH-USDT' }],
  });

  const review = (token: string, approve: unknown, id = requestId): Promise<Answer> =>
    ask('POST', '/review', { request_id: id, approve }, token);
  expect((await review(chief.token, true)).status).toBe(403);
  expect((await review((await api.addUser(['admin'])).token, true)).status).toBe(404);
  expect((await review(other.token, 'yes')).json.errors).toEqual({ approve: ['approve must be true or false'] });
  const agreed = await review(other.token, true);
  expect(agreed.json).toMatchObject({
    ...{ request_id: requestId, approved: true },
    restriction: { pair: 'ETH-USDT', created_by: await nameOf(chief) }, // not who agreed
  });
  expect((await review(other.token, true)).status).toBe(404);
  expect((await api.place(chief)).status).toBe(422);

  const id = String(agreed.json.restriction.id);
  const lift = await ask('DELETE', `/${id}`, undefined, other.token, url);
  expect([lift.status, (await api.place(chief)).status]).toEqual([202, 422]);
  const refused = await review(chief.token, false, String(lift.field('request_id')));
  expect(refused.json).toEqual({ request_id: lift.json.request_id, approved: false, restriction: null });
  expect((await api.place(chief)).status).toBe(422);
  const change = await ask('PATCH', `/${id}`, { pair: 'BTC-USDT' }, other.token, url);
  expect((await review(chief.token, true, String(change.field('request_id')))).json.restriction.pair).toBe('BTC-USDT');
  expect((await api.place(chief)).status).toBe(200);
  const [trail] = await api.asTenant(chief, (tx) =>
    tx.query<{ events: string[] }[]>(
      `SELECT array_agg(event ORDER BY id) AS events FROM audit_log WHERE entity = 'risk_limit'`,
    ),
  );
  expect(trail?.events).toEqual([
    'restriction_create_requested',
    'restriction_approved',
    'restriction_added',
    'restriction_remove_requested',
    'restriction_refused',
    'restriction_update_requested',
    'restriction_approved',
    'restriction_changed',
  ]);
  await close();
});

describe('a change of a restriction', () => {
  const LIMIT = { restriction_type: 'MAX_ORDER_NOTIONAL', limit: 100, pair: 'ETH-USDT', venue: 'sim' };

  it('alters what it names, and lifts a bound by ""', async () => {
    const username = await nameOf(chief);
    const id = await restrict({ ...LIMIT, username });
    const changed = await ask('PATCH', `/${id}`, { limit: 200, username: '', venue: null });
    expect([changed.status, changed.json]).toMatchObject([
      200,
      { ...LIMIT, limit: 200, username: null, reason: 'because' },
    ]);
    expect((await ask('PATCH', `/${id}`, { pair: '', venue: '' })).json).toMatchObject({
      ...LIMIT,
      ...{ limit: 200, pair: null, venue: null },
    });
    // Null is absent, so this names nothing.
    for (const nothing of [{}, { username: null, pair: null }, { colour: 'red' }])
      expect((await ask('PATCH', `/${id}`, nothing)).json.error).toBe(
        'restriction change must name one of restriction_type, limit, pair, venue, username, reason; ' +
          '"" lifts pair, venue, username, null is as good as absent',
      );
    expect((await ask('PATCH', `/${id}`, { restriction_type: 'PAIR_BLOCK' })).json.limit).toBeNull();
    expect((await ask('PATCH', `/${id}`, { restriction_type: 'MAX_OPEN_NOTIONAL' })).json.errors).toEqual({
      limit: ['limit must be greater than 0, was missing'],
    });
    expect((await ask('PATCH', `/${id}`, { limit: 5 })).json.errors).toEqual({
      limit: ['limit is not of PAIR_BLOCK, was 5'],
    });
  });

  it('keeps what others changed of it while it waited for a second person', async () => {
    const { url, close } = await api.addReplica({ restrictionApproval: true });
    const other = await api.addColleague(chief, ['read', 'admin']);
    const id = await restrict(LIMIT);
    const asked = async (body: object): Promise<string> =>
      String((await ask('PATCH', `/${id}`, body, chief.token, url)).field('request_id'));
    const agree = (request: string): Promise<Answer> =>
      ask('POST', '/review', { request_id: request, approve: true }, other.token);
    const [wider, larger, late, block] = [
      await asked({ pair: '' }),
      await asked({ limit: 500 }),
      await asked({ limit: 600 }),
      await asked({ restriction_type: 'PAIR_BLOCK' }),
    ];
    const { requests } = (await ask('GET')).json as { requests: object[] };
    expect(requests).toContainEqual({
      ...{ request_id: larger, action: 'update', restriction_id: id, limit: 500 },
      ...{ requested_at: expect.stringMatching(/Z$/), requested_by: await nameOf(chief) },
    });
    expect((await agree(larger)).json.restriction).toMatchObject({ ...LIMIT, limit: 500 });
    expect((await agree(wider)).json.restriction).toMatchObject({ ...LIMIT, limit: 500, pair: null });
    expect((await agree(block)).status).toBe(200);
    const refused = await agree(late);
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([
      422,
      'save_failed',
      'the restriction has changed since, and limit is not of PAIR_BLOCK, was 600',
    ]);
    const closed = await ask('POST', '/review', { request_id: late, approve: false }, other.token);
    expect([closed.status, (await ask('GET')).json.requests]).toEqual([200, []]);
    await close();
  });
});

it('closes what was asked of a restriction that is gone', async () => {
  const { url, close } = await api.addReplica({ restrictionApproval: true });
  const other = await api.addColleague(chief, ['read', 'admin']);
  const id = await restrict({ restriction_type: 'PAIR_BLOCK', pair: 'BTC-USDT' });
  const asked = async (method: string, body?: object): Promise<string> =>
    String((await ask(method, `/${id}`, body, chief.token, url)).field('request_id'));
  const review = (request: string, approve: boolean): Promise<Answer> =>
    api.request('POST', `${PATH}/review`, {
      token: other.token,
      body: { request_id: request, approve },
      headers: { 'idempotency-key': randomUUID() },
    });
  const [change, late, removal, again] = [
    await asked('PATCH', { reason: 'changed' }),
    await asked('PATCH', { reason: 'late' }),
    await asked('DELETE'),
    await asked('DELETE'),
  ];
  expect((await review(removal, true)).status).toBe(200);
  expect((await ask('GET')).json).toEqual({ trading_restrictions: [], requests: [] });
  for (const request of [change, again]) {
    const refused = await review(request, true);
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([
      422,
      'save_failed',
      'the restriction has been removed since, and the request is closed',
    ]);
    expect((await review(request, true)).status).toBe(404);
  }
  const rejected = await review(late, false);
  expect([rejected.status, rejected.json]).toEqual([200, { request_id: late, approved: false, restriction: null }]);
  const open = await api.asTenant(chief, (tx) =>
    tx.query<object[]>('SELECT 1 FROM restriction_requests WHERE tenant_id = $1 AND reviewed_at IS NULL', [
      chief.tenantId,
    ]),
  );
  expect(open).toEqual([]);
  await close();
});

it('concerns only users and venues that there are', async () => {
  const stranger = await nameOf(await api.addUser());
  for (const [field, value, text] of [
    ['username', 'nobody', "username must be the name of a user, was 'nobody'"],
    ['username', stranger, `username must be the name of a user, was '${stranger}'`],
    ['venue', 'nowhere', "venue must be one of MockExchange, sim, sim-usdm, was 'nowhere'"],
  ] as const) {
    const refused = await ask('POST', '', { restriction_type: 'PAIR_BLOCK', reason: 'r', [field]: value });
    expect([refused.status, refused.json.errors]).toEqual([400, { [field]: [text] }]);
    const id = await restrict({ restriction_type: 'PAIR_BLOCK' });
    expect((await ask('PATCH', `/${id}`, { [field]: value })).json.errors).toEqual({ [field]: [text] });
  }
});

it.each([
  [{}, ['restriction_type', 'reason']],
  [{ restriction_type: 'BLOCK', reason: 'r' }, ['restriction_type']],
  [{ restriction_type: 'PAIR_BLOCK', reason: 'r', limit: 5 }, ['limit']],
  [{ restriction_type: 'MAX_ORDER_NOTIONAL', reason: 'r' }, ['limit']],
  [{ restriction_type: 'MAX_OPEN_NOTIONAL', reason: 'r', limit: '0' }, ['limit']],
  [
    { restriction_type: 'PAIR_BLOCK', reason: ' ', pair: 'ETHUSDT', venue: 5, username: '' },
    ['pair', 'venue', 'username', 'reason'],
  ],
])('refuses %j', async (body, fields) => {
  const answer = await ask('POST', '', body);
  expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, fields]);
});
