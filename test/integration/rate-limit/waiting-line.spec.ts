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
  redis.disconnect();
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
    const inMs = await (lines[n % 2] as WaitingLine).next('limit', 'parent', 5_000, pace);
    const after = await timeOfRedis();
    // The line reads the time of Redis at some moment between the two.
    const [earliest, latest] = [nextPlace(last, before + 5_000, pace), nextPlace(last, after + 5_000, pace)];
    const stored = Number(await redis.get(`${prefix}:limit:parent`));
    if (before === after) expect(stored).toBeCloseTo(earliest, 1);
    else expect(stored).toBeLessThanOrEqual(Math.max(earliest, latest) + pace.overMs);
    expect(inMs).toBeGreaterThanOrEqual(5_000);
    expect(inMs).toBeLessThan(5_400);
    last = stored;
  }
  expect(await redis.pttl(`${prefix}:limit:parent`)).toBeGreaterThan(60_000);
});

it('B6 gives each parent a place soon after the opening, however many calls another has waiting', async () => {
  const line = new WaitingLine(redis, (limit) => `${prefix}:turns:${limit}`);
  const pace = { everyMs: 80, overMs: 10_000 };
  for (let n = 0; n < 300; n += 1) await line.next('limit', 'many', 5_000, pace);
  const before = performance.now();
  expect(await line.next('limit', 'one', 5_000, pace)).toBeLessThanOrEqual(5_000 + 80);
  const [first, second] = [await line.next('limit', 'one', 5_000, pace), await line.next('limit', 'one', 5_000, pace)];
  const passed = performance.now() - before;
  expect(Math.abs(second - first - 160)).toBeLessThan(passed + 2); // two parents: every other place
});
