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
