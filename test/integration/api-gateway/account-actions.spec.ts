import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../support/until.js';
import { ApiHarness, type Answer, type User } from './api-harness.js';
import { bookHoldings } from './book-holdings.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

describe('balances', () => {
  const balances = (query = ''): Promise<Answer> => api.request('GET', `/api/balances/${query}`, user);

  /** What the exchange gateway books when the venue reports balances. */
  async function book(status: string, isTended = true): Promise<void> {
    await api.asTenant(user, async (tx) => {
      await tx.query(
        `INSERT INTO balances (account_id, asset, tenant_id, free, locked, source, venue_at)
       SELECT $1, asset, $2, free, locked, 'poll', clock_timestamp()
       FROM (VALUES ('BTC', 1.5, 0.5), ('USDT', 30000, 0), ('XYZ', 7, 0), ('GONE', 0, 0)) AS b(asset, free, locked)`,
        [user.accountId, user.tenantId],
      );
      await tx.query(
        `UPDATE account_states SET status = $2, reason = '', balances_at = timestamptz '2026-03-02T10:15:00.104211Z'
       WHERE account_id = $1`,
        [user.accountId, status],
      );
      await tx.query(
        `UPDATE account_leases SET owner = 'gateway', lease_until = clock_timestamp() + make_interval(secs => $2)
       WHERE account_id = $1`,
        [user.accountId, isTended ? 60 : -1],
      );
    });
  }

  it('OA-2 OA-52 shows sizes, notionals at the mid and shares that sum to 1', async () => {
    await book('trading');
    const answer = await balances('?exchange_names=MockExchange&account_names=mock');
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      mock: {
        exchange: 'MockExchange',
        assets: [
          {
            symbol: 'BTC',
            size: 2,
            notional: 120000,
            market_type: 'spot',
            asset_type: 'token',
            unrealized_profit: 0,
            initial_margin: 0,
            maint_margin: 0,
            margin_balance: 2,
            leverage: null,
            notional_pct_total: 0.8,
          },
          expect.objectContaining({ symbol: 'USDT', size: 30000, notional: 30000, notional_pct_total: 0.2 }),
          expect.objectContaining({ symbol: 'XYZ', size: 7, notional: 0, notional_pct_total: 0 }),
        ],
      },
    });
  });

  it('OA-52 lists perpetuals under the same account, with shares by market type', async () => {
    await book('trading');
    await api.asTenant(user, async (tx) => {
      await tx.query(
        `INSERT INTO margin_tiers (venue, symbol, tiers)
       VALUES ('sim-usdm', 'ETHUSDT', '[{"cap": "50000", "leverage": 125, "rate": "0.004", "deduction": "0"}]')`,
      );
      await tx.query(
        `INSERT INTO balances (account_id, asset, tenant_id, free, locked, source, venue_at)
       VALUES ($1, 'USDT', $2, 10000000, 0, 'poll', clock_timestamp())`,
        [user.perpAccountId, user.tenantId],
      );
      await tx.query(
        `INSERT INTO positions (account_id, tenant_id, symbol, side, qty, entry_px, mark_px, unrealized_pnl, leverage, source, venue_at)
       VALUES ($1, $2, 'ETHUSDT', 'both', -10, 3015.25, 3014, 12.5, 20, 'stream', clock_timestamp()),
              ($1, $2, 'BTCUSDT', 'both', 0, NULL, NULL, NULL, 20, 'stream', clock_timestamp())`,
        [user.perpAccountId, user.tenantId],
      );
      await tx.query(
        `UPDATE account_states SET status = 'trading', balances_at = timestamptz '2026-03-02T10:14:00Z' WHERE account_id = $1`,
        [user.perpAccountId],
      );
      await tx.query(
        `UPDATE account_leases SET owner = 'gateway', lease_until = clock_timestamp() + interval '1 minute' WHERE account_id = $1`,
        [user.perpAccountId],
      );
    });
    const answer = await balances('?account_names=mock');
    expect(answer.keys).toEqual(['mock']);
    const assets = answer.json.mock.assets as { market_type: string; notional_pct_total: number }[];
    expect(answer.json.mock).not.toHaveProperty('stale_since');
    expect(assets.map((a) => a.market_type)).toEqual(['spot', 'spot', 'spot', 'perp', 'perp']);
    for (const type of ['spot', 'perp'])
      expect(
        assets.filter((a) => a.market_type === type).reduce((sum, a) => sum + a.notional_pct_total, 0),
      ).toBeCloseTo(1, 6);
    expect(assets.slice(3)).toEqual([
      expect.objectContaining({ symbol: 'USDT', asset_type: 'token', size: 10000000, margin_balance: 10000012.5 }),
      {
        symbol: 'ETH:PERP-USDT',
        size: -10,
        notional: -30140,
        market_type: 'perp',
        asset_type: 'position',
        unrealized_profit: 12.5,
        initial_margin: 1507,
        maint_margin: 120.56,
        margin_balance: 1519.5,
        leverage: 20,
        notional_pct_total: expect.closeTo(0.003005, 6),
      },
    ]);

    await api.asTenant(user, (tx) =>
      tx.query('UPDATE account_leases SET lease_until = NULL WHERE account_id = $1', [user.perpAccountId]),
    );
    expect((await balances()).json.mock.stale_since).toBe('2026-03-02T10:14:00.000000Z');
  });

  it.each(['trading', 'degraded', 'halted'])(
    'takes the balances of an account that is %s for fresh',
    async (status) => {
      await book(status);
      expect((await balances()).json.mock).not.toHaveProperty('stale_since');
    },
  );

  it('shows since when nobody has looked after an account', async () => {
    await book('trading', false);
    expect((await balances()).json.mock.stale_since).toBe('2026-03-02T10:15:00.104211Z');
  });

  it.each(['starting', 'reconciling', 'read_only', 'banned', 'credentials_rejected'])(
    'shows the last known balances of a venue that is %s, and since when',
    async (status) => {
      await book(status);
      const { json } = await balances();
      expect(json.mock.assets).toHaveLength(3);
      expect(json.mock.stale_since).toBe('2026-03-02T10:15:00.104211Z');
    },
  );

  it('shows no assets of an account that was never fetched', async () => {
    expect((await balances()).json).toEqual({ mock: { exchange: 'MockExchange', assets: [], stale_since: null } });
  });

  it.each([
    ['?account_names=mock,nope', 'account_names', "unknown account 'nope'"],
    ['?exchange_names=Kraken', 'exchange_names', "unknown exchange 'Kraken', must be one of MockExchange"],
  ])('refuses %s', async (query, field, text) => {
    const answer = await balances(query);
    expect([answer.status, answer.json.errors]).toEqual([400, { [field]: [text] }]);
  });

  it('takes an exchange name in any case', async () => {
    expect((await balances('?exchange_names=mockexchange')).keys).toEqual(['mock']);
  });
});

const post = (path: string, body: object): Promise<Answer> =>
  api.request('POST', `/api/${path}/`, { token: user.token, body });
const sql = <Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));

describe('set_leverage', () => {
  /** The gateway's part: ends whatever comes up, as `outcome` says. */
  async function carryOut(outcome: (kind: string) => [string, string], count = 1): Promise<unknown[]> {
    const done: unknown[] = [];
    await until(async () => {
      for (const command of await sql<{
        id: string;
        kind: string;
        account_id: string;
        symbol: string;
        argument: string;
      }>('SELECT id, kind, account_id, symbol, argument FROM account_commands WHERE finished_at IS NULL')) {
        const [result, text] = outcome(command.kind);
        await sql(
          'UPDATE account_commands SET outcome = $2, outcome_text = $3, finished_at = clock_timestamp() WHERE id = $1',
          [command.id, result, text],
        );
        done.push([command.account_id, command.kind, command.symbol, command.argument]);
      }
      return done.length >= count;
    });
    return done;
  }

  it.each(['5', 5])('OA-51 sets leverage %j at the account that reaches the perpetual', async (leverage) => {
    const asked = post('set_leverage', { account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage });
    const done = await carryOut(() => ['done', 'changed']);
    const answer = await asked;
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        results: [
          {
            account_id: user.accountId,
            account_name: 'mock',
            pair: 'ETH:PERP-USDT',
            leverage: '5',
            success: true,
            message: '',
          },
        ],
        message: 'Leverage set on 1 of 1 accounts.',
      },
    ]);
    expect(done).toEqual([[user.perpAccountId, 'set_leverage', 'ETHUSDT', '5']]);
  });

  it('sets how margin is kept first, and stops where that is refused', async () => {
    const body = { account_ids: [user.accountId], pair: 'eth:perp-usdt', leverage: 7, margin_mode: 'isolated' };
    const asked = post('set_leverage', body);
    expect(await carryOut(() => ['done', 'changed'], 2)).toEqual([
      [user.perpAccountId, 'set_margin_type', 'ETHUSDT', 'isolated'],
      [user.perpAccountId, 'set_leverage', 'ETHUSDT', '7'],
    ]);
    expect((await asked).status).toBe(200);
    const again = post('set_leverage', body);
    await carryOut(() => ['refused', 'a position is open in ETHUSDT']);
    const refused = await again;
    expect([refused.status, refused.json.code, refused.json.error]).toEqual([
      422,
      'save_failed',
      'a position is open in ETHUSDT',
    ]);
    expect(refused.json.results).toEqual([expect.objectContaining({ success: false, leverage: '7' })]);
    expect(await sql('SELECT 1 FROM account_commands WHERE finished_at IS NULL')).toEqual([]);
  });

  it('isolates the margin where the account says so and nothing was set for the pair', async () => {
    await sql(`UPDATE accounts SET margin_mode = 'ISOLATED' WHERE id = $1`, [user.accountId]);
    const asked = post('set_leverage', { account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage: 5 });
    expect(await carryOut(() => ['done', 'changed'], 2)).toEqual([
      [user.perpAccountId, 'set_margin_type', 'ETHUSDT', 'isolated'],
      [user.perpAccountId, 'set_leverage', 'ETHUSDT', '5'],
    ]);
    expect((await asked).status).toBe(200);
  });

  it('is no matter of spot', async () => {
    const answer = await post('set_leverage', { account_ids: ['mock'], pair: 'ETH-USDT', leverage: 5 });
    expect([answer.status, answer.json.error]).toEqual([422, 'spot has no leverage']);
  });

  it.each([
    [{}, ['account_ids', 'pair', 'leverage']],
    [{ account_ids: ['nobody'], pair: 'ETH:PERP-USDT', leverage: 5 }, ['account_ids']],
    [{ account_ids: ['mock'], pair: 'ETHUSDT', leverage: 0 }, ['pair', 'leverage']],
    [{ account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage: '2.5' }, ['leverage']],
    [{ account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage: 201, margin_mode: 'HALF' }, ['leverage', 'margin_mode']],
  ])('refuses %j', async (body, fields) => {
    const answer = await post('set_leverage', body);
    expect([answer.status, Object.keys(answer.json.errors as object)]).toEqual([400, fields]);
  });
});

it('lists balances with what an account is worth', async () => {
  const path = '/api/sor/get_cached_account_balance';
  const empty = await api.request('GET', path, user);
  expect(empty.json).toEqual({
    balances: [],
    errors: [{ account_name: 'mock', message: 'balances were never fetched' }],
  });
  await bookHoldings(api, user);
  const { json } = await api.request('GET', `${path}/?account_names=mock`, user);
  // 2 BTC, 0.2 ETH, 30,000 USDT, and beside them 500 USDT of margin with a profit of 12.5.
  const equity = 151_114.98;
  expect(json.errors).toEqual([]);
  expect(json.balances).toMatchObject([
    { account_name: 'mock', account_id: user.accountId, equity, equities: [{ total_equity: equity }] },
  ]);
  expect(json.balances[0].assets.at(-1)).toEqual({
    symbol: 'ETH:PERP-USDT',
    amount: -10,
    size: -10,
    notional: -30140,
    asset_type: 'position',
    unrealized_profit: 12.5,
    leverage: 20,
  });
  expect((await api.request('GET', `${path}?account_names=nope`, user)).status).toBe(400);
});
