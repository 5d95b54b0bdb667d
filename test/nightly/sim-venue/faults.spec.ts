import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { faultRule } from '../../../apps/sim-venue/src/faults/fault-rules.js';
import { FAULT_MATRIX } from '../../integration/sim-venue/fault-matrix.js';
import { FaultWorld } from '../../integration/sim-venue/fault-world.js';
import { SeededRandom } from '../../support/seeded-random.js';

jest.setTimeout(600_000);

const ROUNDS = 5;

let worlds: FaultWorld[];
beforeAll(async () => {
  worlds = await Promise.all([FaultWorld.open('spot'), FaultWorld.open('usdm')]);
});
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

async function everyFault(world: FaultWorld): Promise<void> {
  const { product } = world;
  const random = new SeededRandom(59);
  const kinds = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const rows = FAULT_MATRIX.filter(({ only }) => only === undefined || only === product)
      .map((row) => ({ row, at: random.between(0, 1_000_000_000) }))
      .sort((a, b) => a.at - b.at);
    for (const { row } of rows) {
      await world.begin();
      await world.inject(row.rule);
      await row.sees(world);
      expect({ product, rule: row.rule, fired: Math.max(...(await world.fired())) > 0 }).toEqual({
        product,
        rule: row.rule,
        fired: true,
      });
      expect(await world.control('GET', 'invariants')).toEqual({ hold: true });
      kinds.add(row.rule.fault);
    }
  }
  expect(kinds).toEqual(new Set(faultRule.def.options.map((option) => option.shape.fault.value)));
}

// Side by side: each waits for its delays most of the time.
it('VE-C59 every fault fires on spot and on futures, in any order, and leaves the ledger sound', async () => {
  await Promise.all(worlds.map(everyFault));
});
