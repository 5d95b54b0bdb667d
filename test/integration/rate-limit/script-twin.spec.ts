import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import {
  announce,
  emptyBudget,
  rebuild,
  release,
  reserve,
  settle,
  type BudgetState,
  type LimitDraw,
  type Priority,
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
const BAN = draw('ban', { kind: 'ban', limit: 0, windowMs: 0, cost: 0, onSuccess: 0 });

const drawsArbitrary = fc
  .record({
    weightCost: fc.integer({ min: 0, max: 6 }),
    free: fc.boolean(),
    orders: fc.integer({ min: 0, max: 2 }),
    ceiling: fc.constantFrom(550, 700, 900),
  })
  .map(({ weightCost, free, orders, ceiling }) => [
    BAN,
    draw('weight', { windowMs: 60_000, limit: 60, cost: weightCost, onSuccess: free ? 0 : weightCost, ceiling }),
    draw('orders', { cost: orders, onSuccess: orders, ceiling: 950 }),
  ]);

/** Few, so that commands often meet a token again. */
const tokens = Array.from({ length: 5 }, (_, i) => `t${i}`);
const ago = fc.oneof(fc.constant(-1), fc.integer({ min: -50, max: 6_000 }));
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      token: fc.constantFrom(...tokens),
      priority: fc.constantFrom<Priority>('cancel', 'reduce', 'place', 'query'),
      mode: fc.constantFrom('normal' as const, 'normal' as const, 'probe' as const, 'adopt' as const),
      holdMs: fc.constantFrom(3_000, 15_000),
      draws: drawsArbitrary,
      backMs: fc.integer({ min: 0, max: 9_000 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      token: fc.constantFrom(...tokens),
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'unknown' as const),
      sentAgo: ago,
      repliedAgo: ago,
      venueOffset: fc.option(fc.integer({ min: -3_000, max: 3_000 }), { nil: null }),
      draws: drawsArbitrary,
      used: fc.option(fc.integer({ min: 0, max: 70 }), { nil: null }),
      ordersUsed: fc.option(fc.integer({ min: 0, max: 25 }), { nil: null }),
      closure: fc.constantFrom<{ name: string; ms: number } | null>(
        null,
        null,
        null,
        null,
        { name: 'ban:s', ms: 9_000 },
        { name: 'weight:s', ms: -1 },
        { name: 'orders:s', ms: 1_500 },
        { name: 'orders:s', ms: 0 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), token: fc.constantFrom(...tokens) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rebuild' as const),
      used: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('announce' as const), announced: fc.integer({ min: 10, max: 90 }) }),
  },
);
const step = fc.record({
  elapsed: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -4_000, max: 0 }) },
  ),
  command,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs a step on both, and gives both answers. */
async function both(pure: BudgetState, store: BudgetStore, { command: c }: Step, now: number) {
  switch (c.kind) {
    case 'reserve': {
      const { token, priority, mode, holdMs, draws, backMs } = c;
      const request = { token, priority, mode, holdMs, draws, at: now - backMs };
      const { state, result } = reserve(pure, request, now);
      return { state, expected: result, actual: await store.reserve(request) };
    }
    case 'settle': {
      const at = (msAgo: number) => (msAgo === -1 ? -1 : now - msAgo);
      const request = {
        token: c.token,
        outcome: c.outcome,
        sentAt: at(c.sentAgo),
        repliedAt: at(c.repliedAgo),
        venueMs: c.venueOffset === null ? -1 : now + c.venueOffset,
        venueSlackMs: 0,
        draws: c.draws,
        readings: [
          ...(c.used === null ? [] : [{ name: 'weight:s', used: c.used }]),
          ...(c.ordersUsed === null ? [] : [{ name: 'orders:s', used: c.ordersUsed }]),
        ],
        closures: c.closure === null ? [] : [c.closure],
      };
      const { state, result } = settle(pure, request, now);
      return { state, expected: result, actual: await store.settle(request) };
    }
    case 'release': {
      const { state, released } = release(pure, c.token);
      return { state, expected: released, actual: await store.release(c.token) };
    }
    case 'rebuild': {
      const needed = Math.floor(now / 10_000) * 10_000;
      const booked = c.used === null ? [] : [-1, 0, 1].map((i) => ({ start: needed + i * 10_000, used: c.used! }));
      const request = { draw: draw('orders'), booked };
      const { state, result } = rebuild(pure, request, now);
      return { state, expected: result, actual: await store.rebuild(request) };
    }
    case 'announce': {
      const request = { id: 'weight', defined: 60, announced: c.announced };
      const { state, result } = announce(pure, request, now);
      return { state, expected: result, actual: await store.announce(request) };
    }
  }
}

describe('the script and the pure function', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(testRedisUrl());
  });
  afterAll(async () => {
    await redis.quit();
  });

  it('give the same answers and the same state for any sequence of commands', async () => {
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const prefix = `twin-${randomUUID()}`;
        let now = T0;
        const store = new BudgetStore(redis, prefix, 'v', () => now);
        let pure = emptyBudget();
        let crossings = 0;
        for (const next of steps) {
          now += next.elapsed;
          const { state, expected, actual } = await both(pure, store, next, now);
          expect(actual).toEqual(expected);
          pure = state;
          const names = Object.keys(pure.limits).sort();
          expect((await store.names()).sort()).toEqual(names);
          const { clock, announced, limits, tokens } = pure;
          expect((await store.read(names)).state).toEqual({ clock, announced, limits });
          for (const [id, token] of Object.entries(tokens)) {
            expect(JSON.parse((await redis.get(store.keys.token(id)))!)).toEqual(token);
          }
          if (typeof expected === 'object' && 'crossings' in expected) crossings += expected.crossings.length;
          count(outcomeOf(next.command.kind, expected));
        }
        expect(await redis.xlen(store.keys.crossings)).toBe(crossings);
        const keys = await redis.keys(`${prefix}*`);
        expect(keys.every((key) => key.startsWith(`${prefix}:{b:v}:`))).toBe(true); // B-13
        if (keys.length > 0) await redis.unlink(...keys);
      }),
      { numRuns: 60 },
    );
    // Every kind of answer was compared.
    for (const what of OUTCOMES) expect([what, (seen.get(what) ?? 0) > 0]).toEqual([what, true]);
  }, 60_000);
});

const OUTCOMES = [
  'reserve granted',
  'reserve exhausted',
  'reserve cold',
  'reserve banned',
  'settle settled',
  'settle lost',
  'settle kept',
  'settle repeated',
  'release true',
  'release false',
  'rebuild',
  'announce',
];

function outcomeOf(kind: string, result: object | boolean): string {
  if (typeof result === 'boolean') return `${kind} ${result}`;
  if ('granted' in result)
    return `${kind} ${result.granted ? 'granted' : 'reason' in result ? String(result.reason) : ''}`;
  return 'kind' in result ? `${kind} ${String(result.kind)}` : kind;
}
