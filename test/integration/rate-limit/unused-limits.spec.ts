import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs } from '#domain';
import { binanceUsdmLimits, RateBudget } from '#venues';
import { BudgetReader } from '../../../libs/venues/src/budget/budget-reader.js';
import { GATHER_MS } from '../../../libs/venues/src/budget/wipe-watch.js';
import { until } from '../../support/until.js';
import { testRedisUrl } from './test-redis.js';

const limits = binanceUsdmLimits('unused');
const account = { account: 'acc1' };
const PLACE = 'POST /fapi/v1/order';
const ORDERS = ['bu.orders10s', 'bu.orders1m'];
const MINUTE_MS = 60_000;

let redis: Redis;
let prefix: string;
/** Of the process in question: its time stands still but for this. */
let monotonicMs: number;
beforeAll(async () => {
  redis = new Redis(testRedisUrl());
  await redis.ping();
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  prefix = `test-${randomUUID()}`;
  monotonicMs = 0;
});

const OPTIONS = { clock: { now: () => epochMs(Date.now()) }, egressId: 'one', gatewaySlots: 1 };
const pod = () => new RateBudget(redis, limits, { ...OPTIONS, prefix, monotonicMs: () => monotonicMs });
const otherPod = () => new RateBudget(redis, limits, { ...OPTIONS, prefix });

/** Limits of orders that are not known. */
async function unknown(budget: RateBudget): Promise<readonly string[]> {
  const place = await budget.reserve(PLACE, account, 'place');
  if (place.granted) await budget.release(place.token);
  return place.granted ? [] : ORDERS.filter((limit) => place.cold.includes(limit));
}

describe('limits that orders alone draw on', () => {
  it('are known where nothing was sent for as long as a cost counts, and not a moment sooner', async () => {
    const budget = pod();
    expect(await unknown(budget)).toEqual(ORDERS);
    monotonicMs += GATHER_MS;
    await budget.openUnused(PLACE, account, 9_999);
    expect(await unknown(budget)).toEqual(ORDERS);
    await budget.openUnused(PLACE, account, MINUTE_MS - 1);
    expect(await unknown(budget)).toEqual(['bu.orders1m']);
    await budget.openUnused(PLACE, account, MINUTE_MS);
    expect(await unknown(budget)).toEqual([]);
  });

  it('count what another process has on its way, of which the rows know nothing yet', async () => {
    const [budget, other] = [pod(), otherPod()];
    const usage = () => new BudgetReader(redis, limits, prefix).usage();
    const used = async () => {
      const found = await usage();
      return ORDERS.map((id) => found.find(({ limit }) => limit === id)?.used ?? 0);
    };
    const weight = await other.reserve('GET /fapi/v1/time', account, 'probe');
    await other.settle(weight.granted ? weight.token : '', 'success', {
      venueMs: Date.now(),
      httpStatus: 200,
      headers: { 'x-mbx-used-weight-1m': '1' },
    });
    await budget.openUnused(PLACE, account, MINUTE_MS);
    monotonicMs += GATHER_MS;
    await budget.openUnused(PLACE, account, MINUTE_MS);
    expect((await other.reserve(PLACE, account, 'place')).granted).toBe(true);

    await redis.del(await redis.keys(`${prefix}*`));
    await budget.openUnused(PLACE, account, MINUTE_MS);
    expect(await unknown(budget)).toEqual(ORDERS);
    await until(async () => (await used()).every((n) => n === 1), { what: 'the other process has told its call' });
    monotonicMs += GATHER_MS;
    await budget.openUnused(PLACE, account, MINUTE_MS);
    expect(await unknown(budget)).toEqual([]);
    expect(await used()).toEqual([1, 1]);
  });
});
