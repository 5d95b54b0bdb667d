import { expect, it } from '@jest/globals';
import { runHostileScheduler } from '../../../../test/support/hostile-scheduler.js';

it('I-17 a hostile scheduler gets no wrong order past the last gate in 20,000 tries', () => {
  const { out, wrong, denied } = runHostileScheduler(20_000, 5);
  expect(wrong).toEqual([]);
  expect(out).toBeGreaterThan(200);
  // Every way to be wrong was tried.
  for (const code of [
    'PARENT_NOT_ACTIVE',
    'PARENT_MISMATCH',
    'PARENT_EXPIRED',
    'DECISION_STALE',
    'PARENT_PRICE_EXCEEDED',
    'PARENT_QUANTITY_EXCEEDED',
    'PRICE_OUTSIDE_COLLAR',
    'REFERENCE_STALE',
    'REFERENCE_CROSSED',
    'REFERENCE_JUMPED',
    'INSTRUMENT_RULE',
    'QUANTITY_ABOVE_MAX',
    'NOTIONAL_ABOVE_MAX',
    'EXPOSURE_ABOVE_LIMIT',
    'RATE_MESSAGES_EXCEEDED',
    'STATE_HALTED',
    'STATE_REDUCING',
    'SCHEMA_VERSION',
  ])
    expect(denied.get(code) ?? 0).toBeGreaterThan(0);
});
