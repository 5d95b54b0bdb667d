import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiHarness, P, type User } from './api-harness.js';
import { DETAIL_KEYS, FULL_KEYS, ROW_KEYS } from './documented-keys.js';
import { ClientHttpError, CLIENTS, TaasClient, type ClientVersion } from './taas-client.js';

/*
 * The public Python client cannot be run here: there is no Python package registry. `TaasClient` sends what its published
 * sources send. Not proven by it: that the published packages 1.2.0 and 1.2.9 are those sources to the last line, what
 * `requests` does below HTTP (keep-alive, proxies, certificates), and the client's own checks before a request.
 */
let api: ApiHarness;
let user: User;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
});

/** All of the client's optional fields, as a caller writes that gives each explicitly. */
const NULLS = Object.fromEntries(
  `sell_token_amount quote_asset_qty engine_passiveness schedule_discretion alpha_tilt order_condition order_condition_expiry
   pov_limit pov_target limit_price strategy_params notes custom_order_id updated_leverage max_otc pos_side`
    .split(/\s+/)
    .map((name) => [name, null]),
);
interface Shown {
  readonly id: string;
  readonly [key: string]: unknown;
}

describe.each(CLIENTS.map((version) => [version.name, version] as const))('client %s', (name, version) => {
  const client = (baseUrl?: string, of: ClientVersion = version): TaasClient =>
    new TaasClient(api, user.token, of, baseUrl);
  /** What a failure looks like to a caller of this version. */
  const failureOf = async (call: Promise<unknown>): Promise<Shown> => {
    if (!version.raisesOnFailure) return (await call) as Shown;
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ClientHttpError)) throw new Error(`The client must raise, was ${String(error)}`);
    return error.answer.json as Shown;
  };

  it('OA-1 places P with every key of the contract, whether the rest is left out or null', async () => {
    for (const request of [P, { ...P, ...NULLS }]) {
      const placed = (await client().placeOrder(request)) as Shown;
      expect(Object.keys(placed)).toEqual(DETAIL_KEYS);
      expect(placed).toMatchObject({
        sell_token_amount: '15062.00000000000000000000',
        executed_qty: 0,
        executed_price: null,
        status: 'ACTIVE',
        warnings: [],
      });
    }
  });

  it('OA-2 reaches the server whatever path its base URL has', async () => {
    for (const base of [api.url, `${api.url}/`, `${api.url}/some/prefix`, `${api.url}/some/prefix/`])
      expect(Object.keys((await client(base).getBalances()) as object)).toEqual(['mock']);
  });

  it('reads, lists and cancels what it placed', async () => {
    const { id } = (await client().placeOrder({ ...P, custom_order_id: `mine-${name}` })) as Shown;
    expect(Object.keys((await client().getOrder(id)) as object).sort()).toEqual([...FULL_KEYS].sort());
    expect((await client().getOrderSummary(id)) as Shown).toMatchObject({ id, placements: [], fills: [] });
    const lists = [
      client().getOrders(),
      client().getAllOrders({ status: 'ACTIVE', before: null, after: '2020-01-01T00:00:00', page: 1, page_size: 10 }),
      client().getAllOrders({}),
    ];
    for (const listed of (await Promise.all(lists)) as { orders: Shown[] }[]) {
      expect(listed.orders.map((order) => order.id)).toEqual([id]);
      expect(Object.keys(listed.orders[0] ?? {})).toEqual(ROW_KEYS);
    }
    const messages = (await client().getOrderMessages([id])) as Record<string, Shown[]>;
    expect(messages[id]?.map((message) => message['type'])).toEqual(['order_created']);
    expect(await client().amendOrder(id, { notes: 'amended', base_asset_qty: 6 })).toMatchObject({
      id,
      notes: 'amended',
      target_order_qty: '6',
    });
    expect(await client().cancelOrder(id)).toMatchObject({ id, status: 'CANCELED', active: false });
    expect(await client().getBalances(['MockExchange'], ['mock'])).toEqual({
      mock: { exchange: 'MockExchange', assets: [], stale_since: null },
    });
  });

  it('tells a failure by the key error, which no success has', async () => {
    const placed = (await client().placeOrder(P)) as Shown;
    for (const call of [
      client().placeOrder({ ...P, strategy: 'asdf' }),
      client().getOrder('7d430be0-b31b-46b5-ad35-c2fe9f3ba8ab'),
      client().cancelOrder('no-uuid'),
      client().closeBalances(0),
      client().setLeverage({ account_ids: ['mock'], pair: 'ETH-USDT', leverage: '5' }),
      new TaasClient(api, 'None', version).getBalances(),
    ])
      expect(typeof (await failureOf(call))['error']).toBe('string');
    expect(Object.keys(placed)).not.toContain('error');
    expect(Object.keys((await client().closeBalances(1000)) as object)).toEqual(['orders', 'errors']);
    expect(await client().closeBalances(1000, { account_names: ['mock'], preferred_strategy: 'Market' })).toEqual({
      orders: [],
      errors: [],
    });
  });
});
