import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import type { Answer } from './api-harness.js';
import { chainTurns } from './chain-turns.js';
import { CREATED_MULTI_KEYS, DETAIL_KEYS, MULTI_KEYS, ROW_KEYS } from './documented-keys.js';
import { GroupWorld, type Member } from './group-world.js';
import { killedGroups } from './killed-groups.js';
import { multiBeginnings } from './multi-beginnings.js';
import { MULTI, PERP_AND_SPOT } from './multi-order-body.js';
import { CLIENTS, TaasClient } from './taas-client.js';

let world: GroupWorld;
beforeAll(async () => {
  world = await GroupWorld.start();
});
afterAll(() => world.stop());
beforeEach(() => world.nextUser());
afterEach(() => world.tidy());

const [SELL, BUY] = MULTI.child_orders;
const TRADES_LATER = { start_datetime: new Date(Date.now() + 3_600_000).toISOString() };

const ask: GroupWorld['ask'] = (...request) => world.ask(...request);
const sql: GroupWorld['sql'] = (...statement) => world.sql(...statement);
const post = (more: Record<string, unknown> = {}): Promise<Answer> =>
  ask('POST', '/api/multi_orders/', { ...MULTI, ...more });
const place = (more: Record<string, unknown> = {}) => world.placeMulti({ ...MULTI, ...more });
const get = (id: unknown): Promise<Answer> => world.multi(id);
const order = (id: unknown): Promise<Answer> => world.order(id);
const count = (table: string): Promise<number> => world.api.count(world.user, table);

describe('placing a multi order', () => {
  it.each(CLIENTS)('OA-45 answers client $name SUBMITTED with its legs, which then begin together', async (version) => {
    const { api, user } = world;
    const client = new TaasClient(api, user.token, version);
    const json = (await client.placeMultiOrder(PERP_AND_SPOT)) as Answer['json'];
    expect(Object.keys(json).sort()).toEqual([...CREATED_MULTI_KEYS].sort());
    expect(json).toMatchObject({
      status: 'SUBMITTED',
      duration: 200,
      strategy: '6fe4ba3e-c578-45bd-824c-c523bf3c56de',
      exposure_tolerance: '0.50000000000000000000',
      warnings: [],
    });
    const [id, ids] = [json.id as string, json.child_order_ids as string[]];
    expect(ids).toHaveLength(2);
    expect(json.time_start).toBe(json.start_datetime);
    await world.untilMulti(id, 'ACTIVE');

    const legs = (await Promise.all(ids.map(order))).map((leg) => leg.json);
    expect(legs.map((leg) => [leg.status, leg.pair, leg.side, leg.target_order_qty, leg.parent_order_id])).toEqual([
      ['ACTIVE', 'ETH:PERP-USDT', 'sell', '10', id],
      ['ACTIVE', 'ETH-USDT', 'buy', '10', id],
    ]);
    expect(legs.map((leg) => [leg.parent_order, leg.market_type, leg.exchanges])).toEqual([
      [id, 'perp', ['mockexchange']],
      [id, 'spot', ['mockexchange']],
    ]);
    const begun = await sql(
      'SELECT activated_at, start_price, account_ids FROM parent_orders WHERE multi_order_id = $1 ORDER BY market_type',
      [id],
    );
    expect(begun.map((leg) => leg['start_price'])).toEqual(['3014.000000000000000000', '3012.400000000000000000']);
    expect(begun[0]!['activated_at']).toEqual(begun[1]!['activated_at']);
    expect(begun[0]!['account_ids']).not.toEqual(begun[1]!['account_ids']);
    expect((await get(id)).json).toMatchObject({
      status: 'ACTIVE',
      is_active: true,
      time_start: legs[0]?.time_start as unknown, // to the microsecond, as its legs
      notional_exposure: expect.any(Number),
    });
  });

  it('shows the whole with its exposure, and its legs when asked', async () => {
    const { id, legs } = await place();
    await world.untilMulti(id, 'ACTIVE');
    await sql(`UPDATE parent_orders SET cum_base = 4, cum_quote = 12049.6 WHERE id = $1`, [legs[1]]);
    await sql(`UPDATE parent_orders SET cum_base = 0.1, cum_quote = 6000, fee_quote = 6 WHERE id = $1`, [legs[0]]);
    // Sell 30000, buy 30124: half-way the ramp stands at 62.
    await sql(
      `UPDATE multi_orders SET status = 'COMPLETE', ended_at = n.at, activated_at = n.at - interval '100 seconds'
       FROM (SELECT clock_timestamp() AS at) n WHERE id = $1`,
      [id],
    );
    const { json, keys } = await get(id);
    expect([...keys].sort()).toEqual([...MULTI_KEYS].sort());
    expect(json).toMatchObject({
      notional_exposure: 12_049.6 - 6_000 - 62,
      executed_notional: 18_049.6,
      pct_filled: '30.02',
      spread_paused: false,
      is_active: false,
      limit_price_spread: null,
    });
    const full = (await ask('GET', `/api/multi_order/${id}?include_child_orders=TRUE`)).json;
    expect(full.child_orders.map((row: object) => Object.keys(row).sort())).toEqual([
      [...ROW_KEYS].sort(),
      [...ROW_KEYS].sort(),
    ]);
    const costs = (await ask('GET', `/api/multi_order_tca?multi_order_id=${id}`)).json;
    expect(costs).toMatchObject({ multi_order_id: id, executed_notional: 18_049.6, fee_notional: 6 });
    expect(costs.legs.map((leg: { order_id: string }) => leg.order_id)).toEqual(legs);
    expect(costs.legs[1].arrival_cost).toBe(0);
    const list = (await ask('GET', '/api/multi_orders/?statuses=COMPLETED&include_child_orders=true')).json;
    expect([list.multi_orders.length, list.has_more, list.multi_orders[0].child_orders.length]).toEqual([1, false, 2]);
    expect((await ask('GET', '/api/multi_orders/?statuses=PAUSED')).json.multi_orders).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    [
      'OA-46 two buys',
      { child_orders: [BUY, { ...SELL, side: 'buy' }] },
      'child_orders',
      'child_orders must have at least one buy and one sell',
    ],
    ['one leg', { child_orders: [BUY] }, 'child_orders', 'child_orders must be a list of 2 to 20 orders, was 1'],
    [
      'a wrong side',
      { child_orders: [SELL, { ...BUY, side: 'up' }] },
      'child_orders[1].side',
      "side must be 'buy' or 'sell'",
    ],
    [
      'no size',
      { child_orders: [{ ...SELL, base_asset_qty: null }, BUY] },
      'child_orders[0].base_asset_qty',
      'need one of',
    ],
    [
      'no such account',
      { child_orders: [SELL, { ...BUY, account: 'nope' }] },
      'child_orders[1].account',
      "unknown account 'nope'",
    ],
    [
      'no such accounts',
      { child_orders: [SELL, { ...BUY, accounts: ['mock', 'nope'] }] },
      'child_orders[1].accounts',
      "unknown account 'nope'",
    ],
    [
      'a simple strategy',
      { strategy: 'Market' },
      'strategy',
      'strategy must follow a trajectory over its duration, was Market',
    ],
    ['no duration', { duration: null }, 'duration', 'duration'],
    ['a share of volume', { pov_target: 0.1 }, 'pov_target', 'pov_target is not supported for multi orders'],
    [
      'too wide',
      { exposure_tolerance: 1.1 },
      'exposure_tolerance',
      'exposure_tolerance out of range, must be [0.02,1]',
    ],
    [
      'one pair both ways',
      { child_orders: [{ ...BUY, side: 'sell' }, BUY] },
      'child_orders[1].pair',
      "pair ETH-USDT is bought and sold on account 'mock'",
    ],
    [
      'a spread of three',
      { limit_price_spread: 1, child_orders: [SELL, BUY, BUY] },
      'limit_price_spread',
      'limit_price_spread needs exactly one buy and one sell leg',
    ],
  ])('refuses %s', async (_, more, field, text) => {
    const { status, json } = await post(more);
    expect([status, json.code, Object.keys(json.errors)[0]]).toEqual([400, 'invalid', field]);
    expect(json.error).toContain(text);
    expect(await count('parent_orders')).toBe(0);
  });

  it('refuses a tolerance that leaves no room for two of the largest minimum child, and a leg below the minimum', async () => {
    const small = [
      { ...SELL, base_asset_qty: 0.0002 },
      { ...BUY, base_asset_qty: 0.005 },
    ];
    const tight = await post({ child_orders: small, exposure_tolerance: 0.02 });
    expect([tight.status, tight.json.code, Object.keys(tight.json.errors)]).toEqual([
      422,
      'below_minimum',
      ['exposure_tolerance'],
    ]);
    const tiny = await post({ child_orders: [SELL, { ...BUY, base_asset_qty: 0.001 }] });
    expect([tiny.status, Object.keys(tiny.json.errors)]).toEqual([422, ['child_orders[1].base_asset_qty']]);
    const huge = await post({ child_orders: [SELL, { ...BUY, base_asset_qty: '99999999999999999999' }] });
    expect([huge.status, Object.keys(huge.json.errors)]).toEqual([400, ['child_orders[1].base_asset_qty']]);
    expect(await count('multi_orders')).toBe(0);
  });

  it('names what it ignored, keeps its id unique over all orders, and answers a repeat from its key', async () => {
    const named = { custom_order_id: 'm-1', foo: 1, child_orders: [{ ...SELL, bar: 2 }, BUY], ...TRADES_LATER };
    const first = await ask('POST', '/api/multi_orders/', { ...MULTI, ...named }, { 'Idempotency-Key': 'k' });
    expect(first.json.warnings).toEqual([
      "unknown field 'foo' was ignored",
      "unknown field 'child_orders[0].bar' was ignored",
    ]);
    const again = await ask('POST', '/api/multi_orders/', { ...MULTI, ...named }, { 'Idempotency-Key': 'k' });
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
    const single = await world.api.place(world.user, { custom_order_id: 'm-1' });
    expect([single.status, single.json.order_id]).toEqual([409, first.json.id]);
    expect((await get(first.json.id)).json.custom_order_id).toBe('m-1');
    expect((await order(first.json.child_order_ids[0])).json).toMatchObject({
      status: 'SCHEDULED',
      custom_order_id: '',
    });
    const other = await world.api.addUser();
    expect((await world.api.request('GET', `/api/multi_order/${first.json.id}`, other)).status).toBe(404);
  });

  it('counts its legs among the open orders', async () => {
    await place(TRADES_LATER);
    await sql(
      `INSERT INTO parent_orders (id, tenant_id, user_id, venue, symbol, pair, market_type, base, quote, account_ids, side,
         algorithm, sizing, order_qty, params, request, status, created_at, updated_at, start_at, settings_version, trace_id)
       SELECT gen_random_uuid(), tenant_id, user_id, venue, symbol, pair, market_type, base, quote, account_ids, side,
         algorithm, sizing, order_qty, params, request, status, created_at, updated_at, start_at, settings_version, trace_id
       FROM parent_orders CROSS JOIN generate_series(1, 249)`,
    );
    expect(await count('parent_orders')).toBe(500);
    const { status, json } = await post(TRADES_LATER);
    expect([status, json.code]).toEqual([429, 'too_many_orders']);
  });
});

describe('the life of a multi order', () => {
  it('OA-47 cancels it with both legs, once', async () => {
    const { id, legs } = await place();
    await world.untilMulti(id, 'ACTIVE');
    const canceled = await ask('DELETE', `/api/multi_order/${id}/`);
    expect([
      canceled.status,
      canceled.json.status,
      canceled.json.is_active,
      canceled.json.message,
      canceled.json.failure_reason,
    ]).toEqual([200, 'CANCELED', false, 'Successfully canceled order.', '']);
    for (const leg of legs)
      expect((await order(leg)).json).toMatchObject({ status: 'CANCELED', failure_reason: 'parent_canceled' });
    expect((await ask('DELETE', `/api/multi_order/${id}`)).json.message).toBe('Order is already canceled.');
    for (const nothing of [{}, { order_id: id }]) {
      const refused = await ask('POST', '/api/cancel_multi_orders/', nothing);
      expect([refused.status, refused.json.errors]).toEqual([
        400,
        { order_ids: ['order_ids must be a non-empty list, was missing'] },
      ]);
    }
    const bulk = await ask('POST', '/api/cancel_multi_orders/', { order_ids: [id, 'nope'] });
    expect(bulk.json).toMatchObject({ order_ids: [id], errors: [{ order_id: 'nope', message: 'Not found.' }] });
  });

  it('OA-48 refuses to cancel, pause or amend one leg, and to amend the whole', async () => {
    const { id, legs } = await place(TRADES_LATER);
    const changes = { duration: 600 };
    const answers = [
      await ask('DELETE', `/api/order/${legs[0]!}`),
      await ask('POST', '/api/pause_order/', { order_id: legs[1] }),
      await ask('POST', '/api/amend_order/', { order_id: legs[1], changes }),
      await ask('POST', '/api/amend_order/', { order_id: id, changes }),
    ];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [409, 'part_of_multi_order'],
      [409, 'not_pausable'],
      [409, 'not_amendable'],
      [409, 'not_amendable'],
    ]);
    expect((await get(id)).json.status).toBe('SUBMITTED');
  });

  it('pauses and resumes all legs and its own clock together', async () => {
    const { id, legs } = await place();
    await world.untilMulti(id, 'ACTIVE');
    const paused = await ask('POST', '/api/pause_multi_order/', { multi_order_id: id });
    expect([paused.status, paused.json.status, paused.json.message]).toEqual([
      200,
      'PAUSED',
      'Successfully paused order.',
    ]);
    for (const leg of legs) expect((await order(leg)).json.status).toBe('PAUSED');
    expect((await ask('POST', '/api/pause_multi_order/', { multi_order_id: id })).status).toBe(200);
    expect(
      await sql(`SELECT kind, to_at FROM order_intervals WHERE parent_order_id = ANY($1::uuid[])`, [[id, ...legs]]),
    ).toEqual([1, 2, 3].map(() => ({ kind: 'paused', to_at: null })));
    const resumed = await ask('POST', '/api/resume_multi_order/', { multi_order_id: id });
    expect([resumed.status, resumed.json.status]).toEqual([200, 'ACTIVE']);
    for (const leg of legs) expect((await order(leg)).json.status).toBe('ACTIVE');
    const all = await ask('POST', '/api/pause_all_orders/', { pair: 'ETH-USDT' });
    expect(all.json.order_ids).toEqual([id]);
    expect((await ask('POST', '/api/cancel_all_orders/')).json.order_ids).toEqual([id]);
    const refused = await ask('POST', '/api/resume_multi_order/', { multi_order_id: id });
    expect([refused.status, refused.json.code]).toEqual([409, 'not_resumable']);
  });

  it('fails as a whole with a leg that fails', async () => {
    const { id, legs } = await place();
    await world.untilMulti(id, 'ACTIVE');
    await world.end(legs[0]!, 'CANCELED', null, 'venue_rejected');
    await world.untilMulti(id, 'CANCELED');
    expect((await get(id)).json.failure_reason).toBe('leg_failed');
    expect((await order(legs[1])).json).toMatchObject({ status: 'CANCELED', failure_reason: 'parent_canceled' });
  });

  it('is complete when all legs are, and not before', async () => {
    const { id, legs } = await place();
    await world.untilMulti(id, 'ACTIVE');
    await world.end(legs[0]!, 'COMPLETE', 'filled');
    await world.untilSettled(legs[0]!);
    expect((await get(id)).json.status).toBe('ACTIVE');
    await world.end(legs[1]!, 'COMPLETE', 'filled');
    await world.untilMulti(id, 'COMPLETE');
    expect((await get(id)).json).toMatchObject({ is_active: false, failure_reason: '' });
    const late = await ask('DELETE', `/api/multi_order/${id}`);
    expect([late.status, late.json.code]).toEqual([409, 'already_complete']);
  });

  it('waits while the spread is below its limit, and says so', async () => {
    const spread = { limit_price_spread: 56_990, strategy_params: { ool_pause: true } };
    const { id, legs } = await place(spread); // 59999 - 3012.50 = 56986.50
    await until(async () => (await get(id)).json.spread_paused === true, { what: 'the spread pauses it', everyMs: 50 });
    expect((await get(id)).json).toMatchObject({ status: 'ACTIVE', limit_price_spread: '56990.00000000000000000000' });
    const open = await sql(
      `SELECT DISTINCT from_at, to_at FROM order_intervals WHERE kind = 'out_of_limit' AND parent_order_id = ANY($1::uuid[])`,
      [[id, ...legs]],
    );
    expect(open).toEqual([{ from_at: expect.any(Date), to_at: null }]);
    await world.markets.quote('BTC-USDT', '60009', '60011');
    try {
      await until(async () => (await get(id)).json.spread_paused === false, { what: 'it goes on', everyMs: 50 });
    } finally {
      await world.markets.quote('BTC-USDT', '59999', '60001');
    }
    expect((await get(id)).json.status).toBe('ACTIVE');
  });
});

describe('chains', () => {
  const postChain = (members: readonly Member[]): Promise<Answer> => world.placeChain(members);
  const chainOf = (id: unknown): Promise<Answer> => world.chain(id);
  const end: GroupWorld['end'] = (...ended) => world.end(...ended);

  it('runs equal priorities together and the next once all of them are filled, to its end', async () => {
    const created = await postChain([
      [1],
      [1, { strategy: 'Limit', limit_price: 3000 }],
      [7, { custom_order_id: 'last' }],
    ]);
    expect([created.status, created.json.error]).toEqual([200, undefined]);
    expect(created.json).toMatchObject({
      status: 'ACTIVE',
      is_active: true,
      current_priority: 1,
      failure_reason: '',
      warnings: [],
    });
    const members = created.json.orders_in_chain as { priority: number; order: Record<string, unknown> }[];
    expect(members.map(({ priority, order: member }) => [priority, member['status']])).toEqual([
      [1, 'ACTIVE'],
      [1, 'ACTIVE'],
      [7, 'SCHEDULED'],
    ]);
    expect(Object.keys(members[2]!.order).sort()).toEqual([...DETAIL_KEYS].sort());
    const [one, two, three] = created.json.order_ids as [string, string, string];
    const { id } = created.json;
    await end(one, 'COMPLETE', 'filled');
    await world.untilSettled(one);
    expect((await chainOf(id)).json).toMatchObject({ current_priority: 1, status: 'ACTIVE' });
    expect((await order(three)).json.status).toBe('SCHEDULED');
    await end(two, 'COMPLETE', 'dust');
    await world.untilOrder(three, 'ACTIVE');
    expect((await chainOf(id)).json.current_priority).toBe(7);
    await end(three, 'COMPLETE', 'filled');
    await world.untilChain(id, 'COMPLETE');
    const list = (await ask('GET', '/api/chained_orders/?custom_order_ids=last')).json;
    expect(Object.keys(list.chained_orders[0].orders_in_chain[0].order).sort()).toEqual([...ROW_KEYS].sort());
  });

  it.each(CLIENTS)('takes the shape in which client $name sends a chain', async (version) => {
    const member = { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 5, quote_asset_qty: null };
    const placed = (await new TaasClient(world.api, world.user.token, version).placeChainedOrder({
      ...{ accounts: ['mock'], duration: 300, strategy: 'TWAP', alpha_tilt: null },
      orders_in_chain: [
        { ...member, priority: 1 },
        { ...member, side: 'sell', priority: 2 },
      ],
    })) as Answer['json'];
    expect([placed.status, placed.current_priority, placed.warnings]).toEqual(['ACTIVE', 1, []]);
    const members = placed.orders_in_chain as { order: Record<string, unknown> }[];
    expect(members.map(({ order: { status, side, duration } }) => [status, side, duration])).toEqual([
      ['ACTIVE', 'buy', 300],
      ['SCHEDULED', 'sell', 300],
    ]);
  });

  it('says at its creation what was found in each member, and keeps it with the member', async () => {
    const { json } = await postChain([
      [1, { foo: 1 }],
      [2, { base_asset_qty: 100 }],
    ]);
    const large = 'notional 301240 is above the limit of 250000, which is only reported here';
    expect(json.warnings).toEqual([
      `orders_in_chain[0]: unknown field 'foo' was ignored`,
      `orders_in_chain[1]: ${large}`,
    ]);
    expect((await order(json.order_ids[1])).json.warnings).toEqual([large]);
    expect(json.orders_in_chain[1].order.warnings).toEqual([large]);
  });

  it('OA-49 stops when a member is cancelled: the rest ends CANCELED with chain_stopped', async () => {
    const { json } = await postChain([[1], [1], [3]]);
    const [one, two, three] = json.order_ids as [string, string, string];
    const canceled = await ask('DELETE', `/api/order/${two}`);
    expect([canceled.status, canceled.json.status, canceled.json.failure_reason]).toEqual([200, 'CANCELED', '']);
    for (const id of [one, three])
      expect((await order(id)).json).toMatchObject({ status: 'CANCELED', failure_reason: 'chain_stopped' });
    expect((await chainOf(json.id)).json).toMatchObject({
      status: 'CANCELED',
      is_active: false,
      failure_reason: 'chain_stopped',
    });
  });

  it('stops when a member ends unfilled, and when it is cancelled as a whole', async () => {
    const first = (await postChain([[1], [2]])).json;
    await end(first.order_ids[0], 'COMPLETE', 'finisher_end');
    await world.untilChain(first.id, 'CANCELED');
    expect((await order(first.order_ids[1])).json.failure_reason).toBe('chain_stopped');
    const second = (await postChain([[1], [2]])).json;
    const gone = await ask('DELETE', `/api/chained_order/${second.id}`);
    expect([gone.status, gone.json.status, gone.json.failure_reason, gone.json.message]).toEqual([
      200,
      'CANCELED',
      '',
      'Successfully canceled order.',
    ]);
    expect(gone.json.orders_in_chain.map((m: { order: { status: string } }) => m.order.status)).toEqual([
      'CANCELED',
      'CANCELED',
    ]);
  });

  it.each<[string, Member[], string]>([
    [
      'OA-50 a condition inside',
      [[1, { order_condition: 'TIME > dt2020-01-01T00:00' }], [2]],
      'orders_in_chain[0].order_request.order_condition',
    ],
    ['a start inside', [[1], [2, TRADES_LATER]], 'orders_in_chain[1].order_request.start_datetime'],
    ['a wrong pair', [[1, { pair: '//ETH-USDT//' }], [2]], 'orders_in_chain[0].order_request.pair'],
    ['a priority beyond its range', [[1], [1001]], 'orders_in_chain[1].priority'],
    ['one member', [[1]], 'orders_in_chain'],
  ])('refuses %s', async (_, members, field) => {
    const { status, json } = await postChain(members);
    expect([status, json.code, Object.keys(json.errors)[0]]).toEqual([400, 'invalid', field]);
    expect(await count('parent_orders')).toBe(0);
  });
});

describe('the beginning of a multi order', () => multiBeginnings(() => world));

describe('turns of a chain', () => chainTurns(() => world));

describe('groups in a process that is killed', () => killedGroups(() => world));
