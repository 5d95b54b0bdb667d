import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decimal, epochMs, firstPlan, type ParentOrderId, type VenueOrderId } from '#domain';
import {
  AccountLeaseRepository,
  ExecutionOrderRepository,
  ExternalOrderRepository,
  PositionRepository,
  type ExternalOrder,
} from '#persistence';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());

describe('orders', () => {
  let user: User;
  beforeAll(async () => {
    user = await api.addUser();
  });

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
});

describe('venue accounts', () => {
  let user: User;
  beforeAll(async () => {
    user = await api.addUser(['read', 'trade', 'cancel', 'admin']);
  });

  const ORDER: ExternalOrder = {
    symbol: 'ETHUSDT',
    venueOrderId: '77' as VenueOrderId,
    clientText: 'autoclose-1',
    side: 'sell',
    status: 'working',
    orderQty: decimal('2'),
    cumQty: decimal('0.5'),
    price: decimal('1900'),
    venueAt: epochMs(1_764_000_000_000),
  };
  const seen = (orders: readonly ExternalOrder[]) =>
    api.asTenant(user, (tx) => new ExternalOrderRepository(tx, user.tenantId).save(user.accountId, orders));

  it('shows orders of others, and takes the command to cancel the one that it names', async () => {
    await seen([ORDER]);
    const listed = await api.request('GET', '/manage/v1/accounts/mock/external-orders', user);
    expect(listed.json.external_orders).toMatchObject([
      {
        symbol: 'ETHUSDT',
        exchange_order_id: '77',
        client_order_id: 'autoclose-1',
        status: 'working',
        qty: '2',
        executed_qty: '0.5',
        price: '1900',
      },
    ]);
    const path = '/manage/v1/accounts/mock/external-orders/ETHUSDT/77/cancel';
    const first = await api.request('POST', path, user);
    expect([first.status, first.json.outcome]).toEqual([202, null]);
    const again = await api.request('POST', path, user);
    expect(again.json.id).toBe(first.json.id);
    const read = await api.request('GET', `/manage/v1/accounts/mock/commands/${String(first.json.id)}`, user);
    expect(read.json).toMatchObject({ kind: 'cancel_external', symbol: 'ETHUSDT', argument: '77', outcome: null });
    expect((await api.request('POST', path.replace('/77/', '/78/'), user)).status).toBe(404);
  });

  it('never lets an older word on an order of others replace a newer one, nor open what has ended', async () => {
    const later = epochMs(ORDER.venueAt + 1_000);
    await seen([{ ...ORDER, cumQty: decimal('1'), venueAt: later }]);
    await seen([ORDER]);
    const find = () =>
      api.asTenant(user, (tx) => new ExternalOrderRepository(tx, user.tenantId).find(user.accountId, 'ETHUSDT', '77'));
    expect((await find())?.cumQty.toFixed()).toBe('1');
    await seen([{ ...ORDER, cumQty: decimal('1'), status: 'canceled', venueAt: later }]);
    await seen([{ ...ORDER, cumQty: decimal('1'), venueAt: epochMs(later + 1) }]);
    expect((await find())?.status).toBe('canceled');
  });

  it('RL-S04 shows and commands nothing of another tenant or user', async () => {
    const stranger = await api.addUser(['read', 'cancel', 'admin']);
    const colleague = await api.addColleague(user);
    const own = await api.request('GET', '/manage/v1/accounts/mock/external-orders', stranger);
    expect(own.json.external_orders).toEqual([]);
    expect((await api.request('GET', '/manage/v1/accounts/mock/external-orders', colleague)).status).toBe(404);
    expect(
      (await api.request('POST', '/manage/v1/accounts/mock/external-orders/ETHUSDT/77/cancel', stranger)).status,
    ).toBe(404);
  });

  it('shows positions with their age, and those that a poll leaves out as gone', async () => {
    const held = await api.asTenant(user, (tx) =>
      new AccountLeaseRepository(tx).acquire('test', ['sim' as never], 60_000),
    );
    const epoch = held.find(({ accountId }) => accountId === user.accountId)?.epoch ?? -1;
    const position = {
      symbol: 'BTCUSDT',
      side: 'short' as const,
      qty: decimal('-0.5'),
      entryPx: decimal('60000'),
      markPx: decimal('59000'),
      unrealizedPnl: decimal('500'),
      leverage: decimal('5'),
      marginType: 'isolated' as const,
    };
    const save = (positions: readonly (typeof position)[], at: number) =>
      api.asTenant(user, (tx) =>
        new PositionRepository(tx, user.tenantId).save(user.accountId, positions, 'poll', epochMs(at), epoch),
      );
    const shown = async () => (await api.request('GET', '/manage/v1/accounts/mock/positions', user)).json.positions;
    expect(await save([position], 1_000)).toBe('saved');
    expect(await shown()).toMatchObject([
      { symbol: 'BTCUSDT', side: 'short', qty: '-0.5', entry_price: '60000', leverage: '5', is_stale: false },
    ]);
    await save([{ ...position, qty: decimal('-9') }], 999);
    expect(await shown()).toMatchObject([{ qty: '-0.5' }]);
    await save([], 2_000);
    expect(await shown()).toEqual([]);
  });

  it('takes one change of a setting at a time, and says what is wrong with others', async () => {
    const post = async (body: object) =>
      api.request('POST', '/manage/v1/accounts/mock/settings', { token: user.token, body });
    expect((await post({ symbol: 'BTCUSDT', leverage: 5 })).json).toMatchObject({
      kind: 'set_leverage',
      symbol: 'BTCUSDT',
      argument: '5',
    });
    expect((await post({ hedge_mode: true })).json).toMatchObject({ kind: 'set_hedge_mode', argument: 'on' });
    for (const body of [
      {},
      { hedge_mode: true, leverage: 5 },
      { hedge_mode: 'yes' },
      { leverage: 5 },
      { symbol: 'BTCUSDT', leverage: 0.5 },
      { symbol: 'BTCUSDT', margin_type: 'both' },
      { symbol: 'BTCUSDT', leverage: 5, more: 1 },
    ])
      expect((await post(body)).status).toBe(400);
  });
});

describe('risk limits and halts', () => {
  let chief: User;
  let trader: User;
  beforeAll(async () => {
    chief = await api.addUser(['read', 'trade', 'cancel', 'halt', 'admin']);
    trader = await api.addUser();
  });

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
    expect(
      (await request(chief, 'PUT', 'risk-limits', { max_notional: '100000.5', max_basket_notional: '7' })).status,
    ).toBe(200);
    expect((await request(chief, 'PUT', 'risk-limits', { account: 'mock', max_quantity: '4' })).status).toBe(200);
    const { json } = await request(chief, 'GET', 'risk-limits');
    expect(json.defaults).toMatchObject({
      max_notional: '50000',
      max_basket_notional: '1000000',
      collar_pct: '3',
      messages_per_second: 20,
    });
    expect(json.limits).toMatchObject([
      { account: 'mock', max_quantity: '4', collar_pct: null, allowed: null },
      { account: null, max_notional: '100000.5', max_basket_notional: '7' },
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
      tx.query<{ event: string }[]>(
        `SELECT event FROM audit_log WHERE entity = 'halt' AND entity_id = $1 ORDER BY id`,
        [id],
      ),
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
});
