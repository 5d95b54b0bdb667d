import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, notional, type RiskLimitRow, type VenueId } from '#domain';
import { HaltRepository, InstrumentRepository, MarginTierRepository, RiskRepository } from '#persistence';
import { until } from '../../support/until.js';
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
  expect(agreed.json).toMatchObject({ request_id: requestId, approved: true, restriction: { pair: 'ETH-USDT' } });
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

describe('before an order is stored', () => {
  let user: User;
  beforeEach(async () => {
    user = await api.addUser();
  });

  it('refuses an order that is halted wherever it could trade', async () => {
    const halt = await api.asTenant(user, (tx) =>
      new HaltRepository(tx, user.tenantId).add(
        { level: 'account', scope: user.accountId, mode: 'HALTED', cancelOpen: false, reason: 'drill' },
        user.userId,
      ),
    );
    expect(halt).toBeDefined();
    const answer = await api.place(user);
    expect([answer.status, answer.json.code, answer.json.reason, answer.json.error]).toEqual([
      422,
      'risk_denied',
      'STATE_HALTED',
      'trading is halted (account): drill',
    ]);
  });

  it('asks for the side of the position where an account holds both', async () => {
    const perp = { pair: 'ETH:PERP-USDT', updated_leverage: 5 };
    const oneWay = await api.place(user, perp);
    expect([oneWay.status, oneWay.json.updated_leverage, oneWay.json.pos_side]).toEqual([200, 5, null]);
    await api.asTenant(user, (tx) =>
      tx.query('UPDATE account_states SET hedge_mode = true WHERE tenant_id = $1', [user.tenantId]),
    );
    const refused = await api.place(user, perp);
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      { pos_side: ["pos_side is required for account 'mock', which is in hedge mode"] },
    ]);
    const hedged = await api.place(user, { ...perp, pos_side: 'short' });
    expect([hedged.status, hedged.json.pos_side]).toEqual([200, 'short']);
    expect((await api.place(user)).status).toBe(200);
  });

  describe('the controls of a strict account', () => {
    const limits = (set: Partial<RiskLimitRow>): Promise<unknown> => {
      const row: RiskLimitRow = {
        ...{ enforcement: 'strict', maxQuantity: decimal('1'), maxParentQuantity: null, maxNotional: null },
        ...{ maxParentNotional: decimal('10000'), collarPct: null, driftPct: null, referenceMaxAgeMs: null },
        ...{ referenceJumpPct: null, messagesPerSecond: null, maxAccountExposure: null, maxTenantExposure: null },
        ...{ allowed: ['*'], ...set },
      };
      const tenant = { accountId: null, instrument: null };
      return api.asTenant(user, (tx) => new RiskRepository(tx, user.tenantId).put(tenant, row, user.userId));
    };
    const warningsOf = (answer: Answer): unknown => [answer.status, answer.json.warnings];

    it('refuse what is above a hard limit, before anything is stored', async () => {
      await limits({});
      const answer = await api.place(user);
      expect([answer.status, answer.json.code, answer.json.reason, answer.json.error]).toEqual([
        422,
        'risk_denied',
        'NOTIONAL_ABOVE_MAX',
        'notional must not be above 10000, was 15062',
      ]);
      expect(await api.count(user, 'parent_orders')).toBe(0);
    });

    it('warn above half of it, and of what may be a duplicate', async () => {
      await limits({});
      expect(warningsOf(await api.place(user, { base_asset_qty: 1 }))).toEqual([200, []]);
      const first = await api.place(user, { base_asset_qty: 2 });
      const near = 'notional 6024.8 is above half of the limit of 10000';
      expect(warningsOf(first)).toEqual([200, [near]]);
      const twin = `order ${String(first.field('id'))} of the last 10 s is the same: this may be a duplicate`;
      const second = await api.place(user, { base_asset_qty: 2, notes: 'again' });
      expect(warningsOf(second)).toEqual([200, [near, twin]]);
      for (const other of [{ side: 'sell' }, { base_asset_qty: 2.5 }, { limit_price: 3000 }, { pair: 'ETH:PERP-USDT' }])
        expect(warningsOf(await api.place(user, { base_asset_qty: 2, ...other }))).toEqual([200, [expect.any(String)]]);
      await api.asOwner((query) =>
        query(
          `UPDATE parent_orders SET created_at = created_at - interval '11 seconds' WHERE user_id = ${user.userId}`,
        ),
      );
      expect(warningsOf(await api.place(user, { base_asset_qty: 2 }))).toEqual([200, [near]]);
    });

    it('hold for an amendment that makes an order larger', async () => {
      await limits({});
      const { json: order } = await api.place(user, { base_asset_qty: 1 });
      const amend = (qty: number): Promise<Answer> =>
        api.request('POST', '/api/amend_order/', {
          token: user.token,
          body: { order_id: order.id, changes: { base_asset_qty: qty } },
        });
      const refused = await amend(4);
      expect([refused.status, refused.json.reason]).toEqual([422, 'NOTIONAL_ABOVE_MAX']);
      expect(warningsOf(await amend(3))).toEqual([200, ['notional 9037.2 is above half of the limit of 10000']]);
      await limits({ maxParentNotional: decimal('1') });
      expect((await amend(2)).status).toBe(200); // smaller
    });

    it('count a quote that is no dollar at its own price', async () => {
      await limits({});
      const instrument = { base: 'ETH', quote: 'BTC', pair: 'ETH-BTC', symbol: 'ETHBTC' };
      const [like] = await api.db.inSystem((tx) => new InstrumentRepository(tx).all());
      await api.db.inSystem((tx) =>
        new InstrumentRepository(tx).upsertAll([
          { ...like!, ...instrument, venue: 'sim' as VenueId, minNotional: notional('0.0001') },
        ]),
      );
      api.mids.set('ETHBTC', '0.05');
      const place = (qty: number): Promise<Answer> => api.place(user, { pair: 'ETH-BTC', base_asset_qty: qty });
      await until(async () => (await place(0.01)).json.code !== 'pair_not_available', { everyMs: 200 }); // looked up now and then
      expect(warningsOf(await place(2))).toEqual([200, ['notional 6000 is above half of the limit of 10000']]);
      const refused = await place(4);
      expect([refused.json.reason, refused.json.error]).toEqual([
        'NOTIONAL_ABOVE_MAX',
        'notional must not be above 10000, was 12000',
      ]);
    });
  });

  it('warns of what is beyond a limit of an account that only reports', async () => {
    const answer = await api.place(user, { base_asset_qty: 100 });
    expect([answer.status, answer.json.warnings]).toEqual([
      200,
      ['notional 301240 is above the limit of 250000, which is only reported here'],
    ]);
    expect((await api.place(user, { base_asset_qty: 5 })).json.warnings).toEqual([]);
    expect((await api.place(user, { base_asset_qty: 5 })).json.warnings).toEqual([]);
  });

  it('refuses leverage beyond what the venue allows, where it tells', async () => {
    const perp = { pair: 'ETH:PERP-USDT', updated_leverage: 126 };
    expect((await api.place(user, { ...perp, updated_leverage: 200 })).status).toBe(200);
    await tellTiers();
    const text = "updated_leverage must be at most 125 for ETH:PERP-USDT on account 'mock', was 126";
    const refused = await api.place(user, perp);
    expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
      422,
      'leverage_out_of_range',
      { updated_leverage: [text] },
    ]);
    expect((await api.place(user, { ...perp, updated_leverage: 125 })).status).toBe(200);
    expect((await api.place(user, { updated_leverage: 126 })).status).toBe(200); // spot: ignored
    const chained = await api.request('POST', '/api/chained_orders/', {
      token: user.token,
      body: {
        orders_in_chain: [
          { order_request: P, priority: 1 },
          { order_request: { ...P, ...perp }, priority: 2 },
        ],
      },
    });
    expect([chained.status, chained.json.errors]).toEqual([
      422,
      { 'orders_in_chain[1].order_request.updated_leverage': [text] },
    ]);
    const asked = await api.request('POST', '/api/set_leverage/', {
      token: user.token,
      body: { account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage: '126' },
    });
    expect([asked.status, asked.json.code, asked.json.error]).toEqual([
      422,
      'leverage_out_of_range',
      'leverage must be at most 125 for ETH:PERP-USDT, was 126',
    ]);
    expect(asked.json.results).toEqual([
      {
        account_id: user.accountId,
        account_name: 'mock',
        pair: 'ETH:PERP-USDT',
        leverage: '126',
        success: false,
        message: asked.json.error as string,
      },
    ]);
    expect(await api.count(user, 'account_commands')).toBe(0);
  });

  it('names the account whose venue cannot do what the parameters ask', async () => {
    const { url, close } = await api.addReplica({
      venues: [
        { id: 'sim', exchange: 'MockExchange', product: 'spot', tier: 1, rests: false, cannotPromise: [] },
        { id: 'sim-usdm', exchange: 'MockExchange', product: 'linear', tier: 1, reducesOnly: false, cannotPromise: [] },
      ],
    });
    const options = { url, token: user.token };
    for (const [flag, pair] of [
      ['passive_only', 'ETH-USDT'],
      ['reduce_only', 'ETH:PERP-USDT'],
    ] as const) {
      const refused = await api.place(user, { pair, strategy_params: { [flag]: true } }, options);
      expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
        400,
        'invalid',
        { [`strategy_params.${flag}`]: [`${flag} is not supported by account 'mock'`] },
      ]);
    }
    expect((await api.place(user, {}, options)).status).toBe(200);
    await close();
  });

  /** As the gateway stores what the venue told it. */
  const tellTiers = (): Promise<void> =>
    api.db.inSystem((tx) =>
      new MarginTierRepository(tx).tell(
        'sim-usdm' as VenueId,
        new Map([
          [
            'ETHUSDT',
            [
              {
                notionalCap: decimal('50000'),
                maxLeverage: 125,
                maintenanceRate: decimal('0.004'),
                deduction: decimal('0'),
              },
            ],
          ],
        ]),
      ),
    );
});
