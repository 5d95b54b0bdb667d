import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { faultRule } from '../../../apps/sim-venue/src/faults/fault-rules.js';
import { FAULT_MATRIX } from '../../integration/sim-venue/fault-matrix.js';
import { FaultWorld } from '../../integration/sim-venue/fault-world.js';
import { SeededRandom } from '../../support/seeded-random.js';

jest.setTimeout(600_000);

const ROUNDS = 5;

describe.each(['spot', 'usdm'] as const)('VE-C59 on %s', (product) => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await FaultWorld.open(product);
  });
  afterAll(() => world.stop());

  it('every fault fires, in any order, and leaves the ledger sound', async () => {
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
        expect({ rule: row.rule, fired: Math.max(...(await world.fired())) > 0 }).toEqual({
          rule: row.rule,
          fired: true,
        });
        expect(await world.control('GET', 'invariants')).toEqual({ hold: true });
        kinds.add(row.rule.fault);
      }
    }
    expect(kinds).toEqual(new Set(faultRule.def.options.map((option) => option.shape.fault.value)));
  });
});
