/**
 * The budget's script on Redis alone (venues.md B8): how long a reserve takes at 5,000 a second over linked limits, beside
 * PING and a trivial script at the same rate in the same run; then how long each script holds Redis by its own count, which
 * depends least on what else the machine does. `npm run bench:budget`, about 25 seconds.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { drawOf, openState, type LimitDefinition } from '#domain';
import { startEmbeddedRedis } from '../apps/launcher/src/stores/embedded-redis.js';
import { BudgetStore } from '../libs/venues/src/budget/budget-store.js';

const RATE = 5_000;
const SECONDS = 4;
const TARGET_MS = 1;
const BATCHES = 60;
const BATCH = 100;

const base = { venue: 'v', scope: ['account'] as const, breach: [] };
const DEFINITIONS: readonly LimitDefinition[] = [
  { ...base, id: 'ban', kind: 'ban', params: {} },
  { ...base, id: 'weight', kind: 'fixed_window', params: { limit: 100_000_000, windowMs: 60_000 } },
  { ...base, id: 'orders', kind: 'rolling_window', params: { limit: 100_000_000, windowMs: 2_000 } },
  { ...base, id: 'bucket', kind: 'token_bucket', params: { rate: 1_000_000, burst: 1_000_000 } },
];
const DRAWS = DEFINITIONS.map((definition) =>
  drawOf(definition, { scopes: { account: 'a' }, priority: 'place' }, { cost: definition.kind === 'ban' ? 0 : 1 }),
);

/** Starts `RATE` calls a second, however long they take. @returns their times in ms, sorted, and how many a second ended */
async function atRate(call: (i: number) => Promise<unknown>): Promise<{ times: number[]; perSecond: number }> {
  const times: number[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let i = 0; i < RATE * SECONDS;) {
    const due = Math.min(RATE * SECONDS, ((performance.now() - startedAt) / 1_000) * RATE);
    for (; i < due; i += 1) {
      const at = performance.now();
      const one = call(i).then(() => {
        times.push(performance.now() - at);
        running.delete(one);
      });
      running.add(one);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(running);
  const perSecond = (RATE * SECONDS * 1_000) / (performance.now() - startedAt);
  return { times: times.sort((a, b) => a - b), perSecond };
}

function row(name: string, { times, perSecond }: { times: number[]; perSecond: number }, note = ''): void {
  const at = (share: number) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(2).padStart(9);
  console.log(`${name.padEnd(34)}${Math.round(perSecond).toString().padStart(7)}/s${at(0.5)}${at(0.99)} ms  ${note}`);
}

/** Microseconds for which a call's script holds Redis: the average of the best of some batches, apart in time. */
async function heldFor(redis: Redis, call: (i: number) => Promise<unknown>): Promise<string> {
  let best = Infinity;
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    await redis.config('RESETSTAT');
    await Promise.all(Array.from({ length: BATCH }, (_, i) => call(batch * BATCH + i)));
    const average = /cmdstat_evalsha:.*usec_per_call=([\d.]+)/.exec(await redis.info('commandstats'))?.[1];
    best = Math.min(best, Number(average));
  }
  return best.toFixed(0).padStart(6);
}

async function measure(redis: Redis): Promise<void> {
  const store = new BudgetStore(redis, 'bench', 'v');
  const now = await store.time();
  for (const draw of DRAWS) await redis.set(store.keys.limit(draw.name), JSON.stringify(openState(draw, now)));
  const request = { priority: 'place', holdMs: 15_000, mode: 'normal', at: 0, draws: DRAWS } as const;
  const reserve = async (token: string) => {
    const { granted } = await store.reserve({ ...request, token });
    if (!granted) throw new Error(`Call ${token} must be granted: the limits are far away`);
  };
  await reserve('first');
  console.log(`${RATE} calls a second for ${SECONDS} s, one connection`.padEnd(43) + '      p50      p99');
  row('PING', await atRate(() => redis.ping()));
  row('EVAL return 1', await atRate(() => redis.eval('return 1', 0)));
  const taken = await atRate((i) => reserve(`t${i}`));
  const isMet = (taken.times[Math.floor((taken.times.length - 1) * 0.99)] ?? Infinity) < TARGET_MS;
  row('reserve over 3 limits and a ban', taken, `target p99 ${TARGET_MS} ms: ${isMet ? 'met' : 'MISSED'}`);
  row('release of the same', await atRate((i) => store.release(`t${i}`)));
  console.log(`microseconds in Redis, the best of ${BATCHES} batches of ${BATCH}`);
  console.log(`reserve${await heldFor(redis, (i) => reserve(`r${i}`))}`);
  console.log(`release${await heldFor(redis, (i) => store.release(`r${i}`))}`);
  await Promise.all(Array.from({ length: BATCHES * BATCH }, (_, i) => reserve(`s${i}`)));
  const told = { sentAt: -1, repliedAt: -1, venueMs: -1, venueSlackMs: 0, readings: [], closures: [] };
  const answered = { ...told, outcome: 'success', draws: DRAWS } as const;
  await store.settle({ ...answered, token: 'first' });
  console.log(`settle ${await heldFor(redis, (i) => store.settle({ ...answered, token: `s${i}` }))}`);
}

const directory = await mkdtemp(join(tmpdir(), 'tranche-bench-'));
const server = await startEmbeddedRedis({ directory: join(directory, 'redis'), allowFallback: false });
const redis = new Redis(server.url);
try {
  await measure(redis);
} finally {
  redis.disconnect();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}
