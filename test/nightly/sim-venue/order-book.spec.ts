import { expect, it, jest } from '@jest/globals';
import { runAgainstOracle } from '../../support/matching-oracle.js';

jest.setTimeout(600_000);

const OPERATIONS = 1_000_000;

it('VE-C53 1,000,000 random operations beside an independent library: same fills, same books, nothing lost', () => {
  const run = runAgainstOracle(53, OPERATIONS, 1_000);
  expect(run).toMatchObject({ operations: OPERATIONS, checkpoints: 1_000 });
  // Guards against a stream that never trades, prevents, kills or fills.
  expect(run.fills).toBeGreaterThan(400_000);
  expect(run.prevented).toBeGreaterThan(25_000);
  expect(run.fillOrKill.filled).toBeGreaterThan(2_500);
  expect(run.fillOrKill.killed).toBeGreaterThan(2_500);
  expect(run.mostResting).toBeGreaterThan(200);
});
