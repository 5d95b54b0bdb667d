import { expect, it } from '@jest/globals';
import { runHostileScheduler } from '../../support/hostile-scheduler.js';

it('I-17 a hostile scheduler gets no wrong order past the last gate in 100,000 tries', () => {
  const { tries, out, wrong, p99Ms } = runHostileScheduler(100_000, 20_261_121);
  expect(tries).toBe(100_000);
  expect(wrong).toEqual([]);
  expect(out).toBeGreaterThan(1_000);
  process.stdout.write(`last gate: p99 ${p99Ms.toFixed(3)} ms over ${tries} children\n`);
  expect(p99Ms).toBeLessThan(1); // reliability.md 5.1
});
