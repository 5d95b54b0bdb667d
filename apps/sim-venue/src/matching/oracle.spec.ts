import { describe, expect, it } from '@jest/globals';
import { runAgainstOracle } from '../../../../test/support/matching-oracle.js';

describe('matching core beside an independent one', () => {
  it.each([1, 20_260_101, 4_242_424_242])(
    'VE-C53 20,000 random operations with seed %i: same fills, same books, nothing lost',
    (seed) => {
      const run = runAgainstOracle(seed, 20_000, 250);
      // Guards against a stream that never trades, prevents, kills or fills.
      expect(run.checkpoints).toBe(80);
      expect(run.fills).toBeGreaterThan(8_000);
      expect(run.prevented).toBeGreaterThan(500);
      expect(run.fillOrKill.filled).toBeGreaterThan(50);
      expect(run.fillOrKill.killed).toBeGreaterThan(50);
      expect(run.mostResting).toBeGreaterThan(200);
    },
  );
});
