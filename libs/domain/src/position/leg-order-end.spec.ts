import { expect, it } from '@jest/globals';
import type { CompletionReason, FailureReason } from '../parent-order/parent-order.js';
import { legOrderEnd } from './leg-order-end.js';

it('has not ended while it is open', () => {
  for (const status of ['SCHEDULED', 'ACTIVE', 'PAUSED', 'FINISHER'] as const)
    expect(legOrderEnd(status, null, '')).toBeNull();
});

it.each<[CompletionReason, string]>([
  ['filled', 'filled'],
  ['dust', 'expired'],
  ['strict_end', 'expired'],
  ['position_closed', 'expired'],
])('COMPLETE by %s is %s', (reason, end) => {
  expect(legOrderEnd('COMPLETE', reason, '')).toBe(end);
});

it.each<[FailureReason, string]>([
  ['', 'canceled'],
  ['operator_canceled', 'canceled'],
  ['condition_expired', 'expired'],
  ['insufficient_balance', 'insufficient_balance'],
  ['risk_denied', 'risk_denied'],
  ['leverage_failed', 'leverage_refused'],
  ['venue_rejected', 'venue_rejected'],
  ['venue_unavailable', 'venue_rejected'],
  ['credentials_invalid', 'venue_rejected'],
  ['pair_suspended', 'venue_rejected'],
])('CANCELED by "%s" is %s', (reason, end) => {
  expect(legOrderEnd('CANCELED', null, reason)).toBe(end);
});
