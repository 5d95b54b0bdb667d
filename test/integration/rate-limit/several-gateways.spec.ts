import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs, type VenueId } from '#domain';
import { createLogger } from '#observability';
import { Database, RateUsageRepository } from '#persistence';
import { binanceSpotLimits, RateBudget, type CallPriority } from '#venues';
import { EmergencyShares } from '../../../apps/exchange-gateway/src/venue/emergency-shares.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { fastestMs } from '../../support/fastest.js';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';
import { CuttableRedis } from './cuttable-redis.js';

const SIM = 'sim' as VenueId;
const limits = binanceSpotLimits('sim');
const clock = { now: () => epochMs(Date.now()) };
const CANCEL = 'DELETE /api/v3/order';
const account = { account: 'acc1' };

let database: TestDatabase;
let db: Database;
let sim: SimExchange;
beforeAll(async () => {
  database = await createTestDatabase();
  db = await Database.connect({ url: database.gatewayUrl, poolSize: 4, applicationName: 'test' });
  sim = await startSimExchange();
});
afterAll(async () => {
  await sim.stop();
  await db.close();
  await database.drop();
});

/** One gateway's budget with its portions of the emergency share, held in Postgres. */
async function gateway(owner: string, redis: Redis, egressId: string, slots = 4) {
  const shares = new EmergencyShares(db, { owner, egressId, slots, venues: [SIM] }, createLogger('test', 'silent'));
  await shares.start();
  const budget = new RateBudget(redis, limits, {
    prefix: database.redisPrefix,
    clock,
    egressId,
    ledger: new RateUsageRepository(db, SIM),
    holdings: shares.holdingsAt(SIM),
    emergencyLedger: shares.ledgerAt(SIM),
  });
  return { budget, shares };
}

async function told(budget: RateBudget, weight: number): Promise<boolean> {
  const time = await budget.reserve('GET /api/v3/time', {}, 'probe');
  if (!time.granted) return false;
  const headers = { 'x-mbx-used-weight-1m': String(weight) };
  await budget.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers });
  return (await budget.freeShare('WS userDataStream.subscribe', {}, 'cancel')) < 1;
}

async function takeAll(budget: RateBudget): Promise<number> {
  for (let count = 0; ; count += 1) {
    const taken = await budget.reserve(CANCEL, account, 'cancel');
    if (!taken.granted) return count;
    await budget.settle(taken.token, 'success', { httpStatus: 200 });
  }
}

describe('several gateways', () => {
  it('VE-B38 four of them spend together what Redis never grants, a fifth nothing, and places are refused at once', async () => {
    const way = new CuttableRedis(database.redisUrl);
    const url = await way.start();
    const connections = Array.from({ length: 5 }, () => new Redis(url, { retryStrategy: () => 20 }));
    for (const one of connections) one.on('error', () => undefined);
    await until(() => connections.every((one) => one.status === 'ready'));
    const pods = [];
    for (const [i, redis] of connections.entries()) pods.push(await gateway(`pod-${i}`, redis, 'b38'));
    const [first] = pods as [(typeof pods)[number]];
    await until(() => told(first.budget, 5_390), { what: 'the venue’s count is known' });
    expect(await first.budget.reserve('POST /api/v3/order', account, 'place')).toMatchObject({ granted: false });

    await way.cut();
    await until(() => connections.every((one) => one.status !== 'ready'));
    for (const { budget } of pods) {
      const refuse = async (): Promise<void> => {
        const place = await budget.reserve('POST /api/v3/order', account, 'place');
        expect(place).toMatchObject({ granted: false, reason: 'redis_down' });
      };
      expect(await fastestMs(refuse)).toBeLessThan(50);
    }
    const spent = await Promise.all(pods.map(({ budget }) => takeAll(budget)));
    // 0.10 of 6,000 among four; the first has spent some of its part on probes.
    expect(spent.slice(1)).toEqual([150, 150, 150, 0]);
    expect(spent[0]).toBeGreaterThan(100);
    expect(5_390 + spent.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(6_000);

    // Whoever takes over a slot finds what was spent of it: nothing is spent twice.
    await pods[1]?.shares.stop();
    const heir = await gateway('pod-heir', connections[1] as Redis, 'b38');
    expect(await takeAll(heir.budget)).toBeLessThan(15);
    for (const { shares } of [...pods, heir]) await shares.stop();
    for (const one of connections) one.disconnect();
  });

  it('VE-B39 P1 holds at the exchange through a wipe, and its counts are known again at once', async () => {
    const redis = new Redis(database.redisUrl);
    await redis.ping();
    const pods = [];
    for (let i = 0; i < 4; i += 1) pods.push(await gateway(`wiped-${i}`, redis, 'b39'));
    const [first] = pods as [(typeof pods)[number]];
    const statuses: number[] = [];
    let most = 0;
    const call = async (budget: RateBudget, path: string, name: string, priority: CallPriority, params = {}) => {
      const taken = await budget.reserve(name, {}, priority, { params });
      if (!taken.granted) return taken.reason;
      const sentAt = Date.now();
      const reply = await fetch(`${sim.url}${path}`);
      const body = (await reply.json()) as { serverTime?: number };
      const weight = reply.headers.get('x-mbx-used-weight-1m') ?? '';
      statuses.push(reply.status);
      most = Math.max(most, Number(weight));
      await budget.settle(taken.token, 'success', {
        httpStatus: reply.status,
        sentAt,
        repliedAt: Date.now(),
        headers: { 'x-mbx-used-weight-1m': weight },
        ...(body.serverTime === undefined ? {} : { venueMs: body.serverTime }),
      });
      return 'granted';
    };
    const probe = (budget: RateBudget) => call(budget, '/api/v3/time', 'GET /api/v3/time', 'probe');
    const isKnown = async () => (await first.budget.freeShare('GET /api/v3/time', {}, 'cancel')) > 0;
    const warm = () =>
      until(async () => (await isKnown()) || ((await probe(first.budget)) === 'granted' && (await isKnown())), {
        what: 'the counts are known',
      });
    await until(() => Date.now() % 60_000 < 40_000, { what: 'a minute with time left' });
    await warm();
    // Every request stays on its way for a while: a wipe meets some of every gateway there.
    await sim.control('POST', 'faults', {
      match: { route: 'GET /api/v3/depth' },
      fault: 'latency',
      args: { when: 'before', ms: 300 },
    });
    let isOver = false;
    let refusals = 0;
    const load = pods.flatMap(({ budget }) =>
      [0, 1, 2, 3, 4, 5].map(async () => {
        while (!isOver) {
          const outcome = await call(
            budget,
            '/api/v3/depth?symbol=TESTUSDT&limit=1000',
            'GET /api/v3/depth',
            'cancel',
            { limit: 1_000 },
          );
          if (outcome === 'exhausted') refusals += 1;
          if (outcome !== 'granted') await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }),
    );
    try {
      await until(() => most > 1_000, { what: 'the exchange is busy' });
      const keys = await redis.keys(`${database.redisPrefix}:{b:sim}:*`);
      await redis.unlink(...keys);
      refusals = 0;
      const wipedAt = performance.now();
      await warm();
      expect(performance.now() - wipedAt).toBeLessThan(10_000); // by probes, not by the next window
      // How much of the limit that is, depends on what the wipe met: calls may be counted twice, never less than once.
      await until(() => refusals > 200, { what: 'the budget is used up' });
    } finally {
      isOver = true;
      await Promise.all(load); // what was granted last has arrived by then
    }
    expect(statuses.filter((status) => status === 429 || status === 418)).toEqual([]);
    expect(most).toBeLessThanOrEqual(6_000);
    expect(most).toBeGreaterThan(2_000);
    for (const { shares } of pods) await shares.stop();
    redis.disconnect();
  });
});
