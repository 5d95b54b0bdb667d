import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { epochMs, FAIR_SCALE } from '#domain';
import {
  accountScopes,
  binanceSpotLimits,
  BudgetReader,
  RateBudget,
  shippedLimits,
  type RateBudgetOptions,
  type UsageLedger,
} from '#venues';
import { fastestMs } from '../../support/fastest.js';
import { until } from '../../support/until.js';
import { CuttableRedis } from './cuttable-redis.js';
import { testRedisUrl } from './test-redis.js';

const limits = binanceSpotLimits('sim');
const account = { account: 'acc1' };
const clock = { now: () => epochMs(Date.now()) };
const PLACE = 'POST /api/v3/order';
const CANCEL = 'DELETE /api/v3/order';

class MemoryLedger implements UsageLedger {
  readonly rows = new Map<string, number>();
  bookedInWindow(limitId: string, scope: string, start: number): Promise<number> {
    return Promise.resolve(this.rows.get(`${limitId}|${scope}|${start}`) ?? 0);
  }
  book(limitId: string, scope: string, start: number, amount: number): Promise<void> {
    const key = `${limitId}|${scope}|${start}`;
    this.rows.set(key, (this.rows.get(key) ?? 0) + amount);
    return Promise.resolve();
  }
}

let redis: Redis;
let prefix: string;
let ledger: MemoryLedger;
beforeAll(async () => {
  redis = new Redis(testRedisUrl());
  await redis.ping();
});
afterAll(() => redis.disconnect());
beforeEach(() => {
  prefix = `budget-${randomUUID()}`;
  ledger = new MemoryLedger();
});
afterEach(async () => {
  await wipe();
});

const keysOf = () => redis.keys(`${prefix}*`);
async function wipe(): Promise<void> {
  const keys = await keysOf();
  if (keys.length > 0) await redis.unlink(...keys);
}
async function dump(): Promise<Record<string, string>> {
  const keys = (await keysOf()).sort();
  const dumps = await Promise.all(keys.map(async (key) => (await redis.dumpBuffer(key)).toString('base64')));
  return Object.fromEntries(keys.map((key, i) => [key, dumps[i]!]));
}
const pod = (more: Partial<RateBudgetOptions> = {}, over: Redis = redis) =>
  new RateBudget(over, limits, { prefix, clock, ledger, gatewaySlots: 1, ...more });

/** What the venue tells, and how far its clock is ahead of ours. */
interface Used {
  readonly weight?: number;
  readonly orders10s?: number;
  readonly ahead?: number;
}

/** As the gateway does at start: the venue's time and weight, then the order counts of the account. */
async function probe(budget: RateBudget, used: Used = {}): Promise<void> {
  const venueMs = () => Date.now() + (used.ahead ?? 0);
  const time = await budget.reserve('GET /api/v3/time', account, 'probe');
  if (!time.granted) throw new Error(`The probe must be granted, was refused for ${time.reason}`);
  const headers = { 'x-mbx-used-weight-1m': String(used.weight ?? 1) };
  await budget.settle(time.token, 'success', { venueMs: venueMs(), httpStatus: 200, headers });
  const counts = await budget.reserve('GET /api/v3/rateLimit/order', account, 'query');
  if (!counts.granted) throw new Error(`The counts must be granted, was refused for ${counts.reason}`);
  const readings = { 'bs.orders10s': used.orders10s ?? 0, 'bs.orders1d': used.orders10s ?? 0 };
  await budget.settle(counts.token, 'success', { venueMs: venueMs(), httpStatus: 200, readings });
}

const READ = ['bs.weight', 'bs.orders10s', 'bs.orders1d'];

/** A reading near the end of a window is dropped, as it must be; then the next one is. */
async function warm(budget: RateBudget, used: Used = {}): Promise<void> {
  const reader = new BudgetReader(redis, limits, prefix);
  await until(
    async () => {
      await probe(budget, used);
      const told = (await reader.usage()).filter(({ limit }) => READ.includes(limit));
      return told.length >= READ.length && told.every(({ cold }) => !cold);
    },
    { what: 'limits are known' },
  );
}

/** 94 told and the one that is on its way leave nothing; told again should the window have ended meanwhile. */
const isOnItsWay = (budget: RateBudget, ahead = 0) =>
  until(
    async () => {
      await warm(budget, { orders10s: 94, ahead });
      const place = await budget.reserve(PLACE, account, 'place');
      if (place.granted) await budget.release(place.token);
      return !place.granted && place.limit === 'bs.orders10s';
    },
    { what: 'the call on its way is counted' },
  );

describe('the budget on Redis', () => {
  it('VE-B26 leaves every key byte-equal when one of the linked limits is exhausted', async () => {
    const budget = pod();
    await warm(budget, { orders10s: 95 });
    const before = await dump();
    const refused = await budget.reserve(PLACE, account, 'place');
    expect(refused).toMatchObject({ granted: false, reason: 'exhausted', limit: 'bs.orders10s' });
    expect(await dump()).toEqual(before);
    expect(await budget.reserve(CANCEL, account, 'cancel')).toMatchObject({ granted: true });
  });

  it('VE-B26 VE-B35 notes who waits under keys of its own, and leaves every limit byte-equal', async () => {
    const budget = pod();
    await warm(budget, { orders10s: 95 });
    const before = await dump();
    const refused = await budget.reserve(PLACE, account, 'place', { parentId: 'p', weight: 4, strategyId: 's' });
    expect(refused).toMatchObject({ granted: false, reason: 'exhausted', limit: 'bs.orders10s' });
    const after = Object.entries(await dump());
    const queues = after.filter(([key]) => key.includes(':fair:') || key.includes(':line:'));
    expect(queues.length).toBe(5);
    expect(Object.fromEntries(after.filter((entry) => !queues.includes(entry)))).toEqual(before);
    await expect(budget.reserve(PLACE, account, 'place', { parentId: 'p', weight: 5 })).rejects.toThrow('from 1 to 4');
  });

  it('lets places that wait for a window come one after the other, whichever process they ask', async () => {
    const pods = [pod(), pod()];
    for (const each of pods) await warm(each, { orders10s: 95 });
    const places: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const refused = await (pods[n % 2] as RateBudget).reserve(PLACE, account, 'place', { parentId: 'p' });
      if (refused.granted) throw new Error('must be refused: the limit is used up');
      expect(refused.comeInMs).toBeGreaterThanOrEqual(refused.retryInMs);
      const [line] = (await keysOf()).filter((key) => key.includes(':line:') && key.endsWith(':p'));
      places.push(Number(await redis.get(line ?? '')));
    }
    const gaps = places.slice(1).map((at, i) => Math.round(at - (places[i] ?? 0)));
    expect(gaps).toEqual([80, 80, 80, 80, 80]); // 100 orders in 10 s, a little faster
    const other = await (pods[0] as RateBudget).reserve(PLACE, account, 'reduce', { parentId: 'p' });
    if (!other.granted) expect(other.comeInMs).toBeUndefined();
  });

  it('VE-B25 VE-B24 settles with the answer of the venue', async () => {
    const budget = pod();
    await warm(budget);
    const grant = await budget.reserve(PLACE, account, 'place');
    if (!grant.granted) throw new Error(grant.reason);
    const headers = { 'x-mbx-used-weight-1m': '1200', 'x-mbx-order-count-10s': '19', 'x-mbx-order-count-1d': '40' };
    const at = Date.now();
    await budget.settle(grant.token, 'success', { sentAt: at, repliedAt: at, httpStatus: 200, headers });
    expect(await budget.freeShare(PLACE, account, 'place')).toBeCloseTo(1 - 1200 / 4200, 2);
    await budget.settle(grant.token, 'failure', { httpStatus: 400, headers: { 'x-mbx-used-weight-1m': '5000' } });
    expect(await budget.freeShare(PLACE, account, 'place')).toBeCloseTo(1 - 1200 / 4200, 2);
  });

  it('begins the cold time of limits that only somebody who plans within them has asked about', async () => {
    const budget = new RateBudget(redis, shippedLimits('okx'), { prefix, clock });
    const scopes = accountScopes('a', 'BTC-USDT');
    expect(await budget.freeShare('POST /api/v5/trade/order', scopes, 'place')).toBe(0);
    const known = (await new BudgetReader(redis, shippedLimits('okx'), prefix).usage()).filter(({ isBan }) => !isBan);
    expect(known.map(({ limit, scope, cold }) => [limit, scope, cold])).toEqual([
      ['okx.newAndAmend', 'a', true],
      ['okx.place', 'a/BTC-USDT', true],
    ]);
    expect(await budget.freeShare('POST /api/v5/trade/order', accountScopes('a'), 'place')).toBe(0);
  });

  it('B3 tells the cap of a lifetime once the venue has told it, to whoever asks', async () => {
    const hyperliquid = shippedLimits('hyperliquid');
    const budget = new RateBudget(redis, hyperliquid, { prefix, clock });
    const [of, another] = [accountScopes('a'), accountScopes('b')];
    expect(await budget.figureOf('hl.actions', of)).toBeNull();
    const asked = await budget.reserve('POST /info (userRateLimit)', of, 'probe');
    if (!asked.granted) throw new Error(asked.reason);
    const told = { nRequestsUsed: 2_890, nRequestsCap: 52_010_000 };
    const at = Date.now();
    await budget.settle(asked.token, 'success', { sentAt: at, repliedAt: at, httpStatus: 200, told });
    const elsewhere = new RateBudget(redis, hyperliquid, { prefix, clock });
    expect(await elsewhere.figureOf('hl.actions', of)).toBe(52_010_000);
    expect(await elsewhere.figureOf('hl.actions', another)).toBeNull();
  });

  it('RL-B13 keeps every key under the one hash tag of the venue', async () => {
    const budget = pod();
    await warm(budget);
    await budget.reserve(PLACE, account, 'place');
    await budget.announce({ 'bs.weight': 5000 });
    const keys = await keysOf();
    expect(keys.length).toBeGreaterThan(6);
    expect(keys.map((key) => key.replace(prefix, '').match(/\{.*?\}/g))).toEqual(keys.map(() => ['{b:sim}']));
  });

  it('RL-B12 VE-B39 refuses everything after a wipe until the probe has been answered, in under 1 s', async () => {
    const budget = pod();
    await warm(budget);
    const inFlight = await budget.reserve(PLACE, account, 'place');
    await wipe();
    const refused = await budget.reserve(PLACE, account, 'place');
    expect(refused).toMatchObject({ granted: false, reason: 'cold' });
    if (!refused.granted) expect(refused.cold).toEqual(expect.arrayContaining(['bs.weight', 'bs.orders10s']));
    expect(await budget.freeShare(PLACE, account, 'place')).toBe(0);

    const startedAt = performance.now();
    await warm(budget, { weight: 100, orders10s: 94 });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    // 94 told and one of ours still on its way make 95: nothing is left for a place.
    expect(inFlight.granted).toBe(true);
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, limit: 'bs.orders10s' });
  });

  it('VE-B39 P1 counts what is on its way after a wipe where the venue will, whatever its clock shows', async () => {
    const ahead = 30_000;
    const budget = pod();
    await warm(budget, { ahead });
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: true });
    await wipe();
    await isOnItsWay(budget, ahead);
  });

  it('VE-B39 believes no count of an older copy that another server brings', async () => {
    const server = new Redis(testRedisUrl());
    await server.ping();
    const budget = pod({}, server);
    await warm(budget, { orders10s: 10 });
    const older = await dump();
    await warm(budget, { orders10s: 94 });
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: true });

    // A replica that was promoted: it has what was copied, written by another server, and our connection is a new one.
    await wipe();
    for (const [key, text] of Object.entries(older)) await redis.restore(key, 0, Buffer.from(text, 'base64'));
    const life = `${prefix}:{b:sim}:life`;
    await redis.set(life, (await redis.get(life))!.replace(/\S+$/, 'another'));
    const ended = once(server, 'close');
    server.disconnect(true);
    await ended;
    await until(() => server.status === 'ready', { what: 'connected again' });
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'cold' });
    await isOnItsWay(budget);
    server.disconnect();
  });

  it('RL-B12 rebuilds what no answer tells from what was booked ahead', async () => {
    const budget = pod();
    await warm(budget);
    expect(Math.max(...ledger.rows.values())).toBe(3_000); // one block of 1 %
    await wipe();
    for (const key of ledger.rows.keys()) ledger.rows.set(key, 210_000);
    const time = await budget.reserve('GET /api/v3/time', account, 'probe');
    if (!time.granted) throw new Error(time.reason);
    await budget.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers: {} });
    const refused = await budget.reserve('GET /api/v3/rateLimit/order', account, 'query');
    expect(refused).toMatchObject({ granted: false, reason: 'cold', cold: ['bs.weight'] });
    const usage = await new BudgetReader(redis, limits, prefix).usage();
    expect(usage.find(({ limit }) => limit === 'bs.raw')).toMatchObject({ cold: false, used: 210_001 });
  });

  it('RL-B12 knows an hour that rolls at once in a new Redis, from what was booked ahead', async () => {
    const okx = shippedLimits('okx');
    const connection = { account: 'acc1', session: 'acc1' };
    const login = async () => {
      const budget = new RateBudget(redis, okx, { prefix, clock, ledger, gatewaySlots: 1 });
      const asked = await budget.reserve('WS login', connection, 'query');
      if (asked.granted) await budget.settle(asked.token, 'success', { sentAt: Date.now(), repliedAt: Date.now() });
      return asked;
    };
    expect(await login()).toMatchObject({ granted: true }); // never booked: unused
    expect([...ledger.rows.values()].every((booked) => booked === 5)).toBe(true); // one block of 1 %
    await wipe();
    expect(await login()).toMatchObject({ granted: true });
    await wipe();
    for (const key of ledger.rows.keys()) ledger.rows.set(key, 480);
    expect(await login()).toMatchObject({ granted: false, reason: 'exhausted', limit: 'okx.wsRequests' });
  });

  it('B6 counts an order of a strategy by the weight that its settings give, and its direct orders by its share', async () => {
    const sharing = { strategies: { s1: { weight: 4, directShare: 0.02 } } };
    const budget = new RateBudget(redis, { ...limits, sharing }, { prefix, clock, ledger, gatewaySlots: 1 });
    await warm(budget);
    const place = (parentId: string, more: object) => budget.reserve(PLACE, account, 'place', { parentId, ...more });
    expect(await place('weighty', { strategyId: 's1' })).toMatchObject({ granted: true });
    const [queue] = (await redis.keys(`${prefix}*fair:bs.orders10s:acc1:place:times`)) as [string];
    expect(Number(await redis.zscore(queue, 'weighty'))).toBe(FAIR_SCALE / (100 * 4)); // an order of 100, of weight 4
    // Of 95 orders in 10 s a fiftieth is one.
    const direct = () => place('direct', { strategyId: 's1', isDirect: true });
    expect(await direct()).toMatchObject({ granted: true });
    expect(await direct()).toMatchObject({ granted: false, reason: 'fair_share', limit: 'bs.orders10s' });
    expect(await place('weighty', { strategyId: 's1' })).toMatchObject({ granted: true });
  });

  it('VE-B37 418 stops every call of that egress and no other', async () => {
    const closed: [string, number][] = [];
    const budget = pod({ egressId: 'one', observe: { closed: (limit, ms) => closed.push([limit, ms]) } });
    const other = pod({ egressId: 'two' });
    await warm(budget);
    await warm(other);
    const grant = await budget.reserve(PLACE, account, 'place');
    if (!grant.granted) throw new Error(grant.reason);
    await budget.settle(grant.token, 'failure', { httpStatus: 418, headers: { 'retry-after': '120' } });
    expect(closed).toEqual([['bs.ban', 120_000]]);
    for (const priority of ['cancel', 'query', 'probe'] as const) {
      expect((await budget.reserve('GET /api/v3/time', account, priority)).granted).toBe(false);
    }
    expect(await budget.reserve(CANCEL, account, 'cancel')).toMatchObject({ granted: false, reason: 'banned' });
    expect(await other.reserve(CANCEL, account, 'cancel')).toMatchObject({ granted: true });
  });

  it('-1015 closes the order counts alone, although its status is 429', async () => {
    const budget = pod();
    await warm(budget);
    const grant = await budget.reserve(PLACE, account, 'place');
    if (!grant.granted) throw new Error(grant.reason);
    const answer = { httpStatus: 429, venueCode: '-1015', headers: { 'retry-after': '7' } };
    await budget.settle(grant.token, 'failure', answer);
    const refused = await budget.reserve(PLACE, account, 'place');
    expect(refused.granted).toBe(false);
    if (!refused.granted) expect(refused.retryInMs).toBeGreaterThan(6_000);
    expect(await budget.reserve(CANCEL, account, 'cancel')).toMatchObject({ granted: true });
  });

  it('VE-B40 applies a lower figure of the venue to the next call, of every process', async () => {
    const budget = pod();
    await warm(budget);
    const ofAll = { limit: 'bs.orders10s', scope: '', what: 'limit' } as const;
    expect(await budget.announce({ 'bs.orders10s': 10 })).toEqual([{ ...ofAll, told: 10, before: 100, after: 10 }]);
    const elsewhere = pod();
    let granted = 0;
    while ((await elsewhere.reserve(PLACE, account, 'place')).granted) granted += 1;
    expect(granted).toBeLessThanOrEqual(9);
    expect(await budget.announce({ 'bs.orders10s': 200 })).toEqual([{ ...ofAll, told: 200, before: 10, after: 10 }]);
  });
});

describe('without Redis', () => {
  let way: CuttableRedis;
  let far: Redis;
  beforeEach(async () => {
    way = new CuttableRedis(testRedisUrl());
    far = new Redis(await way.start(), { retryStrategy: () => 20 });
    far.on('error', () => undefined);
    await until(() => far.status === 'ready');
  });
  afterEach(async () => {
    far.disconnect();
    await way.cut();
  });

  it('VE-B38 refuses places in under 50 ms and lets cancels leave, both together within the limit', async () => {
    await warm(pod()); // another process's probes: the emergency share of this one is whole
    const budget = pod({}, far);
    await way.cut();
    await until(() => far.status !== 'ready');
    const refuse = async (): Promise<void> =>
      expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'redis_down' });
    expect(await fastestMs(refuse)).toBeLessThan(50);
    expect(await budget.freeShare(PLACE, account, 'place')).toBe(0);

    let cancels = 0;
    let last = await budget.reserve(CANCEL, account, 'cancel');
    for (; last.granted; last = await budget.reserve(CANCEL, account, 'cancel')) {
      cancels += 1;
      await budget.settle(last.token, 'success', { httpStatus: 200 });
    }
    expect(cancels).toBe(600); // Redis grants up to 0.90 of 6,000 itself
    expect(last).toMatchObject({ granted: false, reason: 'redis_down', limit: 'bs.weight' });

    await way.start();
    await until(() => far.status === 'ready');
    expect((await budget.reserve(CANCEL, account, 'cancel')).granted).toBe(true);
    const names = await redis.smembers(`${prefix}:{b:sim}:names`);
    const raw = names.find((name) => name.startsWith('bs.raw'))!;
    const state = JSON.parse((await redis.get(`${prefix}:{b:sim}:${raw}`))!) as {
      windows: Record<string, { used?: number }>;
    };
    const reported = Object.values(state.windows).map((w) => w.used ?? 0);
    expect(reported.reduce((sum, used) => sum + used, 0)).toBeGreaterThanOrEqual(600); // of two windows, at their turn
  });

  it('treats a silent Redis as down, and asks it again by itself', async () => {
    const budget = pod({ redisTimeoutMs: 60 }, far);
    await warm(budget);
    way.silence();
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'redis_down' });
    const both = async (): Promise<void> => {
      expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'redis_down' });
      expect(await budget.reserve(CANCEL, account, 'cancel')).toMatchObject({ granted: true });
    };
    expect(await fastestMs(both)).toBeLessThan(50);
    expect(budget.redisUp).toBe(false);
    await way.cut();
    way = new CuttableRedis(testRedisUrl());
  });
});
