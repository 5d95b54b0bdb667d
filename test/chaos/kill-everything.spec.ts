import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { TrancheProcess } from '../support/tranche-process.js';
import { expectExactEnd, placeOrders, waitForProgress } from './kill-scenario.js';

jest.setTimeout(240_000);

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create();
});
afterAll(() => system.remove());

describe('kill -9 of everything with orders half done', () => {
  it.each(Array.from({ length: 10 }, (_, run) => [run + 1]))(
    'P-06 run %i: goes on with the exact remainder, nothing lost, nothing doubled',
    async () => {
      const ids = await placeOrders(system);
      await waitForProgress(system, ids, 0.4);
      await system.kill('launcher', 'simVenue', 'postgres', 'redis');
      await system.start();
      await expectExactEnd(system, ids);
    },
  );
});
