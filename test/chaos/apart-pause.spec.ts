import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ServiceEntry } from '../../apps/launcher/src/running-services.js';
import type { SeededRandom } from '../support/seeded-random.js';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';
import { goOnFor, holderOf, replicasOf, seedOfRun, SERVICE_KINDS, tell } from './disturb.js';
import { expectExactEnd, placeOrders } from './kill-scenario.js';

jest.setTimeout(300_000);

let system: TrancheProcess;
let random: SeededRandom;
beforeAll(async () => {
  random = seedOfRun();
  system = await TrancheProcess.create({}, 'apart');
});
afterAll(() => system.remove());

/** Stops a process for this long and lets it go on, however the time between ends. */
async function pausing(victim: ServiceEntry, ms: number, meanwhile: () => Promise<void>): Promise<void> {
  tell(`pause ${victim.name}-${victim.replica} (${victim.pid}) for ${ms} ms`);
  process.kill(victim.pid, 'SIGSTOP');
  try {
    await Promise.all([goOnFor(ms), meanwhile()]);
  } finally {
    process.kill(victim.pid, 'SIGCONT');
  }
}

const nothing = (): Promise<void> => Promise.resolve();

describe('two of each service, one paused while its twin takes over', () => {
  it.each(SERVICE_KINDS)('P-07 %s sleeps 1 to 20 s, twice: it wakes and does no harm', async (kind) => {
    const ids = await placeOrders(system);
    for (let nap = 1; nap <= 2; nap += 1) {
      await goOnFor(random.between(200, 5_000));
      await pausing(random.pick(await replicasOf(system, kind)), random.between(1_000, 20_000), nothing);
    }
    await expectExactEnd(system, ids);
  });

  it.each(['feed-handler', 'exchange-gateway'])(
    'P-07 the %s that holds the lease sleeps until its twin has it: its old claim to it is refused',
    async (kind) => {
      const refused = await system.metric('tranche_stale_epoch_refused_total');
      const ids = await placeOrders(system);
      await goOnFor(random.between(200, 3_000));
      let holder: ServiceEntry | undefined;
      await until(async () => (holder = await holderOf(system, kind)) !== undefined);
      if (holder === undefined) throw new Error('There must be a holder');
      const asleep = holder;
      await pausing(asleep, 1_000, () =>
        until(async () => ((await holderOf(system, kind))?.replica ?? asleep.replica) !== asleep.replica, {
          everyMs: 200,
          what: `the twin of ${kind}-${asleep.replica} has the lease`,
        }),
      );
      await until(async () => (await system.metric('tranche_stale_epoch_refused_total')) > refused, {
        everyMs: 200,
        what: 'the old claim was refused',
      });
      expect((await holderOf(system, kind))?.replica).not.toBe(asleep.replica);
      await expectExactEnd(system, ids);
    },
  );
});
