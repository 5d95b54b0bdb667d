import { expect, it } from '@jest/globals';
import { decimal } from '#domain';
import { RiskRepository } from '#persistence';
import { row as riskLimits } from '../../support/gate-input.js';
import { until } from '../../support/until.js';
import type { Answer } from './api-harness.js';
import type { GroupWorld } from './group-world.js';
import { MULTI } from './multi-order-body.js';

/** What a multi order waits for, and is held against, before its legs begin. */
export function multiBeginnings(of: () => GroupWorld): void {
  const post = (more: Readonly<Record<string, unknown>>): Promise<Answer> =>
    of().ask('POST', '/api/multi_orders/', { ...MULTI, ...more });
  const place = (more: Readonly<Record<string, unknown>> = {}) => of().placeMulti({ ...MULTI, ...more });
  const get = (id: unknown): Promise<Answer> => of().multi(id);
  const order = (id: unknown): Promise<Answer> => of().order(id);

  it('does not begin while the market of one leg is unknown, and fails with that leg after an hour', async () => {
    await of().markets.silence('ETH-USDT', 3_000); // of the second leg; the first is woken for both
    const { id, legs } = await place();
    const [first, lacking] = legs;
    const waiting = 'SELECT 1 FROM parent_orders WHERE id = $1 AND blocked_since IS NOT NULL';
    await until(async () => (await of().sql(waiting, [first])).length === 1, { what: 'it waits for a market' });
    expect((await get(id)).json.status).toBe('SUBMITTED');
    await of().sql(`UPDATE parent_orders SET blocked_since = now() - interval '1 hour' WHERE id = $1`, [first]);
    await of().untilMulti(id, 'CANCELED');
    expect((await get(id)).json.failure_reason).toBe('leg_failed');
    expect((await order(lacking)).json).toMatchObject({ failure_reason: 'venue_unavailable', executed_qty: 0 });
    expect((await order(first)).json).toMatchObject({ status: 'CANCELED', failure_reason: 'parent_canceled' });
    await of().markets.quote('ETH-USDT', '3012.30', '3012.50');
  });

  it('RC-02 does not begin at prices at which its legs together are beyond the limit', async () => {
    const { tenantId, userId } = of().user;
    const limits = { enforcement: 'strict', maxQuantity: decimal('10'), maxBasketNotional: decimal('100000') } as const;
    await of().api.asTenant(of().user, (tx) =>
      new RiskRepository(tx, tenantId).put(
        { accountId: null, instrument: null },
        riskLimits({ ...limits, allowed: ['*'] }),
        userId,
      ),
    );
    await of().markets.quote('ETH-USDT', '9999', '10001');
    try {
      const { id, legs } = await place();
      await of().untilMulti(id, 'CANCELED');
      expect((await get(id)).json.failure_reason).toBe('leg_failed');
      const [first, second] = await Promise.all(legs.map(async (leg) => (await order(leg)).json));
      expect([first?.failure_reason, second?.failure_reason]).toEqual(['risk_denied', 'parent_canceled']);
      expect(first?.messages).toContainEqual(
        expect.objectContaining({
          level: 'error',
          message: 'notional of all orders together must not be above 100000, was 130000',
        }),
      );
    } finally {
      await of().markets.quote('ETH-USDT', '3012.30', '3012.50');
    }
    const { id } = await place();
    await of().untilMulti(id, 'ACTIVE');
  });

  it('is held by its condition, which releases all legs or ends the whole at its expiry', async () => {
    const held = { order_condition: 'TIME > dt2099-01-01T00:00' };
    const waiting = await post(held);
    expect(waiting.json).toMatchObject({ status: 'SUBMITTED', time_start: null });
    expect((await get(waiting.json.id)).json).toMatchObject({
      order_condition: held.order_condition,
      order_condition_postfix: 'TIME dt2099-01-01T00:00 >',
      time_start: null,
    });
    const untold = { status: 'SCHEDULED', time_start: null, time_end: null };
    for (const leg of waiting.json.child_order_ids as string[]) expect((await order(leg)).json).toMatchObject(untold);
    const listed = await of().ask('GET', `/api/multi_order/${String(waiting.json.id)}?include_child_orders=true`);
    expect(listed.json.child_orders).toMatchObject([untold, untold]);
    const expiring = await place({ ...held, order_condition_expiry: new Date(Date.now() + 1_500).toISOString() });
    const released = await place({ order_condition: 'TIME > dt2020-01-01T00:00' });
    await of().untilMulti(released.id, 'ACTIVE');
    const begun = await Promise.all(released.legs.map(async (leg) => (await order(leg)).json.time_start));
    expect(begun).toEqual([expect.any(String), begun[0]]);
    await of().untilMulti(expiring.id, 'CANCELED');
    expect((await get(expiring.id)).json.failure_reason).toBe('condition_expired');
    expect((await order(expiring.legs[1])).json).toMatchObject({
      status: 'CANCELED',
      failure_reason: 'parent_canceled',
    });
    expect((await get(waiting.json.id)).json.status).toBe('SUBMITTED');
  });
}
