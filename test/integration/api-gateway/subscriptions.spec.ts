import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, type StrategyId, type SubscriptionId } from '#domain';
import { SubscriptionRepository } from '#persistence';
import type { Answer, User } from './api-harness.js';
import { STRATEGIES, StrategyWorld, SUBSCRIPTIONS } from './strategy-world.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MARKET = { strategy: 'Market' };
const EXECUTION = {
  entry: { strategy: 'TWAP', duration: 600, pov_limit: '0.1' },
  exit: { strategy: 'POV', pov_target: '0.05' },
  stop: MARKET,
};

let world: StrategyWorld;
let user: User;
let strategy: string;
beforeAll(async () => {
  world = await StrategyWorld.start();
});
afterAll(() => world.api.stop());
beforeEach(async () => {
  user = await world.api.addUser(['read', 'trade']);
  strategy = await world.made(user);
});

const ask = (method: string, path = '', body?: object, as = user): Promise<Answer> =>
  world.ask(as, method, `${SUBSCRIPTIONS}${path}`, body);
const subscribe = (more: object = {}, as = user): Promise<Answer> =>
  ask('POST', '', { strategy_id: strategy, account: 'mock', capital: '1000', ...more }, as);
const subscribed = async (more: object = {}): Promise<string> => {
  const answer = await subscribe(more);
  if (answer.status !== 201) throw new Error(`A subscription must be made, was ${answer.text}`);
  return String(answer.field('id'));
};
const repository = <T>(work: (subscriptions: SubscriptionRepository) => Promise<T>): Promise<T> =>
  world.api.asTenant(user, (tx) => work(new SubscriptionRepository(tx, user.tenantId)));
/** A venue account of the user without sub-accounts. */
const addAccount = (of: User, name: string, venue: string): Promise<unknown> =>
  world.api.asTenant(of, (tx) =>
    tx.query(
      `INSERT INTO accounts (id, tenant_id, user_id, name, venue, exchange) VALUES (gen_random_uuid(), $1, $2, $3, $4, 'X')`,
      [of.tenantId, of.userId, name, venue],
    ),
  );

describe('POST subscriptions', () => {
  it('takes the terms of the contract and answers all of them', async () => {
    const { status, json } = await subscribe({
      ...{ enabled: true, max_positions: 3, leverage: '1', max_leverage: '5', on_low_balance: 'skip' },
      execution: EXECUTION,
    });
    expect([status, json]).toEqual([
      201,
      {
        ...{ id: expect.stringMatching(UUID), strategy_id: strategy, account: 'mock', enabled: true, capital: '1000' },
        ...{ max_positions: 3, leverage: '1', max_leverage: '5', on_low_balance: 'skip', execution: EXECUTION },
        ...{ status: 'active', status_reason: '', status_since: expect.stringMatching(/Z$/), warnings: [] },
        ...{ created_at: expect.stringMatching(/Z$/), updated_at: expect.stringMatching(/Z$/) },
      },
    ]);
    const shown = await ask('GET', `/${String(json.id)}`);
    expect([shown.status, shown.json]).toEqual([200, json]);
    expect(await world.trail(user, 'subscription')).toEqual(['subscription_added']);
  });

  it('works at Market, unlevered, on ten positions unless told otherwise', async () => {
    expect((await subscribe({ leverage: 2 })).json).toMatchObject({
      ...{ enabled: true, max_positions: 10, leverage: '2', max_leverage: '2', on_low_balance: 'skip', warnings: [] },
      execution: { entry: MARKET, exit: MARKET, stop: MARKET },
    });
  });

  it('keeps every digit', async () => {
    const id = await subscribed({ capital: '123456789012.123456789012345678', leverage: 1.5 });
    expect((await ask('GET', `/${id}`)).json).toMatchObject({
      capital: '123456789012.123456789012345678',
      leverage: '1.5',
    });
  });

  it('takes the parameters of an algorithm as they are, numbers and texts', async () => {
    const entry = {
      ...{
        strategy: 'VWAP',
        duration: '900',
        engine_passiveness: '0.1',
        schedule_discretion: '0.05',
        alpha_tilt: '-0.5',
      },
      strategy_params: { passive_only: true, max_clip_size: '500.5' },
    };
    const exit = { strategy: 'Iceberg', order_slices: 8 };
    const { json } = await subscribe({ execution: { entry, exit } });
    expect(json.execution).toEqual({ entry, exit, stop: MARKET });
  });

  it.each([
    [
      { strategy: 'TWAP', duration: 60 },
      'execution.stop: TWAP may fill late or not at all, and a stop-loss should fill at once: Market does',
    ],
    [
      { strategy: 'Limit', limit_price: '100' },
      'execution.stop: Limit may fill late or not at all, and a stop-loss should fill at once: Market does',
    ],
  ])('allows a slow stop, %j, with a warning', async (stop, warning) => {
    const { status, json } = await subscribe({ execution: { stop } });
    expect([status, json.warnings]).toEqual([201, [warning]]);
    expect((await ask('GET', '')).json.subscriptions[0].warnings).toEqual([warning]);
  });

  it('tells what a parent order would be warned of', async () => {
    const entry = { strategy: 'POV', pov_target: '0.1', alpha_tilt: '0.5' };
    expect((await subscribe({ execution: { entry } })).json.warnings).toEqual([
      'execution.entry: alpha_tilt has no effect with pov_target',
    ]);
  });

  it('has no leverage on spot', async () => {
    const spot = await world.made(user, { name: 'spot', market: 'SPOT' });
    const text = 'leverage must be 1 for a SPOT strategy, with at most 18 decimals, was 2';
    const { status, json } = await subscribe({ strategy_id: spot, leverage: 2 });
    expect([status, json.fields]).toEqual([400, { leverage: [text] }]);
    expect((await subscribe({ strategy_id: spot, leverage: '1.0', max_leverage: 1 })).status).toBe(201);
  });

  it('refuses an account that reaches no venue of the strategy', async () => {
    await addAccount(user, 'elsewhere', 'kraken');
    const text = `account must reach one of binance (sim-usdm), 'elsewhere' reaches kraken`;
    const { status, json } = await subscribe({ account: 'elsewhere' });
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { account: [text] } }]);
  });

  it('refuses an account that is archived', async () => {
    await addAccount(user, 'old', 'sim-usdm');
    await world.api.asTenant(user, (tx) =>
      tx.query(`UPDATE accounts SET archived_at = clock_timestamp() WHERE name = 'old'`),
    );
    expect((await subscribe({ account: 'old' })).json.message).toBe(`account 'old' is archived`);
  });

  it('refuses a strategy that takes no signals', async () => {
    const session = await world.made(user, { name: 'session', kind: 'session' });
    expect((await subscribe({ strategy_id: session })).json.fields).toEqual({
      strategy_id: ['strategy_id must be a strategy that takes signals, was one of kind session'],
    });
  });

  it('has an account subscribe to a strategy once, also when asked twice at a time', async () => {
    const [one, two] = await Promise.all([subscribe(), subscribe()]);
    expect([one.status, two.status].sort()).toEqual([201, 409]);
    const refused = one.status === 409 ? one : two;
    const text = `account 'mock' is subscribed to the strategy already`;
    expect(refused.json).toEqual({ code: 'already_subscribed', message: text, fields: { account: [text] } });
    const other = await world.made(user, { name: 'another' });
    expect((await subscribe({ strategy_id: other })).status).toBe(201);
  });

  it('takes an account that is shared, by its owner’s name', async () => {
    const owner = await world.api.addColleague(user, ['read', 'trade']);
    const [{ name } = { name: '' }] = await world.api.asTenant(user, (tx) =>
      tx.query<{ name: string }[]>('SELECT name FROM users WHERE id = $1', [owner.userId]),
    );
    await addAccount(owner, 'desk', 'sim-usdm');
    expect((await subscribe({ account: `${name}/desk` })).status).toBe(400);
    await world.api.asTenant(user, (tx) =>
      tx.query(
        `INSERT INTO account_shares (account_id, user_id, tenant_id, granted_by)
         SELECT id, $1, tenant_id, user_id FROM accounts WHERE name = 'desk'`,
        [user.userId],
      ),
    );
    const { status, json } = await subscribe({ account: `${name}/desk` });
    expect([status, json.account]).toEqual([201, `${name}/desk`]);
  });

  it('P-10 gives the first answer again under the same idempotency key, and 409 to another body', async () => {
    const body = { strategy_id: strategy, account: 'mock', capital: '1000' };
    const keyed = (more: object = {}): Promise<Answer> =>
      world.ask(user, 'POST', SUBSCRIPTIONS, { ...body, ...more }, { headers: { 'Idempotency-Key': 'sub-1' } });
    const answers = await Promise.all([keyed(), keyed(), keyed()]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(2);
    const other = await keyed({ capital: '1' });
    expect([other.status, other.json.code, other.keys]).toEqual([
      409,
      'idempotency_mismatch',
      ['code', 'message', 'fields'],
    ]);
    expect(await world.api.count(user, 'subscriptions')).toBe(1);
    expect(await world.trail(user, 'subscription')).toEqual(['subscription_added']);
  });
});

describe('GET subscriptions', () => {
  it('lists page by page, oldest first, of one strategy where one is named', async () => {
    await addAccount(user, 'second', 'sim-usdm');
    const other = await world.made(user, { name: 'other' });
    const ids = [await subscribed(), await subscribed({ account: 'second' }), await subscribed({ strategy_id: other })];
    const listed = async (query: string): Promise<[ids: string[], cursor: string | null]> => {
      const { json } = await ask('GET', query);
      return [(json.subscriptions as { id: string }[]).map(({ id }) => id), json.next_cursor as string | null];
    };
    expect(await listed('')).toEqual([ids, null]);
    const [first, cursor] = await listed('?limit=2');
    expect([first, await listed(`?cursor=${cursor}`)]).toEqual([ids.slice(0, 2), [[ids[2]], null]]);
    expect(await listed(`?strategy_id=${other}`)).toEqual([[ids[2]], null]);
    const wrong = await ask('GET', '?strategy_id=7&limit=x');
    expect([wrong.status, wrong.json.fields]).toEqual([
      400,
      {
        limit: [`limit must be a whole number from 1 to 500, was 'x'`],
        strategy_id: [`strategy_id must be the id of a strategy, was '7'`],
      },
    ]);
  });
});

describe('PATCH subscriptions/{id}', () => {
  it('changes what is named, part by part of the execution too', async () => {
    const id = await subscribed({ execution: EXECUTION, max_leverage: 5 });
    const { status, json } = await ask('PATCH', `/${id}`, {
      ...{ enabled: false, capital: '250.5', max_positions: 1, leverage: '2', on_low_balance: 'scale' },
      execution: { entry: { strategy: 'IS', duration: 60 } },
    });
    expect([status, json]).toMatchObject([
      200,
      {
        ...{ enabled: false, capital: '250.5', max_positions: 1, leverage: '2', max_leverage: '5' },
        ...{ on_low_balance: 'scale', execution: { ...EXECUTION, entry: { strategy: 'IS', duration: 60 } } },
      },
    ]);
    expect((await ask('GET', `/${id}`)).json).toEqual(json);
    expect(await world.trail(user, 'subscription')).toEqual(['subscription_added', 'subscription_changed']);
  });

  it('lifts limited, and pauses', async () => {
    const id = await subscribed();
    const limited = await repository((subscriptions) =>
      subscriptions.move(id as SubscriptionId, 'limited', 'needs 1000 USDT, has 200', null),
    );
    expect([limited.status, limited.statusReason]).toEqual(['limited', 'needs 1000 USDT, has 200']);
    expect((await ask('GET', `/${id}`)).json).toMatchObject({
      ...{
        status: 'limited',
        status_reason: 'needs 1000 USDT, has 200',
        status_since: limited.statusSince.toISOString(),
      },
    });
    expect((await ask('PATCH', `/${id}`, { capital: '10' })).json.status).toBe('limited');
    const lifted = await ask('PATCH', `/${id}`, { status: 'active' });
    expect([lifted.status, lifted.json.status, lifted.json.status_reason]).toEqual([200, 'active', '']);
    const paused = await ask('PATCH', `/${id}`, { status: 'paused' });
    expect(paused.json).toMatchObject({ status: 'paused', status_reason: 'paused by its owner' });
    expect((await ask('PATCH', `/${id}`, { status: 'paused' })).json.status_since).toBe(paused.json.status_since);
    expect(await world.trail(user, 'subscription')).toEqual([
      ...['subscription_added', 'subscription_moved', 'subscription_changed', 'subscription_moved'],
      'subscription_moved',
    ]);
  });

  it.each<[string, object, string, string]>([
    [
      'nothing',
      {},
      'subscription',
      'a change must name one of enabled, capital, max_positions, leverage, max_leverage, on_low_balance, execution, status',
    ],
    ['the strategy', { strategy_id: 'x' }, 'strategy_id', 'strategy_id cannot be changed, make another subscription'],
    ['the account', { account: 'x' }, 'account', 'account cannot be changed, make another subscription'],
    [
      'a status that is not for its owner',
      { status: 'limited' },
      'status',
      `status must be one of active, paused, was 'limited'`,
    ],
    [
      'a most below the leverage',
      { max_leverage: 1 },
      'max_leverage',
      'max_leverage must be at least leverage, which is 2, was 1',
    ],
    [
      'an algorithm that no parent order could have',
      { execution: { exit: { strategy: 'POV' } } },
      'execution.exit.pov_target',
      'execution.exit.pov_target: pov_target is required for POV',
    ],
  ])('refuses %s', async (_, body, field, text) => {
    const id = await subscribed({ leverage: 2 });
    const { status, json } = await ask('PATCH', `/${id}`, body);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { [field]: [text] } }]);
  });
});

describe('DELETE subscriptions/{id}', () => {
  it.each(['exit', 'abandon'])('ends it and has its legs %s', async (how) => {
    const id = await subscribed();
    const { status, json } = await ask('DELETE', `/${id}?legs=${how}`);
    expect([status, json]).toMatchObject([200, { id, enabled: false }]);
    expect(world.ended.at(-1)).toEqual([id, how]);
    expect([(await ask('GET', `/${id}`)).status, (await ask('DELETE', `/${id}?legs=${how}`)).status]).toEqual([
      404, 404,
    ]);
    expect((await subscribe()).status).toBe(201);
    expect(await world.trail(user, 'subscription')).toEqual([
      ...['subscription_added', 'subscription_archived', 'subscription_added'],
    ]);
  });

  it.each([
    ['', 'legs must be one of exit, abandon, was missing'],
    ['?legs=sell', `legs must be one of exit, abandon, was 'sell'`],
  ])('does not guess what becomes of its legs: %j', async (query, text) => {
    const id = await subscribed();
    const { status, json } = await ask('DELETE', `/${id}${query}`);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { legs: [text] } }]);
    expect((await ask('GET', `/${id}`)).status).toBe(200);
  });
});

describe('rows of others', () => {
  it('are 404 to colleagues, staff and foreigners alike', async () => {
    const id = await subscribed();
    const strangers = [
      await world.api.addColleague(user, ['read', 'trade']),
      await world.api.addUser(['read', 'trade']),
    ];
    for (const as of strangers) {
      for (const [method, path, body] of [
        ['GET', `/${id}`, undefined],
        ['PATCH', `/${id}`, { enabled: false }],
        ['DELETE', `/${id}?legs=exit`, undefined],
      ] as const) {
        const { status, json } = await ask(method, path, body, as);
        expect([method, status, json]).toEqual([
          ...[method, 404],
          { code: 'not_found', message: `no subscription '${id}'`, fields: {} },
        ]);
      }
      expect((await ask('GET', '', undefined, as)).json.subscriptions).toEqual([]);
      const text = `strategy_id must be the id of a strategy of yours, was '${strategy}'`;
      const subscribedTo = await subscribe({}, as);
      expect([subscribedTo.status, subscribedTo.json]).toEqual([
        404,
        { code: 'not_found', message: text, fields: { strategy_id: [text] } },
      ]);
    }
  });

  it('S-04 are not seen by another tenant without any filter', async () => {
    await subscribed();
    const other = await world.api.addUser();
    const seen = (as: User) => world.api.asTenant(as, (tx) => tx.query<unknown[]>('SELECT 1 FROM subscriptions'));
    expect([(await seen(user)).length, (await seen(other)).length]).toEqual([1, 0]);
  });

  it('S-02 need the scope trade to be changed', async () => {
    const id = await subscribed();
    const reader = await world.api.addColleague(user, ['read']);
    for (const [method, path, body] of [
      ['POST', '', {}],
      ['PATCH', `/${id}`, {}],
      ['DELETE', `/${id}?legs=exit`, undefined],
    ] as const)
      expect((await ask(method, path, body, reader)).status).toBe(403);
  });
});

it('gives a position its legs: enabled subscriptions with the rows by which their accounts reach each venue', async () => {
  await addAccount(user, 'second', 'sim-usdm');
  await addAccount(user, 'third', 'sim-usdm');
  const first = await subscribed();
  await subscribed({ account: 'second', enabled: false });
  const third = await subscribed({ account: 'third', capital: '5' });
  const legs = await repository((subscriptions) => subscriptions.enabledOf(strategy as StrategyId));
  expect(legs).toMatchObject([
    {
      subscription: { id: first, accountName: 'mock', accountId: user.accountId },
      routes: [
        { accountId: user.accountId, venue: 'sim' },
        { accountId: user.perpAccountId, venue: 'sim-usdm' },
      ],
    },
    { subscription: { id: third, capital: decimal('5') }, routes: [{ venue: 'sim-usdm' }] },
  ]);
  await ask('DELETE', `/${first}?legs=abandon`);
  await world.api.asTenant(user, (tx) =>
    tx.query(`UPDATE accounts SET archived_at = clock_timestamp() WHERE name = 'third'`),
  );
  expect(await repository((subscriptions) => subscriptions.enabledOf(strategy as StrategyId))).toEqual([]);
  expect((await world.ask(user, 'GET', `${STRATEGIES}/${strategy}`)).status).toBe(200);
});
