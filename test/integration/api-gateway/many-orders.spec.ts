import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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

const ask = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  api.request('POST', `/api/${path}/`, { token: user.token, body, headers });
const sql = <Row = unknown>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  api.asTenant(user, (tx) => tx.query<Row[]>(text, [...parameters]));

/** An order with a child that has not left us and one that rests at the venue. */
async function place(more: object = {}): Promise<string> {
  const id = String((await api.place(user, { ...more })).field('id'));
  await sql(
    `INSERT INTO child_orders (parent_order_id, tenant_id, sequence, account_id, venue, symbol, client_order_id, side,
                               purpose, time_in_force, price, order_qty, status, epoch, schema_version, claimed_at, valid_until)
     SELECT id, tenant_id, n, account_ids[1], 'sim', 'ETHUSDT', md5(id::text || n), 'buy', 'clip', 'gtx', 3000, 1,
            CASE WHEN n = 1 THEN 'pending' ELSE 'working' END, n - 1, 1, now(), now()
     FROM parent_orders, generate_series(1, 2) AS n WHERE id = $1`,
    [id],
  );
  await sql(
    `INSERT INTO due_work (kind, parent_order_id, sequence, tenant_id, due_at) VALUES ('child.submit', $1, 1, $2, now())`,
    [id, user.tenantId],
  );
  return id;
}

/** All that is kept of an order, but for times and names. */
async function everything(id: string): Promise<unknown> {
  const of = (text: string): Promise<unknown[]> => sql(text, [id]);
  return {
    order: await of(
      `SELECT status, status_before_pause, failure_reason, ended_at IS NULL AS runs, version FROM parent_orders WHERE id = $1`,
    ),
    children: await of(
      `SELECT sequence, status, close_reason, close_code, cancel_reason, cancel_requested_at IS NULL AS stays
       FROM child_orders WHERE parent_order_id = $1 ORDER BY sequence`,
    ),
    due: await of(
      `SELECT kind, sequence, due_at <= clock_timestamp() AS is_due FROM due_work WHERE parent_order_id = $1 ORDER BY kind`,
    ),
    messages: await of('SELECT level, type, message FROM order_messages WHERE parent_order_id = $1 ORDER BY id'),
    intervals: await of(
      'SELECT kind, to_at IS NULL AS is_open FROM order_intervals WHERE parent_order_id = $1 ORDER BY from_at',
    ),
    jobs: await of(
      `SELECT job, payload - 'parentOrderId' - 'traceId' AS payload, payload ->> 'traceId' = trace_id AS is_traced
       FROM outbox JOIN parent_orders p ON p.id::text = payload ->> 'parentOrderId' WHERE p.id = $1 ORDER BY outbox.id`,
    ),
    trail: await of(
      `SELECT event, data - 'traceId' AS data FROM audit_log
       WHERE entity_id = $1::uuid::text AND entity = 'parent_order' ORDER BY id`,
    ),
    childTrail: await of(
      `SELECT event, data FROM audit_log WHERE entity = 'child_order' AND entity_id IN
         (SELECT client_order_id FROM child_orders WHERE parent_order_id = $1) ORDER BY id`,
    ),
    told: await of('SELECT update_type FROM order_updates WHERE order_id = $1 ORDER BY id'),
  };
}
const transactionsOf = async (ids: readonly string[]): Promise<unknown> =>
  (await sql('SELECT DISTINCT xmin::text FROM parent_orders WHERE id = ANY($1::uuid[])', [ids])).length;

describe('many orders', () => {
  it('are paused, resumed and canceled in one transaction, each as if it were alone', async () => {
    const alone = await place();
    const many = [await place(), await place(), await place()];
    const inTurn = [
      ['pause_order', { order_id: alone }, 'pause_order', { order_ids: many }],
      ['resume_order', { order_id: alone }, 'resume_order', { order_ids: many }],
    ] as const;
    for (const [one, body, all, bodies] of inTurn) {
      expect((await ask(one, body)).status).toBe(200);
      expect((await ask(all, bodies)).json).toMatchObject({ order_ids: many, errors: [] });
      expect(await transactionsOf(many)).toBe(1);
      const wanted = await everything(alone);
      for (const id of many) expect(await everything(id)).toEqual(wanted);
    }
    await api.request('DELETE', `/api/order/${alone}`, user);
    expect((await ask('cancel_all_orders', {})).json.order_ids).toEqual(many);
    expect(await transactionsOf(many)).toBe(1);
    const wanted = await everything(alone);
    for (const id of many) expect(await everything(id)).toEqual(wanted);
    expect(wanted).toMatchObject({
      order: [{ status: 'CANCELED', runs: false }],
      children: [
        { status: 'closed', close_code: 'paused' },
        { status: 'working', cancel_reason: 'paused', stays: false },
      ],
    });
  });

  it('are canceled with the children that they have then', async () => {
    const [alone, ...many] = [await place(), await place(), await place()];
    await api.request('DELETE', `/api/order/${alone}`, user);
    await ask('cancel_all_orders', {});
    const wanted = await everything(alone);
    for (const id of many) expect(await everything(id)).toEqual(wanted);
    expect(wanted).toMatchObject({ children: [{ close_code: 'order_ended' }, { cancel_reason: 'order_ended' }] });
  });

  it.each([
    ['it', 'parent_orders', 'id'],
    ['a child of it', 'child_orders', 'parent_order_id'],
  ])('are changed but for one that waits, where another holds %s', async (_, table, column) => {
    const [first, held, last] = [await place(), await place(), await place()];
    const headers = { 'idempotency-key': randomUUID() };
    for (const [path, now] of [
      ['pause_all_orders', 'PAUSED'],
      ['cancel_all_orders', 'CANCELED'],
    ] as const)
      await api.asTenant(user, async (tx) => {
        await tx.query('SET LOCAL idle_in_transaction_session_timeout = 0');
        await tx.query(`SELECT 1 FROM ${table} WHERE ${column} = $1 FOR UPDATE`, [held]);
        const answer = await ask(path, {}, path === 'cancel_all_orders' ? headers : {});
        expect([answer.status, answer.json.order_ids, answer.json.errors]).toEqual([
          200,
          [first, last],
          [{ order_id: held, message: 'the service cannot answer at the moment, try again' }],
        ]);
        const found = await sql<{ status: string }>('SELECT status FROM parent_orders ORDER BY created_at');
        expect(found.map((one) => one.status)).toEqual([now, 'ACTIVE', now]);
      });
    // A failure of ours is not kept under the key: a repeat does the rest.
    expect((await ask('cancel_all_orders', {}, headers)).json).toMatchObject({ order_ids: [held], errors: [] });
  });

  it('keep none from its change that can be changed', async () => {
    const market = String((await api.place(user, { strategy: 'Market' })).field('id'));
    const [first, second] = [await place(), await place()];
    await ask('pause_order', { order_id: second });
    const foreign = String((await api.place(await api.addUser())).field('id'));
    const { json } = await ask('pause_order', {
      order_ids: [first.toUpperCase(), market, 'nope', second, foreign],
    });
    expect(json).toEqual({
      message: 'Successfully paused 2 orders.',
      order_ids: [first, second],
      errors: [
        { order_id: market, message: expect.stringContaining('cannot be paused') },
        { order_id: 'nope', message: 'Not found.' },
        { order_id: foreign, message: 'Not found.' },
      ],
    });
    const status = await sql('SELECT status FROM parent_orders WHERE id = ANY($1::uuid[]) ORDER BY id', [
      [market, first, second],
    ]);
    expect(status).toEqual(['ACTIVE', 'PAUSED', 'PAUSED'].map((one) => ({ status: one })));
  });
});
