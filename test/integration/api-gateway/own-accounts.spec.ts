import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { notional, price, quantity, type AccountId, type Instrument, type VenueId } from '#domain';
import { AccountViewRepository, InstrumentRepository } from '#persistence';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { MULTI } from './multi-order-body.js';

const venue = (id: string, exchange: string, product: 'spot' | 'linear') =>
  ({ id, exchange, product, tier: 1, cannotPromise: [] }) as const;
const VENUES = [
  venue('sim', 'MockExchange', 'spot'),
  venue('sim-usdm', 'MockExchange', 'linear'),
  venue('kraken', 'Kraken', 'spot'),
];
/** Traded at another exchange than that of `mock`. */
const SOL: Instrument = {
  venue: 'kraken' as VenueId,
  symbol: 'SOLUSDT',
  pair: 'SOL-USDT',
  marketType: 'spot',
  base: 'SOL',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};
const KEY = { api_key: 'key-of-thirteen-wxyz', api_secret: 'the-secret-nobody-sees' };

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start(undefined, { venues: VENUES });
  await api.db.inSystem((tx) => new InstrumentRepository(tx).upsertAll([SOL]));
  api.mids.set('SOLUSDT', '150');
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

const ask = (method: string, body?: object, query = '', token = user.token): Promise<Answer> =>
  api.request(method, `/api/accounts/${query}`, { token, ...(body === undefined ? {} : { body }) });
const sql = <Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));
const nameOf = async (of: User): Promise<string> =>
  (await sql<{ name: string }>('SELECT name FROM users WHERE id = $1', [of.userId]))[0]?.name ?? '';
const MOCK = {
  name: 'mock',
  exchange: 'MockExchange',
  margin_mode: 'CROSS',
  hedge_mode: false,
  archived: false,
  valid: null,
  api_key: '****',
  api_secret: '****',
  sub_objects: ['spot', 'perp'],
  created_at: expect.stringMatching(/Z$/),
};

/** Until a statement of the API waits for a row that somebody else holds. */
const untilBlocked = (): Promise<void> =>
  until(
    async () =>
      (
        await api.asTenant(user, (tx) =>
          tx.query<unknown[]>(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'api-gateway'
               AND wait_event_type = 'Lock'`,
          ),
        )
      ).length > 0,
  );

/** What the first gateway does: it says which key boxes are to be closed for. */
async function offerKey(): Promise<void> {
  const { publicKey } = generateKeyPairSync('x25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  await api.asOwner((query) =>
    query(`INSERT INTO credential_intake_keys (key_id, public_key) VALUES ('test', decode('${raw}', 'hex'))`),
  );
}

it('refuses a key while no gateway has run to take it, and opens nothing', async () => {
  const answer = await ask('POST', { name: 'main', exchange: 'Kraken', ...KEY });
  expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
  expect((await ask('GET')).json.accounts).toEqual([{ id: user.accountId, ...MOCK }]);
  await offerKey();
});

describe('an account', () => {
  it('is opened with its key, changed and put away; its name stays taken', async () => {
    const opened = await ask('POST', { name: 'main', exchange: 'mockexchange', ...KEY, margin_mode: 'isolated' });
    expect([opened.status, opened.json]).toEqual([
      200,
      { ...MOCK, id: expect.any(String), name: 'main', margin_mode: 'ISOLATED', api_key: '****wxyz' },
    ]);
    const id = String(opened.field('id'));
    const boxes = await sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM credential_submissions c JOIN accounts a ON a.id = c.account_id
       WHERE a.id = $1 OR a.main_account_id = $1`,
      [id],
    );
    expect(boxes).toEqual([{ count: 2 }]);
    expect((await ask('POST', { name: 'main', exchange: 'Kraken', ...KEY })).json).toMatchObject({
      code: 'name_taken',
      error: "name 'main' is already used",
    });

    const renamed = await ask('PUT', { id, name: 'desk', ...KEY });
    expect(renamed.json).toMatchObject({ id, name: 'desk', margin_mode: 'ISOLATED', hedge_mode: false });
    expect((await ask('PUT', { name: 'mock' }, `?id=${id}`)).json.code).toBe('name_taken');
    // The first name is free again, sub-accounts and all.
    expect((await ask('POST', { name: 'main', exchange: 'MockExchange', ...KEY })).status).toBe(200);

    const archived = await ask('DELETE', undefined, `?id=${id}`);
    expect([archived.status, archived.json.archived, archived.json.name]).toEqual([200, true, 'desk']);
    expect((await ask('DELETE', { id })).status).toBe(200);
    for (const change of [{ name: 'other' }, { hedge_mode: true }, KEY])
      expect((await ask('PUT', { id, ...change })).json.errors).toEqual({ id: ["account 'desk' is archived"] });
    const names = async (query = ''): Promise<string[]> =>
      ((await ask('GET', undefined, query)).json.accounts as { name: string }[]).map(({ name }) => name);
    expect(await names()).toEqual(['main', 'mock']);
    expect(await names('?include_archived=true')).toEqual(['desk', 'main', 'mock']);
    expect((await ask('POST', { name: 'desk', exchange: 'Kraken', ...KEY })).json.code).toBe('name_taken');
    expect((await api.place(user, { accounts: ['desk'] })).json.error).toBe("account 'desk' is archived");
  });

  it('keeps margin as its owner says, where a venue of its exchange can', async () => {
    const refused = await ask('POST', { name: 'iso', exchange: 'Kraken', ...KEY, margin_mode: 'ISOLATED' });
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      { margin_mode: ['margin_mode ISOLATED cannot be set at Kraken'] },
    ]);
    const id = user.accountId;
    expect((await ask('PUT', { id, margin_mode: 'ISOLATED' })).json.margin_mode).toBe('ISOLATED');
    await sql(
      `INSERT INTO account_symbol_settings (account_id, tenant_id, symbol, margin_type)
       VALUES ($1, $2, 'ETHUSDT', 'isolated')`,
      [user.perpAccountId, user.tenantId],
    );
    const carryOut = (outcome: string): Promise<void> =>
      until(async () => {
        const [done] = await sql<unknown[]>(
          `UPDATE account_commands SET outcome = $1, outcome_text = 'a position is open', finished_at = now()
           WHERE finished_at IS NULL AND kind = 'set_margin_type' AND symbol = 'ETHUSDT' AND argument = 'cross'
           RETURNING id`,
          [outcome],
        );
        return (done?.length ?? 0) > 0;
      });
    for (const [outcome, status, mode] of [
      ['refused', 422, 'ISOLATED'],
      ['done', 200, 'CROSS'],
    ] as const) {
      const changing = ask('PUT', { id, margin_mode: 'CROSS' });
      await carryOut(outcome);
      const changed = await changing;
      expect(changed.status).toBe(status);
      if (status === 422) expect(changed.json.error).toBe('margin_mode was not changed: a position is open');
      expect((await ask('GET')).json.accounts[0]).toMatchObject({ margin_mode: mode });
    }
  });

  it('shows nothing of its key but the end of a long one', async () => {
    const opened = await ask('POST', { name: 'k', exchange: 'Kraken', ...KEY });
    const { id, ...shown } = opened.json as { id: string };
    expect(shown).toMatchObject({ api_key: '****wxyz', api_secret: '****', sub_objects: ['spot'], valid: null });
    const short = { api_key: 'twelve-chars', api_secret: KEY.api_secret };
    expect((await ask('POST', { name: 's', exchange: 'Kraken', ...short })).json.api_key).toBe('****');
    /** The gateway's part. */
    const judged = (outcome: string): Promise<void> =>
      api.asOwner((query) =>
        query(`UPDATE credential_submissions SET outcome = '${outcome}', decided_at = clock_timestamp(), box = NULL
               WHERE account_id = '${id}' AND outcome IS NULL`),
      );
    await judged('accepted');
    await api.asOwner((query) =>
      query(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint)
             VALUES ('${id}', 1, '${user.tenantId}', 'wxyz')`),
    );
    const shownKey = async (): Promise<unknown> => (await ask('GET')).json.accounts[0].api_key;
    expect(await shownKey()).toBe('****wxyz');
    const changed = await ask('PUT', { id, ...KEY, api_key: 'another-key-of-mine-1234' });
    expect([changed.json.api_key, await shownKey()]).toEqual(['****1234', '****1234']);
    await judged('refused'); // the one before is still the account's
    const listed = await ask('GET');
    expect(listed.json.accounts[0]).toMatchObject({ name: 'k', api_key: '****wxyz', api_secret: '****' });
    for (const { text } of [opened, changed, listed])
      for (const secret of [KEY.api_key, KEY.api_secret]) expect(text).not.toContain(secret);
  });

  it('is valid or not as its venue said, and takes no orders once it refused the key', async () => {
    const validity = async (status: string): Promise<unknown> => {
      await sql('UPDATE account_states SET status = $2 WHERE account_id = $1', [user.accountId, status]);
      return (await ask('GET')).json.accounts[0].valid;
    };
    expect([await validity('starting'), await validity('trading')]).toEqual([null, true]);
    expect((await api.place(user)).status).toBe(200);
    expect(await validity('credentials_rejected')).toBe(false);
    const refused = await api.place(user);
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      { accounts: ["account 'mock' has no valid credentials"] },
    ]);
  });

  it('cannot be put away while orders use it, nor can mock ever', async () => {
    const id = String((await ask('POST', { name: 'busy', exchange: 'MockExchange', ...KEY })).field('id'));
    const order = await api.place(user, { accounts: ['busy'], pair: 'ETH:PERP-USDT' });
    expect(order.status).toBe(200);
    const refused = await ask('DELETE', { id });
    expect([refused.status, refused.json.code]).toEqual([409, 'account_in_use']);
    await api.request('DELETE', `/api/order/${order.json.id as string}`, { token: user.token });
    expect((await ask('DELETE', { id })).status).toBe(200);
    expect((await ask('DELETE', { id: user.accountId })).json.errors).toEqual({
      id: ["account 'mock' cannot be archived"],
    });
    expect((await ask('PUT', { id: user.accountId, name: 'other' })).status).toBe(400);
  });

  it('is the hundredth at most', async () => {
    await sql(
      `INSERT INTO accounts (id, tenant_id, user_id, name, venue, exchange)
       SELECT gen_random_uuid(), $1, $2, 'a' || n, 'kraken', 'Kraken' FROM generate_series(1, 98) n`,
      [user.tenantId, user.userId],
    );
    expect((await ask('POST', { name: 'last', exchange: 'Kraken', ...KEY })).status).toBe(200);
    const refused = await ask('POST', { name: 'more', exchange: 'Kraken', ...KEY });
    expect([refused.status, refused.json.errors]).toEqual([400, { name: ['at most 100 accounts may be open'] }]);
  });

  it('is opened once under one key', async () => {
    const body = { name: 'once', exchange: 'Kraken', ...KEY };
    const open = (): Promise<Answer> =>
      api.request('POST', '/api/accounts/', { token: user.token, body, headers: { 'Idempotency-Key': 'k' } });
    const [first, again] = [await open(), await open()];
    expect([first.status, again.text, again.headers.get('idempotency-replayed')]).toEqual([200, first.text, 'true']);
    expect(await sql(`SELECT 1 FROM accounts WHERE name = 'once'`)).toHaveLength(1);
    const other = await api.request('POST', '/api/accounts/', {
      token: user.token,
      body: { ...body, api_secret: 'another' },
      headers: { 'Idempotency-Key': 'k' },
    });
    expect(other.json.code).toBe('idempotency_mismatch');
  });

  it('waits for what the venue says to its hedge mode, and changes nothing where that is no', async () => {
    const id = String((await ask('POST', { name: 'hedged', exchange: 'MockExchange', ...KEY })).field('id'));
    /** The gateway's part. */
    const answered = async (outcome: string, text: string): Promise<Answer> => {
      const asked = ask('PUT', { id, name: 'both', hedge_mode: true });
      await until(async () => {
        const done = await sql<unknown[]>(
          `UPDATE account_commands SET outcome = $1, outcome_text = $2, finished_at = clock_timestamp()
           WHERE finished_at IS NULL AND kind = 'set_hedge_mode' AND argument = 'on' RETURNING account_id`,
          [outcome, text],
        );
        return (done[0]?.length ?? 0) > 0;
      });
      return asked;
    };
    const refused = await answered('refused', 'a position is open in ETHUSDT');
    expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
      422,
      'save_failed',
      { hedge_mode: ['hedge_mode was not changed: a position is open in ETHUSDT'] },
    ]);
    const nameNow = async (): Promise<unknown> =>
      ((await ask('GET')).json.accounts as { id: string; name: string }[]).find((one) => one.id === id)?.name;
    expect(await nameNow()).toBe('hedged');
    expect((await answered('done', 'changed')).status).toBe(200);
    expect(await nameNow()).toBe('both');
  });

  it('is not valid while its only key was refused or revoked, and then takes no orders', async () => {
    const id = String((await ask('POST', { name: 'wrong', exchange: 'Kraken', ...KEY })).field('id'));
    const judged = async (): Promise<unknown[]> => {
      const { json } = await ask('GET');
      const placed = await api.place(user, { accounts: ['wrong'], pair: 'SOL-USDT' });
      return [
        (json.accounts as { id: string; valid: unknown }[]).find((one) => one.id === id)?.valid,
        placed.json.errors.accounts,
      ];
    };
    const refusal = ["account 'wrong' has no valid credentials"];
    // As the gateway leaves an account for which it has no session.
    await sql(`UPDATE account_states SET status = 'read_only' WHERE account_id = $1`, [id]);
    expect(await judged()).toEqual([null, undefined]);
    const asOwner = (statement: string): Promise<void> => api.asOwner((query) => query(statement));
    await asOwner(`UPDATE credential_submissions SET outcome = 'refused', decided_at = clock_timestamp(), box = NULL
                   WHERE account_id = '${id}'`);
    expect(await judged()).toEqual([false, refusal]);
    await asOwner(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint)
                   VALUES ('${id}', 1, '${user.tenantId}', '')`);
    await sql('UPDATE account_states SET confirmed_at = clock_timestamp() WHERE account_id = $1', [id]);
    expect(await judged()).toEqual([true, undefined]);
    await asOwner(`UPDATE credential_facts SET revoked_at = clock_timestamp() WHERE account_id = '${id}'`);
    expect(await judged()).toEqual([false, refusal]);
  });

  it('takes orders whatever became of the keys of other accounts, and none with a bad key whatever they have', async () => {
    const open = async (name: string): Promise<string> =>
      String((await ask('POST', { name, exchange: 'Kraken', ...KEY })).field('id'));
    const [revoked, refused, healthy] = [await open('revoked'), await open('refused'), await open('healthy')];
    const place = (name: string): Promise<Answer> => api.place(user, { accounts: [name], pair: 'SOL-USDT' });
    const facts = (id: string, version: number, revokedAt: string): Promise<void> =>
      api.asOwner((query) =>
        query(`INSERT INTO credential_facts (account_id, version, tenant_id, key_hint, revoked_at)
               VALUES ('${id}', ${version}, '${user.tenantId}', '', ${revokedAt})`),
      );
    // It has no limits yet, which is looked at after the keys.
    await facts(healthy, 1, 'NULL');
    await facts(revoked, 3, 'clock_timestamp()');
    expect((await place('revoked')).json.errors).toEqual({ accounts: ["account 'revoked' has no valid credentials"] });
    expect((await place('healthy')).json.code).toBe('risk_denied');
    expect((await api.place(user, { accounts: ['mock'] })).status).toBe(200);

    await facts(healthy, 9, 'NULL');
    await api.asOwner((query) =>
      query(`UPDATE credential_submissions SET outcome = 'refused', decided_at = clock_timestamp(), box = NULL
             WHERE account_id = '${refused}'`),
    );
    expect((await place('refused')).json.errors).toEqual({ accounts: ["account 'refused' has no valid credentials"] });
    expect((await place('revoked')).status).toBe(400);
    expect((await place('healthy')).json.code).toBe('risk_denied');
  });

  it('does not take a name that another takes at the same time', async () => {
    const open = async (name: string): Promise<string> =>
      String((await ask('POST', { name, exchange: 'Kraken', ...KEY })).field('id'));
    const [first, second] = [await open('first'), await open('second')];
    let renamed = Promise.resolve<Answer | null>(null);
    await api.asTenant(user, async (tx) => {
      expect(await new AccountViewRepository(tx, user.tenantId).rename(first as AccountId, 'wanted')).toBe(true);
      renamed = ask('PUT', { id: second, name: 'wanted' });
      await untilBlocked();
    });
    expect([(await renamed)?.status, (await renamed)?.json.code]).toEqual([409, 'name_taken']);
  });

  it('takes no order while it is being put away, and waits for one that is being taken', async () => {
    const id = String((await ask('POST', { name: 'going', exchange: 'MockExchange', ...KEY })).field('id'));
    let placed = Promise.resolve<Answer | null>(null);
    await api.asTenant(user, async (tx) => {
      await tx.query('UPDATE accounts SET archived_at = clock_timestamp() WHERE id = $1', [id]);
      placed = api.place(user, { accounts: ['going'] });
      await untilBlocked();
    });
    expect((await placed)?.json.errors).toEqual({ accounts: ["account 'going' is archived"] });
    expect(await api.count(user, 'parent_orders')).toBe(0);

    const held = String((await ask('POST', { name: 'held', exchange: 'MockExchange', ...KEY })).field('id'));
    let archived = Promise.resolve<Answer | null>(null);
    await api.asTenant(user, async (tx) => {
      await new AccountViewRepository(tx, user.tenantId).holdOpen([held as AccountId]);
      archived = ask('DELETE', { id: held });
      await untilBlocked();
    });
    expect((await archived)?.json.archived).toBe(true);
  });

  it('is nobody else’s to change', async () => {
    const colleague = await api.addColleague(user);
    for (const method of ['PUT', 'DELETE']) {
      for (const id of [user.accountId, 'no-uuid', 5, '7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab'])
        expect((await ask(method, { id }, '', colleague.token)).status).toBe(404);
      expect((await ask(method, {}, '', colleague.token)).json.errors).toEqual({ id: ['id must be provided'] });
    }
  });

  it.each([
    [{}, ['name', 'exchange', 'api_key', 'api_secret']],
    [{ name: 'a b', exchange: 'Nowhere', ...KEY }, ['name', 'exchange']],
    [{ name: 'x'.repeat(65), exchange: 'Kraken', ...KEY }, ['name']],
    [{ name: 'a', exchange: 'Kraken', api_key: ' ', api_secret: 5 }, ['api_key', 'api_secret']],
    [{ name: 'a', exchange: 'Kraken', ...KEY, margin_mode: 'HALF', hedge_mode: 'yes' }, ['margin_mode', 'hedge_mode']],
  ])('is not opened by %j', async (body, fields) => {
    const answer = await ask('POST', body);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, fields]);
  });
});

describe('sharing', () => {
  const share = (method: string, path: string, body?: object): Promise<Answer> =>
    api.request(method, `/manage/v1/accounts/mock/shares${path}`, {
      token: user.token,
      ...(body === undefined ? {} : { body }),
    });

  it('lets another user of the tenant trade on an account, under its owner’s name, until it ends', async () => {
    const colleague = await api.addColleague(user);
    const named = `${await nameOf(user)}/mock`;
    const place = (): Promise<Answer> => api.place(colleague, { accounts: [named] });
    expect((await place()).json.errors).toEqual({ accounts: [`unknown account '${named}'`] });
    const shared = await share('POST', '', { username: await nameOf(colleague) });
    expect([shared.status, shared.json]).toEqual([200, { account: 'mock', usernames: [await nameOf(colleague)] }]);
    expect((await share('POST', '', { username: await nameOf(colleague) })).status).toBe(200);

    const order = await place();
    expect([order.status, order.json.account_names]).toEqual([200, [named]]);
    expect((await api.place(colleague, { accounts: [user.accountId] })).json.errors).toEqual({
      accounts: [`unknown account '${user.accountId}'`],
    });
    const listed = await api.request('GET', `/api/orders/?account_names=${encodeURIComponent(named)}`, colleague);
    expect((listed.json.orders as { id: string }[]).map(({ id }) => id)).toEqual([order.json.id]);
    expect((await api.request('GET', '/api/balances/', colleague)).keys).toEqual([named]);
    expect((await api.request('GET', `/api/order/${order.json.id as string}`, user)).status).toBe(404);
    expect((await ask('GET', undefined, '', colleague.token)).json).toEqual({ accounts: [] });
    for (const [route, status] of [
      ['pause_all_orders', 'PAUSED'],
      ['resume_all_orders', 'ACTIVE'],
      ['cancel_all_orders', 'CANCELED'],
    ]) {
      const all = await api.request('POST', `/api/${route}/`, { ...colleague, body: { account_names: [named] } });
      expect([all.status, all.json.order_ids]).toEqual([200, [order.json.id]]);
      expect((await api.request('GET', `/api/order/${order.json.id as string}`, colleague)).json.status).toBe(status);
    }
    const leverage = { ...colleague, body: { account_ids: [named], pair: 'ETH:PERP-USDT', leverage: 5 } };
    expect((await api.request('POST', '/api/set_leverage/', leverage)).json.errors).toEqual({
      account_ids: [`account '${named}' must be your own, was shared with you`],
    });
    const closed = { ...colleague, body: { max_notional: 10, account_names: [named] } };
    expect((await api.request('POST', '/api/close_balances/', closed)).json).toEqual({ orders: [], errors: [] });
    const taken = `/manage/v1/accounts/${encodeURIComponent(named)}/positions`;
    expect((await api.request('GET', taken, colleague)).status).toBe(404);

    expect((await share('DELETE', `/${await nameOf(colleague)}`)).json.usernames).toEqual([]);
    expect((await place()).status).toBe(400);
    for (const route of ['cancel_all_orders', 'close_balances']) {
      const gone = await api.request('POST', `/api/${route}/`, closed);
      expect([gone.status, gone.json.errors]).toEqual([400, { account_names: [`unknown account '${named}'`] }]);
    }
    expect((await share('DELETE', `/${await nameOf(colleague)}`)).status).toBe(404);
  });

  it('leaves a user from whom it is taken back with what takes risk away', async () => {
    const colleague = await api.addColleague(user);
    const accounts = [`${await nameOf(user)}/mock`];
    await share('POST', '', { username: await nameOf(colleague) });
    const order = (await api.place(colleague, { accounts })).json.id as string;
    const post = async (route: string, body: object): Promise<unknown[]> => {
      const answer = await api.request('POST', `/api/${route}/`, { ...colleague, body });
      return [answer.status, answer.json.error];
    };
    const multi = await api.request('POST', '/api/multi_orders/', {
      ...colleague,
      body: { ...MULTI, accounts, start_datetime: new Date(Date.now() + 3_600_000).toISOString() },
    });
    expect(multi.status).toBe(200);
    const multiOrder = { multi_order_id: multi.json.id };
    expect(await post('pause_multi_order', multiOrder)).toEqual([200, undefined]);
    await share('DELETE', `/${await nameOf(colleague)}`);

    const refused = [400, `unknown account '${accounts[0] ?? ''}'`];
    const amended = (changes: object): Promise<unknown[]> => post('amend_order', { order_id: order, changes });
    expect(await amended({ base_asset_qty: 50 })).toEqual(refused);
    expect(await amended({ limit_price: 9_000 })).toEqual(refused);
    expect(await amended({ base_asset_qty: 4, notes: 'less' })).toEqual([200, undefined]);
    expect(await post('pause_order', { order_id: order })).toEqual([200, undefined]);
    expect(await post('resume_order', { order_id: order })).toEqual(refused);
    expect(await post('resume_multi_order', multiOrder)).toEqual(refused);
    await share('POST', '', { username: await nameOf(colleague) });
    expect(await post('resume_order', { order_id: order })).toEqual([200, undefined]);
    expect(await post('resume_multi_order', multiOrder)).toEqual([200, undefined]);
    await share('DELETE', `/${await nameOf(colleague)}`);
    const canceled = await api.request('DELETE', `/api/order/${order}`, colleague);
    expect([canceled.status, canceled.json.status, canceled.json.target_order_qty]).toEqual([200, 'CANCELED', '4']);
  });

  it('stays within the tenant', async () => {
    const stranger = await api.addUser();
    const strange = (await api.asTenant(stranger, (tx) => tx.query<{ name: string }[]>('SELECT name FROM users')))[0];
    for (const username of [strange?.name, 'nobody', await nameOf(user), 5])
      expect((await share('POST', '', { username })).status).toBe(400);
    expect((await share('GET', '')).json).toEqual({ account: 'mock', usernames: [] });
  });
});

it('hides mock where it is off', async () => {
  const { url, close } = await api.addReplica({ mockAccount: false });
  const get = (path: string): Promise<Answer> => api.request('GET', path, { token: user.token, url });
  expect((await get('/api/accounts/')).json).toEqual({ accounts: [] });
  expect((await get('/api/balances/')).json).toEqual({});
  const refused = await api.place(user, {}, { token: user.token, url });
  expect(refused.json.errors).toEqual({ accounts: ["unknown account 'mock'"] });
  await close();
});
