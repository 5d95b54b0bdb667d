import { expect, it } from '@jest/globals';
import { runHostileScheduler } from '../../support/hostile-scheduler.js';

it('I-17 a hostile scheduler gets no wrong order past the last gate in 100,000 tries', () => {
  const { tries, out, wrong } = runHostileScheduler(100_000, 20_261_121);
  expect(tries).toBe(100_000);
  expect(wrong).toEqual([]);
  expect(out).toBeGreaterThan(1_000);
});
