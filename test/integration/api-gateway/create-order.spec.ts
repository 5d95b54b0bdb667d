import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, notional, price, quantity, type VenueId } from '#domain';
import { MinuteBarRepository } from '#persistence';
import { ApiHarness, P, type User } from './api-harness.js';
import { DETAIL_KEYS } from './documented-keys.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

const INTENT_TABLES = ['parent_orders', 'order_messages', 'outbox', 'due_work', 'audit_log'];
const PAIR_TEXT = 'pair must correct syntax: {BASE}-{QUOTE} or {BASE}:{VARIANT}-{QUOTE} ex. ETH-USDT or ETH:PERP-USDT';
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('POST /api/orders/', () => {
  it('OA-1 places P: every key of 4.1, converted at the mid', async () => {
    const answer = await api.place(user);

    expect(answer.status).toBe(200);
    expect(answer.keys).toEqual(DETAIL_KEYS);
    expect(answer.json).toMatchObject({
      id: expect.stringMatching(UUID_V7),
      buy_token: 'ETH',
      sell_token: 'USDT',
      buy_token_amount: '5.00000000000000000000',
      sell_token_amount: '15062.00000000000000000000',
      strategy: '6fe4ba3e-c578-45bd-824c-c523bf3c56de',
      strategy_name: 'TWAP',
      super_strategy: 'Standard',
      limit_price: '-1.00000000000000000000',
      duration: 300,
      accounts: [user.accountId],
      account_names: ['mock'],
      exchanges: ['mockexchange'],
      user: user.userId,
      executed_qty: 0,
      executed_price: null,
      executed_notional: 0,
      target_order_qty: '5',
      target_remaining_qty: '5',
      pct_filled: '0.00',
      total_fee: '0.00',
      active: true,
      status: 'ACTIVE',
      live_child_orders: 0,
      engine_passiveness: '0.02000000000000000000',
      schedule_discretion: '0.08000000000000000000',
      warnings: [],
    });
    expect(answer.json.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(answer.json.time_start).toBe(answer.json.created_at);
    expect(answer.time('time_end') - answer.time('time_start')).toBe(300_000);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('OA-1 stores row, history, due work, job and audit together (B-01, D-02)', async () => {
    const { json } = await api.place(user);

    const found = await api.asTenant(user, async (tx) => ({
      order: await tx.query(
        `SELECT status, algorithm, sizing, order_qty::text, arrival_price::text, duration_ms::text, params, venue, symbol,
                activated_at FROM parent_orders WHERE id = $1`,
        [json.id],
      ),
      work: await tx.query(
        'SELECT kind, sequence, due_at <= clock_timestamp() AS due FROM due_work WHERE parent_order_id = $1',
        [json.id],
      ),
      jobs: await tx.query(`SELECT job, payload FROM outbox WHERE payload->>'parentOrderId' = $1`, [json.id]),
      audit: await tx.query('SELECT entity, event FROM audit_log WHERE entity_id = $1', [json.id]),
      messages: await tx.query('SELECT level, type FROM order_messages WHERE parent_order_id = $1', [json.id]),
      partition: await tx.query('SELECT tableoid::regclass::text AS name FROM parent_orders WHERE id = $1', [json.id]),
    }));
    expect(found.order).toEqual([
      {
        status: 'ACTIVE',
        algorithm: 'twap',
        sizing: 'base',
        order_qty: '5.000000000000000000',
        arrival_price: '3012.400000000000000000',
        duration_ms: '300000',
        params: {
          passiveness: '0.02',
          discretion: '0.08',
          passiveOnly: false,
          activeLimit: false,
          strictDuration: false,
          oolPause: false,
          maxClipNotional: null,
          alphaTilt: '0',
          povLimit: null,
          povTarget: null,
          isReverseLimit: false,
          reduceOnly: false,
          orderSlices: null,
          targetTime: null,
        },
        venue: 'sim',
        symbol: 'ETHUSDT',
        activated_at: null,
      },
    ]);
    expect(found.work).toEqual([{ kind: 'parent.wake', sequence: -1, due: true }]);
    expect(found.jobs).toEqual([
      {
        job: 'parent-order.activate',
        payload: {
          v: 1,
          tenantId: user.tenantId,
          parentOrderId: json.id,
          traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        },
      },
    ]);
    expect(found.audit).toEqual([{ entity: 'parent_order', event: 'accepted' }]);
    expect(found.messages).toEqual([{ level: 'info', type: 'order_created' }]);
    expect(found.partition[0].name).toMatch(/^parent_orders_y\d{4}m\d{2}$/);
  });

  it('OA-3 answers both slash forms directly', async () => {
    for (const path of ['/api/orders', '/api/orders/']) {
      const answer = await api.request('POST', path, { token: user.token, body: P });
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  it('OA-18 takes nulls as absent', async () => {
    const nulls = Object.fromEntries(
      [
        'quote_asset_qty sell_token_amount engine_passiveness schedule_discretion alpha_tilt pov_limit pov_target',
        'limit_price is_reverse_limit_price stop_price order_condition order_condition_expiry start_datetime',
        'strategy_params notes custom_order_id updated_leverage max_otc pos_side market_type order_slices',
      ]
        .join(' ')
        .split(' ')
        .map((name) => [name, null]),
    );
    const [plain, withNulls] = [await api.place(user), await api.place(user, nulls)];
    expect(withNulls.status).toBe(200);
    const same = ({ id: _id, ...rest }: { id?: unknown }) =>
      Object.fromEntries(Object.entries(rest).filter(([key]) => !/_at$|^time_|start_datetime/.test(key)));
    expect(same(withNulls.json as object)).toEqual(same(plain.json as object));
  });

  it('OA-14 OA-17 OA-26 OA-22 shows the canonical pair, strings as numbers, the strategy by UUID and unknown fields', async () => {
    const answer = await api.place(user, {
      pair: 'eth-usdt',
      base_asset_qty: '10',
      strategy: '6fe4ba3e-c578-45bd-824c-c523bf3c56de',
      foo: 1,
    });
    expect(answer.json).toMatchObject({ pair: 'ETH-USDT', target_order_qty: '10', strategy_name: 'TWAP' });
    expect(answer.json.warnings).toEqual(["unknown field 'foo' was ignored"]);
  });

  it.each([
    ['OA-11', { side: 'wrong' }, 'side', "side must be 'buy' or 'sell'"],
    ['OA-12', { strategy: 'asdf' }, 'strategy', 'unexpected strategy asdf'],
    ['OA-13', { pair: '//ETH-USDT//' }, 'pair', PAIR_TEXT],
    ['OA-13', { pair: 'ETHUSDT' }, 'pair', PAIR_TEXT],
    ['OA-15', { base_asset_qty: 0 }, 'base_asset_qty', 'base_asset_qty must be greater than 0'],
    ['OA-15', { base_asset_qty: -1 }, 'base_asset_qty', 'base_asset_qty must be greater than 0'],
    ['OA-16', { quote_asset_qty: 100 }, 'base_asset_qty', expect.stringMatching(/^only one of \[/)],
    ['OA-20', { schedule_discretion: 1.1 }, 'schedule_discretion', expect.stringMatching(/must be \[0,1\]$/)],
    ['OA-24', { duration: null }, 'duration', 'duration or pov_target must be provided'],
    ['OA-25', { strategy: 'Limit' }, 'limit_price', 'limit_price is required for Limit'],
    ['OA-27', { accounts: ['nope'] }, 'accounts', "unknown account 'nope'"],
  ])('%s answers 400 to %j', async (_, more, field, text) => {
    const answer = await api.place(user, more);
    expect([answer.status, answer.json.code, answer.json.error]).toEqual([400, 'invalid', text]);
    expect(answer.json.errors).toEqual({ [field]: [text] });
    expect(await api.count(user, 'parent_orders')).toBe(0);
  });

  it.each([
    ['OA-19', { schedule_discretion: 0 }, '0.00000000000000000000', {}, /^schedule_discretion below 0.02/],
    ['OA-20', { schedule_discretion: 0.8 }, '0.80000000000000000000', {}, /^schedule_discretion above 0.5/],
    ['OA-21', { strategy_params: { asdf: 1 } }, '0.08000000000000000000', {}, /'strategy_params.asdf'/],
  ])('%s accepts %j with one warning', async (_, more, discretion, params, warning) => {
    const { status, json } = await api.place(user, more);
    expect([status, json.schedule_discretion, json.strategy_params]).toEqual([200, discretion, params]);
    expect(json.warnings).toEqual([expect.stringMatching(warning)]);
  });

  it('OA-25 places a Limit order with no end', async () => {
    const refused = await api.place(user, { strategy: 'Limit' });
    expect([refused.status, refused.json.error]).toEqual([400, 'limit_price is required for Limit']);
    const placed = await api.place(user, { strategy: 'Limit', limit_price: 3000 });
    expect(placed.json).toMatchObject({
      status: 'ACTIVE',
      strategy_name: 'Limit',
      limit_price: '3000.00000000000000000000',
      time_end: null,
      duration: null,
    });
  });

  it('keeps digits that a double would lose', async () => {
    const rawBody = JSON.stringify(P).replace('"base_asset_qty":5', '"base_asset_qty":12345678.1234');
    const { json } = await api.place(user, {}, { rawBody });
    expect(json.target_order_qty).toBe('12345678.1234');
    const quote = JSON.stringify(P).replace(
      '"base_asset_qty":5',
      '"quote_asset_qty":12345678901234567.123456789012345678',
    );
    const large = await api.place(user, {}, { rawBody: quote });
    expect(large.json.target_order_qty).toBe('12345678901234567.123456789012345678');
    expect(large.json.sell_token_amount).toBe('12345678901234567.12345678901234567800');
  });

  it('stores whatever text and names it accepts', async () => {
    const notes = '  \u0001 "quotes" \\ ünï 😀 \u2028';
    const { status, json } = await api.place(user, { notes, custom_order_id: 'ü 😀', 'x\0': 1, 'y\ud800': 2 });
    expect([status, json.warnings]).toEqual([
      200,
      ["unknown field 'x?' was ignored", "unknown field 'y?' was ignored"],
    ]);
    const found = await api.request('GET', `/api/order/${json.id}`, user);
    expect([found.json.notes, found.json.custom_order_id]).toEqual([notes, 'ü 😀']);
  });

  it('schedules a later start without a mid, and says when', async () => {
    api.mids.forget('ETHUSDT');
    try {
      const at = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '123Z');
      const { status, json } = await api.place(user, { start_datetime: at });
      expect([status, json.status, json.time_start, json.sell_token_amount]).toEqual([
        200,
        'SCHEDULED',
        at,
        '-1.00000000000000000000',
      ]);
      const [work] = await api.asTenant(user, (tx) =>
        tx.query(
          'SELECT due_at, (SELECT min(not_before) FROM outbox WHERE tenant_id = $2) AS not_before FROM due_work WHERE parent_order_id = $1',
          [json.id, user.tenantId],
        ),
      );
      expect(work).toEqual({ due_at: new Date(Date.parse(at) + 1), not_before: new Date(Date.parse(at) + 1) });
    } finally {
      api.mids.set('ETHUSDT', '3012.40');
    }
  });

  it('refuses with 503 while there is no fresh mid', async () => {
    api.mids.set('ETHUSDT', '3012.40', 11_000);
    try {
      const { status, json, headers } = await api.place(user);
      expect([status, json.code, json.error]).toEqual([503, 'no_market_data', 'no market data for ETH-USDT']);
      expect(headers.get('retry-after')).toBe('1');
    } finally {
      api.mids.set('ETHUSDT', '3012.40');
    }
    expect(await api.count(user, 'parent_orders')).toBe(0);
  });

  it('refuses with 422 what the venue would not trade', async () => {
    const unlisted = await api.place(user, { pair: 'DOGE-USDT' });
    expect([unlisted.status, unlisted.json.code, unlisted.json.error]).toEqual([
      422,
      'pair_not_available',
      "DOGE-USDT is not available on 'mock'",
    ]);
    const small = await api.place(user, { base_asset_qty: '0.0015' });
    expect([small.status, small.json.code]).toEqual([422, 'below_minimum']);
    const huge = await api.place(user, { base_asset_qty: '99999999999999999999' });
    expect([huge.status, huge.json.errors]).toEqual([
      400,
      {
        base_asset_qty: [
          'base_asset_qty is too large: its worth in quote at 3012.4 must be below 10^20, was 99999999999999999999',
        ],
      },
    ]);
    expect(small.json.error).toBe('notional must be at least the minimum of 5 USDT, was 4.5186 USDT at 3012.4');
  });

  it('OA-28 refuses a custom id the second time and names the first order', async () => {
    const first = await api.place(user, { custom_order_id: 'a-1' });
    const second = await api.place(user, { custom_order_id: 'a-1' });
    expect([first.status, first.json.custom_order_id]).toEqual([200, 'a-1']);
    expect([second.status, second.json.code, second.json.order_id, second.json.error]).toEqual([
      409,
      'duplicate_custom_order_id',
      first.json.id,
      "custom_order_id 'a-1' is already used",
    ]);
    expect(await api.count(user, 'parent_orders')).toBe(1);
    const stranger = await api.place(await api.addUser(), { custom_order_id: 'a-1' });
    expect(stranger.status).toBe(200);
  });

  it('OA-29 answers a repeated Idempotency-Key with the stored answer, one order', async () => {
    const headers = { 'Idempotency-Key': 'try 1' };
    const first = await api.place(user, {}, { headers });
    const again = await api.place(user, { notes: null, accounts: ['mock'] }, { headers });
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect([again.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([200, first.text, 'true']);
    expect(await api.count(user, 'parent_orders')).toBe(1);
  });

  it('OA-29 gives twenty concurrent twins one order (D-04)', async () => {
    const headers = { 'Idempotency-Key': 'twins' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.place(user, { custom_order_id: 'twin' }, { headers })),
    );
    expect(answers.map((a) => a.status)).toEqual(Array<number>(20).fill(200));
    expect(new Set(answers.map((a) => a.json.id as string)).size).toBe(1);
    expect(answers.filter((a) => a.headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
    expect(await api.count(user, 'parent_orders')).toBe(1);
  });

  it('OA-30 refuses the same key with another body, and stores no failures', async () => {
    const headers = { 'Idempotency-Key': 'k' };
    expect((await api.place(user, { side: 'wrong' }, { headers })).status).toBe(400);
    expect((await api.place(user, {}, { headers })).status).toBe(200);
    const other = await api.place(user, { base_asset_qty: 6 }, { headers });
    expect([other.status, other.json.code]).toEqual([409, 'idempotency_mismatch']);
    const bad = await api.place(user, {}, { headers: { 'Idempotency-Key': 'x'.repeat(129) } });
    expect([bad.status, bad.json.code]).toEqual([400, 'invalid']);
  });

  it('OA-23 estimates the duration of an order that follows volume', async () => {
    const blind = await api.place(user, { duration: null, pov_target: 0.1 });
    expect([blind.status, blind.json.duration, blind.json.pov_target]).toEqual([
      200,
      604_800,
      '0.10000000000000000000',
    ]);
    expect((await api.place(user, { pov_target: 0.1 })).json.duration).toBe(300);
    const minute = Math.floor(Date.now() / 60_000) * 60_000;
    const bar = {
      ...{
        open: price('3000'),
        high: price('3000'),
        low: price('3000'),
        close: price('3000'),
        trades: 1,
        bought: null,
        first: null,
        last: null,
        complete: true,
      },
      base: quantity('60'),
      quote: notional('180000'),
    };
    const bars = [2, 1].map((ago) => ({
      venue: 'sim' as VenueId,
      symbol: 'BTCUSDT',
      bar: { ...bar, minute: epochMs(minute - ago * 60_000) },
    }));
    await api.db.inSystem((tx) => new MinuteBarRepository(tx).save(bars));
    // A tenth of the market for 20 BTC is 180 of others, and they trade one a second.
    const order = { pair: 'BTC-USDT', base_asset_qty: 20, strategy: 'POV', pov_target: 0.1 };
    const answer = await api.place(user, { ...order, duration: null });
    expect([answer.json.duration, answer.time('time_end') - answer.time('time_start')]).toEqual([180, 180_000]);
    const shown = await api.request('GET', `/api/order/${answer.json.id}`, user);
    expect([shown.json.duration, shown.json.time_end]).toEqual([180, answer.json.time_end]);
    expect((await api.place(user, { ...order, duration: 60 })).json.duration).toBe(60);
  });

  it('shows the window of a Target Time order, and holds it until then', async () => {
    const target = Date.now() + 3_600_000;
    const params = { target_time: new Date(target).toISOString(), interval_minutes: 30 };
    const answer = await api.place(user, { strategy: 'Target Time', duration: null, strategy_params: params });
    expect([answer.status, answer.json.status, answer.json.duration]).toEqual([200, 'SCHEDULED', 1_800]);
    expect(answer.time('time_start')).toBe(target - 900_000);
    expect(answer.time('time_end')).toBe(target + 900_000);
    expect(answer.json.strategy_params).toEqual(params);
  });

  it('OA-29 holds on every POST, each path for itself', async () => {
    const { json: order } = await api.place(user);
    const ask = (path: string, ids: unknown[], key: string) =>
      api.request('POST', path, { token: user.token, body: { order_ids: ids }, headers: { 'Idempotency-Key': key } });
    const first = await ask('/api/order_messages/', [order.id], 'm');
    await api.request('DELETE', `/api/order/${order.id}`, user);
    const again = await ask('/api/order_messages', [order.id], 'm');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null]);
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    expect(again.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await ask('/api/order_messages/', [], 'm')).json.code).toBe('idempotency_mismatch');
    expect((await ask('/api/order_messages/', [order.id], 'n')).text).not.toBe(first.text);
    const elsewhere = await api.place(user, {}, { headers: { 'Idempotency-Key': 'm' } });
    expect([elsewhere.status, elsewhere.headers.get('idempotency-replayed')]).toEqual([200, null]);
    const stranger = await api.place(await api.addUser(), {}, { headers: { 'Idempotency-Key': 'm' } });
    expect([stranger.status, stranger.headers.get('idempotency-replayed')]).toEqual([200, null]);
  });

  it('keeps the key with what was done or neither, though the refusal comes after the writing', async () => {
    const headers = { 'Idempotency-Key': 'late' };
    await api.place(user, { custom_order_id: 'taken' });
    expect((await api.place(user, { custom_order_id: 'taken' }, { headers })).status).toBe(409);
    expect(await api.count(user, 'idempotency_keys')).toBe(0);
    expect(await api.count(user, 'parent_orders')).toBe(1);
  });

  it('forgets a key after 72 hours, and clears away old ones as new ones come', async () => {
    const headers = { 'Idempotency-Key': 'old' };
    const first = await api.place(user, {}, { headers });
    for (const key of ['older 1', 'older 2']) await api.place(user, {}, { headers: { 'Idempotency-Key': key } });
    const age = (hours: string): Promise<unknown> =>
      api.asOwner((query) =>
        query(
          `UPDATE idempotency_keys SET created_at = clock_timestamp() - interval '${hours}' WHERE user_id = ${user.userId}`,
        ),
      );
    await age('71 hours 59 minutes');
    expect((await api.place(user, {}, { headers })).json.id).toBe(first.json.id);
    await age('72 hours');
    const anew = await api.place(user, { base_asset_qty: 6 }, { headers });
    expect([anew.status, anew.headers.get('idempotency-replayed'), anew.json.id === first.json.id]).toEqual([
      200,
      null,
      false,
    ]);
    expect(await api.count(user, 'idempotency_keys')).toBe(1);
  });

  it('refuses the 501st open order', async () => {
    await api.place(user);
    await api.asTenant(user, (tx) =>
      tx.query(
        `INSERT INTO parent_orders SELECT (p2.o).* FROM (
           SELECT jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid())) AS o
           FROM parent_orders p, generate_series(1, 499) WHERE p.tenant_id = $1) p2`,
        [user.tenantId],
      ),
    );
    const { status, json, headers } = await api.place(user);
    expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'too_many_orders', '60']);
  });

  it('names the field at fault in every refusal that has one', async () => {
    const refused = async (more: Record<string, unknown>): Promise<[number, string[]]> => {
      const { status, json } = await api.place(user, more);
      expect(Object.values(json.errors as Record<string, string[]>)[0]?.[0]).toBe(json.error);
      return [status, Object.keys(json.errors as object)];
    };
    const small = { base_asset_qty: null };
    expect([
      await refused({ side: 'wrong', pair: '//' }),
      await refused({ pair: 'DOGE-USDT' }),
      await refused({ base_asset_qty: '0.00001' }),
      await refused({ ...small, quote_asset_qty: 1 }),
      await refused({ ...small, sell_token_amount: 1 }),
      await refused({ ...small, sell_token_amount: '0.0001', side: 'sell' }),
      await refused({ limit_price: '0.001' }),
      await refused({ strategy_params: { passive_only: 1 } }),
    ]).toEqual([
      [400, ['pair', 'side']],
      [422, ['pair']],
      [422, ['base_asset_qty']],
      [422, ['quote_asset_qty']],
      [422, ['sell_token_amount']],
      [422, ['sell_token_amount']],
      [400, ['limit_price']],
      [400, ['strategy_params.passive_only']],
    ]);
  });

  it('leaves nothing behind when it refuses', async () => {
    const before = await Promise.all(INTENT_TABLES.map((table) => api.count(user, table)));
    for (const more of [
      { side: 'wrong' },
      { accounts: ['nope'] },
      { pair: 'DOGE-USDT' },
      { base_asset_qty: '0.0001' },
      { limit_price: '0.001', custom_order_id: 'c' },
    ]) {
      const answer = await api.place(user, more, { headers: { 'Idempotency-Key': 'once' } });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.keys).toEqual(['error', 'message', 'detail', 'code', 'errors', 'request_id']);
    }
    expect(await Promise.all(INTENT_TABLES.map((table) => api.count(user, table)))).toEqual(before);
    expect(await api.count(user, 'custom_order_ids')).toBe(0);
    expect(await api.count(user, 'idempotency_keys')).toBe(0);
  });
});
