import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';
import { expectExactEnd, placeOrders, waitForProgress } from './kill-scenario.js';

jest.setTimeout(240_000);

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create();
});
afterAll(() => system.remove());

interface Fault {
  readonly fault: string;
  readonly fired: number;
}

/** Long enough for orders to go out after the first fifth, one of which is the one in doubt. */
const SECONDS = 12;

describe('the gateway killed between sending an order and hearing of it', () => {
  it.each(Array.from({ length: 10 }, (_, run) => [run + 1]))(
    'P-03 run %i: finds out what became of it, and sends nothing twice',
    async (run) => {
      const ids = await placeOrders(system, SECONDS);
      await waitForProgress(system, ids, 0.2);
      // In every second run the user stream is deaf as well: then only a look-up can tell.
      if (run % 2 === 0)
        await system.control('POST', 'faults', {
          match: { route: 'userDataStream' },
          fault: 'stream',
          args: { how: 'drop' },
        });
      // The exchange takes the order and keeps the answer to itself for longer than the gateway lives.
      await system.control('POST', 'faults', {
        match: { route: 'POST /api/v3/order' },
        fault: 'delay',
        args: { ms: 4_000 },
        times: 1,
      });
      await until(
        async () =>
          ((await system.control('GET', 'faults')) as { faults: Fault[] }).faults.some(
            (f) => f.fault === 'delay' && f.fired > 0,
          ),
        { what: 'an answer is being held back' },
      );
      await system.kill('launcher');
      await system.start();
      await system.control('DELETE', 'faults');
      await expectExactEnd(system, ids);
    },
  );
});
