import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import {
  announce,
  creditFill,
  emptyBudget,
  newLife,
  rebuild,
  release,
  reserve,
  settle,
  WAIT_REFILL,
  WAIT_WINDOW,
  type BudgetState,
  type FamilyKind,
  type LimitDraw,
  type Priority,
  type Reading,
  type TokenPart,
} from '#domain';
import { BudgetStore } from '../../../libs/venues/src/budget/budget-store.js';
import { testRedisUrl } from './test-redis.js';

const T0 = 1_795_228_740_000;
const MICRO = 1_000_000;

const draw = (kind: FamilyKind, more: Partial<LimitDraw> = {}): LimitDraw => ({
  name: `${kind}:s`,
  id: kind,
  scope: 's',
  kind,
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

/** One limit of each kind, small enough for a few calls to fill it. */
const LIMITS: Readonly<Record<FamilyKind, Partial<LimitDraw>>> = {
  ban: { limit: 0, windowMs: 0 },
  fixed_window: {},
  rolling_window: { windowMs: 3_000 },
  token_bucket: { limit: 20 * MICRO, windowMs: 0, rate: 2_000, resume: 10 * MICRO },
  decaying_counter: { limit: 20 * MICRO, windowMs: 0, rate: 2_340, resume: 15 * MICRO },
  credits: { limit: 20 * MICRO, windowMs: 0, rate: 1_000, resume: 10 * MICRO },
  lifetime_budget: { limit: 20 },
  per_block: { windowMs: 6_000, blocks: 3 },
};
const KINDS = Object.keys(LIMITS) as FamilyKind[];
const scaleOf = (kind: FamilyKind) => ((LIMITS[kind].limit ?? 0) >= MICRO ? MICRO : 1);

function drawArbitrary(kind: FamilyKind): fc.Arbitrary<LimitDraw> {
  const amount = fc.integer({ min: 0, max: 6 }).map((cost) => cost * scaleOf(kind));
  return fc
    .record({
      cost: amount,
      part: fc.constantFrom(0, 0.5, 1, 1, 1),
      onFailure: fc.constantFrom(0, 1, 1),
      ceiling: fc.constantFrom(550, 700, 900, 1000),
    })
    .map(({ cost, part, onFailure, ceiling }) => {
      const costs = { cost, onSuccess: Math.ceil(cost * part), onFailure: cost * onFailure };
      return draw(kind, { ...LIMITS[kind], ceiling, ...(kind === 'ban' ? { cost: 0 } : costs) });
    });
}

const COUNTED = KINDS.filter((kind) => kind !== 'ban');
const drawsArbitrary = fc
  .tuple(fc.boolean(), fc.uniqueArray(fc.constantFrom(...COUNTED), { minLength: 1, maxLength: 4 }))
  .chain(([banned, kinds]) => fc.tuple(...(banned ? (['ban', ...kinds] as const) : kinds).map(drawArbitrary)));

/** Few, so that commands often meet a token again. */
const tokens = Array.from({ length: 16 }, (_, i) => `t${i}`);
const ago = fc.oneof(fc.constant(-1), fc.integer({ min: -50, max: 6_000 }));
const readingArbitrary = fc
  .record({
    pick: fc.nat({ max: 3 }),
    used: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
    cap: fc.option(fc.integer({ min: 15, max: 60 }), { nil: undefined }),
    height: fc.option(fc.integer({ min: 1_000, max: 1_012 }), { nil: undefined }),
  })
  .map(({ pick, used, cap, height }) => (draws: readonly LimitDraw[]): Reading => {
    const { name, kind } = draws[pick % draws.length]!;
    return {
      name,
      ...(used === undefined ? {} : { used: used * scaleOf(kind) }),
      ...(cap === undefined ? {} : { cap }),
      ...(height === undefined ? {} : { height }),
    };
  });
const closureArbitrary = fc.record({
  pick: fc.nat({ max: 3 }),
  ms: fc.constantFrom(WAIT_WINDOW, WAIT_REFILL, 0, 1_500, 9_000),
  opensIn: fc.option(fc.integer({ min: -500, max: 2_500 }), { nil: null, freq: 5 }),
});

const command = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('reserve' as const),
      token: fc.constantFrom(...tokens),
      priority: fc.constantFrom<Priority>('cancel', 'reduce', 'place', 'query'),
      mode: fc.constantFrom('normal' as const, 'normal' as const, 'probe' as const, 'adopt' as const),
      holdMs: fc.constantFrom(3_000, 15_000),
      draws: drawsArbitrary,
      backMs: fc.integer({ min: 0, max: 9_000 }),
      view: fc.option(fc.record({ offset: fc.integer({ min: -70_000, max: 70_000 }), error: fc.nat({ max: 5_000 }) }), {
        nil: undefined,
      }),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      token: fc.constantFrom(...tokens),
      outcome: fc.constantFrom('success' as const, 'failure' as const, 'unknown' as const),
      sentAgo: ago,
      repliedAgo: ago,
      venueOffset: fc.option(fc.integer({ min: -3_000, max: 3_000 }), { nil: null }),
      draws: drawsArbitrary,
      readings: fc.array(readingArbitrary, { maxLength: 2 }),
      closure: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: closureArbitrary }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), token: fc.constantFrom(...tokens) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('rebuild' as const),
      limit: fc.constantFrom(...COUNTED),
      used: fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }),
      isWhole: fc.constantFrom(true, true, true, false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('announce' as const),
      limit: fc.constantFrom(...KINDS),
      whose: fc.constantFrom('', ':s', '#rate', ':s#rate'),
      announced: fc.integer({ min: 10, max: 60 }),
    }),
  },
  // Rare: it makes every limit cold.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('life' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('credit' as const),
      order: fc.constantFrom('o1', 'o2', 'o3', 't0'),
      placedAgo: fc.integer({ min: 0, max: 4_000 }),
      filledAgo: fc.integer({ min: 0, max: 1_000 }),
    }),
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
async function both(pure: BudgetState, store: BudgetStore, redis: Redis, { command: c }: Step, now: number) {
  switch (c.kind) {
    case 'reserve': {
      const { token, priority, mode, holdMs, draws, backMs, view } = c;
      const request = { token, priority, mode, holdMs, draws, at: now - backMs, ...(view && { view }) };
      const { state, result } = reserve(pure, request, now);
      return { state, expected: result, actual: await store.reserve(request) };
    }
    case 'settle': {
      const at = (msAgo: number) => (msAgo === -1 ? -1 : now - msAgo);
      const { pick, ms, opensIn } = c.closure ?? { pick: 0, ms: 0, opensIn: null };
      const { name } = c.draws[pick % c.draws.length]!;
      const request = {
        token: c.token,
        outcome: c.outcome,
        sentAt: at(c.sentAgo),
        repliedAt: at(c.repliedAgo),
        venueMs: c.venueOffset === null ? -1 : now + c.venueOffset,
        venueSlackMs: 0,
        draws: c.draws,
        readings: c.readings.map((reading) => reading(c.draws)),
        closures: c.closure === null ? [] : [{ name, ms, ...(opensIn === null ? {} : { venueAt: now + opensIn }) }],
      };
      const { state, result } = settle(pure, request, now);
      return { state, expected: result, actual: await store.settle(request) };
    }
    case 'release': {
      const { state, released } = release(pure, c.token);
      return { state, expected: released, actual: await store.release(c.token) };
    }
    case 'rebuild': {
      const limit = draw(c.limit, LIMITS[c.limit]);
      const { needed } = rebuild(pure, { draw: limit, booked: [] }, now).result;
      const used = (c.used ?? 0) * scaleOf(c.limit);
      // Not all that is needed is known, or more than that.
      const starts = c.isWhole ? [...needed, now] : needed.slice(1);
      const request = { draw: limit, booked: c.used === null ? [] : starts.map((start) => ({ start, used })) };
      const { state, result } = rebuild(pure, request, now);
      const expected = { ...result, rebuilt: pure.limits !== state.limits && !result.cold ? c.limit : null };
      return { state, expected, actual: { ...(await store.rebuild(request)), rebuilt: expected.rebuilt } };
    }
    case 'announce': {
      const scale = c.whose.includes('#') ? 100 : scaleOf(c.limit);
      const request = { id: `${c.limit}${c.whose}`, defined: 20 * scale, announced: c.announced * scale };
      const { state, result } = announce(pure, request, now);
      return { state, expected: result, actual: await store.announce(request) };
    }
    case 'life': {
      await redis.set(store.keys.life, 'before 0 another-server');
      const { ageMs } = await store.life();
      return { state: newLife(pure, now), expected: 0, actual: ageMs };
    }
    case 'credit': {
      const filledAt = now - c.filledAgo;
      const draws = [draw('fixed_window'), draw('rolling_window', LIMITS.rolling_window)];
      const request = { token: c.order, placedAt: filledAt - c.placedAgo, filledAt, draws };
      const { state, credited } = creditFill(pure, request, now);
      return { state, expected: credited, actual: await store.creditFill(request) };
    }
  }
}

describe('the script and the pure function', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(testRedisUrl());
  });
  afterAll(() => {
    redis.disconnect();
  });

  it('give the same answers and the same state for any sequence of commands on limits of every kind', async () => {
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...COUNTED),
        fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
        async (cold, steps) => {
          const prefix = `twin-${randomUUID()}`;
          let now = T0;
          const store = new BudgetStore(redis, prefix, 'v', () => now);
          let pure = warmBudget(cold);
          await copyTo(redis, store, pure);
          let crossings = 0;
          for (const next of steps) {
            now += next.elapsed;
            const { state, expected, actual } = await both(pure, store, redis, next, now);
            expect(actual).toEqual(expected);
            pure = state;
            await expectSame(redis, store, pure);
            if (typeof expected === 'object' && 'crossings' in expected) {
              crossings += expected.crossings.length;
              for (const { limit } of expected.crossings) count(`crossing ${limit}`);
            }
            if (typeof expected === 'object' && 'corrections' in expected) {
              for (const { limit } of expected.corrections) count(`correction ${limit}`);
            }
            count(outcomeOf(next.command.kind, expected));
            if (typeof expected === 'object' && 'reason' in expected) count(`${expected.reason} ${expected.limit}`);
          }
          expect(await redis.xlen(store.keys.crossings)).toBe(crossings);
          const keys = await redis.keys(`${prefix}*`);
          expect(keys.every((key) => key.startsWith(`${prefix}:{b:v}:`))).toBe(true); // B-13
          if (keys.length > 0) await redis.unlink(...keys);
        },
      ),
      { numRuns: 50, seed: 1, endOnFailure: true },
    );
    // Every kind of answer was compared, for every kind of limit.
    const read = COUNTED.filter((kind) => kind !== 'per_block');
    const wanted = [
      ...OUTCOMES,
      ...COUNTED.flatMap((kind) => [`crossing ${kind}`, `exhausted ${kind}`]),
      ...read.map((kind) => `correction ${kind}`),
    ];
    for (const what of wanted) expect([what, (seen.get(what) ?? 0) > 0]).toEqual([what, true]);
  });
});

/** All limits but one are known, so that runs do not spend themselves on cold ones. */
function warmBudget(cold: FamilyKind): BudgetState {
  const budget = emptyBudget();
  const warm = (kind: FamilyKind) => {
    const { state } = rebuild(budget, { draw: draw(kind, LIMITS[kind]), booked: [] }, T0);
    const limit = state.limits[`${kind}:s`];
    if (limit) budget.limits[`${kind}:s`] = { ...limit, cold: 0 };
  };
  for (const kind of KINDS) if (kind !== 'ban' && kind !== cold) warm(kind);
  return budget;
}

async function copyTo(redis: Redis, store: BudgetStore, { limits }: BudgetState): Promise<void> {
  for (const [name, limit] of Object.entries(limits)) {
    await redis.set(store.keys.limit(name), JSON.stringify(limit));
    await redis.sadd(store.keys.names, name);
  }
}

async function expectSame(redis: Redis, store: BudgetStore, pure: BudgetState): Promise<void> {
  const names = Object.keys(pure.limits).sort();
  expect((await store.names()).sort()).toEqual(names);
  const { clock, announced, limits, tokens: held } = pure;
  expect((await store.read(names)).state).toEqual({ clock, announced, limits });
  for (const [id, token] of Object.entries(held)) {
    const kept = JSON.parse((await redis.get(store.keys.token(id)))!) as typeof token;
    // A list without entries is written as an empty object, and a figure that is zero is left out.
    const parts = Array.isArray(kept.parts) ? kept.parts.map(partWithZeros) : [];
    expect({ ...kept, parts }).toEqual(token);
  }
}

const NO_PART = { cost: 0, windowMs: 0, rate: 0, seen: 0 };
function partWithZeros(stored: TokenPart): TokenPart {
  const part: TokenPart = { ...NO_PART, ...stored };
  return part.windows ? { ...part, windows: part.windows.map((w) => Object.assign({ seen: 0 }, w)) } : part;
}

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
  ...['fixed_window', 'rolling_window', 'token_bucket', 'decaying_counter', 'credits'].map((kind) => `rebuild ${kind}`),
  'life',
  'announce',
  'credit true',
  'credit false',
];

function outcomeOf(kind: string, result: object | boolean | number): string {
  if (typeof result === 'number') return kind;
  if (typeof result === 'boolean') return `${kind} ${result}`;
  if ('granted' in result)
    return `${kind} ${result.granted ? 'granted' : 'reason' in result ? String(result.reason) : ''}`;
  if ('rebuilt' in result) return result.rebuilt === null ? kind : `${kind} ${result.rebuilt as string}`;
  return 'kind' in result ? `${kind} ${String(result.kind)}` : kind;
}
