import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { epochMs } from '#domain';
import { binanceSpotLimits, budgetRedis, RateBudget } from '#venues';
import { startEmbeddedRedis } from '../../../apps/launcher/src/stores/embedded-redis.js';
import type { EmbeddedServer } from '../../../apps/launcher/src/stores/server-process.js';
import { until } from '../../support/until.js';

const limits = binanceSpotLimits('sim');
const account = { account: 'acc1' };
const clock = { now: () => epochMs(Date.now()) };
const PLACE = 'POST /api/v3/order';
const CANCEL = 'DELETE /api/v3/order';
/** Nothing was ever booked of the limit that no answer tells. */
const ledger = { bookedInWindow: () => Promise.resolve(0), book: () => Promise.resolve() };

let directory: string;
let server: EmbeddedServer;
let redis: Redis;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tranche-redis-'));
  server = await start();
  redis = budgetRedis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  await until(() => redis.status === 'ready', { what: 'Redis answers' });
  await redis.flushall();
});

const start = () => startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
const pod = (egressId = 'one') =>
  new RateBudget(redis, limits, { prefix: 'anew', clock, ledger, egressId, gatewaySlots: 1 });

/** As the gateway does at start, until a place of the account could be granted or is refused for what was told. */
async function probe(budget: RateBudget, orders10s: number): Promise<void> {
  const isKnown = async () => {
    const place = await budget.reserve(PLACE, account, 'place');
    if (place.granted) await budget.release(place.token);
    return place.granted || place.reason === 'exhausted';
  };
  await until(
    async () => {
      const time = await budget.reserve('GET /api/v3/time', account, 'probe');
      if (!time.granted) return false;
      const headers = { 'x-mbx-used-weight-1m': '20' };
      await budget.settle(time.token, 'success', { venueMs: Date.now(), httpStatus: 200, headers });
      const counts = await budget.reserve('GET /api/v3/rateLimit/order', account, 'query');
      if (!counts.granted) return false;
      const readings = { 'bs.orders10s': orders10s, 'bs.orders1d': orders10s };
      await budget.settle(counts.token, 'success', { venueMs: Date.now(), httpStatus: 200, readings });
      return isKnown();
    },
    { what: 'the counts are known' },
  );
}

/** 94 told and the one that is on its way leave nothing; told again should the window have ended meanwhile. */
const isOnItsWay = (budget: RateBudget) =>
  until(
    async () => {
      await probe(budget, 94);
      const place = await budget.reserve(PLACE, account, 'place');
      if (place.granted) await budget.release(place.token);
      return !place.granted && place.limit === 'bs.orders10s';
    },
    { what: 'the call on its way is counted' },
  );

describe('a Redis that is master no more', () => {
  it('is left by its clients, pays nothing, and pays again when the address leads to a master', async () => {
    const budget = pod();
    await probe(budget, 0);
    const connection = await redis.client('ID');
    await redis.replicaof('127.0.0.1', 1);
    try {
      const place = () => budget.reserve(PLACE, account, 'place');
      expect(await place()).toMatchObject({ granted: false, reason: 'redis_down' });
      await until(async () => (await redis.client('ID').catch(() => connection)) !== connection, {
        what: 'another connection stands',
      });
    } finally {
      await until(async () => (await redis.replicaof('NO', 'ONE').catch(() => '')) === 'OK');
    }
    await probe(budget, 0);
  });
});

describe('a Redis that begins anew', () => {
  it('VE-B39 FLUSHALL makes limits cold, the probe sets them, and what is on its way counts', async () => {
    const budget = pod();
    await probe(budget, 10);
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: true });
    await redis.flushall();
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'cold' });
    await isOnItsWay(budget);
  });

  it('VE-B37 FLUSHALL lets no other gateway call a venue that has banned the address', async () => {
    const [budget, other] = [pod('banned'), pod('banned')];
    await probe(budget, 10);
    const grant = await budget.reserve(PLACE, account, 'place');
    if (!grant.granted) throw new Error(grant.reason);
    await budget.settle(grant.token, 'failure', { httpStatus: 418, headers: { 'retry-after': '120' } });
    await redis.flushall();
    await until(
      async () => {
        const cancel = await other.reserve(CANCEL, account, 'cancel');
        if (cancel.granted) await other.release(cancel.token);
        return !cancel.granted && cancel.reason === 'banned';
      },
      { what: 'the ban is known again' },
    );
  });

  it('VE-B39 a restart makes limits cold, though all that was counted is still there', async () => {
    const budget = pod();
    await probe(budget, 10);
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: true });
    await server.stop();
    await until(() => redis.status !== 'ready', { what: 'the connection has ended' });
    server = await start();
    await until(() => redis.status === 'ready', { what: 'Redis answers again' });
    expect(await redis.exists('anew:{b:sim}:clock')).toBe(1); // from its log
    expect(await budget.reserve(PLACE, account, 'place')).toMatchObject({ granted: false, reason: 'cold' });
    await isOnItsWay(budget);
  });
});
