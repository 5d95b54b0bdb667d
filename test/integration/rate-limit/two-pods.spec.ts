import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs } from '#domain';
import { binanceSpotLimits, RateBudget, type UsageLedger } from '#venues';
import { startSimExchange, type SimExchange } from '../../support/sim-exchange.js';
import { until } from '../../support/until.js';
import { testRedisUrl } from './test-redis.js';

const clock = { now: () => epochMs(Date.now()) };
const prefix = `two-pods-${randomUUID()}`;

/** What both pods book of the raw requests, which no answer tells. */
const booked = new Map<string, number>();
const ledger: UsageLedger = {
  bookedInWindow: (id, scope, start) => Promise.resolve(booked.get(`${id}|${scope}|${start}`) ?? 0),
  book: (id, scope, start, amount) => {
    const key = `${id}|${scope}|${start}`;
    booked.set(key, (booked.get(key) ?? 0) + amount);
    return Promise.resolve();
  },
};

let redis: Redis;
let exchange: SimExchange;
beforeAll(async () => {
  redis = new Redis(testRedisUrl());
  exchange = await startSimExchange();
});
afterAll(async () => {
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.unlink(...keys);
  redis.disconnect();
  await exchange.stop();
});

it('VE-B33 two pods on one egress never have a 429 from an exchange with its real limits', async () => {
  const pods = [0, 1].map(
    () => new RateBudget(redis, binanceSpotLimits('sim'), { prefix, clock, ledger, gatewaySlots: 2 }),
  );
  const seen = { statuses: new Map<number, number>(), refused: 0, granted: [0, 0], weight: 0 };

  const call = async (pod: number, name: string, path: string, depth: number | null) => {
    const budget = pods[pod]!;
    const params = depth === null ? {} : { params: { limit: depth } };
    const reserved = await budget.reserve(name, { account: 'a' }, depth === null ? 'probe' : 'cancel', params);
    if (!reserved.granted) {
      seen.refused += reserved.reason === 'exhausted' ? 1 : 0;
      return false;
    }
    const sentAt = Date.now();
    const reply = await fetch(`${exchange.url}${path}`);
    const repliedAt = Date.now();
    await reply.arrayBuffer();
    const headers = Object.fromEntries(reply.headers);
    await budget.settle(reserved.token, reply.ok ? 'success' : 'failure', {
      sentAt,
      repliedAt,
      venueMs: repliedAt,
      httpStatus: reply.status,
      headers,
    });
    seen.statuses.set(reply.status, (seen.statuses.get(reply.status) ?? 0) + 1);
    seen.weight = Math.max(seen.weight, Number(headers['x-mbx-used-weight-1m'] ?? 0));
    seen.granted[pod]! += depth === null ? 0 : 1;
    return true;
  };
  const book = (pod: number) => call(pod, 'GET /api/v3/depth', '/api/v3/depth?symbol=BTCUSDT&limit=5000', 5_000);

  await until(
    async () => {
      for (const pod of [0, 1]) await call(pod, 'GET /api/v3/time', '/api/v3/time', null);
      return (await pods[0]!.freeShare('GET /api/v3/depth', { account: 'a' }, 'cancel')) > 0;
    },
    { what: 'the weight is known' },
  );
  // 250 each of 6,000 a minute: both ask for more than there is, four at a time, until neither gets any.
  await until(
    async () => {
      const answers = await Promise.all([0, 1, 0, 1, 0, 1, 0, 1].map(book));
      return seen.refused > 20 && answers.every((isGranted) => !isGranted);
    },
    { what: 'the weight is used up' },
  );
  expect([...seen.statuses.keys()]).toEqual([200]);
  expect(Math.min(...seen.granted)).toBeGreaterThan(2);
  expect(seen.weight).toBeGreaterThan(6_000 * 0.6);
  expect(seen.weight).toBeLessThanOrEqual(6_000);
});
