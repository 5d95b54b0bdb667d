import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TrancheProcess } from '../support/tranche-process.js';
import { expectExactEnd, placeOrders } from './kill-scenario.js';

jest.setTimeout(240_000);

let system: TrancheProcess;
beforeAll(async () => {
  system = await TrancheProcess.create();
  for (const route of ['POST /api/v3/order', 'DELETE /api/v3/order', 'GET /api/v3/order'])
    await system.control('POST', 'faults', { match: { route, p: 0.2 }, fault: 'drop_reply' });
});
afterAll(() => system.remove());

describe('one reply in five dropped after the exchange acted on the request', () => {
  it.each(Array.from({ length: 5 }, (_, run) => [run + 1]))('P-01 run %i: six orders at once end exact', async () => {
    const ids = [...(await placeOrders(system)), ...(await placeOrders(system))];
    await expectExactEnd(system, ids);
  });

  it('did drop replies to orders, cancels and look-ups', async () => {
    const { faults } = (await system.control('GET', 'faults')) as { faults: { fired: number }[] };
    expect(faults.map((f) => f.fired).filter((fired) => fired > 0)).toHaveLength(3);
  });
});
