import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, epochMs, price, quantity, type ParentOrderId } from '#domain';
import { ChildOrderRepository, RestrictionRepository, wakeParent } from '#persistence';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer, type User } from './api-harness.js';
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

const amend = (id: unknown, changes: unknown, more: Record<string, unknown> = {}): Promise<Answer> =>
  api.request('POST', '/api/amend_order/', { token: user.token, body: { order_id: id, changes, ...more } });
const get = (id: unknown): Promise<Answer> => api.request('GET', `/api/order/${String(id)}`, user);
const place = async (more: Record<string, unknown> = {}): Promise<Answer> => {
  const answer = await api.place(user, more);
  expect([answer.status, answer.json.error]).toEqual([200, undefined]);
  return answer;
};
const sql = <Row = Record<string, unknown>>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));
const rowOf = async (id: unknown): Promise<Record<string, unknown>> =>
  (await sql('SELECT * FROM parent_orders WHERE id = $1', [id]))[0] ?? {};

/** One and a half executed, half a unit at work. */
async function trade(id: unknown): Promise<void> {
  await api.asTenant(user, (tx) =>
    new ChildOrderRepository(tx, user.tenantId).add(
      id as ParentOrderId,
      'a'.repeat(32),
      [
        {
          sequence: 0,
          accountId: user.accountId,
          venue: 'sim' as never,
          symbol: 'ETHUSDT',
          side: 'buy',
          purpose: 'clip',
          timeInForce: 'gtx',
          price: price('3000'),
          orderQty: quantity('0.5'),
        },
      ],
      epochMs(Date.now()),
    ),
  );
  await sql(`UPDATE child_orders SET status = 'working' WHERE parent_order_id = $1`, [id]);
  await sql(
    `UPDATE parent_orders SET activated_at = clock_timestamp() - interval '60 seconds', cum_base = 1.5, cum_quote = 4500
     WHERE id = $1`,
    [id],
  );
}

describe('amend', () => {
  it('OA-37 changes quantity and duration at once', async () => {
    const placed = await place();
    const answer = await amend(placed.json.id, { base_asset_qty: 100, duration: 3600 });

    expect([answer.status, answer.json.error]).toEqual([200, undefined]);
    expect([...answer.keys].sort()).toEqual([...DETAIL_KEYS, 'message'].sort());
    expect(answer.json).toMatchObject({
      message: 'Successfully amended order.',
      target_order_qty: '100',
      buy_token_amount: '100.00000000000000000000',
      sell_token_amount: '301240.00000000000000000000',
      duration: 3600,
      warnings: ['notional 301240 is above the limit of 250000, which is only reported here'],
    });
    expect(answer.time('time_end') - answer.time('time_start')).toBe(3_600_000);
    expect(answer.json.time_start).toBe(placed.json.time_start);
    const { messages } = (await get(placed.json.id)).json;
    expect(messages[0]).toMatchObject({
      type: 'order_amended',
      message: 'amended by request: base_asset_qty, duration',
    });
    const events = await sql(`SELECT event FROM audit_log WHERE entity_id = $1 ORDER BY id`, [placed.json.id]);
    expect(events).toEqual([{ event: 'accepted' }, { event: 'amended' }]);
  });

  it('OA-38 refuses a quantity below what is executed, and changes nothing of the rest', async () => {
    const { json } = await place();
    await trade(json.id);
    const before = await rowOf(json.id);
    const answer = await amend(json.id, { base_asset_qty: 1.4, duration: 3600 });
    expect([answer.status, answer.json.errors]).toEqual([
      400,
      { base_asset_qty: ['base_asset_qty must be at least the executed 1.5, was 1.4'] },
    ]);
    expect(await rowOf(json.id)).toEqual(before);
  });

  it('OA-38 refuses a key that cannot be amended beside one that can', async () => {
    const { json } = await place();
    const before = await rowOf(json.id);
    const answer = await amend(json.id, { side: 'sell', duration: 600 });
    expect([answer.status, answer.json.error, answer.json.errors]).toEqual([
      400,
      'side cannot be amended',
      { side: ['side cannot be amended'] },
    ]);
    expect(await rowOf(json.id)).toEqual(before);
  });

  it('refuses keys that every object has like any key that it does not know', async () => {
    const { json } = await place();
    const keys = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];
    const answer = await amend(json.id, Object.fromEntries(keys.map((key) => [key, 1])));
    expect([answer.status, Object.entries(answer.json.errors as object)]).toEqual([
      400,
      keys.map((key) => [key, [`${key} cannot be amended`]]),
    ]);
  });

  it('lets a quantity below executed and working wait until children are closed', async () => {
    const { json } = await place();
    await trade(json.id);
    const answer = await amend(json.id, { base_asset_qty: 1.7 });
    expect([answer.status, answer.json.target_order_qty, answer.json.amend_pending]).toEqual([200, '5', '1.7']);
    expect(await sql('SELECT cancel_reason FROM child_orders WHERE parent_order_id = $1', [json.id])).toEqual([
      { cancel_reason: 'amended' },
    ]);
    const raised = await amend(json.id, { base_asset_qty: 2 });
    expect([raised.json.target_order_qty, raised.keys.includes('amend_pending')]).toEqual(['2', false]);
  });

  it.each([
    ['buy', `amend_price = 3010, amend_qty = 0.5, amend_status = 'requested'`],
    ['sell', `side = 'sell', price = 2985`],
  ])('counts what a %s sized in quote has at work by the price that it may fill at', async (side, change) => {
    const { json } = await place({ side, base_asset_qty: null, quote_asset_qty: 15_000 });
    await trade(json.id);
    await sql(`UPDATE child_orders SET ${change} WHERE parent_order_id = $1`, [json.id]);
    const fits = await amend(json.id, { quote_asset_qty: 6_007 });
    expect([fits.status, fits.keys.includes('amend_pending')]).toEqual([200, false]);
    const waits = await amend(json.id, { quote_asset_qty: 6_004 });
    expect([waits.status, waits.json.amend_pending]).toEqual([200, '6004']);
  });

  it('takes the waiting quantity when all is closed, as much as was executed by then at least', async () => {
    const { json } = await place();
    await trade(json.id);
    await amend(json.id, { base_asset_qty: 1.7 });
    const scheduler = await startOrderScheduler(api.database);
    try {
      const isPutOff = async (): Promise<boolean> =>
        (
          await sql(
            `SELECT 1 FROM due_work WHERE kind = 'parent.wake' AND parent_order_id = $1 AND due_at > clock_timestamp()`,
            [json.id],
          )
        ).length === 1;
      await until(isPutOff, { what: 'the order waits for its child' });
      expect((await get(json.id)).json).toMatchObject({ target_order_qty: '5', amend_pending: '1.7' });
      await sql(
        `UPDATE child_orders SET status = 'closed', close_reason = 'canceled', closed_at = clock_timestamp(), cum_qty = 0.3,
                cum_notional = 900 WHERE parent_order_id = $1`,
        [json.id],
      );
      await sql('UPDATE parent_orders SET cum_base = 1.8, cum_quote = 5400 WHERE id = $1', [json.id]);
      await api.asTenant(user, (tx) => wakeParent(tx, user.tenantId, json.id as ParentOrderId, 'a'.repeat(32)));
      await until(async () => (await get(json.id)).json.target_order_qty === '1.8', { what: 'the amendment settles' });
    } finally {
      await scheduler.stop();
    }
    expect((await rowOf(json.id)).amend_pending).toBeNull();
  });

  it('changes everything that the engine follows, and shows it', async () => {
    const { json } = await place({ limit_price: 3000, pov_limit: 0.5 });
    const answer = await amend(json.id, {
      limit_price: '3100.015',
      pov_limit: 0.25,
      engine_passiveness: 0.5,
      schedule_discretion: 0,
      notes: 'new',
    });
    expect(answer.json).toMatchObject({
      limit_price: '3100.01000000000000000000',
      pov_limit: '0.25000000000000000000',
      engine_passiveness: '0.50000000000000000000',
      schedule_discretion: '0.00000000000000000000',
      notes: 'new',
      warnings: [
        'schedule_discretion below 0.02 works as 0.02',
        'limit_price 3100.015 was rounded to the tick: 3100.01',
      ],
    });
    expect((await rowOf(json.id)).params).toMatchObject({ passiveness: '0.5', discretion: '0.02', povLimit: '0.25' });
    expect((await amend(json.id, { limit_price: -1 })).json.limit_price).toBe('-1.00000000000000000000');
  });

  it('cannot grow beyond what is restricted', async () => {
    const { json } = await place();
    await api.asTenant(user, (tx) =>
      new RestrictionRepository(tx, user.tenantId).add(
        {
          type: 'MAX_ORDER_NOTIONAL',
          limit: decimal('20000'),
          pair: null,
          venue: null,
          username: null,
          reason: 'drill',
        },
        user.userId,
      ),
    );
    const refused = await amend(json.id, { base_asset_qty: 7 });
    expect([refused.status, refused.json.code]).toEqual([422, 'restricted']);
    expect((await amend(json.id, { base_asset_qty: 6 })).status).toBe(200);
    expect((await amend(json.id, { base_asset_qty: 4 })).status).toBe(200);
  });

  it('gives a FINISHER its time back', async () => {
    const { json } = await place();
    await trade(json.id);
    await sql(
      `UPDATE parent_orders SET status = 'FINISHER', finisher_from = clock_timestamp(), finisher_x0 = 1,
              activated_at = clock_timestamp() - interval '310 seconds' WHERE id = $1`,
      [json.id],
    );
    const short = await amend(json.id, { duration: 300 });
    expect(short.json.error).toMatch(/^duration must be more than the elapsed 31[01] s, was 300$/);
    expect((await amend(json.id, { notes: 'x' })).json.status).toBe('FINISHER');
    expect((await amend(json.id, { duration: 600 })).json).toMatchObject({ status: 'ACTIVE', duration: 600 });
    expect(await rowOf(json.id)).toMatchObject({ finisher_from: null, finisher_x0: null });
  });

  it('moves the window of a Target Time order, and its start with it', async () => {
    const at = (minutes: number): number => Math.floor(Date.now() / 1000) * 1000 + minutes * 60_000;
    const params = { target_time: new Date(at(60)).toISOString(), interval_minutes: 30 };
    const { json } = await place({ strategy: 'Target Time', duration: null, strategy_params: params });
    const target = at(120);
    const answer = await amend(json.id, { target_time: new Date(target).toISOString(), interval_minutes: 60 });
    expect([answer.status, answer.json.duration, answer.json.status]).toEqual([200, 3600, 'SCHEDULED']);
    expect([answer.time('time_start'), answer.time('time_end')]).toEqual([target - 1_800_000, target + 1_800_000]);
    expect(answer.json.strategy_params).toEqual({ target_time: new Date(target).toISOString(), interval_minutes: 60 });
    expect((await amend(json.id, { target_time: '2020-01-01' })).json.error).toBe('target_time must be in the future');
  });

  it('replaces what a limit order has in the market', async () => {
    const { json } = await place({ strategy: 'Limit', limit_price: 3000 });
    await trade(json.id);
    await amend(json.id, { limit_price: 3001 });
    expect(await sql('SELECT cancel_reason FROM child_orders WHERE parent_order_id = $1', [json.id])).toEqual([
      { cancel_reason: 'amended' },
    ]);
  });

  it('is refused where the order cannot be amended, or not so', async () => {
    const [market, limit, pov, twap] = [
      (await place({ strategy: 'Market' })).json.id,
      (await place({ strategy: 'Limit', limit_price: 3000 })).json.id,
      (await place({ pov_target: 0.2 })).json.id,
      (await place()).json.id,
    ];
    const ended = (await place()).json.id;
    await api.request('DELETE', `/api/order/${ended}`, user);
    const answers = [
      await amend(market, { notes: 'x' }),
      await amend(ended, { notes: 'x' }),
      await amend('nope', { notes: 'x' }),
      await amend(undefined, { notes: 'x' }),
      await amend(twap, {}),
      await amend(twap, undefined),
      await amend(limit, { limit_price: -1 }),
      await amend(limit, { limit_price: '0.01' }),
      await amend(limit, { duration: 60 }),
      await amend(twap, { pov_target: 0.1 }),
      await amend(pov, { pov_limit: 0.1 }),
      await amend(twap, { quote_asset_qty: 100 }),
      await amend(twap, { base_asset_qty: 0 }),
      await amend(twap, { base_asset_qty: '0.00001' }),
      await amend(twap, { base_asset_qty: '50000000000000000' }),
      await amend(twap, { duration: 604_801 }),
      await amend(twap, { target_time: '2099-01-01' }),
      await amend(twap, { ['x'.repeat(10)]: 1 }),
    ];
    expect(answers.map(({ status, json }) => [status, json.code, json.error])).toEqual([
      [409, 'not_amendable', 'Market orders cannot be amended.'],
      [409, 'not_amendable', 'Order is CANCELED and cannot be amended.'],
      [404, 'not_found', 'Not found.'],
      [400, 'invalid', 'order_id must be provided'],
      [400, 'invalid', 'changes must be a non-empty dict'],
      [400, 'invalid', 'changes must be a non-empty dict'],
      [400, 'invalid', 'limit_price is required for Limit'],
      [
        400,
        'invalid',
        'limit_price leaves too little: notional must be at least the minimum of 5 USDT, was 0.05 USDT at 0.01',
      ],
      [400, 'invalid', 'duration cannot be amended'],
      [400, 'invalid', 'pov_target cannot be amended'],
      [400, 'invalid', 'pov_limit must be at least pov_target'],
      [400, 'invalid', 'quote_asset_qty cannot be amended'],
      [400, 'invalid', 'base_asset_qty must be greater than 0'],
      [400, 'invalid', "base_asset_qty is below the venue's minimum, was 0.00001"],
      [
        400,
        'invalid',
        'base_asset_qty is too large: its worth in quote at 3012.4 must be below 10^20, was 50000000000000000',
      ],
      [400, 'invalid', 'duration out of range, must be [1,604800]'],
      [400, 'invalid', 'target_time cannot be amended'],
      [400, 'invalid', `${'x'.repeat(10)} cannot be amended`],
    ]);
  });

  it('names unknown fields, and gives a repeat with a key its answer', async () => {
    const { json } = await place();
    expect((await amend(json.id, { notes: 'x' }, { foo: 1 })).json.warnings).toEqual([
      "unknown field 'foo' was ignored",
    ]);
    const keyed = (): Promise<Answer> =>
      api.request('POST', '/api/amend_order/', {
        token: user.token,
        body: { order_id: json.id, changes: { notes: 'y' } },
        headers: { 'Idempotency-Key': 'a' },
      });
    const [first, again] = [await keyed(), await keyed()];
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    expect(
      await sql(`SELECT 1 FROM order_messages WHERE parent_order_id = $1 AND type = 'order_amended'`, [json.id]),
    ).toHaveLength(2);
  });
});
