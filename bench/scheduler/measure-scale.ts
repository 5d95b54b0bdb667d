import type { Counts, Profile } from '../pipeline/instruments.js';
import { cpuSeconds } from '../pipeline/cpu.js';
import { seedOrders } from '../pipeline/seed-orders.js';
import { spreadOf, type Spread } from '../pipeline/statistics.js';
import type { Stores } from '../pipeline/stores.js';
import { Worker } from '../pipeline/worker.js';
import { onServer } from '../../test/support/postgres-admin.js';
import { until } from '../../test/support/until.js';
import type { Samples } from './scheduler-process.js';
import { openSchedulerWorld, type SchedulerWorld } from './scheduler-world.js';

const HOUR_MS = 3_600_000;
/** Orders of an hour, of a working day twice as often, and of a day. */
const DURATIONS_MS = [HOUR_MS, 8 * HOUR_MS, 24 * HOUR_MS, 8 * HOUR_MS];
/** First wake-ups are spread as those of orders that came one after the other. */
const SPREAD_MS = 60_000;
const SPREAD_SETTLES_MS = 5_000;

export interface ScaleRow {
  readonly parents: number;
  readonly decisionsPerSecond: number;
  readonly decideUs: Spread;
  readonly lateMs: Spread;
  /** Redis' memory that one active order more takes, in bytes. */
  readonly redisBytes: number;
  /** Living objects of the scheduler per active order more, in bytes. */
  readonly heapBytes: number;
  readonly statementsPerDecision: number;
  readonly commitsPerDecision: number;
  readonly redisPerDecision: number;
  /** Statements and Redis commands per decision, by the beginning of their text. */
  readonly statements: Readonly<Record<string, number>>;
  readonly holds: Readonly<Record<string, number>>;
  readonly cores: Readonly<Record<string, number>>;
  readonly profile: Profile;
}

/** Active orders in the middle of their work, on one scheduler process: what they cost while nothing happens to them. */
export async function measureScale(stores: Stores, parents: number, seconds: number): Promise<ScaleRow> {
  const world = await openSchedulerWorld(stores);
  const worker = Worker.start('../scheduler/scheduler-process.ts', { flags: ['--expose-gc'] });
  try {
    await worker.call('start', { environment: world.environment });
    const [redisBefore, heapBefore] = [await redisBytes(world), await worker.call<number>('heapBytes')];
    const firstAt = await seedOrders(world, stores.venue.spotUrl, {
      count: parents,
      durationMs: DURATIONS_MS,
      spreadMs: SPREAD_MS,
      leadMs: 3_000 + parents / 2,
      resting: 'rows',
    });
    // Every order is decided on once: then its job stands in Redis, and the process knows it.
    await pause(firstAt + SPREAD_MS + SPREAD_SETTLES_MS - Date.now());
    await worker.call('takeSamples');
    await worker.call('takeCounts');
    await worker.call('startProfile');
    const pids = { scheduler: worker.pid, postgres: stores.postgres.pid, redis: stores.redis.pid };
    const cpuBefore = Object.values(pids).map(cpuSeconds);
    const startedAt = performance.now();
    await pause(seconds * 1_000);
    const elapsed = (performance.now() - startedAt) / 1_000;
    const cpuAfter = Object.values(pids).map(cpuSeconds);
    const profile = await worker.call<Profile>('stopProfile');
    const counts = await worker.call<Counts>('takeCounts');
    const { lateMs, decideUs, holds } = await worker.call<Samples>('takeSamples');
    const decisions = decideUs.length;
    return {
      parents,
      decisionsPerSecond: decisions / elapsed,
      decideUs: spreadOf(decideUs),
      lateMs: spreadOf(lateMs),
      redisBytes: ((await redisBytes(world)) - redisBefore) / parents,
      heapBytes: ((await worker.call<number>('heapBytes')) - heapBefore) / parents,
      statementsPerDecision: counts.statements / decisions,
      commitsPerDecision: counts.commits / decisions,
      redisPerDecision: counts.redisCommands / decisions,
      statements: Object.fromEntries(
        [...Object.entries(counts.byText), ...Object.entries(counts.byCommand)].map(([text, n]) => [
          text,
          n / decisions,
        ]),
      ),
      holds,
      cores: Object.fromEntries(
        Object.keys(pids).map((name, i) => [name, ((cpuAfter[i] ?? NaN) - (cpuBefore[i] ?? NaN)) / elapsed]),
      ),
      profile,
    };
  } finally {
    await worker.stop();
    await world.close();
  }
}

export interface Recovery {
  readonly parents: number;
  /** From the new process's start to its first decision, and to the moment at which nothing is overdue. */
  readonly firstDecisionMs: number;
  readonly caughtUpMs: number;
  readonly downMs: number;
  /** Orders that got more than one child, or a taker, from the kill until all is caught up: a burst. */
  readonly burst: number;
  readonly lateMs: Spread;
}

/** Kills the only scheduler with many active orders, and starts another. */
export async function measureRecovery(stores: Stores, parents: number): Promise<Recovery> {
  const world = await openSchedulerWorld(stores);
  const first = Worker.start('../scheduler/scheduler-process.ts', { flags: ['--expose-gc'] });
  let second: Worker | undefined;
  try {
    await first.call('start', { environment: world.environment });
    const firstAt = await seedOrders(world, stores.venue.spotUrl, {
      count: parents,
      durationMs: DURATIONS_MS,
      spreadMs: SPREAD_MS,
      leadMs: 3_000 + parents / 2,
      resting: 'rows',
    });
    await pause(firstAt + SPREAD_MS + SPREAD_SETTLES_MS - Date.now());
    await first.kill();
    const killedAt = performance.now();
    const before = await childrenOf(world);
    await pause(DOWN_MS);
    const startedAt = performance.now();
    second = Worker.start('../scheduler/scheduler-process.ts', { flags: ['--expose-gc'] });
    await second.call('start', { environment: world.environment });
    let decided = 0;
    const lateMs: number[] = [];
    const take = async (): Promise<void> => {
      const samples = await (second as Worker).call<Samples>('takeSamples');
      decided += samples.decideUs.length;
      lateMs.push(...samples.lateMs);
    };
    await until(
      async () => {
        await take();
        return decided > 0;
      },
      { timeoutMs: 60_000, everyMs: 20, what: 'the new scheduler decides' },
    );
    const firstDecisionMs = performance.now() - startedAt;
    await until(async () => (await overdue(world)) === 0, {
      timeoutMs: 120_000,
      everyMs: 100,
      what: 'nothing is overdue any more',
    });
    const caughtUpMs = performance.now() - startedAt;
    await take();
    return {
      parents,
      firstDecisionMs,
      caughtUpMs,
      downMs: startedAt - killedAt,
      burst: await burstOf(world, before),
      lateMs: spreadOf(lateMs),
    };
  } finally {
    await Promise.all([first.stop(), second?.stop()]);
    await world.close();
  }
}

/** Long enough that every tenth order is overdue, as after a restart by hand. */
const DOWN_MS = 6_000;
const OVERDUE_MS = 500;

async function redisBytes({ redis }: SchedulerWorld): Promise<number> {
  const used = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1];
  return Number(used);
}

async function ask(world: SchedulerWorld, sql: string): Promise<number> {
  return onServer(world.ownerUrl, async (client) => (await client.query<{ n: number }>(sql)).rows[0]?.n ?? NaN);
}

const childrenOf = (world: SchedulerWorld): Promise<number> =>
  ask(world, 'SELECT count(*)::integer AS n FROM child_orders');

const overdue = (world: SchedulerWorld): Promise<number> =>
  ask(
    world,
    `SELECT count(*)::integer AS n FROM due_work
     WHERE kind = 'parent.wake' AND due_at < clock_timestamp() - interval '${OVERDUE_MS} milliseconds'`,
  );

/** The orders begin with one child each and may add a clip; a burst would be several for one order, or takers. */
async function burstOf(world: SchedulerWorld, before: number): Promise<number> {
  const added = (await childrenOf(world)) - before;
  if (added === 0) return 0;
  return ask(
    world,
    `SELECT count(*)::integer AS n FROM (
       SELECT parent_order_id FROM child_orders WHERE sequence > 0
       GROUP BY 1 HAVING count(*) > 1 OR bool_or(time_in_force = 'ioc')) b`,
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
