/**
 * The whole way of an order, measured beside its floor in the same run: latency from POST to the exchange's acceptance,
 * child orders per second, lateness of wake-ups. `npm run bench:pipeline [-- --quick] [-- --only latency,throughput,lateness]`;
 * `--profile` adds the functions and statements that cost most. It takes under six minutes, with `--quick` about 90 s.
 */
import { parseArgs } from 'node:util';
import { measureLatency } from './pipeline/measure-latency.js';
import { measureLateness } from './pipeline/measure-lateness.js';
import { measureThroughput } from './pipeline/measure-throughput.js';
import { showLatency, showLateness, showThroughput } from './pipeline/report.js';
import { startStores } from './pipeline/stores.js';
import { Worker } from './pipeline/worker.js';
import { openWorld, type World } from './pipeline/world.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const PARTS = ['latency', 'throughput', 'lateness'] as const;
const wanted = values.only === undefined ? PARTS : PARTS.filter((part) => values.only?.split(',').includes(part));
/** Whatever happens, it ends. */
const LIMIT_MS = values.quick ? 150_000 : 420_000;
const lengths = values.quick
  ? { rates: [10, 50], latency: 3, warmUp: 3, throughput: 8, lateness: 6, parents: [1_000] }
  : { rates: [1, 10, 50], latency: 12, warmUp: 8, throughput: 24, lateness: 25, parents: [1_000, 10_000] };

const startedAt = performance.now();
const stores = await startStores();
setTimeout(() => {
  console.error('The benchmark took too long and was given up');
  process.exitCode = 1;
  void stores.stop().finally(() => process.exit());
}, LIMIT_MS).unref();
const interrupted = (): void => void stores.stop().finally(() => process.exit(130));
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

/** A fresh world and a floor beside it, on the same stores; both are gone afterwards. */
async function inWorld(work: (world: World, floor: Worker) => Promise<void>): Promise<void> {
  const world = await openWorld(stores);
  const floor = Worker.start('./floor-process.ts');
  try {
    await floor.call('start', {
      databaseUrl: world.ownerUrl,
      redisUrl: stores.redis.url,
      prefix: world.name,
      venueUrl: stores.venue.spotUrl,
      keys: world.users.map(({ key }) => key),
    });
    await work(world, floor);
  } finally {
    await floor.stop();
    await world.close();
  }
}

try {
  console.log(`${stores.descriptions.join(', ')}; Node ${process.version}; services in one process\n`);
  if (wanted.includes('latency'))
    await inWorld(async (world, floor) => {
      showLatency(await measureLatency(world, floor, lengths.rates, lengths.latency));
    });
  if (wanted.includes('throughput'))
    await inWorld(async (world, floor) => {
      const how = { parents: 1_000, warmUp: lengths.warmUp, seconds: lengths.throughput };
      showThroughput(await measureThroughput(stores, world, floor, how), values.profile);
    });
  if (wanted.includes('lateness'))
    for (const parents of lengths.parents)
      await inWorld(async (world, floor) => {
        showLateness(
          await measureLateness(stores, world, floor, { parents, seconds: lengths.lateness }),
          values.profile,
        );
      });
  console.log(`\nmeasured in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
} finally {
  await stores.stop();
}
process.exit();
