import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, epochMs, notional, price, quantity, type MarketSnapshot, type ParentOrderId } from '#domain';
import { PAIR_TEXT } from '#order-intake';
import { ChildOrderRepository } from '#persistence';
import { MarketDataPublisher, SIM_VENUE_ID } from '#venues';
import { startOrderScheduler } from '../../support/order-scheduler.js';
import { until } from '../../support/until.js';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';
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

const ask = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  api.request('POST', path, { token: user.token, headers, ...(body === undefined ? {} : { body }) });
const pause = (id: unknown): Promise<Answer> => ask('/api/pause_order/', { order_id: id });
const resume = (id: unknown): Promise<Answer> => ask('/api/resume_order/', { order_id: id });
const get = (id: unknown): Promise<Answer> => api.request('GET', `/api/order/${String(id)}`, user);
const place = async (more: Record<string, unknown> = {}): Promise<string> => {
  const answer = await api.place(user, more);
  expect([answer.status, answer.json.error]).toEqual([200, undefined]);
  return String(answer.json.id);
};
const sql = <Row = Record<string, unknown>>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));

/** Began a minute ago, with one child that never left and one that works. */
async function begin(id: string): Promise<void> {
  await sql(
    `UPDATE parent_orders SET start_at = started.at, activated_at = started.at
     FROM (SELECT clock_timestamp() - interval '60 seconds' AS at) started WHERE id = $1`,
    [id],
  );
  await api.asTenant(user, (tx) =>
    new ChildOrderRepository(tx, user.tenantId).add(
      id as ParentOrderId,
      'a'.repeat(32),
      [0, 1].map((sequence) => ({
        sequence,
        accountId: user.accountId,
        venue: 'sim' as never,
        symbol: 'ETHUSDT',
        side: 'buy' as const,
        purpose: 'clip' as const,
        timeInForce: 'gtx' as const,
        price: price('3011.80'),
        orderQty: quantity('0.2'),
      })),
      epochMs(Date.now()),
    ),
  );
  await sql(`UPDATE child_orders SET status = 'working' WHERE parent_order_id = $1 AND sequence = 1`, [id]);
}

describe('pause', () => {
  it('OA-39 pauses at 60 s and resumes 30 s later: time_end moves out by 30 s', async () => {
    const id = await place();
    await begin(id);
    const end = (await get(id)).time('time_end');

    const paused = await pause(id);

    expect([paused.status, paused.json.status, paused.json.active]).toEqual([200, 'PAUSED', true]);
    expect(paused.json.message).toBe('Successfully paused order.');
    expect([...paused.keys].sort()).toEqual([...DETAIL_KEYS, 'message'].sort());
    await sql(
      `UPDATE child_orders SET status = 'closed', close_reason = 'canceled', closed_at = clock_timestamp()
               WHERE parent_order_id = $1 AND cancel_requested_at IS NOT NULL`,
      [id],
    );
    expect((await get(id)).json).toMatchObject({ status: 'PAUSED', live_child_orders: 0 });

    await sql(`UPDATE order_intervals SET from_at = from_at - interval '30 seconds' WHERE parent_order_id = $1`, [id]);
    const resumed = await resume(id);
    expect([resumed.status, resumed.json.status, resumed.json.message]).toEqual([
      200,
      'ACTIVE',
      'Successfully resumed order.',
    ]);
    const moved = resumed.time('time_end') - end;
    expect(moved).toBeGreaterThanOrEqual(30_000);
    const [spent] = await sql<{ ms: number }>(
      `SELECT (extract(epoch FROM to_at - from_at) * 1000)::double precision AS ms FROM order_intervals
       WHERE parent_order_id = $1`,
      [id],
    );
    expect(Math.abs(moved - spent!.ms)).toBeLessThanOrEqual(1);
    expect((await get(id)).time('time_end')).toBe(resumed.time('time_end'));
  });

  it.each([
    ['paused', '/api/pause_order/'],
    ['canceled', '/api/cancel_all_orders/'],
  ])('tells no begin of a chain’s member that is %s before its turn', async (_, path) => {
    const chain = await ask('/api/chained_orders/', {
      orders_in_chain: [1, 2].map((priority) => ({ priority, order_request: P })),
    });
    const [first, waiting] = chain.json.order_ids as [string, string];
    expect((await ask(path, { order_id: waiting })).status).toBe(200);
    expect((await get(waiting)).json).toMatchObject({
      active: path.includes('pause'),
      time_start: null,
      time_end: null,
    });
    if (path.includes('pause')) expect((await get(first)).json.time_start).not.toBeNull();
  });

  it('stores status, interval, cancels of every live child, message, wake-up and audit together', async () => {
    const id = await place();
    await begin(id);
    await pause(id);
    const children = await sql(
      `SELECT sequence, status, cancel_reason FROM child_orders WHERE parent_order_id = $1 ORDER BY sequence`,
      [id],
    );
    expect(children).toEqual([
      { sequence: 0, status: 'closed', cancel_reason: 'paused' },
      { sequence: 1, status: 'working', cancel_reason: 'paused' },
    ]);
    expect(await sql('SELECT status_before_pause FROM parent_orders WHERE id = $1', [id])).toEqual([
      { status_before_pause: 'ACTIVE' },
    ]);
    expect(await sql('SELECT kind, to_at FROM order_intervals WHERE parent_order_id = $1', [id])).toEqual([
      { kind: 'paused', to_at: null },
    ]);
    expect(
      await sql(`SELECT kind FROM due_work WHERE parent_order_id = $1 AND due_at <= clock_timestamp() ORDER BY 1`, [
        id,
      ]),
    ).toEqual([{ kind: 'child.cancel' }, { kind: 'child.submit' }, { kind: 'parent.wake' }]);
    expect(
      await sql(`SELECT event FROM audit_log WHERE entity = 'parent_order' AND entity_id = $1 ORDER BY id`, [id]),
    ).toEqual([{ event: 'accepted' }, { event: 'paused' }]);
    const told = (await get(id)).json.messages as { type: string; level: string }[];
    expect(told.map(({ type, level }) => [type, level])).toEqual([
      ['order_paused', 'info'],
      ['order_created', 'info'],
    ]);
  });

  it('is done once: a second pause is 200 and changes nothing, as is a second resume', async () => {
    const id = await place();
    await pause(id);
    const again = await pause(id);
    expect([again.status, again.json.status]).toEqual([200, 'PAUSED']);
    expect(await sql('SELECT 1 FROM order_intervals WHERE parent_order_id = $1', [id])).toHaveLength(1);
    await resume(id);
    expect([(await resume(id)).status, (await resume(id)).json.status]).toEqual([200, 'ACTIVE']);
    expect(
      await sql(`SELECT 1 FROM order_messages WHERE parent_order_id = $1 AND type = 'order_resumed'`, [id]),
    ).toHaveLength(1);
  });

  it.each([
    ['SCHEDULED', `start_at = clock_timestamp() + interval '1 hour'`],
    [
      'FINISHER',
      `activated_at = clock_timestamp() - interval '1 hour', finisher_from = clock_timestamp(), finisher_x0 = 0`,
    ],
  ])('gives a %s order its status back', async (status, columns) => {
    const id = await place();
    await sql(`UPDATE parent_orders SET status = $2, ${columns} WHERE id = $1`, [id, status]);
    expect((await pause(id)).json.status).toBe('PAUSED');
    expect((await resume(id)).json.status).toBe(status);
  });

  it('refuses what cannot be paused or resumed', async () => {
    const market = await place({ strategy: 'Market' });
    const canceled = await place();
    await api.request('DELETE', `/api/order/${canceled}`, user);
    const scheduled = await place({ start_datetime: soon() });
    const answers = [
      await pause(market),
      await pause(canceled),
      await resume(canceled),
      await resume(scheduled),
      await pause('nope'),
      await pause('7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab'),
      await pause(undefined),
      await pause(5),
    ];
    expect(answers.map(({ status, json }) => [status, json.code, json.error])).toEqual([
      [409, 'not_pausable', 'Market orders cannot be paused.'],
      [409, 'not_pausable', 'Order is CANCELED and cannot be paused.'],
      [409, 'not_resumable', 'Order is CANCELED and cannot be resumed.'],
      [409, 'not_resumable', 'Order is SCHEDULED and cannot be resumed.'],
      [404, 'not_found', 'Not found.'],
      [404, 'not_found', 'Not found.'],
      [400, 'invalid', "need one of ['order_id', 'order_ids']"],
      [400, 'invalid', 'order_id must be an id, was 5'],
    ]);
    const foreign = await api.addUser();
    const own = await place();
    const asked = await api.request('POST', '/api/pause_order/', { token: foreign.token, body: { order_id: own } });
    expect(asked.status).toBe(404);
  });
});

describe('with the scheduler', () => {
  it('OA-40 cancels an order after 24 h of one pause, and lets nothing begin while paused', async () => {
    const [begun, waiting, fresh] = [await place(), await place({ start_datetime: soon() }), await place()];
    await begin(begun);
    for (const id of [begun, waiting, fresh]) expect((await pause(id)).json.status).toBe('PAUSED');
    await sql(
      `UPDATE order_intervals SET from_at = from_at - interval '24 hours' WHERE parent_order_id = ANY($1::uuid[])`,
      [[begun, waiting]],
    );
    const scheduler = await startOrderScheduler(api.database);
    try {
      for (const id of [begun, waiting])
        await until(async () => (await get(id)).json.status === 'CANCELED', { what: 'the pause expires' });
      await until(
        async () =>
          (
            await sql(
              `SELECT 1 FROM due_work WHERE kind = 'parent.wake' AND parent_order_id = $1 AND due_at > clock_timestamp()`,
              [fresh],
            )
          ).length === 1,
        { what: 'the fresh pause waits for its end' },
      );
    } finally {
      await scheduler.stop();
    }
    for (const id of [begun, waiting]) {
      const { json } = await get(id);
      expect(json).toMatchObject({ active: false, failure_reason: 'pause_expired', completion_reason: null });
      expect((json.messages as { level: string }[])[0]).toMatchObject({ level: 'error', type: 'order_failed' });
    }
    expect((await get(fresh)).json.status).toBe('PAUSED');
    expect(await sql('SELECT activated_at FROM parent_orders WHERE id = $1', [fresh])).toEqual([
      { activated_at: null },
    ]);
  });
});

it('OA-44 ends a strict order at its time, though nothing of it was filled', async () => {
  const market = new MarketDataPublisher({ url: api.database.redisUrl, prefix: api.database.redisPrefix }, 'test');
  const quotes = setInterval(() => void publish(market), 250);
  await publish(market);
  const scheduler = await startOrderScheduler(api.database);
  try {
    const id = await place({ duration: 1, strategy_params: { strict_duration: true, passive_only: true } });
    await until(async () => (await get(id)).json.status === 'COMPLETE', { what: 'the strict order ends' });
    const ended = await get(id);
    expect(ended.json).toMatchObject({ pct_filled: '0.00', completion_reason: 'strict_end', failure_reason: '' });
    expect(ended.time('updated_at')).toBeGreaterThanOrEqual(ended.time('time_end'));
  } finally {
    await scheduler.stop();
    clearInterval(quotes);
    await market.close();
  }
});

/** A market that is alive and does not move. */
async function publish(market: MarketDataPublisher): Promise<void> {
  const snapshot: MarketSnapshot = {
    venue: SIM_VENUE_ID,
    symbol: 'ETHUSDT',
    pair: 'ETH-USDT',
    status: 'live',
    reason: null,
    at: epochMs(Date.now()),
    seq: 1,
    bids: [{ price: price('3012.3'), qty: quantity('10') }],
    asks: [{ price: price('3012.5'), qty: quantity('10') }],
    mid: price('3012.4'),
    bbo: null,
    mark: null,
    sigma1Bps: decimal('1'),
    sigma5Bps: decimal('2'),
    sigma10Bps: decimal('3'),
    medianMid60: price('3012.4'),
    lastTradeId: '1',
    cumBaseVolume: quantity('1000'),
    cumQuoteVolume: notional('3012400'),
  };
  await market.hold(SIM_VENUE_ID, 60_000);
  await market.publish(snapshot);
}

const soon = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('many orders at once', () => {
  it('changes what can be changed and names what cannot', async () => {
    const [one, other] = [await place(), await place({ strategy: 'Market' })];
    const answer = await ask('/api/pause_order/', { order_ids: [one, other, 'nope', one] });
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        message: 'Successfully paused 1 order.',
        order_ids: [one],
        errors: [
          { order_id: other, message: 'Market orders cannot be paused.' },
          { order_id: 'nope', message: 'Not found.' },
        ],
      },
    ]);
    const resumed = await ask('/api/resume_order/', { order_ids: [one] });
    expect(resumed.json).toEqual({ message: 'Successfully resumed 1 order.', order_ids: [one], errors: [] });
  });

  it('OA-29 answers a repeat of them from the key, and twins once', async () => {
    const ids = [await place(), await place()];
    const [first, ...twins] = await Promise.all(
      Array.from({ length: 4 }, () => ask('/api/pause_order/', { order_ids: ids }, { 'Idempotency-Key': 'all' })),
    );
    expect([first!, ...twins].map(({ text }) => text)).toEqual(Array<string>(4).fill(first!.text));
    expect([first!, ...twins].filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(3);
    await ask('/api/resume_order/', { order_ids: ids });
    const again = await ask('/api/pause_order', { order_ids: ids }, { 'Idempotency-Key': 'all' });
    expect(again.text).toBe(first!.text);
    expect((await get(ids[0])).json.status).toBe('ACTIVE');
    const refused = await ask('/api/pause_order/', { order_id: 'nope' }, { 'Idempotency-Key': 'bad' });
    expect([refused.status, await api.count(user, 'idempotency_keys')]).toEqual([404, 1]);
  });

  it('pauses, resumes and cancels all of a pair or an account, or all there are', async () => {
    const [eth, btc] = [await place(), await place({ pair: 'BTC-USDT', base_asset_qty: 1 })];
    expect((await ask('/api/pause_all_orders/', { pair: 'btc-usdt' })).json.order_ids).toEqual([btc]);
    expect((await ask('/api/pause_all_orders/', { account_names: ['mock'] })).json.order_ids).toEqual([eth]);
    expect((await ask('/api/resume_all_orders/')).json).toEqual({
      message: 'Successfully resumed 2 orders.',
      order_ids: [eth, btc],
      errors: [],
    });
    expect((await ask('/api/cancel_all_orders')).json).toEqual({
      message: 'Successfully canceled 2 orders.',
      order_ids: [eth, btc],
      errors: [],
    });
    expect((await get(eth)).json.status).toBe('CANCELED');
    expect((await ask('/api/cancel_all_orders/')).json.order_ids).toEqual([]);
  });

  it.each([
    [{ account_names: ['nope'] }, "unknown account 'nope'"],
    [{ account_names: [] }, 'account_names must be a non-empty list'],
    [{ pair: 5 }, PAIR_TEXT],
    [{ pair: 'junk' }, PAIR_TEXT],
  ])('refuses %j', async (body, text) => {
    const answer = await ask('/api/cancel_all_orders/', body);
    expect([answer.status, answer.json.error]).toEqual([400, text]);
  });

  it.each([
    [{ order_ids: [] }, 'order_ids must be a non-empty list, was empty'],
    [{ order_ids: Array<string>(501).fill('x') }, 'order_ids must be a list of at most 500, was 501'],
    [{ order_ids: [5] }, 'order_ids must hold ids, was 5'],
    [{ order_ids: ['x'], order_id: 'x' }, "only one of ['order_id', 'order_ids'] may be given"],
  ])('refuses ids %j', async (body, text) => {
    const answer = await ask('/api/pause_order/', body);
    expect([answer.status, answer.json.error]).toEqual([400, text]);
  });
});
