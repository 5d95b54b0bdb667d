import { onServer } from '../../test/support/postgres-admin.js';
import { cpuSeconds } from './cpu.js';
import type { Cost } from './floor-process.js';
import type { Counts, Profile } from './instruments.js';
import { seedOrders } from './seed-orders.js';
import type { Stores } from './stores.js';
import type { Worker } from './worker.js';
import type { World } from './world.js';

export interface ThroughputResult {
  readonly parents: number;
  readonly childrenPerSecond: number;
  readonly barePerSecond: number;
  readonly alikePerSecond: number;
  readonly cost: Cost;
  readonly counts: Counts;
  readonly children: number;
  readonly profile: Profile;
  /** CPU seconds by process in the measured time. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/**
 * Five-second slices, and a touch that passive clips never meet: each order wants a clip, its cancel and a taker in each,
 * several times what the machine can do.
 */
const DURATION_MS = 200_000;

export async function measureThroughput(
  stores: Stores,
  world: World,
  floor: Worker,
  { parents, warmUp, seconds }: { parents: number; warmUp: number; seconds: number },
): Promise<ThroughputResult> {
  await seedOrders(world, stores.venue.spotUrl, {
    count: parents,
    durationMs: DURATION_MS,
    spreadMs: 5_000,
    leadMs: 1_000,
    resting: false,
  });
  await pause(1_000 + warmUp * 1_000);
  const pids = {
    system: world.system.pid,
    postgres: stores.postgres.pid,
    redis: stores.redis.pid,
    exchange: stores.venue.pid,
  };
  await world.system.call('takeCounts');
  await world.system.call('startProfile');
  const before = await sentSoFar(world);
  const cpuBefore = Object.values(pids).map(cpuSeconds);
  const startedAt = performance.now();
  await pause(seconds * 1_000);
  const elapsed = (performance.now() - startedAt) / 1_000;
  const cpuAfter = Object.values(pids).map(cpuSeconds);
  const after = await sentSoFar(world);
  const counts = await world.system.call<Counts>('takeCounts');
  const profile = await world.system.call<Profile>('stopProfile');
  const children = after.children - before.children;
  const jobs = after.jobs - before.jobs;
  const cost: Cost = {
    hops: Math.max(1, Math.round(jobs / children)),
    commits: Math.max(1, Math.round(counts.commits / children)),
    statements: Math.max(1, Math.round(counts.statements / counts.commits) - 3),
    venueCalls: Math.max(1, Math.round(counts.venueCalls / children)),
  };
  const cpu = Object.fromEntries(
    Object.keys(pids).map((name, i) => [name, (cpuAfter[i] ?? NaN) - (cpuBefore[i] ?? NaN)]),
  );
  await world.system.stop(); // what it leaves undone must not run beside the floor
  const barePerSecond = await floor.call<number>('throughput', {
    seconds: seconds / 2,
    cost: { ...cost, statements: 1 },
  });
  const alikePerSecond = await floor.call<number>('throughput', { seconds: seconds / 2, cost });
  return {
    parents,
    childrenPerSecond: children / elapsed,
    barePerSecond,
    alikePerSecond,
    cost,
    counts,
    children,
    profile,
    cpu,
    seconds: elapsed,
  };
}

/** Children that the exchange took, from our rows; jobs, from the outbox's counter, since each goes through it. */
function sentSoFar(world: World): Promise<{ children: number; jobs: number }> {
  return onServer(world.ownerUrl, async (client) => {
    const { rows } = await client.query<{ children: number; jobs: number }>(
      `SELECT (SELECT count(*) FROM placements WHERE outcome = 'done')::integer AS children,
              (SELECT COALESCE(last_value, 0) FROM pg_sequences WHERE sequencename = 'outbox_id_seq')::integer AS jobs`,
    );
    return rows[0] ?? { children: NaN, jobs: NaN };
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
