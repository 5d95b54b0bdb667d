import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createRedisMock, type RedisMock } from 'js-redis-server';
import { epochMs } from '#domain';
import { binanceSpotLimits, BudgetReader, RateBudget } from '#venues';
import { until } from '../../support/until.js';

const limits = binanceSpotLimits('sim');
const clock = { now: () => epochMs(Date.now()) };

let server: RedisMock;
let redis: Redis;
beforeAll(async () => {
  server = await createRedisMock();
  const [address] = server.addresses();
  redis = new Redis(address!);
  await redis.ping();
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

it('the budget works on the server that stands in where no Redis can be had', async () => {
  // Its first script takes a while: its Lua is loaded then.
  const budget = new RateBudget(redis, limits, { prefix: 'fallback', clock, gatewaySlots: 1, redisTimeoutMs: 5_000 });
  const reader = new BudgetReader(redis, limits, 'fallback');
  expect(await budget.reserve('GET /api/v3/time', {}, 'query')).toMatchObject({ granted: false, reason: 'cold' });
  await until(async () => {
    const time = await budget.reserve('GET /api/v3/time', {}, 'probe');
    if (!time.granted) throw new Error(time.reason);
    const headers = { 'x-mbx-used-weight-1m': '3000' };
    await budget.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers });
    return (await reader.usage()).some(({ limit, cold }) => limit === 'bs.weight' && !cold);
  });
  expect(await budget.announce({ 'bs.weight': 5_000 })).toEqual([
    expect.objectContaining({ limit: 'bs.weight', before: 6_000, after: 5_000 }),
  ]);
  const grant = await budget.reserve('WS userDataStream.subscribe', {}, 'place', { parentId: 'p', strategyId: 's' });
  if (!grant.granted) throw new Error(grant.reason);
  await budget.release(grant.token);
  expect(await redis.xlen(reader.crossingsStream)).toBeGreaterThan(0); // 3,000 of 6,000 is half
});
