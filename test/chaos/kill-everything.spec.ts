import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { TrancheProcess } from '../support/tranche-process.js';
import { expectExactEnd, placeOrders, waitForProgress } from './kill-scenario.js';

jest.setTimeout(240_000);

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create();
});
afterAll(() => system.remove());

/** The start takes a third of it: what was killed early goes on by its plan, what was killed late has to finish. */
const SECONDS = 12;

describe('kill -9 of everything with orders half done', () => {
  it.each(Array.from({ length: 10 }, (_, run) => [run + 1]))(
    'P-06 run %i: goes on with the exact remainder, nothing lost, nothing doubled',
    async (run) => {
      const ids = await placeOrders(system, SECONDS);
      await waitForProgress(system, ids, 0.1 + (run % 5) * 0.1);
      await system.kill('launcher', 'simVenue', 'postgres', 'redis');
      await system.start();
      await expectExactEnd(system, ids);
    },
  );
});
