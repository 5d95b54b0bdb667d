import { cpuSeconds } from './cpu.js';
import type { Cost } from './floor-process.js';
import type { Counts, Profile } from './instruments.js';
import { seedOrders } from './seed-orders.js';
import { spreadOf, type Spread } from './statistics.js';
import type { Stores } from './stores.js';
import type { Worker } from './worker.js';
import type { World } from './world.js';

export interface LatenessRow {
  readonly parents: number;
  readonly wakesPerSecond: number;
  readonly duePerSecond: number;
  readonly system: Spread;
  readonly bare: Spread;
  readonly alike: Spread;
  readonly cost: Cost;
  /** Cores in use, by process. */
  readonly cores: Readonly<Record<string, number>>;
  readonly profile: Profile;
}

/** Orders of a day wake at their heartbeat: one slice, 30 s (algorithms.md 4.1 and 5). */
const DURATION_MS = 86_400_000;
const HEARTBEAT_MS = 30_000;

export async function measureLateness(
  stores: Stores,
  world: World,
  floor: Worker,
  { parents, seconds }: { parents: number; seconds: number },
): Promise<LatenessRow> {
  const firstAt = await seedOrders(world, stores.venue.spotUrl, {
    count: parents,
    durationMs: DURATION_MS,
    spreadMs: HEARTBEAT_MS,
    leadMs: 3_000 + parents,
    resting: true,
  });
  await pause(firstAt + 2_000 - Date.now());
  await world.system.call('takeCounts');
  await world.system.call('takeLateness');
  await world.system.call('startProfile');
  const pids = {
    system: world.system.pid,
    postgres: stores.postgres.pid,
    redis: stores.redis.pid,
    exchange: stores.venue.pid,
  };
  const cpuBefore = Object.values(pids).map(cpuSeconds);
  const startedAt = performance.now();
  await pause(seconds * 1_000);
  const elapsed = (performance.now() - startedAt) / 1_000;
  const samples = await world.system.call<number[]>('takeLateness');
  const cores = Object.fromEntries(
    Object.entries(pids).map(([name, pid], i) => [name, (cpuSeconds(pid) - (cpuBefore[i] ?? NaN)) / elapsed]),
  );
  const counts = await world.system.call<Counts>('takeCounts');
  const profile = await world.system.call<Profile>('stopProfile');
  const cost: Cost = {
    hops: 1,
    commits: 1,
    statements: Math.max(1, Math.round(counts.statements / counts.commits) - 3),
    venueCalls: 0,
  };
  await world.system.stop();
  const duePerSecond = (parents * 1_000) / HEARTBEAT_MS;
  const floorRun = { perSecond: duePerSecond, seconds: Math.min(seconds, 10) };
  const bare = await floor.call<number[]>('lateness', { ...floorRun, cost: { ...cost, statements: 1 } });
  const alike = await floor.call<number[]>('lateness', { ...floorRun, cost });
  return {
    parents,
    wakesPerSecond: samples.length / elapsed,
    duePerSecond,
    system: spreadOf(samples),
    bare: spreadOf(bare),
    alike: spreadOf(alike),
    cost,
    cores,
    profile,
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
