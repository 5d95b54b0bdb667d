import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import {
  emptyBudget,
  fairQueueAt,
  release,
  reserve,
  settle,
  type BudgetState,
  type DirectUse,
  type FairQueue,
  type LimitDraw,
} from '#domain';
import { BudgetStore } from '../../../libs/venues/src/budget/budget-store.js';
import { testRedisUrl } from './test-redis.js';

const T0 = 1_795_228_740_000;
const draw = (id: string, more: Partial<LimitDraw> = {}): LimitDraw => ({
  name: `${id}:s`,
  id,
  scope: 's',
  kind: 'fixed_window',
  limit: 20,
  windowMs: 10_000,
  rate: 0,
  resume: 0,
  blocks: 0,
  ceiling: 700,
  cost: 1,
  onSuccess: 1,
  onFailure: 1,
  ...more,
});

/** Many that take little and few that want much, so that these wait and the others run ahead. */
const asker = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('a', 'a', 'b'), fc.constant(1)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('c', 'd'), fc.constantFrom(3, 20, 50)) },
);
const ask = fc.record({
  kind: fc.constant('reserve' as const),
  asker,
  isParent: fc.constantFrom(true, true, true, true, false),
  weight: fc.constantFrom(1, 1, 4),
  strategyId: fc.constantFrom(null, null, null, null, 's1', 's2'),
  priority: fc.constantFrom('place' as const, 'place' as const, 'place' as const, 'place' as const, 'reduce' as const),
  mode: fc.constantFrom('normal' as const, 'normal' as const, 'normal' as const, 'normal' as const, 'probe' as const),
  weightCost: fc.constantFrom(0, 0, 0, 1),
});
const answer = fc.record({ kind: fc.constantFrom('settle' as const, 'release' as const), nth: fc.nat({ max: 9 }) });
const step = fc.record({
  elapsed: fc.integer({ min: 0, max: 60 }),
  /** Goes on when the next window has begun, and who was told to wait for it comes back. */
  nextWindow: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  command: fc.oneof({ weight: 8, arbitrary: ask }, { weight: 2, arbitrary: answer }),
});

let redis: Redis;
beforeAll(() => {
  redis = new Redis(testRedisUrl());
});
afterAll(() => redis.disconnect());

/** Who waits in the queue, read from its three sorted sets. */
async function queueOf(store: BudgetStore, name: string): Promise<FairQueue> {
  const key = `${store.keys.base}fair:${name}`;
  const numbers = async (what: string) => {
    const flat = await redis.zrange(`${key}:${what}`, 0, -1, 'WITHSCORES');
    return new Map(flat.flatMap((id, i) => (i % 2 === 0 ? [[id, Number(flat[i + 1])] as const] : [])));
  };
  const [times, waiting, until] = await Promise.all([numbers('times'), numbers('waiting'), numbers('until')]);
  for (const [id, time] of waiting) expect([id, times.get(id)]).toEqual([id, time]);
  expect([...until.keys()].sort()).toEqual([...waiting.keys()].sort());
  const floor = times.get('') ?? 0;
  times.delete('');
  const parents = [...times].map(([id, time]) => [id, { time, until: until.get(id) ?? 0 }]);
  return { floor, parents: Object.fromEntries(parents) as FairQueue['parents'] };
}

it('fair shares: the script and the pure function give the same answers and queues', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 80, maxLength: 140, size: 'max' }), async (steps) => {
      const prefix = `fair-${randomUUID()}`;
      let now = T0;
      const store = new BudgetStore(redis, prefix, 'v', () => now);
      let pure: BudgetState = emptyBudget();
      const known = draw('orders', { limit: 40 });
      for (const d of [draw('weight'), known]) {
        const booked = [-1, 0, 1, 2].map((i) => ({ start: Math.floor(T0 / 10_000) * 10_000 + i * 10_000, used: 0 }));
        await store.rebuild({ draw: d, booked });
        Object.assign(pure.limits, (await store.read([d.name])).state.limits);
      }
      let open: { token: string; draws: LimitDraw[] }[] = [];
      for (const [i, { elapsed, nextWindow, command: c }] of steps.entries()) {
        now = elapsed + (nextWindow ? (Math.floor(now / 10_000) + 1) * 10_000 : now);
        if (c.kind !== 'reserve') {
          const chosen = open[c.nth % Math.max(open.length, 1)];
          if (!chosen) continue;
          open = open.filter((o) => o !== chosen);
          const { token, draws } = chosen;
          if (c.kind === 'release') {
            pure = release(pure, token).state;
            await store.release(token);
          } else {
            const times = { sentAt: -1, repliedAt: -1, venueMs: now, venueSlackMs: 0 };
            const request = { token, outcome: 'success' as const, ...times, draws, readings: [], closures: [] };
            pure = settle(pure, request, now).state;
            await store.settle(request);
          }
        } else {
          const draws = [draw('weight', { cost: c.weightCost }), draw('orders', { limit: 40, cost: c.asker[1] })];
          const token = `t${i}`;
          const request = {
            token,
            priority: c.priority,
            holdMs: 1_000,
            mode: c.mode,
            at: 0,
            draws,
            ...(c.isParent ? { parent: { id: c.asker[0], weight: c.weight } } : {}),
            ...(c.strategyId === null ? {} : { direct: { strategyId: c.strategyId, share: 500 } }),
          };
          const before = pure;
          const { state, result } = reserve(pure, request, now);
          expect(await store.reserve(request)).toEqual(result);
          pure = state;
          if (result.granted) open.push({ token, draws });
          const what = result.granted ? 'granted' : `${result.reason}${pure.fair === before.fair ? '' : ' waits'}`;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
        for (const [name, queue] of Object.entries(pure.fair)) {
          const { floor, parents } = fairQueueAt(queue, now);
          const actual = fairQueueAt(await queueOf(store, name), now);
          expect({ name, floor: actual.floor, parents: actual.parents }).toEqual({ name, floor, parents });
        }
        for (const [name, use] of Object.entries(pure.direct)) {
          const text = await redis.get(`${store.keys.base}direct:${name}`);
          expect(JSON.parse(text!) as DirectUse).toEqual(use);
        }
      }
      const keys = await redis.keys(`${prefix}*`);
      for (const key of keys.filter((k) => /:(fair|direct):/.test(k))) {
        expect(await redis.pttl(key)).toBeGreaterThan(0); // what nobody asks for goes away
      }
      const names = Object.keys(pure.limits).sort();
      expect((await store.names()).sort()).toEqual(names); // shares are no limits
      await redis.unlink(...keys);
    }),
    { numRuns: 20, endOnFailure: true },
  );
  const count = (what: string) => seen.get(what) ?? 0;
  expect(count('granted')).toBeGreaterThan(300);
  expect(count('exhausted waits')).toBeGreaterThan(50);
  expect(count('fair_share') + count('fair_share waits')).toBeGreaterThan(3);
});
