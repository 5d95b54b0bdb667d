import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiHarness, P, type Answer, type User } from './api-harness.js';
import { MULTI } from './multi-order-body.js';

let api: ApiHarness;
let user: User;
let operator: User;
beforeAll(async () => {
  api = await ApiHarness.start();
  api.mids.set('sim-usdm ETHUSDT', '3014.00');
});
afterAll(() => api.stop());
beforeEach(async () => {
  user = await api.addUser();
  operator = await api.addColleague(user, ['read', 'admin']);
});

const REASON = 'fat finger, called in by the desk';
const cancel = (id: unknown, who: User = operator, body: object = { reason: REASON }): Promise<Answer> =>
  api.request('POST', `/manage/v1/orders/${String(id)}/cancel`, { token: who.token, body });
const get = async (path: string): Promise<Answer['json']> => (await api.request('GET', path, user)).json;
const order = (id: unknown): Promise<Answer['json']> => get(`/api/order/${String(id)}`);
const post = async (path: string, body: object): Promise<Answer['json']> =>
  (await api.request('POST', path, { token: user.token, body })).json;
const chainOf = (priorities: readonly number[]): Promise<Answer['json']> =>
  post('/api/chained_orders/', {
    orders_in_chain: priorities.map((priority) => ({ priority, order_request: P })),
  });
const trail = (entity: string, event: string): Promise<unknown[]> =>
  api.asTenant(user, (tx) =>
    tx.query(
      `SELECT entity_id AS id, data ->> 'by' AS by, COALESCE(data ->> 'text', data ->> 'reason') AS why
       FROM audit_log WHERE tenant_id = $1 AND entity = $2 AND event = $3`,
      [user.tenantId, entity, event],
    ),
  );

describe('an operator', () => {
  it('cancels the order of another user, who is told why', async () => {
    const id = (await api.place(user)).field('id');
    const answer = await cancel(id);
    expect([answer.status, answer.json]).toEqual([
      200,
      {
        id,
        user: user.userId,
        status: 'CANCELED',
        failure_reason: 'operator_canceled',
        message: 'Successfully canceled order.',
      },
    ]);
    expect(await order(id)).toMatchObject({
      status: 'CANCELED',
      active: false,
      failure_reason: 'operator_canceled',
      messages: expect.arrayContaining([
        expect.objectContaining({ level: 'error', message: `the order was canceled by an operator: ${REASON}` }),
      ]),
    });
    expect(await trail('parent_order', 'operator_canceled')).toEqual([{ id, by: operator.userId, why: REASON }]);
    expect((await cancel(id)).json).toMatchObject({ status: 'CANCELED', message: 'Order is already canceled.' });
    expect(await trail('parent_order', 'operator_canceled')).toHaveLength(1);
  });

  it('leaves alone what its owner canceled', async () => {
    const id = (await api.place(user)).field('id');
    await api.request('DELETE', `/api/order/${String(id)}`, user);
    expect((await cancel(id)).json).toMatchObject({ failure_reason: '', message: 'Order is already canceled.' });
  });

  it('cancels a multi order with its legs, but no leg alone', async () => {
    const { id, child_order_ids: legs } = await post('/api/multi_orders/', MULTI);
    const refused = await cancel(legs[0]);
    expect([refused.status, refused.json.code]).toEqual([409, 'part_of_multi_order']);
    expect((await cancel(id)).json).toMatchObject({ id, status: 'CANCELED', failure_reason: 'operator_canceled' });
    expect(await get(`/api/multi_order/${String(id)}`)).toMatchObject({ failure_reason: 'operator_canceled' });
    for (const leg of legs as string[])
      expect(await order(leg)).toMatchObject({ status: 'CANCELED', failure_reason: 'parent_canceled' });
    expect(await trail('multi_order', 'canceled')).toEqual([{ id, by: operator.userId, why: REASON }]);
  });

  it('cancels a chain, or one member, which stops the chain', async () => {
    const whole = await chainOf([1, 2]);
    expect((await cancel(whole.id)).json).toMatchObject({ status: 'CANCELED', failure_reason: 'operator_canceled' });
    for (const member of whole.order_ids as string[])
      expect(await order(member)).toMatchObject({ status: 'CANCELED', failure_reason: 'chain_stopped' });

    const stopped = await chainOf([1, 2]);
    const [first, second] = stopped.order_ids as string[];
    expect((await cancel(first)).status).toBe(200);
    expect(await order(first)).toMatchObject({ failure_reason: 'operator_canceled' });
    expect(await order(second)).toMatchObject({ status: 'CANCELED', failure_reason: 'chain_stopped' });
    expect(await get(`/api/chained_order/${String(stopped.id)}`)).toMatchObject({
      status: 'CANCELED',
      failure_reason: 'chain_stopped',
    });
  });

  it('needs the scope admin, the same tenant and a reason', async () => {
    const id = (await api.place(user)).field('id');
    expect((await cancel(id, user)).status).toBe(403);
    expect((await cancel(id, await api.addUser(['admin']))).status).toBe(404);
    expect((await cancel('nope')).status).toBe(404);
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(501) }, { reason: 5 }]) {
      const refused = await cancel(id, operator, body);
      expect([refused.status, Object.keys(refused.json.errors as object)]).toEqual([400, ['reason']]);
    }
    expect(await order(id)).toMatchObject({ status: 'ACTIVE' });
  });
});
