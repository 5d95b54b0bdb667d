import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ParentOrderId } from '#domain';
import {
  AccountRepository,
  Database,
  forgetParentLimitUses,
  ParentLimitUseRepository,
  RateLimitEventRepository,
} from '#persistence';
import { limitPlanQuery, openQueryServer, QueryRefusedError, type QuestionOf, type QueryServer } from '#queues';
import { Client } from 'pg';
import { until } from '../../support/until.js';
import { ApiHarness, type User } from './api-harness.js';

let api: ApiHarness;
let user: User;
let other: User;
let sql: Client;
beforeAll(async () => {
  api = await ApiHarness.start();
  user = await api.addUser();
  other = await api.addUser();
  sql = new Client({ connectionString: api.database.ownerUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await api.stop();
});

const get = (path: string, of = user) => api.request('GET', `/manage/v1/limits/${path}`, { token: of.token });
const accountId = async (of: User): Promise<string> => {
  const [account] = await api.asTenant(of, (tx) => new AccountRepository(tx).ofUser(of.userId));
  return account?.id ?? '';
};

const DAY_MS = 86_400_000;

describe('GET /manage/v1/limits/{id}/history', () => {
  const usage = (scope: string, used: number) => ({ limit: 'bs.weight', scope, used, limitValue: 6_000 });
  const point = (table: string, at: number, used: number) =>
    sql.query(
      `INSERT INTO ${table} VALUES ('sim', 'bs.weight', 'shared', to_timestamp($1::bigint / 1000.0), $2, 6000)`,
      [at, used],
    );

  it('gives the most of each step, of addresses and of the caller’s own accounts', async () => {
    const [own, foreign] = [await accountId(user), await accountId(other)];
    await api.asTenant(user, async (tx) => {
      const history = new RateLimitEventRepository(tx);
      await history.addUsage('sim' as never, [usage('shared', 100), usage(own, 7), usage(foreign, 9)]);
      await history.addUsage('sim' as never, [usage('shared', 90)]); // less: the most stays
    });
    const told = await get('bs.weight/history');
    expect(told).toMatchObject({ status: 200, json: { limit: 'bs.weight', step: 10 } });
    const series = told.json.series as {
      account: string | null;
      scope: string;
      points: { at: string; used: number }[];
    }[];
    const most = series.map(({ account, scope, points }) => [account, scope, Math.max(...points.map((p) => p.used))]);
    expect(most).toHaveLength(2);
    expect(most).toEqual(
      expect.arrayContaining([
        ['mock', '', 7],
        [null, 'shared', 100],
      ]),
    );
    expect(series.flatMap(({ points }) => points.map(({ at }) => at.slice(-9)))).toEqual(
      series.flatMap(({ points }) => points.map(() => '0.000000Z')),
    );
    expect((await get('bs.none/history')).json.series).toEqual([]);
  });

  it('keeps steps of 10 s for 7 days and of 5 minutes for 90', async () => {
    const now = Math.floor(Date.now() / 300_000) * 300_000;
    for (const [at, used] of [
      [now - 8 * DAY_MS, 10],
      [now - 8 * DAY_MS + 20_000, 30],
      [now - 8 * DAY_MS + 290_000, 20],
      [now - 2 * DAY_MS, 40],
    ] as const)
      await point('rate_limit_usage', at, used);
    await point('rate_limit_usage_5min', now - 91 * DAY_MS, 50);
    const twice = [1, 2].map(() =>
      api.asTenant(user, async (tx) => {
        const history = new RateLimitEventRepository(tx);
        await history.rollUpUsage();
        await history.pruneUsage();
      }),
    );
    for (const one of twice) await one;
    const between = async (from: number, to: number, step: number) => {
      const [a, b] = [from, to].map((ms) => new Date(ms).toISOString());
      const { json } = await get(`bs.weight/history?from=${a}&to=${b}&step=${step}`);
      return (json.series as { points: { used: number }[] }[]).flatMap(({ points }) => points.map((p) => p.used));
    };
    expect(await between(now - 8 * DAY_MS, now - 8 * DAY_MS + 600_000, 300)).toEqual([30]);
    expect(await between(now - 2 * DAY_MS, now - 2 * DAY_MS + 600_000, 10)).toEqual([40]);
    expect(await between(now - 91 * DAY_MS - 600_000, now - 91 * DAY_MS + 600_000, 600)).toEqual([]);
    const left = await sql.query(`SELECT 1 FROM rate_limit_usage WHERE at < now() - interval '7 days 11 minutes'`);
    expect(left.rowCount).toBe(0);
  });

  it('says what it was asked and what it expects', async () => {
    for (const [query, text] of [
      ['step=7', "step must be 10 to 86400 seconds in tens, was '7'"],
      ['from=yesterday', "from must be an ISO-8601 time, was 'yesterday'"],
      ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from must be before to (2026-01-01T00:00:00'],
      ['from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z', 'step must leave at most 2000 steps'],
    ] as const) {
      const refused = await get(`bs.weight/history?${query}`);
      expect(refused).toMatchObject({ status: 400, json: { code: 'invalid' } });
      expect(refused.field('error')).toContain(text);
    }
  });
});

describe('GET /manage/v1/limits/parents/{id}', () => {
  it('sums what every gateway counted, for the order’s owner only', async () => {
    const id = (await api.place(user)).field('id') as ParentOrderId;
    const use = (callClass: string, outcome: string, calls: number, waitedMs: number) => ({
      parentOrderId: id,
      callClass,
      outcome,
      calls,
      waitedMs,
    });
    const uses = [use('place', 'granted', 3, 0), use('place', 'exhausted', 2, 900), use('cancel', 'granted', 1, 0)];
    for (let gateway = 0; gateway < 2; gateway += 1)
      await api.asTenant(user, (tx) => new ParentLimitUseRepository(tx, user.tenantId).add(uses));
    expect((await get(`parents/${id}`)).json).toEqual({
      order_id: id,
      granted: 8,
      denied: { exhausted: 4 },
      waited_ms: 1_800,
      classes: {
        cancel: { granted: 2, denied: {}, waited_ms: 0 },
        place: { granted: 6, denied: { exhausted: 4 }, waited_ms: 1_800 },
      },
    });
    expect(await get(`parents/${id}`, other)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    const seen = await api.asTenant(other, (tx) => new ParentLimitUseRepository(tx, user.tenantId).of(id));
    expect(seen).toEqual([]); // the rows themselves are out of reach
  });

  it('forgets orders that ended, once nothing was added for 30 days, so many at a time', async () => {
    /** A copy of an order, decided that many days ago, whose calls were last counted so many days ago. */
    const counted = async (of: User, createdAgo: number, countedAgo: number, isOver: boolean) => {
      const model = (await api.place(of)).field('id');
      const time = (Date.now() - createdAgo * DAY_MS).toString(16).padStart(12, '0');
      const id = `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}` as ParentOrderId;
      await api.asTenant(of, async (tx) => {
        await tx.query(
          `INSERT INTO parent_orders SELECT (jsonb_populate_record(p, jsonb_build_object(
             'id', $2::text, 'status', CASE WHEN $3 THEN 'CANCELED' ELSE 'PAUSED' END,
             'ended_at', CASE WHEN $3 THEN now() END))).* FROM parent_orders p WHERE id = $1`,
          [model, id, isOver],
        );
        const use = { parentOrderId: id, callClass: 'place', calls: 1, waitedMs: 0 };
        const uses = ['granted', 'exhausted'].map((outcome) => ({ ...use, outcome }));
        await new ParentLimitUseRepository(tx, of.tenantId).add(uses);
        await tx.query(
          `UPDATE parent_limit_uses SET updated_at = clock_timestamp() - make_interval(days => $2) WHERE parent_order_id = $1`,
          [id, countedAgo],
        );
      });
      return id;
    };
    const ended = [await counted(user, 40, 31, true), await counted(other, 33, 31, true)];
    const kept = [
      await counted(user, 40, 29, true), // its last call is not so long ago
      await counted(user, 40, 31, false), // it rests and may go on
    ];
    const db = await Database.connect({ url: api.database.appUrl, poolSize: 1, applicationName: 'test' });
    const forget = () => forgetParentLimitUses(db, { olderThanMs: 30 * DAY_MS, mostPerTenant: 1 });
    const removed = [await forget(), await forget(), await forget()];
    await db.close();
    expect(removed).toEqual([2, 2, 0]);
    const granted = async (id: ParentOrderId, of = user) => (await get(`parents/${id}`, of)).field('granted');
    expect(await Promise.all([granted(ended[0] as ParentOrderId), granted(ended[1] as ParentOrderId, other)])).toEqual([
      0, 0,
    ]);
    expect(await Promise.all(kept.map((id) => granted(id)))).toEqual([1, 1]);
  });
});

describe('POST /manage/v1/limits/simulate', () => {
  const post = (body: unknown) => api.request('POST', '/manage/v1/limits/simulate', { token: user.token, body });
  const PLAN = { account: 'mock', calls: [{ call: 'POST /api/v3/order', count: 40, every_ms: 100 }] };

  it('names each value that it cannot use, and what it must be', async () => {
    const call = PLAN.calls[0];
    for (const [body, field, text] of [
      [{ ...PLAN, account: 'none' }, 'account', "account must be the name of an account of yours, was 'none'"],
      [{ account: 'mock' }, 'calls', 'calls must be a list of 1 to 50, was missing'],
      [{ ...PLAN, calls: [] }, 'calls', 'calls must be a list of 1 to 50, was 0'],
      [{ ...PLAN, calls: [{ ...call, count: 0 }] }, 'calls[0].count', 'count must be a whole number, 1 to 500, was 0'],
      [
        {
          ...PLAN,
          calls: [
            { ...call, count: 300 },
            { ...call, count: 201 },
          ],
        },
        'calls',
        'at most 500 together, was 501',
      ],
      [{ ...PLAN, calls: [{ ...call, priority: 'high' }] }, 'calls[0].priority', "place, query, was 'high'"],
      [{ ...PLAN, calls: [{ count: 1 }] }, 'calls[0].call', 'was missing'],
      [{ ...PLAN, calls: ['x'] }, 'calls[0]', "calls[0] must be an object, was 'x'"],
      [{ ...PLAN, dry: true }, 'dry', 'dry is not known; known are account'],
    ] as const) {
      const refused = await post(body);
      expect(refused).toMatchObject({ status: 400, json: { code: 'invalid' } });
      expect(refused.json.errors[field][0]).toContain(text);
    }
  });

  it('asks rate-limit-tracker, under the account of the caller', async () => {
    const asked: QuestionOf<typeof limitPlanQuery>[] = [];
    const server: QueryServer = openQueryServer({ url: api.database.redisUrl, prefix: api.database.redisPrefix });
    server.answer(
      limitPlanQuery,
      (question) => {
        asked.push(question);
        if (question.calls[0]?.call === 'GET /none') throw new QueryRefusedError('invalid_call', 'Unknown call');
        const needs = [{ limit: 'bs.orders10s', scope: String(question.scopes.account), needed: 40 }];
        const refusal = { call: 3, limit: 'bs.orders10s', reason: 'exhausted' };
        return Promise.resolve({ at: 1_000, isFeasible: false, firstPossibleAt: 2_000, refusal, needs });
      },
      (error) => {
        throw error as Error;
      },
    );
    server.start();
    await until(async () => (await post(PLAN)).status === 200);
    expect((await post(PLAN)).json).toEqual({
      at: '1970-01-01T00:00:01.000000Z',
      venue: 'sim',
      feasible: false,
      first_possible_at: '1970-01-01T00:00:02.000000Z',
      refused_by: { call: 3, limit: 'bs.orders10s', reason: 'exhausted' },
      needs: [{ limit: 'bs.orders10s', account: 'mock', scope: '', needed: 40 }],
    });
    expect(asked.at(-1)).toMatchObject({
      venue: 'sim',
      scopes: { ip: 'shared', account: await accountId(user) },
      calls: [{ call: 'POST /api/v3/order', priority: 'place', count: 40, afterMs: 0, everyMs: 100 }],
    });
    expect(await post({ ...PLAN, calls: [{ call: 'GET /none' }] })).toMatchObject({
      status: 400,
      json: { errors: { calls: [expect.stringContaining('Unknown call')] } },
    });
    await server.close();
  });
});
