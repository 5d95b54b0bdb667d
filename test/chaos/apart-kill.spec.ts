import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { SeededRandom } from '../support/seeded-random.js';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';
import { goOnFor, killAndAwaitSuccessor, replicasOf, seedOfRun, SERVICE_KINDS, tell } from './disturb.js';
import { expectExactEnd, placeOrders } from './kill-scenario.js';

jest.setTimeout(300_000);

/** Stores and exchange have no twin: they come back, and everyone must find them again. */
const OTHERS = ['redis', 'postgres', 'simVenue'] as const;

let system: TrancheProcess;
let random: SeededRandom;
beforeAll(async () => {
  random = seedOfRun();
  system = await TrancheProcess.create({}, 'apart');
});
afterAll(() => system.remove());

/** Of the shortest order: longer than two kills take, so that both hit orders that go on. */
const SECONDS = 14;
/** A kill comes at most this long after the orders were placed, or after the kill before. */
const LATEST_KILL_MS = 6_000;

describe('two of each service, one process killed at a random point', () => {
  it.each(SERVICE_KINDS.map((kind, index) => [kind, SERVICE_KINDS[(index + 2) % SERVICE_KINDS.length] ?? kind]))(
    'P-06 kills %s, then %s: the twin goes on, nothing lost, nothing doubled',
    async (...kinds) => {
      const ids = await placeOrders(system, SECONDS);
      for (const kind of kinds) {
        const afterMs = random.between(200, LATEST_KILL_MS);
        await goOnFor(afterMs);
        const victim = random.pick(await replicasOf(system, kind));
        tell(`kill ${victim.name}-${victim.replica} (${victim.pid}) after ${afterMs} ms more`);
        await killAndAwaitSuccessor(system, victim);
      }
      await expectExactEnd(system, ids);
    },
  );

  it.each(OTHERS)('P-06 kills %s: every process finds it again', async (name) => {
    const ids = await placeOrders(system, SECONDS);
    const afterMs = random.between(200, LATEST_KILL_MS);
    await goOnFor(afterMs);
    const before = system.demo.pids[name];
    tell(`kill ${name} (${before ?? 'none'}) after ${afterMs} ms`);
    await system.kill(name);
    await until(async () => (await system.services()).length > 0 && system.demo.pids[name] !== before, {
      everyMs: 100,
      what: `${name} was started again`,
    });
    await expectExactEnd(system, ids);
  });

  it('ends with every process ready again', async () => {
    const notReady = async (): Promise<string[]> => {
      const entries = await system.services();
      const states = await Promise.all(
        entries.map(({ opsUrl }) => fetch(`${opsUrl}/health/ready`).then(({ status }) => status)),
      );
      return entries.filter((_, index) => states[index] !== 200).map(({ name, replica }) => `${name}-${replica}`);
    };
    await until(async () => (await notReady()).length === 0, { everyMs: 200 });
    expect(new Set((await system.services()).map(({ pid }) => pid)).size).toBe(2 * SERVICE_KINDS.length);
  });
});
