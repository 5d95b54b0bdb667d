import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConditionVars, ParentOrderId } from '#domain';
import type { RunningService } from '#observability';
import { AccountStateRepository, DatabaseClock, OrderConditionRepository, wakeParentsOf } from '#persistence';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { startReferenceMarket, type ReferenceMarket } from '../../support/reference-market.js';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer, type User } from '../api-gateway/api-harness.js';

let api: ApiHarness;
let user: User;
let clock: DatabaseClock;
const markets: ReferenceMarket[] = [];
let schedulers: RunningService[] = [];
/** Placed before everything else, so that no test has to wait for its end. */
let expiring: { readonly placed: Answer; readonly expiry: number };

beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
  clock = await DatabaseClock.start(api.db);
  markets.push(await startReferenceMarket(api.database, clock), await startReferenceMarket(api.database, clock));
  await quote('ETH', '3012.30', '3012.50');
  schedulers = [await startOrderScheduler(api.database), await startOrderScheduler(api.database)];
  const expiry = clock.now() + 2_000;
  const order_condition_expiry = new Date(expiry).toISOString();
  expiring = {
    placed: await api.place(user, { order_condition: 'TIME > dt2099-01-01T00:00', order_condition_expiry }),
    expiry,
  };
});
afterAll(async () => {
  await stopSchedulers();
  for (const market of markets) await market.stop();
  clock.stop();
  await api.stop();
});

async function stopSchedulers(): Promise<void> {
  const running = schedulers;
  schedulers = [];
  await Promise.all(running.map((scheduler) => scheduler.stop()));
}

const quote = (base: 'BTC' | 'ETH', bid: string, ask: string): Promise<void> =>
  markets[base === 'ETH' ? 0 : 1]!.quote(bid, ask, { symbol: `${base}USDT`, pair: `${base}-USDT` });
const get = (id: string): Promise<Answer> => api.request('GET', `/api/order/${id}`, { token: user.token });
async function untilOrder(id: string, what: string, test: (order: Answer['json']) => boolean): Promise<Answer['json']> {
  let seen: Answer['json'];
  await until(
    async () => {
      seen = (await get(id)).json;
      return test(seen);
    },
    { what },
  );
  return seen;
}
async function held(condition: string, more: object = {}): Promise<string> {
  const placed = await api.place(user, { order_condition: condition, ...more });
  expect([placed.status, placed.json.status]).toEqual([200, 'SCHEDULED']);
  return placed.json.id as string;
}
const typesOf = (order: Answer['json']): string[] => order.messages.map((message: { type: string }) => message.type);
const inTenant: ApiHarness['db']['inTenant'] = (tenantId, work) => api.db.inTenant(tenantId, work);

describe('an order with a condition', () => {
  it('OA-41 is held: no start, its postfix told', async () => {
    const placed = await api.place(user, { order_condition: 'TIME > dt2099-01-01T00:00' });
    expect(placed.status).toBe(200);
    expect(placed.json).toMatchObject({
      status: 'SCHEDULED',
      active: true,
      time_start: null,
      time_end: null,
      duration: 300,
      order_condition: 'TIME > dt2099-01-01T00:00',
      order_condition_postfix: 'TIME dt2099-01-01T00:00 >',
      order_condition_vars: {},
      order_condition_expiry: null,
    });
    const { id } = placed.json;
    expect((await get(id)).json).toMatchObject({ status: 'SCHEDULED', time_start: null });
    const list = await api.request('GET', '/api/active_orders/', { token: user.token });
    expect(list.json.orders.find((row: { id: string }) => row.id === id)).toMatchObject({
      status: 'SCHEDULED',
      time_start: null,
      order_condition: 'TIME > dt2099-01-01T00:00',
    });
  });

  it('OA-43 is refused with the place of the fault', async () => {
    const refused = await api.place(user, { order_condition: 'BTC-USDT@Binance >' });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      code: 'invalid',
      error: 'order_condition: unexpected end at 18',
      errors: { order_condition: ['order_condition: unexpected end at 18'] },
      position: 18,
    });
  });

  it('begins at once when it is true at submission, and its duration counts from then', async () => {
    const id = await held('ETH-USDT@Binance > 3000');
    const order = await untilOrder(id, 'the order is active', (o) => o.status === 'ACTIVE');
    expect(Date.parse(order.time_start)).toBeGreaterThanOrEqual(Date.parse(order.created_at));
    expect(Date.parse(order.time_end) - Date.parse(order.time_start)).toBe(300_000);
    expect(typesOf(order).filter((type) => type === 'condition_met')).toHaveLength(1);
    const [instants] = await inTenant(user.tenantId, (tx) =>
      tx.query<object[]>(
        `SELECT date_trunc('milliseconds', released_at) = activated_at AS "begins with its release"
         FROM parent_orders WHERE id = $1`,
        [id],
      ),
    );
    expect(instants).toEqual({ 'begins with its release': true });
    expect(order.messages.map((m: { message: string }) => m.message)).toContain(
      'order accepted, waits for its condition',
    );
    const updates = await inTenant(user.tenantId, (tx) =>
      tx.query<{ update_type: string }[]>('SELECT update_type FROM order_updates WHERE order_id = $1 ORDER BY id', [
        id,
      ]),
    );
    expect(updates.map((u) => u.update_type)).toEqual(['order_created', 'order_activated']);
  });

  it('holds an order of any strategy, from its start time on', async () => {
    const start = new Date(clock.now() + 700).toISOString();
    const market = await held('1 < 2', { strategy: 'Market', duration: undefined });
    const later = await held('1 < 2', { start_datetime: start });
    await untilOrder(market, 'the market order is active', (o) => o.status !== 'SCHEDULED');
    const begun = await untilOrder(later, 'the later order is active', (o) => o.status === 'ACTIVE');
    expect(Date.parse(begun.time_start)).toBeGreaterThanOrEqual(Date.parse(start));
  });

  it('says once that there is no value, and goes on waiting', async () => {
    const id = await held('BTC-USDT@MockExchange > 1');
    const order = await untilOrder(id, 'the owner is told', (o) => typesOf(o).includes('condition_void'));
    expect(order.status).toBe('SCHEDULED');
    const missing = (): Promise<{ condition_missing: object }[]> =>
      inTenant(user.tenantId, (tx) => tx.query('SELECT condition_missing FROM parent_orders WHERE id = $1', [id]));
    await until(async () => Object.keys((await missing())[0]?.condition_missing ?? {}).length === 1, {
      what: 'it is kept since when the price is missing',
    });
    await quote('BTC', '59999', '60001');
    const begun = await untilOrder(id, 'the order is active', (o) => o.status === 'ACTIVE');
    expect(typesOf(begun).filter((type) => type === 'condition_void')).toHaveLength(1);
  });

  it('example 11: keeps its variables over a restart', async () => {
    await quote('BTC', '59999', '60001');
    const id = await held(':hi ?= BTC-USDT@Binance; :hi := max(:hi, BTC-USDT@Binance); BTC-USDT@Binance < :hi * 0.98');
    await untilOrder(id, 'the first price is kept', (o) => o.order_condition_vars.hi === '60000');
    await quote('BTC', '61999', '62001');
    await untilOrder(id, 'the higher price is kept', (o) => o.order_condition_vars.hi === '62000');
    await stopSchedulers();
    await quote('BTC', '60699', '60701');
    expect((await get(id)).json).toMatchObject({ status: 'SCHEDULED', order_condition_vars: { hi: '62000' } });
    schedulers = [await startOrderScheduler(api.database)];
    const order = await untilOrder(id, 'the order is active', (o) => o.status === 'ACTIVE');
    expect(order.order_condition_vars).toEqual({ hi: '62000' });
  });

  it('that expired while no scheduler ran ends when one runs again, and is not released', async () => {
    await stopSchedulers();
    const id = await held('1 < 2', { order_condition_expiry: '2099-01-01' });
    await inTenant(user.tenantId, async (tx) => {
      await tx.query("UPDATE parent_orders SET condition_expires_at = now() - interval '1 s' WHERE id = $1", [id]);
      await tx.query('UPDATE due_work SET due_at = now() WHERE parent_order_id = $1', [id]);
    });
    schedulers = [await startOrderScheduler(api.database)];
    const ended = await untilOrder(id, 'the order has expired', (o) => o.status === 'CANCELED');
    expect(ended.failure_reason).toBe('condition_expired');
  });

  it('is not released while it is paused, and its expiry counts all the same', async () => {
    const pause = (id: string, verb: 'pause' | 'resume'): Promise<Answer> =>
      api.request('POST', `/api/${verb}_order/`, { token: user.token, body: { order_id: id } });
    await quote('BTC', '59999', '60001');
    const counting = ':n ?= 0; :n := :n + 1; BTC-USDT@Binance > 70000';
    const resumed = await held(counting);
    const expiring = await held(counting, { order_condition_expiry: '2099-01-01' });
    for (const id of [resumed, expiring]) {
      await untilOrder(id, 'it is evaluated', (o) => Number(o.order_condition_vars.n) > 1);
      expect((await pause(id, 'pause')).json.status).toBe('PAUSED');
    }
    await quote('BTC', '79999', '80001');
    const witness = await held('BTC-USDT@Binance > 70000');
    await untilOrder(witness, 'another condition has seen the price', (o) => o.status === 'ACTIVE');
    for (const id of [resumed, expiring]) expect((await get(id)).json.status).toBe('PAUSED');
    expect((await pause(resumed, 'resume')).json.status).toBe('SCHEDULED');
    await untilOrder(resumed, 'the order is active', (o) => o.status === 'ACTIVE');
    await inTenant(user.tenantId, async (tx) => {
      await tx.query("UPDATE parent_orders SET condition_expires_at = now() - interval '1 s' WHERE id = $1", [
        expiring,
      ]);
      await tx.query('UPDATE due_work SET due_at = now() WHERE parent_order_id = $1', [expiring]);
    });
    const ended = await untilOrder(expiring, 'the paused order has expired', (o) => o.status === 'CANCELED');
    expect(ended.failure_reason).toBe('condition_expired');
  });

  it('is canceled by its owner like any other', async () => {
    const id = await held('1 > 2');
    const canceled = await api.request('DELETE', `/api/order/${id}`, { token: user.token });
    expect(canceled.json).toMatchObject({ status: 'CANCELED', failure_reason: '', time_start: null });
    const refused = await inTenant(user.tenantId, (tx) => {
      const change = { orderId: id as ParentOrderId, before: {}, vars: {}, missing: {} };
      return new OrderConditionRepository(tx, user.tenantId).release(change);
    });
    expect(refused).toBe(false);
  });

  it('keeps the variables of whoever was first', async () => {
    await stopSchedulers();
    const id = (await held(':n ?= 1; :n > 5')) as ParentOrderId;
    const save = (before: ConditionVars, vars: ConditionVars): Promise<number> =>
      inTenant(user.tenantId, async (tx) => {
        const orders = new OrderConditionRepository(tx, user.tenantId);
        return (await orders.save([{ orderId: id, before, vars, missing: {} }])).size;
      });
    expect(await save({}, { n: '1' })).toBe(1);
    expect(await save({}, { n: '9' })).toBe(0);
    expect(await save({ n: '1' }, { n: '2' })).toBe(1);
    expect((await get(id)).json.order_condition_vars).toEqual({ n: '2' });
    const released = await inTenant(user.tenantId, (tx) =>
      new OrderConditionRepository(tx, user.tenantId).release({ orderId: id, before: {}, vars: {}, missing: {} }),
    );
    expect(released).toBe(false);
    schedulers = [await startOrderScheduler(api.database)];
  });

  it('ends when it can have no value', async () => {
    const id = (await held('1 > 2')) as ParentOrderId;
    await inTenant(user.tenantId, (tx) =>
      new OrderConditionRepository(tx, user.tenantId).fail(id, clock.now(), 'ETH-USDT@X had no price for 24 h'),
    );
    const ended = (await get(id)).json;
    expect(ended).toMatchObject({ status: 'CANCELED', failure_reason: 'condition_failed' });
    expect(ended.messages[0]).toMatchObject({ level: 'error', message: 'ETH-USDT@X had no price for 24 h' });
  });

  it('OA-42 ends at its expiry', async () => {
    const { placed, expiry } = expiring;
    expect(placed.json.status).toBe('SCHEDULED');
    expect(placed.time('order_condition_expiry')).toBe(expiry);
    const ended = await untilOrder(placed.json.id, 'the order has expired', (o) => o.status === 'CANCELED');
    expect(ended).toMatchObject({ failure_reason: 'condition_expired', completion_reason: null, time_start: null });
    expect(Date.parse(ended.updated_at)).toBeGreaterThanOrEqual(expiry);
    expect(typesOf(ended)).toContain('order_failed');
    const held = await api.db.inSystem((tx) =>
      tx.query<unknown[]>('SELECT 1 FROM held_conditions WHERE order_id = $1', [placed.json.id]),
    );
    expect(held).toEqual([]);
  });

  it('is one of at most 200 of its owner', async () => {
    const other = await api.addUser();
    await api.db.inSystem((tx) =>
      tx.query(
        `INSERT INTO held_conditions (order_id, tenant_id, user_id, is_paused)
         SELECT gen_random_uuid(), $1, $2, true FROM generate_series(1, 200)`,
        [other.tenantId, other.userId],
      ),
    );
    const refused = await api.place(other, { order_condition: '1 > 2' });
    expect([refused.status, refused.json.code]).toEqual([429, 'too_many_orders']);
    expect((await api.place(other)).status).toBe(200);
  });
});

it('an order ends when the key of its only account is gone', async () => {
  const other = await api.addUser();
  const placed = await api.place(other);
  expect(placed.status).toBe(200);
  const read = (): Promise<Answer> => api.request('GET', `/api/order/${placed.json.id as string}`, other);
  await api.asOwner((query) =>
    query(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint, revoked_at)
           VALUES ('${other.accountId}', 1, '${other.tenantId}', '', clock_timestamp())`),
  );
  // As the gateway leaves an account for which it has no session.
  await api.asTenant(other, async (tx) => {
    await new AccountStateRepository(tx, other.tenantId).setStatus(other.accountId, 'read_only', 'no credential');
    await wakeParentsOf(tx, other.tenantId, other.accountId);
  });
  await until(async () => (await read()).json.status === 'CANCELED');
  const { failure_reason, messages } = (await read()).json;
  expect(failure_reason).toBe('credentials_invalid');
  expect(messages).toContainEqual(
    expect.objectContaining({
      level: 'error',
      message: 'No account of the order has a valid key: no credential',
    }),
  );
});
