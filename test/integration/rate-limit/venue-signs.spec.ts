import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs, openState, type LimitDefinition } from '#domain';
import { RateBudget, type BudgetObserver, type VenueLimits } from '#venues';
import { BudgetStore } from '../../../libs/venues/src/budget/budget-store.js';
import { drawsOf } from '../../../libs/venues/src/budget/venue-limits.js';
import { testRedisUrl } from './test-redis.js';

const base = { venue: 'v', scope: ['account'] as const };
const definitions: readonly LimitDefinition[] = [
  {
    ...base,
    id: 'orders',
    kind: 'fixed_window',
    params: { limit: 10, windowMs: 86_400_000, fillCredit: 1 },
    ceilings: { place: 1000 },
    breach: [],
  },
  {
    ...base,
    id: 'pool',
    kind: 'credits',
    params: { pool: 50_000, refill: 10_000 },
    breach: [{ code: '10028', then: 'session_kill' }],
  },
  {
    ...base,
    id: 'endpoint',
    kind: 'rolling_window',
    params: { limit: 10, windowMs: 60_000 },
    ceilings: { place: 1000 },
    read: [{ from: 'header', name: 'x-limit', means: 'limit' }],
    breach: [],
  },
];
const limits: VenueLimits = {
  venue: 'v',
  definitions,
  costs: Object.fromEntries(definitions.map(({ id }) => [id, [{ limit: id, cost: id === 'pool' ? 500 : 1 }]])),
};
const account = { account: 'a' };

let redis: Redis;
let prefix: string;
let told: string[];
let budget: RateBudget;
beforeAll(() => {
  redis = new Redis(testRedisUrl());
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.ping();
  prefix = `signs-${randomUUID()}`;
  told = [];
  const observe: BudgetObserver = {
    sessionKilled: (limit, scope, ms) => told.push(`killed ${limit} ${scope} ${ms}`),
    told: ({ limit, scope, before, after }) => told.push(`announced ${limit} ${scope} ${before} ${after}`),
  };
  budget = new RateBudget(redis, limits, { prefix, clock: { now: () => epochMs(Date.now()) }, observe });
  const store = new BudgetStore(redis, prefix, 'v');
  const now = await store.time();
  for (const { id } of definitions) {
    const [draw] = drawsOf(limits, id, { scopes: account, priority: 'place' });
    await redis.set(store.keys.limit(draw!.name), JSON.stringify(openState(draw!, now)));
  }
});
afterEach(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.unlink(...keys);
});

/** How many calls are granted before one is refused. */
async function granted(call: string): Promise<number> {
  for (let i = 0; i < 200; i += 1) {
    const { granted: isGranted } = await budget.reserve(call, account, 'place');
    if (!isGranted) return i;
  }
  return 200;
}

describe('what a venue tells in its answers', () => {
  it('ends the session and closes its limit until the pool is full', async () => {
    const call = await budget.reserve('pool', account, 'query');
    await budget.settle(call.granted ? call.token : '', 'failure', { venueCode: '10028' });
    expect(told).toEqual(['killed pool a 5000']);
    const next = await budget.reserve('pool', account, 'cancel');
    expect(next).toMatchObject({ granted: false, limit: 'pool', reason: 'exhausted' });
    expect(next.granted ? 0 : next.retryInMs).toBeGreaterThan(3_000);
  });

  it('lowers a limit for the scope that asked, at once', async () => {
    const call = await budget.reserve('endpoint', account, 'place');
    await budget.settle(call.granted ? call.token : '', 'success', { headers: { 'x-limit': '5' } });
    expect(told).toEqual(['announced endpoint a 10 5']);
    expect(await granted('endpoint')).toBe(4);
  });

  it('gives room for another order when one has filled, once', async () => {
    const first = await budget.reserve('orders', account, 'place');
    await budget.settle(first.granted ? first.token : '', 'success', {});
    expect(await granted('orders')).toBe(9);
    const day = Math.floor(Date.now() / 86_400_000) * 86_400_000;
    const fill = { orderId: 'o1', placedAt: day + 1, filledAt: day + 2 };
    await budget.creditFill('orders', account, fill);
    await budget.creditFill('orders', account, fill);
    expect(await granted('orders')).toBe(1);
  });
});
