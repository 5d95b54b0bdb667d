import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { nextPlace } from '#domain';
import { WaitingLine } from '#venues';
import { testRedisUrl } from './test-redis.js';

let redis: Redis;
let prefix: string;

beforeAll(async () => {
  redis = new Redis(testRedisUrl());
  await redis.ping();
  prefix = `line-${randomUUID()}`;
});
afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.unlink(...keys);
  await redis.quit();
});

const timeOfRedis = async (): Promise<number> => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};

it('B6 gives the places that the specification gives, to all processes together', async () => {
  const lines = [1, 2].map(() => new WaitingLine(redis, (limit) => `${prefix}:${limit}`));
  const pace = { everyMs: 80, overMs: 400 };
  let last = 0;
  for (let n = 0; n < 12; n += 1) {
    const before = await timeOfRedis();
    const inMs = await (lines[n % 2] as WaitingLine).next('limit', 5_000, pace);
    const after = await timeOfRedis();
    // The line reads the time of Redis at some moment between the two.
    const [earliest, latest] = [nextPlace(last, before + 5_000, pace), nextPlace(last, after + 5_000, pace)];
    const stored = Number(await redis.get(`${prefix}:limit`));
    if (before === after) expect(stored).toBeCloseTo(earliest, 1);
    else expect(stored).toBeLessThanOrEqual(Math.max(earliest, latest) + pace.overMs);
    expect(inMs).toBeGreaterThanOrEqual(5_000);
    expect(inMs).toBeLessThan(5_400);
    last = stored;
  }
  expect(await redis.pttl(`${prefix}:limit`)).toBeGreaterThan(60_000);
});
