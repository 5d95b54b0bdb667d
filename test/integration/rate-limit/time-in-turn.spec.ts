import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { drawOf, epochMs } from '#domain';
import { FAIR_QUANTUM } from '../../../libs/domain/src/rate-limit/fair-share.js';
import { CallSpender, RateBudget, shippedLimits, type VenueLimits } from '#venues';
import { reserveTime } from '../../../apps/exchange-gateway/src/venue/reserve-time.js';
import { BudgetStore } from '../../../libs/venues/src/budget/budget-store.js';
import { testRedisUrl } from './test-redis.js';

/** Kraken's public calls, one at a time, with a window that a test can wait for. */
const WINDOW_MS = 100;
const shipped = shippedLimits('kraken');
const definitions = shipped.definitions
  .filter(({ id }) => id === 'kr.public')
  .map((one) => ({ ...one, params: { limit: 1, windowMs: WINDOW_MS } }) as (typeof shipped.definitions)[number]);
const limits: VenueLimits = { ...shipped, definitions };

let redis: Redis;
beforeAll(() => {
  redis = new Redis(testRedisUrl());
});
afterAll(() => redis.disconnect());

it('B6 the venue’s time has its turn while market data wants all that a limit of one call has', async () => {
  const prefix = `turn-${randomUUID()}`;
  const clock = { now: () => epochMs(Date.now()) };
  const budgets = [0, 1].map(() => new RateBudget(redis, limits, { prefix, clock })) as [RateBudget, RateBudget];
  // Its cold time is over: the state has been there for a minute.
  const before = new BudgetStore(redis, prefix, limits.venue, () => Date.now() - 60_000);
  const draw = drawOf(definitions[0]!, { scopes: { ip: 'shared' }, priority: 'query' }, { cost: 1 });
  await before.rebuild({ draw, booked: [] });

  const warmUp = { ask: () => Promise.resolve(false), told: new Set<string>() };
  const feed = new CallSpender({ budget: budgets[0], turnOf: 'market-data', warmUp });
  let books = 0;
  const poll = async (): Promise<void> => {
    for (;;) {
      const tell = await feed.spend('GET /0/public/Depth');
      books += 1;
      await tell?.('success', { sentAt: Date.now(), repliedAt: Date.now() });
    }
  };
  const polling = Array.from({ length: 12 }, () => poll().catch(() => undefined)); // ends when the spender is closed
  try {
    const overtaken: number[] = [];
    for (let look = 0; look < 5; look += 1) {
      const booksBefore = books;
      const time = await reserveTime(budgets[1], 'GET /0/public/Time', { isAwaited: false });
      if (!time.granted) throw new Error(`The look must be granted, was refused for ${time.reason}`);
      overtaken.push(books - booksBefore);
      await budgets[1].settle(time.token, 'success', { sentAt: Date.now(), repliedAt: Date.now() });
    }
    expect(Math.max(...overtaken)).toBeLessThanOrEqual(FAIR_QUANTUM + 1);
    expect(books).toBeGreaterThan(0);
  } finally {
    feed.close();
    await Promise.all(polling);
  }
});
