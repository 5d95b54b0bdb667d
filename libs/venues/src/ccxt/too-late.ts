import type { Clock } from '#domain';
import type { Cause, Fence } from '../ports.js';

/** Why a request of a claim must not be written any more; null while it may. */
export function tooLate(fence: Fence, clock: Clock): Cause | null {
  if (fence.sendByMonotonicMs !== undefined && performance.now() > fence.sendByMonotonicMs) {
    return { code: 'SEND_BY_PASSED', text: 'too long between the claim and the write' };
  }
  if (clock.now() > fence.validUntil) {
    return { code: 'FENCE_PASSED', text: 'the time window of the claim has ended' };
  }
  return null;
}
