import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs } from '#domain';
import { createLogger, HealthRegistry, Metrics } from '#observability';
import { loadConfig } from '#config';
import { binanceSpotLimits, BudgetReader, RateBudget } from '#venues';
import { limitPlanQuery, limitRecoveredBroadcast, limitUsageQuery, openQueryClient, openQueryServer } from '#queues';
import { Client } from 'pg';
import { rateLimitTrackerShape } from '../../../apps/rate-limit-tracker/src/config.js';
import { rateLimitTrackerService } from '../../../apps/rate-limit-tracker/src/service.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { until } from '../../support/until.js';

let database: TestDatabase;
let redis: Redis;
let sql: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  redis = new Redis(database.redisUrl);
  sql = new Client({ connectionString: database.ownerUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  redis.disconnect();
  await database.drop();
});

const limits = binanceSpotLimits('sim');
const clock = { now: () => epochMs(Date.now()) };

async function startTracker() {
  const config = loadConfig(rateLimitTrackerShape, {
    DATABASE_URL: database.appUrl,
    REDIS_URL: database.redisUrl,
    REDIS_PREFIX: database.redisPrefix,
    RATE_USAGE_INTERVAL_MS: '100',
  });
  const runtime = {
    logger: createLogger('rate-limit-tracker', 'silent'),
    metrics: new Metrics(),
    health: new HealthRegistry(),
  };
  const service = await rateLimitTrackerService.start(config, runtime);
  return { stop: () => service.stop(), metrics: runtime.metrics };
}

const rowsOf = async (limit: string) => {
  const found = await sql.query<{ threshold: number; window_start: Date; used: string }>(
    'SELECT threshold, window_start, used FROM rate_limit_events WHERE limit_id = $1 ORDER BY window_start, threshold',
    [limit],
  );
  return found.rows.map((r) => ({ ...r, used: Number(r.used) }));
};

describe('the rate-limit tracker', () => {
  it('VE-B36 writes three rows for the window of a limit that 8 processes used up, whatever restarts', async () => {
    const pods = Array.from(
      { length: 8 },
      (_, i) =>
        new RateBudget(redis, limits, {
          prefix: database.redisPrefix,
          clock,
          egressId: 'one',
          gatewaySlots: 1 + (i % 2),
        }),
    );
    const [first] = pods as [RateBudget];
    const reader = new BudgetReader(redis, limits, database.redisPrefix);
    const tracker = await startTracker();

    const told = async (weight: number) => {
      const time = await first.reserve('GET /api/v3/time', {}, 'probe');
      if (!time.granted) throw new Error(time.reason);
      const headers = { 'x-mbx-used-weight-1m': String(weight) };
      await first.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers });
    };
    // The whole of it within one minute, so not in the last seconds of one.
    await until(() => Date.now() % 60_000 < 40_000, { what: 'a minute with time left' });
    const window = Math.floor(Date.now() / 60_000) * 60_000;
    await told(2_000);
    await told(2_990);
    const calls = pods.map(async (pod) => {
      for (let i = 0; i < 20; i += 1) {
        const grant = await pod.reserve('WS userDataStream.subscribe', {}, 'cancel');
        if (grant.granted) await pod.settle(grant.token, 'success', { httpStatus: 200 });
      }
    });
    await Promise.all(calls);
    await until(async () => (await rowsOf('bs.weight')).length === 1, { what: 'the row of 50 %' });
    await tracker.stop();

    await told(5_500);
    await told(6_000);
    await told(6_000);
    const second = await startTracker();
    await until(async () => (await rowsOf('bs.weight')).length === 3, { what: 'the rows of 90 and 100 %' });
    const rows = await rowsOf('bs.weight');
    expect(rows.map((r) => [r.threshold, r.window_start.getTime()])).toEqual([50, 90, 100].map((t) => [t, window]));

    // Everything told again, as after a wipe of the group: still three rows.
    await redis.xgroup('DESTROY', reader.crossingsStream, 'rate-limit-tracker');
    await second.stop();
    const third = await startTracker();
    await until(async () => {
      const [group] = (await redis.xinfo('GROUPS', reader.crossingsStream)) as [unknown[]?];
      return (
        group?.includes('rate-limit-tracker') === true &&
        group[group.indexOf('pending') + 1] === 0 &&
        (await drained(group))
      );
    });
    expect(await rowsOf('bs.weight')).toEqual(rows);

    // One point for each 10 s that were looked at, whoever looked, with the most that was used.
    const history = await sql.query<{ used: string; second: number }>(
      'SELECT used, extract(epoch FROM at)::integer AS second FROM rate_limit_usage WHERE limit_id = $1',
      ['bs.weight'],
    );
    expect(history.rows.map(({ second }) => second % 10)).toEqual(history.rows.map(() => 0));
    expect(Math.max(...history.rows.map(({ used }) => Number(used)))).toBeGreaterThanOrEqual(6_000);
    await until(async () =>
      /tranche_venue_budget_used_ratio\{venue="sim",limit="bs.weight"\} 1/.test(await third.metrics.text()),
    );
    expect(await third.metrics.text()).toContain('tranche_venue_banned{venue="sim"} 0');

    // A limit that is full: a plan of places has to wait for the next window, which is known.
    const client = openQueryClient({ url: database.redisUrl, prefix: database.redisPrefix });
    const place = { call: 'WS userDataStream.subscribe', priority: 'place' as const, count: 3, afterMs: 0, everyMs: 5 };
    const question = { venue: 'sim', scopes: { ip: 'one' }, calls: [place] };
    const forecast = await client.ask(limitPlanQuery, question, '0'.repeat(32));
    expect(forecast).toMatchObject({
      isFeasible: false,
      refusal: { call: 0, limit: 'bs.weight', reason: 'exhausted' },
      needs: [{ limit: 'bs.weight', scope: 'one', needed: 6 }],
    });
    expect(Number(forecast.firstPossibleAt)).toBeGreaterThanOrEqual(window + 60_000 - 5_000);
    const usage = await client.ask(limitUsageQuery, {}, '0'.repeat(32));
    expect(usage.limits.find(({ limit }) => limit === 'bs.weight')).toMatchObject({
      source: 'venue',
      cold: false,
      isBan: false,
      ceilings: { cancel: 5_400, reduce: 4_800, place: 4_200, query: 3_300 },
      windowEnd: window + 60_000,
    });
    const unknown = client.ask(
      limitPlanQuery,
      { ...question, calls: [{ ...place, call: 'GET /none' }] },
      '0'.repeat(32),
    );
    await expect(unknown).rejects.toMatchObject({ reason: 'invalid_call' });
    await client.close();
    await third.stop();
  });

  it('says once that a limit has recovered, and leaves no row of it', async () => {
    const budget = new RateBudget(redis, limits, {
      prefix: database.redisPrefix,
      clock,
      egressId: 'two',
      gatewaySlots: 1,
    });
    const told = async (weight: number) => {
      const time = await budget.reserve('GET /api/v3/time', {}, 'probe');
      if (!time.granted) throw new Error(time.reason);
      const headers = { 'x-mbx-used-weight-1m': String(weight) };
      await budget.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers });
    };
    const heard: unknown[] = [];
    const server = openQueryServer({ url: database.redisUrl, prefix: database.redisPrefix });
    server.hear(limitRecoveredBroadcast, (message) => heard.push(message)).start();
    const tracker = await startTracker();
    await until(() => Date.now() % 60_000 < 40_000, { what: 'a minute with time left' });
    const rows = async () => (await sql.query(`SELECT 1 FROM rate_limit_events WHERE scope = 'two'`)).rowCount;
    await until(
      async () => {
        await told(3_600);
        return (await rows()) === 1;
      },
      { what: 'the row of 50 %' },
    );
    expect(heard.filter((message) => (message as { scope: string }).scope === 'two')).toEqual([]);
    await until(async () => {
      await told(100);
      return heard.some((message) => (message as { scope: string }).scope === 'two');
    });
    const mine = heard.filter((message) => (message as { scope: string }).scope === 'two');
    expect(mine).toEqual([expect.objectContaining({ venue: 'sim', limit: 'bs.weight', limitValue: 6_000 })]);
    expect(await rows()).toBe(1);
    await tracker.stop();
    await server.close();
  });

  /** Whether the group has read to the end of the stream. */
  async function drained(group: unknown[]): Promise<boolean> {
    const last = (await redis.xrevrange(`${database.redisPrefix}:{b:sim}:crossings`, '+', '-', 'COUNT', 1))[0]?.[0];
    return group[group.indexOf('last-delivered-id') + 1] === last;
  }
});
