import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RateLimitChangeRepository } from '#persistence';
import { BudgetReader, shippedLimits, SIM_VENUE_ID } from '#venues';
import { Redis } from 'ioredis';
import { openGatewayWorld, type GatewayWorld } from '../../support/gateway-world.js';
import { until } from '../../support/until.js';

let world: GatewayWorld;
let redis: Redis;
let reader: BudgetReader;
let changes: RateLimitChangeRepository;

beforeAll(async () => {
  world = await openGatewayWorld();
  const { redisUrl, redisPrefix } = world.ledger.stores;
  redis = new Redis(redisUrl);
  reader = new BudgetReader(redis, shippedLimits(SIM_VENUE_ID, 'binance-spot'), redisPrefix);
  changes = new RateLimitChangeRepository(world.ledger.db, SIM_VENUE_ID);
});
afterAll(async () => {
  redis.disconnect();
  await world.close();
});

async function limitInForce(id: string): Promise<number | undefined> {
  return (await reader.usage()).find(({ limit }) => limit === id)?.limitValue;
}

describe('limits that the venue announces', () => {
  it('VE-B40 hold for every call once the venue told a lower figure, with a row for each change', async () => {
    await until(async () => (await limitInForce('bs.weight')) === 6_000, { what: 'the budget is known' });
    expect(await changes.newest(10)).toEqual([]);
    await world.stopGateways();
    await world.sim.control('PUT', 'limits', { weightPerMinute: 5_000, ordersPer10Seconds: 40 });
    await world.startGateway();
    await until(async () => (await limitInForce('bs.weight')) === 5_000, {
      what: 'the lower figure',
    });
    await until(async () => (await changes.newest(10)).length === 2, { what: 'two rows' });
    const rows = await changes.newest(10);
    expect(rows).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          limit: 'bs.weight',
          scope: '',
          source: 'venue',
          before: { limit: 6_000 },
          after: { limit: 5_000 },
        }),
        expect.objectContaining({
          limit: 'bs.orders10s',
          source: 'venue',
          before: { limit: 100 },
          after: { limit: 40 },
        }),
      ]),
    );
  });

  it('VE-B40 do not rise by one reading', async () => {
    await world.sim.control('PUT', 'limits', { weightPerMinute: 12_000, ordersPer10Seconds: 40 });
    await world.stopGateways();
    await world.startGateway();
    await until(
      async () => {
        const state = await redis.get(`${world.ledger.stores.redisPrefix}:{b:${SIM_VENUE_ID}}:announced`);
        return (JSON.parse(state ?? '{}') as Record<string, { pending: number }>)['bs.weight']?.pending === 12_000;
      },
      { what: 'the raise waits for its confirmation' },
    );
    expect(await limitInForce('bs.weight')).toBe(5_000);
    expect(await changes.newest(10)).toHaveLength(2);
  });
});

describe('figures of the installation’s file', () => {
  const weight = (limit: number) => ({ kind: 'fixed_window', limit, windowMs: 60_000 });
  const noted = { limit: 'bs.weight', before: weight(6_000) };

  it('are a row where they change, and none where they stay', async () => {
    const file = new RateLimitChangeRepository(world.ledger.db, 'another-venue');
    await file.noteConfigured([{ ...noted, after: weight(6_000) }]);
    expect(await file.newest(10)).toEqual([]);
    const both = [file, new RateLimitChangeRepository(world.ledger.db, 'another-venue')];
    await Promise.all(both.map((one) => one.noteConfigured([{ ...noted, after: weight(3_000) }])));
    await file.noteConfigured([{ ...noted, after: weight(6_000) }]);
    await file.noteConfigured([{ ...noted, after: null }]);
    const row = { limit: 'bs.weight', scope: '', source: 'file', at: expect.any(Date) };
    expect(await file.newest(10)).toEqual([
      { ...row, before: weight(6_000), after: null },
      { ...row, before: weight(3_000), after: weight(6_000) },
      { ...row, before: weight(6_000), after: weight(3_000) },
    ]);
  });
});
