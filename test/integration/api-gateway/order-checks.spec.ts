import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decimal, notional, type RiskLimitRow, type VenueId } from '#domain';
import { HaltRepository, InstrumentRepository, MarginTierRepository, RiskRepository } from '#persistence';
import { until } from '../../support/until.js';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.start();
});
afterAll(() => api.stop());

describe('before an order is stored', () => {
  let user: User;
  beforeEach(async () => {
    user = await api.addUser();
  });

  it('refuses an order that is halted wherever it could trade', async () => {
    const halt = await api.asTenant(user, (tx) =>
      new HaltRepository(tx, user.tenantId).add(
        { level: 'account', scope: user.accountId, mode: 'HALTED', cancelOpen: false, reason: 'drill' },
        user.userId,
      ),
    );
    expect(halt).toBeDefined();
    const answer = await api.place(user);
    expect([answer.status, answer.json.code, answer.json.reason, answer.json.error]).toEqual([
      422,
      'risk_denied',
      'STATE_HALTED',
      'trading is halted (account): drill',
    ]);
  });

  it('asks for the side of the position where an account holds both', async () => {
    const perp = { pair: 'ETH:PERP-USDT', updated_leverage: 5 };
    const oneWay = await api.place(user, perp);
    expect([oneWay.status, oneWay.json.updated_leverage, oneWay.json.pos_side]).toEqual([200, 5, null]);
    await api.asTenant(user, (tx) =>
      tx.query('UPDATE account_states SET hedge_mode = true WHERE tenant_id = $1', [user.tenantId]),
    );
    const refused = await api.place(user, perp);
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      { pos_side: ["pos_side is required for account 'mock', which is in hedge mode"] },
    ]);
    const hedged = await api.place(user, { ...perp, pos_side: 'short' });
    expect([hedged.status, hedged.json.pos_side]).toEqual([200, 'short']);
    expect((await api.place(user)).status).toBe(200);
  });

  describe('the controls of a strict account', () => {
    const limits = (set: Partial<RiskLimitRow>): Promise<unknown> => {
      const row: RiskLimitRow = {
        ...{ enforcement: 'strict', maxQuantity: decimal('1'), maxParentQuantity: null, maxNotional: null },
        ...{
          maxParentNotional: decimal('10000'),
          maxBasketNotional: null,
          collarPct: null,
          driftPct: null,
          referenceMaxAgeMs: null,
        },
        ...{ referenceJumpPct: null, messagesPerSecond: null, maxAccountExposure: null, maxTenantExposure: null },
        ...{ allowed: ['*'], ...set },
      };
      const tenant = { accountId: null, instrument: null };
      return api.asTenant(user, (tx) => new RiskRepository(tx, user.tenantId).put(tenant, row, user.userId));
    };
    const warningsOf = (answer: Answer): unknown => [answer.status, answer.json.warnings];

    it('refuse what is above a hard limit, before anything is stored', async () => {
      await limits({});
      const answer = await api.place(user);
      expect([answer.status, answer.json.code, answer.json.reason, answer.json.error]).toEqual([
        422,
        'risk_denied',
        'NOTIONAL_ABOVE_MAX',
        'notional must not be above 10000, was 15062',
      ]);
      expect(await api.count(user, 'parent_orders')).toBe(0);
    });

    it('warn above half of it, and of what may be a duplicate', async () => {
      await limits({});
      expect(warningsOf(await api.place(user, { base_asset_qty: 1 }))).toEqual([200, []]);
      const first = await api.place(user, { base_asset_qty: 2 });
      const near = 'notional 6024.8 is above half of the limit of 10000';
      expect(warningsOf(first)).toEqual([200, [near]]);
      const twin = `order ${String(first.field('id'))} of the last 10 s is the same: this may be a duplicate`;
      const second = await api.place(user, { base_asset_qty: 2, notes: 'again' });
      expect(warningsOf(second)).toEqual([200, [near, twin]]);
      for (const other of [{ side: 'sell' }, { base_asset_qty: 2.5 }, { limit_price: 3000 }, { pair: 'ETH:PERP-USDT' }])
        expect(warningsOf(await api.place(user, { base_asset_qty: 2, ...other }))).toEqual([200, [expect.any(String)]]);
      await api.asOwner((query) =>
        query(
          `UPDATE parent_orders SET created_at = created_at - interval '11 seconds' WHERE user_id = ${user.userId}`,
        ),
      );
      expect(warningsOf(await api.place(user, { base_asset_qty: 2 }))).toEqual([200, [near]]);
    });

    it('RC-02 hold for the orders of a basket together: those of a multi order, and those of a chain', async () => {
      await limits({ maxBasketNotional: decimal('12000') });
      const post = (path: string, body: object): Promise<Answer> =>
        api.request('POST', path, { token: user.token, body });
      const multi = (base_asset_qty: number, more: object = {}): Promise<Answer> =>
        post('/api/multi_orders/', {
          ...{ accounts: ['mock'], strategy: 'TWAP', duration: 300, ...more },
          child_orders: [
            { pair: 'ETH-USDT', side: 'buy', base_asset_qty },
            { pair: 'ETH:PERP-USDT', side: 'sell', base_asset_qty },
          ],
        });
      const chain = (base_asset_qty: number): Promise<Answer> =>
        post('/api/chained_orders/', {
          orders_in_chain: [1, 2].map((priority) => ({ order_request: { ...P, base_asset_qty }, priority })),
        });
      for (const place of [(qty: number) => multi(qty), chain]) {
        const refused = await place(2);
        expect([refused.status, refused.json.code, refused.json.reason, refused.json.error]).toEqual([
          ...[422, 'risk_denied', 'NOTIONAL_ABOVE_MAX'],
          'notional of all orders together must not be above 12000, was 12049.6',
        ]);
        expect(warningsOf(await place(1.5))).toEqual([
          200,
          ['notional of all orders together 9037.2 is above half of the limit of 12000'],
        ]);
        expect(warningsOf(await place(0.9))).toEqual([200, []]);
      }
      // No gate sees them together again, so one that waits must have a price as well.
      api.mids.set('ETHUSDT', '3012.40', 60_000);
      const unpriced = await multi(0.1, { start_datetime: new Date(Date.now() + 3_600_000).toISOString() });
      api.mids.set('ETHUSDT', '3012.40');
      expect([unpriced.status, unpriced.json.reason]).toEqual([422, 'NOTIONAL_PRICE_MISSING']);
      expect(await api.count(user, 'parent_orders')).toBe(8);
    });

    it('hold for an amendment that makes an order larger', async () => {
      await limits({});
      const { json: order } = await api.place(user, { base_asset_qty: 1 });
      const amend = (qty: number): Promise<Answer> =>
        api.request('POST', '/api/amend_order/', {
          token: user.token,
          body: { order_id: order.id, changes: { base_asset_qty: qty } },
        });
      const refused = await amend(4);
      expect([refused.status, refused.json.reason]).toEqual([422, 'NOTIONAL_ABOVE_MAX']);
      expect(warningsOf(await amend(3))).toEqual([200, ['notional 9037.2 is above half of the limit of 10000']]);
      await limits({ maxParentNotional: decimal('1') });
      expect((await amend(2)).status).toBe(200); // smaller
    });

    it('count a quote that is no dollar at its own price', async () => {
      await limits({});
      const instrument = { base: 'ETH', quote: 'BTC', pair: 'ETH-BTC', symbol: 'ETHBTC' };
      const [like] = await api.db.inSystem((tx) => new InstrumentRepository(tx).all());
      await api.db.inSystem((tx) =>
        new InstrumentRepository(tx).upsertAll([
          { ...like!, ...instrument, venue: 'sim' as VenueId, minNotional: notional('0.0001') },
        ]),
      );
      api.mids.set('ETHBTC', '0.05');
      const place = (qty: number): Promise<Answer> => api.place(user, { pair: 'ETH-BTC', base_asset_qty: qty });
      await until(async () => (await place(0.01)).json.code !== 'pair_not_available', { everyMs: 200 }); // looked up now and then
      expect(warningsOf(await place(2))).toEqual([200, ['notional 6000 is above half of the limit of 10000']]);
      const refused = await place(4);
      expect([refused.json.reason, refused.json.error]).toEqual([
        'NOTIONAL_ABOVE_MAX',
        'notional must not be above 10000, was 12000',
      ]);
    });
  });

  it('warns of what is beyond a limit of an account that only reports', async () => {
    const answer = await api.place(user, { base_asset_qty: 100 });
    expect([answer.status, answer.json.warnings]).toEqual([
      200,
      ['notional 301240 is above the limit of 250000, which is only reported here'],
    ]);
    expect((await api.place(user, { base_asset_qty: 5 })).json.warnings).toEqual([]);
    expect((await api.place(user, { base_asset_qty: 5 })).json.warnings).toEqual([]);
  });

  it('names the field in which a leg of a multi order has an account whose key was refused', async () => {
    await api.asTenant(user, (tx) =>
      tx.query(`UPDATE account_states SET status = 'credentials_rejected' WHERE account_id = $1`, [user.accountId]),
    );
    for (const [own, field] of [
      [{ account: 'mock' }, 'child_orders[0].account'],
      [{ accounts: ['mock'] }, 'child_orders[0].accounts'],
      [{}, 'accounts'],
    ] as const) {
      const leg = { pair: 'ETH-USDT', side: 'buy', base_asset_qty: 5, ...own };
      const multi = await api.request('POST', '/api/multi_orders/', {
        token: user.token,
        body: {
          ...{ accounts: ['mock'], strategy: 'TWAP', duration: 300 },
          child_orders: [leg, { ...leg, pair: 'ETH:PERP-USDT', side: 'sell' }],
        },
      });
      expect([multi.status, multi.json.errors]).toEqual([
        400,
        { [field]: ["account 'mock' has no valid credentials"] },
      ]);
    }
  });

  it('refuses leverage beyond what the venue allows, where it tells', async () => {
    const perp = { pair: 'ETH:PERP-USDT', updated_leverage: 126 };
    expect((await api.place(user, { ...perp, updated_leverage: 200 })).status).toBe(200);
    await tellTiers();
    const text = "updated_leverage must be at most 125 for ETH:PERP-USDT on account 'mock', was 126";
    const refused = await api.place(user, perp);
    expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
      422,
      'leverage_out_of_range',
      { updated_leverage: [text] },
    ]);
    expect((await api.place(user, { ...perp, updated_leverage: 125 })).status).toBe(200);
    expect((await api.place(user, { updated_leverage: 126 })).status).toBe(200); // spot: ignored
    const chained = await api.request('POST', '/api/chained_orders/', {
      token: user.token,
      body: {
        orders_in_chain: [
          { order_request: P, priority: 1 },
          { order_request: { ...P, ...perp }, priority: 2 },
        ],
      },
    });
    expect([chained.status, chained.json.errors]).toEqual([
      422,
      { 'orders_in_chain[1].order_request.updated_leverage': [text] },
    ]);
    const asked = await api.request('POST', '/api/set_leverage/', {
      token: user.token,
      body: { account_ids: ['mock'], pair: 'ETH:PERP-USDT', leverage: '126' },
    });
    expect([asked.status, asked.json.code, asked.json.error]).toEqual([
      422,
      'leverage_out_of_range',
      'leverage must be at most 125 for ETH:PERP-USDT, was 126',
    ]);
    expect(asked.json.results).toEqual([
      {
        account_id: user.accountId,
        account_name: 'mock',
        pair: 'ETH:PERP-USDT',
        leverage: '126',
        success: false,
        message: asked.json.error as string,
      },
    ]);
    expect(await api.count(user, 'account_commands')).toBe(0);
  });

  it('names the account whose venue cannot do what the parameters ask', async () => {
    const { url, close } = await api.addReplica({
      venues: [
        { id: 'sim', exchange: 'MockExchange', product: 'spot', tier: 1, rests: false, cannotPromise: [] },
        { id: 'sim-usdm', exchange: 'MockExchange', product: 'linear', tier: 1, reducesOnly: false, cannotPromise: [] },
      ],
    });
    const options = { url, token: user.token };
    for (const [flag, pair] of [
      ['passive_only', 'ETH-USDT'],
      ['reduce_only', 'ETH:PERP-USDT'],
    ] as const) {
      const refused = await api.place(user, { pair, strategy_params: { [flag]: true } }, options);
      expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
        400,
        'invalid',
        { [`strategy_params.${flag}`]: [`${flag} is not supported by account 'mock'`] },
      ]);
    }
    expect((await api.place(user, {}, options)).status).toBe(200);
    await close();
  });

  /** As the gateway stores what the venue told it. */
  const tellTiers = (): Promise<void> =>
    api.db.inSystem((tx) =>
      new MarginTierRepository(tx).tell(
        'sim-usdm' as VenueId,
        new Map([
          [
            'ETHUSDT',
            [
              {
                notionalCap: decimal('50000'),
                maxLeverage: 125,
                maintenanceRate: decimal('0.004'),
                deduction: decimal('0'),
              },
            ],
          ],
        ]),
      ),
    );
});
