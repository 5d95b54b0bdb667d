import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { DETAIL_KEYS, FULL_KEYS, ROW_KEYS } from './documented-keys.js';
import { workOn } from './worked-order.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

const get = (path: string, as = user): Promise<Answer> => api.request('GET', path, as);
const cancel = (id: string, as = user): Promise<Answer> => api.request('DELETE', `/api/order/${id}/`, as);
const idsOf = (answer: Answer): string[] => (answer.json.orders as { id: string }[]).map((order) => order.id);

const sql = <Row = Record<string, unknown>>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));

describe('one order', () => {
  it('OA-34 shows placements and fills whose sum is what was executed', async () => {
    const { json: created } = await api.place(user, { custom_order_id: 'mine', notes: 'n' });
    await workOn(api, user, created.id as string);

    const full = await get(`/api/order/${created.id}`);

    expect(full.status).toBe(200);
    expect([...full.keys].sort()).toEqual([...FULL_KEYS].sort());
    expect(full.json).toMatchObject({
      executed_qty: 1.2,
      executed_price: 3011.8,
      executed_notional: 3614.16,
      average_executed_price: '3011.80',
      executed_buy_qty: '1.2',
      target_executed_qty: '1.2',
      target_remaining_qty: '3.8',
      pct_filled: '24.00',
      total_fee: '3.61416',
      live_child_orders: 2,
      placements_truncated: false,
      stats: {
        arrival_price: '3012.40',
        slippage_bps: '-1.99',
        vwap: '3012.00',
        vwap_slippage_bps: '-0.66',
        fee_bps: '10.00',
        participation_rate: '0.05',
        market_volume: '24',
      },
    });
    expect(
      (full.json.placements as Record<string, unknown>[]).map((p) => [p['status'], p['qty'], p['executed_qty']]),
    ).toEqual([
      ['filled', '1.2', '1.2'],
      ['working', '1.2', '0'],
      ['pending', '1.2', '0'],
    ]);
    expect(full.json.placements[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      order_id: created.id,
      created_at: expect.any(String),
      closed_at: expect.any(String),
      account_name: 'mock',
      exchange: 'MockExchange',
      pair: 'ETH-USDT',
      side: 'buy',
      order_type: 'limit',
      time_in_force: 'GTX',
      price: '3011.80',
      qty: '1.2',
      executed_qty: '1.2',
      average_price: '3011.80',
      status: 'filled',
      client_order_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      exchange_order_id: '884211',
      reject_reason: '',
      fills: full.json.fills,
    });
    expect(full.json.fills).toEqual([
      {
        id: expect.any(String),
        trade_id: '55120',
        timestamp: expect.stringMatching(/\.\d{6}Z$/),
        price: '3011.80',
        qty: '0.5',
        notional: '1505.90',
        fee: '0.0005',
        fee_token: 'ETH',
        role: 'MAKE',
      },
      expect.objectContaining({ trade_id: '55121', qty: '0.7', notional: '2108.26' }),
    ]);
    expect(full.json.messages).toEqual([
      { timestamp: expect.any(String), level: 'info', type: 'order_created', message: 'order accepted' },
    ]);
    expect(full.text).toContain('"executed_price":3011.8,');

    const summary = await get(`/api/order_summary/${created.id}`);
    expect(summary.json).toEqual({ ...full.json, placements: [], fills: [] });
  });

  it('tells the market and its share of it while an order runs, and what was stored once it has ended', async () => {
    const { json: created } = await api.place(user, { custom_order_id: 'runs' });
    const id = created.id as string;
    await workOn(api, user, id);
    const sql = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
      api.asTenant(user, (tx) => tx.query(text, [...parameters]));
    const stats = async () => (await get(`/api/order/${id}`)).json.stats;
    // 4 at 3,000 in a stretch that is over; the running one began at a count of 100, and 20 more were counted since.
    const count = { before: '0', from: null, highest: '0', since: 1, publicBefore: ['4', '12000'] };
    const counts = { 'ETHUSDT.sim': { ...count, publicFrom: ['100', '300000'] } };
    await sql(`UPDATE parent_orders SET end_volume = NULL, end_notional = NULL, volume_counts = $2 WHERE id = $1`, [
      id,
      JSON.stringify(counts),
    ]);
    await sql(
      `INSERT INTO feed_volumes (venue, symbol, cum_base, cum_quote, last_trade_id) VALUES ('sim', 'ETHUSDT', 120, 360240, '9')
       ON CONFLICT (venue, symbol) DO UPDATE SET cum_base = 120, cum_quote = 360240`,
      [],
    );
    expect(await stats()).toMatchObject({ vwap: '3010.00', participation_rate: '0.05', market_volume: '24' });

    // Of what was stored with the end, another order of the same owner traded a part.
    await sql(
      `INSERT INTO order_costs (parent_order_id, tenant_id, user_id, active_ms, cum_base, cum_quote, maker_quote, market_base,
                                market_quote, others_base, details, missing)
       SELECT id, tenant_id, user_id, 1, cum_base, cum_quote, maker_quote, 30, 90600, 10.8, '{}', '{}' FROM parent_orders
       WHERE id = $1`,
      [id],
    );
    expect(await stats()).toMatchObject({ vwap: '3020.00', participation_rate: '0.1', market_volume: '30' });

    // That it is not known was found with the end: nothing that is still counted takes its place.
    await sql(
      `UPDATE order_costs SET market_base = NULL, market_quote = NULL, others_base = NULL WHERE parent_order_id = $1`,
      [id],
    );
    await sql(`UPDATE parent_orders SET status = 'CANCELED', activated_at = start_at, ended_at = now() WHERE id = $1`, [
      id,
    ]);
    expect(await stats()).toMatchObject({ vwap: null, participation_rate: null, market_volume: null });
  });

  it('begins no sooner than it was to start, though activation is kept in milliseconds', async () => {
    const { json } = await api.place(user);
    await api.asTenant(user, (tx) =>
      tx.query(`UPDATE parent_orders SET activated_at = date_trunc('milliseconds', start_at) WHERE id = $1`, [json.id]),
    );
    const begun = (await get(`/api/order/${json.id as string}`)).json;
    expect([begun.time_start, begun.time_end]).toEqual([json.start_datetime, json.time_end]);
  });

  it('shows the same as create right after it', async () => {
    const { json: created } = await api.place(user, {
      strategy_params: { max_clip_size: '100.50', passive_only: true },
      limit_price: '3000.123',
      schedule_discretion: 0,
      max_otc: 150,
    });
    const { json: found } = await get(`/api/order/${created.id}`);
    expect(Object.fromEntries(DETAIL_KEYS.map((key) => [key, found[key]]))).toEqual(created);
    expect(created).toMatchObject({
      strategy_params: { max_clip_size: '100.50', passive_only: true },
      limit_price: '3000.12000000000000000000',
      schedule_discretion: '0.00000000000000000000',
      max_otc: '1.00000000000000000000',
    });
    const [stored] = await sql('SELECT params FROM parent_orders WHERE id = $1', [created.id]);
    expect(stored).toMatchObject({
      params: {
        passiveness: '0.02',
        discretion: '0.02',
        passiveOnly: true,
        activeLimit: false,
        strictDuration: false,
        oolPause: false,
        maxClipNotional: '100.5',
      },
    });
  });

  it('OA-36 hides the orders of others, in another tenant or in the same', async () => {
    const { json } = await api.place(user);
    const stranger = await api.addUser();
    const colleague = await api.addColleague(user);
    for (const other of [stranger, colleague])
      for (const path of [`/api/order/${json.id}`, `/api/order_summary/${json.id}`]) {
        const answer = await get(path, other);
        expect([answer.status, answer.json.error]).toEqual([404, 'Not found.']);
      }
    expect((await cancel(json.id as string, colleague)).status).toBe(404);
    expect(idsOf(await get('/api/orders/', colleague))).toEqual([]);
    expect((await get(`/api/order/${json.id}`)).json.status).toBe('ACTIVE');
  });

  it.each(['nope', '7d430be0-b31b-46b5-ad35', 'x'.repeat(1_500), "1' OR '1'='1"])(
    'answers the malformed id %s with 404',
    async (id) => {
      for (const method of ['GET', 'DELETE'])
        expect((await api.request(method, `/api/order/${encodeURIComponent(id)}`, user)).status).toBe(404);
    },
  );

  it('finds an order by its id in capitals', async () => {
    const { json } = await api.place(user);
    expect((await get(`/api/order/${String(json.id).toUpperCase()}`)).json.id).toBe(json.id);
  });
});

describe('cancel', () => {
  it('OA-4 cancels with a trailing slash: status, intents, history and jobs together', async () => {
    const { json: created } = await api.place(user);
    await workOn(api, user, created.id as string);
    await sql('DELETE FROM outbox WHERE tenant_id = $1', [user.tenantId]);

    const answer = await cancel(created.id as string);

    expect(answer.status).toBe(200);
    expect(answer.keys).toEqual([...DETAIL_KEYS, 'message']);
    expect(answer.json).toMatchObject({
      id: created.id,
      status: 'CANCELED',
      active: false,
      live_child_orders: 1,
      failure_reason: '',
      completion_reason: null,
      message: 'Successfully canceled order.',
    });
    expect(
      await sql(
        `SELECT sequence, status, close_reason, cancel_requested_at IS NOT NULL AS asked FROM child_orders
         WHERE parent_order_id = $1 ORDER BY sequence`,
        [created.id],
      ),
    ).toEqual([
      { sequence: 0, status: 'closed', close_reason: 'filled', asked: false },
      { sequence: 1, status: 'working', close_reason: null, asked: true },
      { sequence: 2, status: 'closed', close_reason: 'canceled', asked: true },
    ]);
    expect(
      await sql('SELECT kind, sequence FROM due_work WHERE parent_order_id = $1 ORDER BY kind, sequence', [created.id]),
    ).toEqual(
      expect.arrayContaining([
        { kind: 'child.cancel', sequence: 1 },
        { kind: 'parent.wake', sequence: -1 },
      ]),
    );
    expect(
      await sql(`SELECT 1 FROM due_work WHERE parent_order_id = $1 AND kind = 'child.submit' AND sequence = 2`, [
        created.id,
      ]),
    ).toEqual([]);
    expect(await sql('SELECT job FROM outbox WHERE tenant_id = $1 ORDER BY job', [user.tenantId])).toEqual([
      { job: 'parent-order.wake' }, // the cancel is said by the commit itself
    ]);
    const events = await sql<{ event: string }>('SELECT event FROM audit_log WHERE entity_id = $1 ORDER BY id', [
      created.id,
    ]);
    expect(events.map((e) => e.event)).toEqual(['accepted', 'canceled']);
    const [stored] = await sql('SELECT status, ended_at IS NOT NULL AS ended FROM parent_orders WHERE id = $1', [
      created.id,
    ]);
    expect(stored).toEqual({ status: 'CANCELED', ended: true });
  });

  it('OA-35 says so the second time, and changes nothing', async () => {
    const { json: created } = await api.place(user);
    await cancel(created.id as string);
    const before = await sql('SELECT version, updated_at FROM parent_orders WHERE id = $1', [created.id]);
    const again = await cancel(created.id as string);
    expect([again.status, again.json.status, again.json.message]).toEqual([
      200,
      'CANCELED',
      'Order is already canceled.',
    ]);
    expect(await sql('SELECT version, updated_at FROM parent_orders WHERE id = $1', [created.id])).toEqual(before);
  });

  it('OA-35 refuses to cancel a complete order', async () => {
    const { json: created } = await api.place(user);
    await sql(
      `UPDATE parent_orders SET status = 'COMPLETE', completion_reason = 'filled', ended_at = clock_timestamp() WHERE id = $1`,
      [created.id],
    );
    const answer = await cancel(created.id as string);
    expect([answer.status, answer.json.code, answer.json.error]).toEqual([
      409,
      'already_complete',
      'Order is already complete.',
    ]);
    expect((await get(`/api/order/${created.id}`)).json.status).toBe('COMPLETE');
  });

  it('gives many who cancel at once one cancel', async () => {
    const { json: created } = await api.place(user);
    const answers = await Promise.all(Array.from({ length: 8 }, () => cancel(created.id as string)));
    expect(answers.map((a) => a.status)).toEqual(Array<number>(8).fill(200));
    expect(answers.filter((a) => a.json.message === 'Successfully canceled order.')).toHaveLength(1);
  });
});

describe('lists', () => {
  it('OA-33 shows rows: names and strings where Detail has ids and numbers', async () => {
    const { json: created } = await api.place(user);
    const answer = await get('/api/orders/');
    expect(answer.keys).toEqual(['orders', 'page', 'page_size', 'has_more']);
    expect(answer.json).toMatchObject({ page: 1, page_size: 100, has_more: false });
    const [row] = answer.json.orders;
    expect(Object.keys(row as object)).toEqual(ROW_KEYS);
    expect(row).toMatchObject({
      id: created.id,
      strategy: 'TWAP',
      executed_qty: '0',
      executed_notional: '0.00',
      buy_token_amount: '5',
      sell_token_amount: '15062',
      limit_price: null,
      engine_passiveness: '0.02',
      schedule_discretion: '0.08',
      alpha_tilt: '0',
      time_start: created.time_start,
      time_end: created.time_end,
    });
  });

  it('OA-31 OA-32 filters by status, however it is written', async () => {
    const { json: first } = await api.place(user);
    const { json: second } = await api.place(user, { custom_order_id: 'c-2' });
    const { json: third } = await api.place(user);
    await cancel(first.id as string);
    await sql(
      `UPDATE parent_orders SET status = 'COMPLETE', completion_reason = 'filled', ended_at = clock_timestamp() WHERE id = $1`,
      [third.id],
    );
    for (const query of [
      'statuses=ACTIVE&statuses=PAUSED',
      'statuses=ACTIVE,PAUSED',
      'status=ACTIVE,PAUSED',
      'statuses=active&status=Paused',
    ])
      expect([query, idsOf(await get(`/api/orders/?${query}`))]).toEqual([query, [second.id]]);
    for (const query of ['statuses=COMPLETED', 'status=complete'])
      expect([query, idsOf(await get(`/api/orders/?${query}`))]).toEqual([query, [third.id]]);
    expect(idsOf(await get('/api/orders/'))).toEqual([third.id, second.id, first.id]);
    expect(idsOf(await get('/api/active_orders/'))).toEqual([second.id]);
    expect(idsOf(await get('/api/active_orders/?statuses=COMPLETE'))).toEqual([]);
    expect(idsOf(await get('/api/orders/?custom_order_ids=c-2,nope'))).toEqual([second.id]);
    const { json: odd } = await api.place(user, { custom_order_id: ' c,2 ' });
    expect(idsOf(await get('/api/orders/?custom_order_ids=%20c%2C2%20'))).toEqual([odd.id]);
    expect(idsOf(await get('/api/orders/?custom_order_ids=%00'))).toEqual([]);
    expect(idsOf(await get('/api/orders/?account_names=mock&statuses=CANCELED'))).toEqual([first.id]);
  });

  it('cuts by creation time, before exclusive and after inclusive, to the microsecond', async () => {
    const { json: first } = await api.place(user);
    const { json: second } = await api.place(user);
    const { json: third } = await api.place(user);
    const at = encodeURIComponent(String(second.created_at));
    expect(idsOf(await get(`/api/orders/?before=${at}`))).toEqual([first.id]);
    expect(idsOf(await get(`/api/orders/?after=${at}`))).toEqual([third.id, second.id]);
  });

  it('pages', async () => {
    const ids = [];
    for (let i = 0; i < 5; i += 1) ids.unshift((await api.place(user)).json.id as string);
    const pages = [
      await get('/api/orders/?page_size=2'),
      await get('/api/orders/?page_size=2&page=2'),
      await get('/api/orders/?page_size=2&page_number=3'),
    ];
    expect(
      pages.map((page) => [idsOf(page), page.field('page'), page.field('page_size'), page.field('has_more')]),
    ).toEqual([
      [ids.slice(0, 2), 1, 2, true],
      [ids.slice(2, 4), 2, 2, true],
      [ids.slice(4), 3, 2, false],
    ]);
    expect((await get('/api/orders/?page_size=5000')).json.page_size).toBe(1000);
  });

  it.each([
    ['before=yesterday', 'before', "before must be an ISO-8601 time, was 'yesterday'"],
    ['page=0', 'page', "page out of range, must be [1,1000], was '0'"],
    ['page=1001', 'page', "page out of range, must be [1,1000], was '1001'"],
    ['page_size=0', 'page_size', "page_size must be at least 1, was '0'"],
    [
      'statuses=OPEN',
      'statuses',
      "unexpected status 'OPEN', must be one of SCHEDULED, ACTIVE, PAUSED, FINISHER, COMPLETE, CANCELED",
    ],
    ['account_names=nope', 'account_names', "unknown account 'nope'"],
  ])('OA-32 refuses ?%s', async (query, field, text) => {
    const answer = await get(`/api/orders/?${query}`);
    expect([answer.status, answer.json.error, answer.json.errors]).toEqual([400, text, { [field]: [text] }]);
  });
});

describe('messages', () => {
  it('lists the messages of own orders and leaves others out', async () => {
    const { json: own } = await api.place(user);
    await cancel(own.id as string);
    const { json: foreign } = await api.place(await api.addUser());
    const answer = await api.request('POST', '/api/order_messages/', {
      token: user.token,
      body: { order_ids: [own.id, foreign.id, 'nope'] },
    });
    expect(answer.status).toBe(200);
    expect(answer.keys).toEqual([own.id]);
    expect((answer.json[own.id as string] as { type: string }[]).map((m) => m.type)).toEqual([
      'order_canceled',
      'order_created',
    ]);
  });

  it.each([
    [{}, 'order_ids must be a non-empty list, was missing'],
    [{ order_ids: 'x' }, "order_ids must be a non-empty list, was 'x'"],
    [{ order_ids: Array<string>(101).fill('x') }, 'order_ids must be a list of at most 100, was 101'],
    [{ order_ids: [5] }, 'order_ids must hold ids, was 5'],
  ])('refuses %j', async (body, text) => {
    const answer = await api.request('POST', '/api/order_messages/', { token: user.token, body });
    expect([answer.status, answer.json.errors]).toEqual([400, { order_ids: [text] }]);
  });
});
