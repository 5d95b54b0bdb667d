import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
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
  readonly id: string | number;
  readonly fired: number;
}

describe('the gateway killed between sending an order and hearing of it', () => {
  it.each(Array.from({ length: 10 }, (_, run) => [run + 1]))(
    'P-03 run %i: finds out what became of it, and sends nothing twice',
    async () => {
      const ids = await placeOrders(system);
      await waitForProgress(system, ids, 0.2);
      // The exchange takes the order and keeps the answer to itself for longer than the gateway lives.
      await system.control('POST', 'faults', {
        match: { route: 'POST /api/v3/order' },
        fault: 'delay',
        args: { ms: 4_000 },
        times: 1,
      });
      await until(
        async () => ((await system.control('GET', 'faults')) as { faults: Fault[] }).faults.some((f) => f.fired > 0),
        { timeoutMs: 30_000, what: 'an answer is being held back' },
      );
      await system.kill('launcher');
      await system.start();
      await system.control('DELETE', 'faults');
      await expectExactEnd(system, ids);
      expect(await system.log()).toContain('unknown outcome resolved');
    },
  );
});
