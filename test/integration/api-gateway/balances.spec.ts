import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ApiHarness, type Answer, type User } from './api-harness.js';

let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

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
    expect(assets.filter((a) => a.market_type === type).reduce((sum, a) => sum + a.notional_pct_total, 0)).toBeCloseTo(
      1,
      6,
    );
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

it.each(['trading', 'degraded', 'halted'])('takes the balances of an account that is %s for fresh', async (status) => {
  await book(status);
  expect((await balances()).json.mock).not.toHaveProperty('stale_since');
});

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
  ['?exchange_names=Kraken', 'exchange_names', "unknown exchange 'kraken'"],
])('refuses %s', async (query, field, text) => {
  const answer = await balances(query);
  expect([answer.status, answer.json.errors]).toEqual([400, { [field]: [text] }]);
});

it('takes an exchange name in any case', async () => {
  expect((await balances('?exchange_names=mockexchange')).keys).toEqual(['mock']);
});
