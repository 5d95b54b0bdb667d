import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decimal, epochMs, firstPlan, type ParentOrderId } from '#domain';
import { ExecutionOrderRepository } from '#persistence';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
});
afterAll(() => api.stop());

interface Point {
  readonly at: string;
  readonly target: string;
  readonly lower: string;
  readonly upper: string;
}

it('shows the plan of an order before it begins, and as it was changed since', async () => {
  const id = (await api.place(user, { base_asset_qty: '5' })).field('id') as ParentOrderId;
  const before = await api.request('GET', `/manage/v1/orders/${id}/trajectory`, user);
  expect(before.status).toBe(200);
  expect(before.keys).toEqual([
    'order_id',
    'as_of',
    'time_start',
    'time_end',
    'target_token',
    'target_order_qty',
    'finisher_from',
    'status',
    'points',
  ]);
  expect(before.json).toMatchObject({
    order_id: id,
    target_token: 'ETH',
    target_order_qty: '5',
    finisher_from: null,
    status: 'ACTIVE',
  });
  const planned = before.json.points as Point[];
  expect(planned).toHaveLength(200);
  expect(planned[0]).toEqual({ at: before.json.time_start, target: '0', lower: '0', upper: '0.4' });
  expect(planned.at(-1)).toEqual({ at: before.json.time_end, target: '5', lower: '5', upper: '5' });
  expect(before.time('time_end') - before.time('time_start')).toBe(300_000);

  const start = before.time('time_start');
  await api.asTenant(user, async (tx) => {
    const orders = new ExecutionOrderRepository(tx, user.tenantId);
    await orders.activate({ id }, epochMs(start), null, null);
    const first = firstPlan(decimal('5'), 300_000, epochMs(start));
    await orders.addPlan(id, first);
    await orders.addPlan(id, {
      ...first,
      version: 2,
      u0: 0.5,
      x0: decimal('1'),
      reason: 'outage',
      createdAt: epochMs(start + 150_000),
    });
    await tx.query(
      `INSERT INTO order_intervals (parent_order_id, kind, from_at, to_at, tenant_id)
       VALUES ($1, 'paused', to_timestamp($2), to_timestamp($3), $4)`,
      [id, (start + 10_000) / 1000, (start + 40_000) / 1000, user.tenantId],
    );
    await orders.enterFinisher(id, epochMs(start + 330_000), decimal('4'));
  });
  const after = await api.request('GET', `/manage/v1/orders/${id}/trajectory/`, user);
  expect(after.time('time_end') - start).toBe(330_000);
  expect([after.json.status, after.time('finisher_from')]).toEqual(['FINISHER', start + 330_000]);
  const points = after.json.points as Point[];
  const targetAt = (ms: number): string | undefined =>
    points.find((point) => Date.parse(point.at) === start + ms)?.target;
  expect(Number(targetAt(10_000))).toBeCloseTo(5 / 30, 6);
  expect(targetAt(40_000)).toBe(targetAt(10_000));
  // The share of active time at the rebase is 120/300: before u0 the new plan stays at what was executed.
  expect([Number(targetAt(149_999)), targetAt(150_000)]).toEqual([expect.closeTo(2, 3), '1']);
});

it('has no points for an order without a trajectory, and no order of someone else', async () => {
  const limit = await api.place(user, { strategy: 'Limit', limit_price: 3000 });
  const id = String(limit.field('id'));
  const answer = await api.request('GET', `/manage/v1/orders/${id}/trajectory`, user);
  expect(answer.json).toMatchObject({ order_id: id, time_end: null, points: [] });
  const stranger = await api.addUser();
  const colleague = await api.addColleague(user);
  for (const [who, which] of [
    [stranger, id],
    [colleague, id],
    [user, 'no-uuid'],
    [user, '7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab'],
  ] as const) {
    const refused = await api.request('GET', `/manage/v1/orders/${which}/trajectory`, who);
    expect([refused.status, refused.json.code]).toEqual([404, 'not_found']);
  }
});

it('lists what the accounts of the caller can trade', async () => {
  const { json } = await api.request('GET', '/manage/v1/instruments', user);
  expect(json.instruments).toHaveLength(3);
  expect(json.instruments[2]).toMatchObject({ pair: 'ETH:PERP-USDT', venue: 'sim-usdm', exchange: 'MockExchange' });
  expect(json.instruments[1]).toEqual({
    pair: 'ETH-USDT',
    venue: 'sim',
    exchange: 'MockExchange',
    market_type: 'spot',
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    tick: '0.01',
    lot: '0.0001',
    min_qty: '0.0001',
    min_notional: '5',
  });
  const colleague = await api.addColleague(user);
  expect((await api.request('GET', '/manage/v1/instruments', colleague)).json).toEqual({ instruments: [] });
});

it('says how accounts stand, and when nobody looks after them', async () => {
  const shown = async (): Promise<unknown> => (await api.request('GET', '/manage/v1/accounts', user)).json.accounts;
  const account = {
    name: 'mock',
    venue: 'sim',
    exchange: 'MockExchange',
    status_at: expect.stringMatching(/Z$/),
    reason: 'created',
    external_orders: 0,
    sub_accounts: [expect.objectContaining({ venue: 'sim-usdm', status: 'offline', reason: 'created' })],
  };
  expect(await shown()).toEqual([{ ...account, status: 'offline' }]);
  const tended = (status: string) =>
    api.asTenant(user, async (tx) => {
      await tx.query(
        `UPDATE account_leases SET owner = 'g', lease_until = clock_timestamp() + interval '1 minute' WHERE account_id = $1`,
        [user.accountId],
      );
      await tx.query('UPDATE account_states SET status = $2 WHERE account_id = $1', [user.accountId, status]);
    });
  await tended('reconciling');
  expect(await shown()).toEqual([{ ...account, status: 'reconciling' }]);
  await tended('trading');
  expect(await shown()).toEqual([{ ...account, status: 'ready' }]);
});

it('asks for a token that may read', async () => {
  const canceler = await api.addUser(['cancel']);
  for (const path of ['instruments', 'accounts', 'orders/7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab/trajectory']) {
    expect((await api.request('GET', `/manage/v1/${path}`)).status).toBe(401);
    expect((await api.request('GET', `/manage/v1/${path}`, canceler)).status).toBe(403);
  }
});
