import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StrategyId } from '#domain';
import { ownerOfSecret, StrategyRepository } from '#persistence';
import { hashToken } from '../../../apps/api-gateway/src/auth/authorization-header.js';
import { isSignalSecret } from '../../../apps/api-gateway/src/strategies/signal-secret.js';
import type { Answer, User } from './api-harness.js';
import { MIZAR_KEYS, SIGNALER, STRATEGIES, StrategyWorld, SUBSCRIPTIONS } from './strategy-world.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIGNING = 'whsec_that-nobody-ever-sees-again';

let world: StrategyWorld;
let user: User;
beforeAll(async () => {
  world = await StrategyWorld.start();
});
afterAll(() => world.api.stop());
beforeEach(async () => {
  user = await world.api.addUser(['read', 'trade']);
});

const ask = (method: string, path = '', body?: object, as = user): Promise<Answer> =>
  world.ask(as, method, `${STRATEGIES}${path}`, body);
const secretOf = async (more: object = {}): Promise<{ id: string; secret: string }> => {
  const { json } = await world.make(user, more);
  return { id: String(json.id), secret: String(json.secret) };
};
const ownerOf = (secret: string) =>
  world.api.db.withTokenHash(hashToken(secret), (tx) => ownerOfSecret(tx, hashToken(secret)));

describe('POST strategies', () => {
  it('makes a signaler with a secret that is shown once', async () => {
    const { status, json } = await world.make(user, { name: 'Sol swings' });
    expect([status, json]).toEqual([
      201,
      {
        id: expect.stringMatching(UUID),
        number: expect.any(Number),
        signaler_id: expect.stringMatching(/^sol-swings-[a-z0-9]{4}$/),
        secret: expect.stringMatching(/^trn_live_[0-9A-Za-z]{30}$/),
        is_active: true,
        signal_api_call_example: expect.any(String),
      },
    ]);
    expect(isSignalSecret(String(json.secret))).toBe(true);
    expect(json.signal_api_call_example).toMatch(
      `curl -X POST https://HOST/v1/strategy/signal/${json.signaler_id} -H 'Authorization: Bearer <secret>' -H 'Content-Type: application/json' -d '{"action":"open","pair":"ETH/USDT"`,
    );
    const shown = await ask('GET', `/${json.id}`);
    expect([shown.status, shown.json]).toEqual([
      200,
      {
        ...{
          id: json.id,
          number: json.number,
          kind: 'signaler',
          name: 'Sol swings',
          description: '',
          market: 'FUTURES',
        },
        ...{ exchanges: ['binance'], symbols: ['ETHUSDT'], is_active: true, signaler_id: json.signaler_id },
        settings: {
          ...{ on_open_while_live: 'reject', on_no_execution: 'cancel', trigger_price: 'last' },
          ...{ max_entry_delay_s: 60, default_quote: 'USDT' },
        },
        ...{ has_signing_secret: false, allowed_ips: [] },
        secrets: [
          {
            hint: String(json.secret).slice(-4),
            ...{ created_at: expect.any(String), expires_at: null, last_used_at: null },
          },
        ],
        signal_api_call_example: json.signal_api_call_example,
        ...{ created_at: expect.stringMatching(/Z$/), updated_at: expect.stringMatching(/Z$/) },
      },
    ]);
    expect(shown.text).not.toContain(json.secret);
    expect(await world.trail(user, 'strategy')).toEqual(['strategy_added']);
    expect(await world.trail(user, 'signal_secret')).toEqual(['secret_added']);
  });

  it.each([
    ['mizar', null, null, /\/api\/v1\/open-position .*"strategy_id":\d+,"base_asset":"ETH","quote_asset":"USDT"/],
    ['webhook', null, expect.stringMatching(/^trn_live_/), /\/webhooks\/<secret> .*"symbol":"ETHUSDT"/],
    ['session', null, null, null],
  ] as const)('makes a %s strategy', async (kind, signalerId, secret, example) => {
    const { status, json } = await world.make(user, { kind });
    expect([status, json.signaler_id, json.secret]).toEqual([201, signalerId, secret]);
    if (example === null) expect(json.signal_api_call_example).toBeNull();
    else expect(json.signal_api_call_example).toMatch(example);
    expect((await ask('GET', `/${json.id}`)).json).toMatchObject({
      kind,
      secrets: { length: secret === null ? 0 : 1 },
    });
  });

  it('numbers strategies upwards, within 31 bits', async () => {
    const numbers = [(await world.make(user)).json.number, (await world.make(user, { name: 'b' })).json.number];
    expect(numbers[1]).toBeGreaterThan(numbers[0] as number);
    expect(numbers.every((number) => number > 0 && number < 2 ** 31)).toBe(true);
  });

  it('keeps what the names of exchanges mean at the time', async () => {
    const id = await world.made(user, {
      market: 'SPOT',
      exchanges: ['Binance'],
      symbols: ['eth', 'BINANCE:BTC/USDT', 'ETH-USDT'],
    });
    const stored = await world.api.asTenant(user, (tx) =>
      new StrategyRepository(tx, user.tenantId).find(user.userId, id),
    );
    expect(stored).toMatchObject({
      ...{ exchanges: ['binance'], venues: ['sim'] },
      symbols: [
        { base: 'ETH', quote: 'USDT', symbol: 'ETHUSDT' },
        { base: 'BTC', quote: 'USDT', symbol: 'BTCUSDT' },
      ],
    });
  });

  it('takes the settings of its kind', async () => {
    const settings = {
      pyramiding: true,
      full_contracts: 4,
      max_lag: 30,
      max_entry_delay_s: '10',
      trigger_price: 'mid',
    };
    const id = await world.made(user, { kind: 'webhook', settings: { ...settings, default_quote: 'usdt' } });
    expect((await ask('GET', `/${id}`)).json.settings).toEqual({
      ...settings,
      ...{ full_contracts: '4', max_entry_delay_s: 10, on_no_execution: 'cancel', default_quote: 'USDT' },
    });
  });

  it.each<[string, object, Record<string, string>]>([
    ['no kind', { kind: null }, { kind: 'kind must be one of signaler, mizar, webhook, session, was missing' }],
    [
      'a kind that is none',
      { kind: 'bot' },
      { kind: `kind must be one of signaler, mizar, webhook, session, was 'bot'` },
    ],
    ['dca', { kind: 'dca' }, { kind: `kind 'dca' is not enabled, must be one of signaler, mizar, webhook, session` }],
    ['no name', { name: null }, { name: 'name is required' }],
    ['an empty name', { name: ' ' }, { name: `name must be text of 1 to 100 printable characters, was ' '` }],
    [
      'a long name',
      { name: 'x'.repeat(101) },
      { name: 'name must be text of 1 to 100 printable characters, was 101 characters' },
    ],
    [
      'a name that cannot be stored',
      { name: 'a\0b' },
      { name: 'name must be text of 1 to 100 printable characters, was text with U+0000 or half a character' },
    ],
    ['another market', { market: 'spot' }, { market: `market must be one of SPOT, FUTURES, was 'spot'` }],
    ['no exchange', { exchanges: [] }, { exchanges: 'exchanges must be a list of 1 to 16, was a list of 0' }],
    [
      'an unknown exchange',
      { exchanges: ['okx'] },
      { 'exchanges[0]': `exchanges[0] must be one of mockexchange, kraken, binance, sim, sim-usdm, was 'okx'` },
    ],
    [
      'an exchange without the market',
      { exchanges: ['kraken'] },
      { 'exchanges[0]': `exchanges[0] must be an exchange with the market FUTURES, was 'kraken'` },
    ],
    [
      'the same venue twice',
      { exchanges: ['binance', 'mockexchange'] },
      {
        'exchanges[1]': `exchanges[1] must be another venue than exchanges[0], 'mockexchange' is sim-usdm as well`,
      },
    ],
    ['no symbols', { symbols: null }, { symbols: 'symbols is required' }],
    [
      'symbols that are no list',
      { symbols: 'ETHUSDT' },
      { symbols: `symbols must be a list of 1 to 500, was 'ETHUSDT'` },
    ],
    [
      'a symbol that is not there',
      { symbols: ['ETHUSDT', 'DOGEUSDT'] },
      { 'symbols[1]': `symbols[1] must be a FUTURES instrument of binance, was 'DOGEUSDT'` },
    ],
    [
      'a symbol that is none',
      { symbols: ['ETH USDT'] },
      { 'symbols[0]': `symbols[0] must look like BTCUSDT, BTC/USDT, BTC-USDT or BTC, was 'ETH USDT'` },
    ],
    [
      'a perpetual in spot',
      { market: 'SPOT', symbols: ['ETHUSDT.P'] },
      { 'symbols[0]': `symbols[0] must be of the market SPOT, 'ETHUSDT.P' is a perpetual` },
    ],
    [
      'a symbol that another exchange does not have',
      { market: 'SPOT', exchanges: ['binance', 'kraken'] },
      { 'symbols[0]': `symbols[0] 'ETHUSDT': no SPOT instrument of kraken is known at the moment` },
    ],
    [
      'a setting that is none',
      { settings: { color: 'red' } },
      {
        'settings.color':
          'settings.color is not a field here, must be one of on_open_while_live, on_no_execution, trigger_price, max_entry_delay_s, default_quote',
      },
    ],
    [
      'a setting of another kind',
      { settings: { mizar_wait_ms: 5 } },
      {
        'settings.mizar_wait_ms':
          'settings.mizar_wait_ms is not a field here, must be one of on_open_while_live, on_no_execution, trigger_price, max_entry_delay_s, default_quote',
      },
    ],
    [
      'a setting of another value',
      { settings: { trigger_price: 'ask', max_entry_delay_s: 0, default_quote: '' } },
      {
        'settings.trigger_price': `settings.trigger_price must be one of last, mid, mark, was 'ask'`,
        'settings.max_entry_delay_s': 'settings.max_entry_delay_s must be a whole number from 1 to 3600, was 0',
        'settings.default_quote': `settings.default_quote must be an asset of 1 to 20 letters and digits, was ''`,
      },
    ],
    ['settings that are none', { settings: 'all' }, { settings: `settings must be an object, was 'all'` }],
    [
      'an unknown field',
      { tenantId: 'x' },
      {
        tenantId:
          'tenantId is not a field here, must be one of kind, name, description, market, exchanges, symbols, settings, allowed_ips',
      },
    ],
    [
      'a signing secret that is short',
      { kind: 'webhook', settings: { signing_secret: 'short-one' } },
      {
        'settings.signing_secret':
          'settings.signing_secret must be 24 to 256 ASCII characters without spaces, was text of 9 characters',
      },
    ],
    [
      'addresses of a kind without a secret',
      { kind: 'mizar', allowed_ips: ['203.0.113.7'] },
      { allowed_ips: 'allowed_ips are of a secret, and a mizar strategy has none' },
    ],
  ])('refuses %s', async (_, more, fields) => {
    const { status, json } = await world.make(user, more);
    const [message] = Object.values(fields);
    expect([status, json]).toEqual([
      400,
      {
        code: 'invalid',
        message,
        fields: Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, [text]])),
      },
    ]);
    expect(await world.api.count(user, 'strategies')).toBe(0);
  });

  it('refuses a name that the user has, and lets another user have it', async () => {
    await world.made(user);
    const again = await world.make(user, { kind: 'mizar' });
    const text = `name 'Eth swings' is already used by another strategy of yours`;
    expect([again.status, again.json]).toEqual([409, { code: 'name_taken', message: text, fields: { name: [text] } }]);
    expect((await world.make(await world.api.addColleague(user, ['trade']))).status).toBe(201);
  });

  it('keeps no answer under an idempotency key, as it would keep the secret: the name is what makes it one strategy', async () => {
    const headers = { 'Idempotency-Key': 'once' };
    const first = await world.ask(user, 'POST', STRATEGIES, SIGNALER, { headers });
    const again = await world.ask(user, 'POST', STRATEGIES, SIGNALER, { headers });
    expect([first.status, again.status, again.json.code]).toEqual([201, 409, 'name_taken']);
    expect([await world.api.count(user, 'strategies'), await world.api.count(user, 'idempotency_keys')]).toEqual([
      1, 0,
    ]);
  });

  it('takes no public id that is another strategy’s, of whatever tenant', async () => {
    const other = await world.api.addUser();
    const add = (as: User, name: string) =>
      world.api.asTenant(as, (tx) =>
        new StrategyRepository(tx, as.tenantId).add(
          {
            ...{ id: crypto.randomUUID() as StrategyId, kind: 'signaler', name, description: '' },
            ...{ market: 'SPOT', exchanges: ['sim'], venues: ['sim' as never], publicId: 'taken-aaaa' },
            symbols: [{ base: 'ETH', quote: 'USDT', symbol: 'ETHUSDT' }],
            settings: {} as never,
          },
          as.userId,
        ),
      );
    expect([(await add(user, 'a'))?.publicId, await add(other, 'b')]).toEqual(['taken-aaaa', null]);
    expect(await world.trail(other, 'strategy')).toEqual([]);
  });
});

describe('GET strategies', () => {
  it('lists page by page, oldest first, of one kind where one is named', async () => {
    const ids = [];
    for (const name of ['a', 'b', 'c'])
      ids.push(await world.made(user, { name, kind: name === 'b' ? 'mizar' : 'webhook' }));
    const listed = async (query: string): Promise<[ids: string[], cursor: string | null]> => {
      const { json } = await ask('GET', query);
      return [(json.strategies as { id: string }[]).map(({ id }) => id), json.next_cursor as string | null];
    };
    expect(await listed('')).toEqual([ids, null]);
    const [first, cursor] = await listed('?limit=2');
    expect([first, await listed(`?limit=2&cursor=${cursor}`)]).toEqual([ids.slice(0, 2), [[ids[2]], null]]);
    expect(await listed('?kind=mizar&limit=500')).toEqual([[ids[1]], null]);
  });

  it.each([
    ['limit=0', 'limit', `limit must be a whole number from 1 to 500, was '0'`],
    ['limit=501', 'limit', `limit must be a whole number from 1 to 500, was '501'`],
    ['cursor=7', 'cursor', `cursor must be the next_cursor of an answer, was '7'`],
    ['kind=bot', 'kind', `kind must be one of signaler, mizar, webhook, session, dca, was 'bot'`],
  ])('refuses ?%s', async (query, field, text) => {
    const { status, json } = await ask('GET', `?${query}`);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { [field]: [text] } }]);
  });
});

describe('PATCH strategies/{id}', () => {
  it('changes what is named, and leaves the rest', async () => {
    const id = await world.made(user, { market: 'SPOT', settings: { trigger_price: 'mid' } });
    const changed = await ask('PATCH', `/${id}`, {
      ...{ name: 'Renamed', description: 'of old', is_active: false, symbols: ['BTC', 'ETH'] },
      ...{ settings: { max_entry_delay_s: 5 }, allowed_ips: ['203.0.113.0/24'] },
    });
    expect([changed.status, changed.json]).toMatchObject([
      200,
      {
        ...{ name: 'Renamed', description: 'of old', is_active: false, symbols: ['BTCUSDT', 'ETHUSDT'] },
        ...{ allowed_ips: ['203.0.113.0/24'], settings: { trigger_price: 'mid', max_entry_delay_s: 5 } },
      },
    ]);
    expect((await ask('GET', `/${id}`)).json).toEqual(changed.json);
    expect(await world.trail(user, 'strategy')).toEqual(['strategy_added', 'strategy_changed']);
    expect(await world.trail(user, 'signal_secret')).toEqual(['secret_added', 'secret_bound']);
  });

  it.each<[string, object, string, string]>([
    [
      'nothing',
      {},
      'strategy',
      'a change must name one of name, description, symbols, settings, is_active, allowed_ips',
    ],
    ['the kind', { kind: 'mizar' }, 'kind', 'kind cannot be changed, make another strategy'],
    ['the market', { market: 'SPOT' }, 'market', 'market cannot be changed, make another strategy'],
    ['the exchanges', { exchanges: ['sim'] }, 'exchanges', 'exchanges cannot be changed, make another strategy'],
    ['a flag that is none', { is_active: 'yes' }, 'is_active', `is_active must be true or false, was 'yes'`],
    [
      'a symbol that is not there',
      { symbols: ['BTCUSDT'] },
      'symbols[0]',
      `symbols[0] must be a FUTURES instrument of binance, was 'BTCUSDT'`,
    ],
    [
      'a signing secret where nothing is signed',
      { settings: { signing_secret: SIGNING } },
      'settings.signing_secret',
      'settings.signing_secret is not a field here, must be one of on_open_while_live, on_no_execution, trigger_price, max_entry_delay_s, default_quote',
    ],
  ])('refuses %s', async (_, body, field, text) => {
    const { status, json } = await ask('PATCH', `/${await world.made(user)}`, body);
    expect([status, json]).toEqual([400, { code: 'invalid', message: text, fields: { [field]: [text] } }]);
  });

  it('refuses the name of another, and takes its own again', async () => {
    await world.made(user, { name: 'first' });
    const id = await world.made(user, { name: 'second' });
    const taken = await ask('PATCH', `/${id}`, { name: 'first' });
    expect([taken.status, taken.json.code]).toEqual([409, 'name_taken']);
    expect((await ask('PATCH', `/${id}`, { name: 'second' })).status).toBe(200);
  });

  it('lets no symbol go while a position of it is live', async () => {
    const id = await world.made(user, { market: 'SPOT', symbols: ['BTC', 'ETH'] });
    world.live.set(id, ['ETH-USDT', 'ETH-USDT', 'BTC-USDT']);
    const refused = await ask('PATCH', `/${id}`, { symbols: ['BTC'] });
    const text = 'symbols must keep ETH-USDT: 2 positions are live there';
    expect([refused.status, refused.json]).toEqual([
      409,
      { code: 'positions_live', message: text, fields: { symbols: [text] } },
    ]);
    expect((await ask('PATCH', `/${id}`, { symbols: ['ETH', 'BTC'] })).status).toBe(200);
  });
});

describe('DELETE strategies/{id}', () => {
  it('refuses while positions are live, in the words of the contract', async () => {
    const id = await world.made(user);
    world.live.set(id, ['ETH-USDT', 'ETH-USDT']);
    const refused = await ask('DELETE', `/${id}`);
    expect([refused.status, refused.json]).toEqual([
      409,
      { code: 'positions_live', message: '2 positions are live', fields: {} },
    ]);
    world.live.set(id, ['ETH-USDT']);
    expect((await ask('DELETE', `/${id}`)).json.message).toBe('1 position is live');
    expect((await ask('GET', `/${id}`)).status).toBe(200);
  });

  it('ends the strategy, its secrets and its subscriptions, and frees its name', async () => {
    const { id, secret } = await secretOf({ kind: 'webhook', settings: { signing_secret: SIGNING } });
    await world.ask(user, 'POST', SUBSCRIPTIONS, { strategy_id: id, account: 'mock', capital: '10' });
    const ended = await ask('DELETE', `/${id}`);
    expect([ended.status, ended.json]).toMatchObject([200, { id, is_active: false, secrets: [] }]);
    expect([(await ask('GET', `/${id}`)).status, (await ask('DELETE', `/${id}`)).status]).toEqual([404, 404]);
    expect(await ownerOf(secret)).toBeNull();
    expect((await world.ask(user, 'GET', SUBSCRIPTIONS)).json.subscriptions).toEqual([]);
    expect(await world.api.count(user, 'signing_secrets')).toBe(0);
    expect((await world.make(user)).status).toBe(201);
    expect(await world.trail(user, 'strategy')).toEqual([
      ...['strategy_added', 'signing_secret_set', 'signing_secret_removed', 'strategy_archived', 'strategy_added'],
    ]);
    expect(await world.trail(user, 'subscription')).toEqual(['subscription_added', 'subscription_archived']);
  });
});

describe('rows of others', () => {
  it('are 404 to colleagues, staff and foreigners alike', async () => {
    const id = await world.made(user);
    const strangers = [
      await world.api.addColleague(user, ['read', 'trade']),
      await world.api.addUser(['read', 'trade']),
    ];
    for (const as of strangers) {
      for (const [method, path, body] of [
        ['GET', `/${id}`, undefined],
        ['PATCH', `/${id}`, { is_active: false }],
        ['DELETE', `/${id}`, undefined],
        ['POST', `/${id}/rotate-secret`, {}],
      ] as const) {
        const { status, json } = await ask(method, path, body, as);
        expect([method, status, json]).toEqual([
          method,
          404,
          { code: 'not_found', message: `no strategy '${id}'`, fields: {} },
        ]);
      }
      expect((await ask('GET', '', undefined, as)).json.strategies).toEqual([]);
    }
    expect((await ask('GET', '/no-id')).json.message).toBe(`no strategy 'no-id'`);
  });
});

describe('access (S-02)', () => {
  it('is of a scope for each route, and refusals have the shape of these routes', async () => {
    const id = await world.made(user);
    const reader = await world.api.addColleague(user, ['read', 'cancel', 'admin']);
    for (const [method, path] of [
      ['POST', STRATEGIES],
      ['PATCH', `${STRATEGIES}/${id}`],
      ['DELETE', `${STRATEGIES}/${id}`],
      ['POST', `${STRATEGIES}/${id}/rotate-secret`],
      ['POST', MIZAR_KEYS],
      ['DELETE', `${MIZAR_KEYS}/${id}`],
    ] as const) {
      const { status, json } = await world.ask(reader, method, path, {});
      expect([method, path, status, json]).toEqual([
        ...[method, path, 403],
        { code: 'forbidden', message: 'You do not have permission to perform this action.', fields: {} },
      ]);
    }
    for (const path of [STRATEGIES, MIZAR_KEYS]) expect((await world.ask(reader, 'GET', path)).status).toBe(200);
  });

  it.each([
    ['GET', STRATEGIES, { token: null }, 401, 'unauthenticated'],
    ['PUT', STRATEGIES, {}, 405, 'method_not_allowed'],
    ['GET', `${STRATEGIES}/a/b/c`, {}, 404, 'not_found'],
    ['POST', STRATEGIES, { rawBody: '{' }, 400, 'malformed_json'],
    ['POST', STRATEGIES, { rawBody: `"${'x'.repeat(65_536)}"` }, 413, 'too_large'],
  ] as const)('%s %s is told in three keys as well', async (method, path, options, status, code) => {
    const answer = await world.api.request(method, path, { token: user.token, ...options });
    expect([answer.status, answer.keys, answer.json.code]).toEqual([status, ['code', 'message', 'fields'], code]);
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
  });
});
