import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ParentOrderId } from '#domain';
import { OrderHistoryRepository } from '#persistence';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { ROW_KEYS } from './documented-keys.js';
import { MULTI } from './multi-order-body.js';
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
const work = (id: string): Promise<void> => workOn(api, user, id);
const sql = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
  api.asTenant(user, (tx) => tx.query(text, [...parameters]));

describe('across all orders', () => {
  const refuse = (id: string): Promise<unknown> =>
    sql(
      `UPDATE child_orders SET status = 'closed', close_reason = 'rejected', close_code = 'INSUFFICIENT_BALANCE',
              close_text = 'Account has insufficient balance', closed_at = clock_timestamp()
       WHERE parent_order_id = $1 AND sequence = 2`,
      [id],
    );

  it('lists placements with their fills, newest first, by order, status, time and page', async () => {
    const first = String((await api.place(user)).field('id'));
    const second = String((await api.place(user, { pair: 'BTC-USDT', base_asset_qty: 1 })).field('id'));
    await work(first);
    await work(second);
    const full = await get(`/api/order/${first}`);

    const all = await get('/api/placements/');
    expect(all.keys).toEqual(['placements', 'page', 'page_size', 'has_more']);
    expect(all.json).toMatchObject({ page: 1, page_size: 100, has_more: false });
    expect((all.json.placements as { order_id: string }[]).map((p) => p.order_id)).toEqual([
      ...Array<string>(3).fill(second),
      ...Array<string>(3).fill(first),
    ]);
    const ofFirst = await get(`/api/placements?order_id=${first.toUpperCase()}`);
    expect(ofFirst.json.placements).toEqual([...(full.json.placements as unknown[])].reverse());

    const filled = await get('/api/placements/?statuses=FILLED&page_size=1');
    expect(filled.json).toMatchObject({
      page_size: 1,
      has_more: true,
      placements: [{ status: 'filled', order_id: second }],
    });
    expect(filled.json.placements[0].fills).toHaveLength(2);
    const next = await get('/api/placements/?status=filled&page_size=1&page_number=2');
    expect(next.json).toMatchObject({ page: 2, has_more: false, placements: [{ order_id: first }] });
    const [{ created_at: at }] = (await get(`/api/placements/?order_id=${second}`)).json.placements;
    const before = await get(`/api/placements/?before=${at as string}`);
    expect((before.json.placements as { order_id: string }[]).every((p) => p.order_id === first)).toBe(true);
    expect((await get(`/api/placements/?after=2999-01-01`)).json.placements).toEqual([]);
  });

  it('lists errors of orders and of their placements', async () => {
    const id = String((await api.place(user)).field('id'));
    await work(id);
    await refuse(id);
    await sql(
      `INSERT INTO order_messages (parent_order_id, tenant_id, level, type, message)
       VALUES ($1, $2, 'error', 'insufficient_balance', 'no account can pay')`,
      [id, user.tenantId],
    );
    const rejected = (await get('/api/placements?statuses=rejected')).json.placements as { id: string }[];
    const errors = await get(`/api/order_errors/?order_id=${id}`);
    expect(errors.json).toEqual({
      order_errors: [
        {
          timestamp: expect.stringMatching(/Z$/),
          order_id: id,
          code: 'insufficient_balance',
          message: 'no account can pay',
          placement_id: null,
        },
        {
          timestamp: expect.stringMatching(/Z$/),
          order_id: id,
          code: 'INSUFFICIENT_BALANCE',
          message: 'Account has insufficient balance',
          placement_id: rejected[0]?.id,
        },
      ],
      page: 1,
      page_size: 100,
      has_more: false,
    });
    const [newest] = errors.json.order_errors as { timestamp: string }[];
    expect((await get(`/api/order_errors?after=${newest?.timestamp ?? ''}`)).json.order_errors).toHaveLength(1);
    expect((await get(`/api/order_errors?before=${newest?.timestamp ?? ''}`)).json.order_errors).toHaveLength(1);
  });

  it('shows of a very long order what is newest, and says so', async () => {
    const id = String((await api.place(user)).field('id'));
    await work(id);
    await sql(`UPDATE child_orders SET venue_order_id = '884213' WHERE parent_order_id = $1 AND sequence = 2`, [id]);
    const fill = (sequence: number, from: number, to: number): Promise<unknown> =>
      sql(
        `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                            last_px, role, fee, fee_asset, fee_quote, traded_at)
         SELECT $1, $4::integer, $2, $3, 'ETHUSDT', 'v' || $4::integer, n, 0.0001, 3011.80, 'maker', 0, 'ETH', 0,
                clock_timestamp() + n * interval '1 ms'
         FROM generate_series($5::integer, $6::integer) n`,
        [id, user.tenantId, user.accountId, sequence, from, to],
      );
    await fill(2, 1, 4_997);
    await fill(1, 1, 1);
    const shown = async (): Promise<unknown[]> => {
      const answer = await get(`/api/order/${id}`);
      expect(answer.json.error).toBeUndefined();
      const { placements, fills, placements_truncated: isCut } = answer.json;
      const sequences = placements as { fills: unknown[] }[];
      return [sequences.map((p) => p.fills.length), (fills as unknown[]).length, isCut];
    };
    expect(await shown()).toEqual([[2, 1, 4_997], 5_000, false]);
    await fill(1, 2, 2);
    expect(await shown()).toEqual([[1, 2, 4_997], 5_000, true]);
    await fill(1, 3, 3);
    expect(await shown()).toEqual([[3, 4_997], 5_000, true]);
    const whole = (await get('/api/orders_with_stats/')).json.orders[0] as { fills: { trade_id: string }[] };
    expect(whole).toMatchObject({ fills_truncated: true });
    expect([whole.fills.length, whole.fills.at(-1)?.trade_id]).toEqual([2_000, '4997']);
  });

  it('bounds the fills of a page of placements, and says of which there are more', async () => {
    const id = String((await api.place(user)).field('id'));
    await work(id);
    await sql(
      `UPDATE child_orders SET venue_order_id = '884213', cum_qty = 0.5 WHERE parent_order_id = $1 AND sequence = 2`,
      [id],
    );
    const fill = (sequence: number, count: number): Promise<unknown> =>
      sql(
        `INSERT INTO fills (parent_order_id, sequence, tenant_id, account_id, symbol, venue_order_id, trade_id, last_qty,
                            last_px, role, fee, fee_asset, fee_quote, traded_at)
         SELECT $1, $4::integer, $2, $3, 'ETHUSDT', 'v' || $4::integer, gen_random_uuid(), 0.0001, 3011.80, 'maker', 0,
                'ETH', 0, clock_timestamp() + n * interval '1 ms'
         FROM generate_series(1, $5::integer) n`,
        [id, user.tenantId, user.accountId, sequence, count],
      );
    const shown = async (query = ''): Promise<unknown[]> => {
      const { placements } = (await get(`/api/placements/${query}`)).json;
      return (placements as { fills: unknown[]; fills_truncated?: true }[]).map((placement) => [
        placement.fills.length,
        placement.fills_truncated ?? false,
      ]);
    };
    await fill(2, 4_998);
    expect(await shown()).toEqual([
      [4_998, false],
      [0, false],
      [2, false],
    ]);
    await fill(0, 1);
    expect(await shown()).toEqual([
      [4_998, false],
      [0, false],
      [2, true],
    ]);
    expect(await shown('?page_size=1&page=3')).toEqual([[3, false]]);
    await fill(2, 3);
    expect(await shown()).toEqual([
      [5_000, true],
      [0, false],
      [0, true],
    ]);
  });

  it('bounds the fills of many orders together', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      ids.push(String((await api.place(user, { notes: String(i) })).field('id')));
      await work(ids[i] ?? '');
    }
    const counts = (perOrder: number, inAll: number): Promise<unknown> =>
      api.asTenant(user, async (tx) => {
        const read = new OrderHistoryRepository(tx, user.userId).fillsOf(ids as ParentOrderId[], { perOrder, inAll });
        return [...(await read).values()].map(({ fills, isCut }) => [fills.length, isCut]);
      });
    expect(await counts(2, 6)).toEqual([
      [2, false],
      [2, false],
      [2, false],
    ]);
    expect(await counts(1, 6)).toEqual([
      [1, true],
      [1, true],
      [1, true],
    ]);
    expect(await counts(2, 3)).toEqual([
      [2, false],
      [1, true],
      [0, true],
    ]);
  });

  it('lists orders with their fills and statistics', async () => {
    const id = String((await api.place(user)).field('id'));
    await api.place(user);
    await work(id);
    await sql('UPDATE parent_orders SET end_price = 3015.5 WHERE id = $1', [id]);
    const listed = await get('/api/orders_with_stats/?status=active');
    expect(listed.json).toMatchObject({ page: 1, page_size: 500, has_more: false });
    expect(Object.keys(listed.json.orders[0] as object)).toEqual([...ROW_KEYS, 'fills', 'stats']);
    const { json: full } = await get(`/api/order/${id}`);
    const [fresh, worked] = listed.json.orders as { fills: unknown; stats: object }[];
    expect(worked?.fills).toEqual(full.fills);
    expect(worked?.stats).toEqual({ ...(full.stats as object), departure_price: '3015.50' });
    expect(fresh).toMatchObject({ fills: [], stats: { departure_price: null } });
    expect((await get('/api/orders_with_stats?page_size=5000')).json.page_size).toBe(1000);
  });

  it('shows nobody what is of others', async () => {
    const id = String((await api.place(user)).field('id'));
    await work(id);
    await refuse(id);
    const colleague = await api.addColleague(user);
    expect((await get('/api/placements', colleague)).json.placements).toEqual([]);
    expect((await get('/api/order_errors', colleague)).json.order_errors).toEqual([]);
    for (const feed of ['placements', 'order_errors'])
      for (const [named, who] of [
        [id, colleague],
        ['no-uuid', user],
        ['7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab', user],
      ] as const) {
        const answer = await get(`/api/${feed}/?order_id=${named}`, who);
        expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
      }
  });

  it.each([
    ['?statuses=nope', 'statuses'],
    ['?before=yesterday', 'before'],
    ['?page=0', 'page'],
    ['?page_size=0', 'page_size'],
  ])('refuses placements %s', async (query, field) => {
    const answer = await get(`/api/placements${query}`);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, [field]]);
  });
});

describe('tca_stats', () => {
  const stats = (query = ''): Promise<Answer> => get(`/api/tca_stats/${query}`);
  const cost = (id: string, quote: number, arrival: number | null): Promise<unknown> =>
    sql(
      `INSERT INTO order_costs (parent_order_id, tenant_id, user_id, active_ms, cum_base, cum_quote, maker_quote, fee_quote,
                                arrival_bps, fee_bps, participation, details, missing)
       VALUES ($1, $2, $3, 300000, 1, $4, $4 * 0.25, $4 * 0.001, $5, 10, 0.02, '{}', '{}')`,
      [id, user.tenantId, user.userId, quote, arrival],
    );

  it('weighs what orders cost by what they executed, of those that are chosen', async () => {
    const [first, second] = await Promise.all([
      api.place(user),
      api.place(user, { pair: 'BTC-USDT', side: 'sell', base_asset_qty: 1, strategy: 'VWAP' }),
    ]);
    await work(String(first.field('id')));
    await cost(String(first.field('id')), 3000, 2);
    await cost(String(second.field('id')), 1000, 6);
    const all = await stats();
    expect(all.json.summary).toMatchObject({
      num_orders: 2,
      num_pairs: 2,
      avg_duration: 300,
      sum_notional: 4000,
      orders_value: '$4.00K',
      sum_fee: 4,
      exch_fee: '$4.00',
      fee_cost: 10,
      arrival_cost: 3,
      pov: 0.02,
      vwap_cost: null,
    });
    expect(all.json.breakdowns).toEqual({
      fill_role: { cutbys: ['All'], labels: ['MAKE', 'TAKE'], data: { MAKE: [25], TAKE: [75] } },
      fill_exchange: { cutbys: ['All'], labels: ['MockExchange'], data: { MockExchange: [100] } },
    });
    for (const query of [
      '?pair=eth-usdt',
      '?side=BUY',
      '?strategy=TWAP',
      '?strategy=6fe4ba3e-c578-45bd-824c-c523bf3c56de&accounts__name=mock',
    ])
      expect([query, (await stats(query)).json.summary.arrival_cost]).toEqual([query, 2]);
    expect((await stats('?super_strategy=standard&created_at__gte=2020-01-01')).json.summary.num_orders).toBe(2);
    for (const query of ['?super_strategy=Time%20Constant', '?created_at__lte=2020-01-01', '?strategy=IS'])
      expect((await stats(query)).json.summary).toMatchObject({ num_orders: 0, sum_notional: 0, arrival_cost: null });
    const colleague = await api.addColleague(user);
    expect((await get('/api/tca_stats', colleague)).json.summary.num_orders).toBe(0);
  });

  it.each([
    ['?strategy=TWAP&super_strategy=Standard', 'strategy'],
    ['?strategy=asdf', 'strategy'],
    ['?super_strategy=asdf', 'super_strategy'],
    ['?super_strategy=%00', 'super_strategy'],
    ['?side=up', 'side'],
    ['?pair=ETHUSDT', 'pair'],
    ['?accounts__name=nope', 'accounts__name'],
    ['?created_at__gte=yesterday', 'created_at__gte'],
  ])('refuses %s', async (query, field) => {
    const answer = await stats(query);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, [field]]);
  });
});

describe('multi_order_tca', () => {
  const store = (id: string, base: string, quote: string, arrival: number, vwap: number | null): Promise<unknown> =>
    sql(
      `INSERT INTO order_costs (parent_order_id, tenant_id, user_id, active_ms, cum_base, cum_quote, maker_quote,
                                arrival_bps, vwap_bps, details, missing)
       VALUES ($1, $2, $3, 200000, $4, $5, 0, $6, $7, '{}', '{}')`,
      [id, user.tenantId, user.userId, base, quote, arrival, vwap],
    );
  const fill = (id: string, base: string, quote: string, fee: string): Promise<unknown> =>
    sql('UPDATE parent_orders SET cum_base = $2, cum_quote = $3, fee_quote = $4 WHERE id = $1', [id, base, quote, fee]);

  it('shows what is stored of legs that have ended, what running ones cost so far, and their weighted mean', async () => {
    const placed = await api.request('POST', '/api/multi_orders/', { token: user.token, body: MULTI });
    const [sold, bought] = placed.json.child_order_ids as [string, string];
    const costs = async () => (await get(`/api/multi_order_tca?multi_order_id=${placed.json.id as string}`)).json;
    const none = { arrival_cost: null, vwap_cost: null };
    expect(await costs()).toEqual({
      ...{ multi_order_id: placed.json.id, executed_notional: 0, fee_notional: 0, ...none },
      legs: [sold, bought].map((id) => ({ order_id: id, ...none, fee_notional: 0 })),
    });
    await fill(sold, '0.1', '6000', '6'); // at 60000, the price of its arrival
    await fill(bought, '3', '9000', '-1.5');
    await store(bought, '3', '9000', 2.5, -1);
    expect(await costs()).toEqual({
      ...{ multi_order_id: placed.json.id, executed_notional: 15_000, fee_notional: 4.5 },
      ...{ arrival_cost: 1.5, vwap_cost: -1 },
      legs: [
        { order_id: sold, arrival_cost: 0, vwap_cost: null, fee_notional: 6 },
        { order_id: bought, arrival_cost: 2.5, vwap_cost: -1, fee_notional: -1.5 },
      ],
    });
    // A late fill, dearer by a tenth: what was stored does not know of it yet.
    await fill(bought, '6', '18804', '0');
    const late = await costs();
    expect(late.legs[1]).toMatchObject({ order_id: bought, vwap_cost: null });
    expect(late.legs[1].arrival_cost).toBeCloseTo(1e4 * Math.log(3134 / 3012.4), 5);
  });
});

describe('the limits of what is kept and held', () => {
  /** A copy of the order that was placed so long ago. */
  const aged = async (id: string, age: string): Promise<string> => {
    const [copy] = await api.asTenant(user, (tx) =>
      tx.query<{ id: string }[]>(
        `INSERT INTO parent_orders SELECT (p2.o).* FROM (
           SELECT jsonb_populate_record(p, jsonb_build_object('id', first_uuid_of(now() - $2::interval),
                                                              'created_at', now() - $2::interval)) AS o
           FROM parent_orders p WHERE p.id = $1) p2 RETURNING id`,
        [id, age],
      ),
    );
    return copy?.id ?? '';
  };

  it('lists what is at most 12 months old, and finds the rest by its id', async () => {
    const id = String((await api.place(user)).field('id'));
    const [old, older] = [await aged(id, '364 days'), await aged(id, '367 days')];
    for (const one of [old, older]) await work(one);
    for (const path of ['/api/orders/', '/api/active_orders/', '/api/orders_with_stats/']) {
      const { json } = await get(path);
      expect((json.orders as { id: string }[]).map((order) => order.id)).toEqual([id, old]);
    }
    const { json } = await get('/api/placements/');
    expect(new Set((json.placements as { order_id: string }[]).map((one) => one.order_id))).toEqual(new Set([old]));
    expect((await get(`/api/order/${older}`)).json.id).toBe(older);
  });

  it('lets 200 conditions of a user hold something, and no more', async () => {
    const held = { order_condition: 'TIME > dt2099-01-01T00:00' };
    const first = String((await api.place(user, held)).field('id'));
    await sql(
      `INSERT INTO held_conditions (order_id, tenant_id, user_id, is_paused)
       SELECT gen_random_uuid(), $1, $2, false FROM generate_series(1, 198)`,
      [user.tenantId, user.userId],
    );
    expect((await api.place(user, held)).status).toBe(200);
    const { status, json, headers } = await api.place(user, held);
    expect([status, json.code, json.error, headers.get('retry-after')]).toEqual([
      429,
      'too_many_orders',
      'at most 200 conditions may hold orders',
      '60',
    ]);
    expect((await api.place(user)).status).toBe(200); // without one
    expect((await api.place(await api.addUser(), held)).status).toBe(200);
    await api.request('DELETE', `/api/order/${first}`, user);
    expect((await api.place(user, held)).status).toBe(200);
  });
});
