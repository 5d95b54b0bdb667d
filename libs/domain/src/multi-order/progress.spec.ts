import { describe, expect, it } from '@jest/globals';
import type { ParentOrderId } from '../parent-order/ids.js';
import type { CompletionReason, FailureReason, ParentOrderStatus } from '../parent-order/parent-order.js';
import { nextChainStep, nextMultiStep, type ChainMember, type Member } from './progress.js';

function member(
  id: string,
  status: ParentOrderStatus,
  completionReason: CompletionReason | null = null,
  failureReason: FailureReason = '',
): Member {
  return { id: id as ParentOrderId, status, completionReason, failureReason };
}

const of = (priority: number, one: Member): ChainMember => ({ ...one, priority });

describe('nextMultiStep', () => {
  it('waits while a leg is at work, and completes with the last', () => {
    const done = member('a', 'COMPLETE', 'finisher_end');
    expect(nextMultiStep('ACTIVE', [done, member('b', 'FINISHER')])).toEqual({ kind: 'none' });
    expect(nextMultiStep('ACTIVE', [done, member('b', 'COMPLETE', 'filled')])).toEqual({ kind: 'complete' });
  });

  it('fails with the first leg that ended CANCELED, and names those that still live', () => {
    const legs = [
      member('a', 'CANCELED', null, 'venue_rejected'),
      member('b', 'ACTIVE'),
      member('c', 'COMPLETE', 'filled'),
      member('d', 'PAUSED'),
    ];
    expect(nextMultiStep('ACTIVE', legs)).toEqual({ kind: 'fail', reason: 'leg_failed', live: ['b', 'd'] });
  });

  it('ends as a whole by what concerned the whole', () => {
    const held = [member('a', 'CANCELED', null, 'condition_expired'), member('b', 'SCHEDULED')];
    expect(nextMultiStep('SUBMITTED', held)).toEqual({ kind: 'fail', reason: 'condition_expired', live: ['b'] });
    const paused = [member('a', 'PAUSED'), member('b', 'CANCELED', null, 'pause_expired')];
    expect(nextMultiStep('PAUSED', paused)).toEqual({ kind: 'fail', reason: 'pause_expired', live: ['a'] });
  });

  it('never leaves a final status', () => {
    const failed = [member('a', 'CANCELED', null, 'venue_rejected'), member('b', 'ACTIVE')];
    for (const status of ['COMPLETE', 'CANCELED'] as const)
      expect(nextMultiStep(status, failed)).toEqual({ kind: 'none' });
  });
});

describe('nextChainStep', () => {
  const waiting = [of(3, member('c', 'SCHEDULED')), of(7, member('d', 'SCHEDULED')), of(3, member('e', 'SCHEDULED'))];

  it('starts the next batch, whatever the gap, once every member of the running one is filled or dust', () => {
    const running = [of(1, member('a', 'COMPLETE', 'filled')), of(1, member('b', 'COMPLETE', 'dust'))];
    expect(nextChainStep('ACTIVE', 1, [...running, ...waiting])).toEqual({
      kind: 'start',
      priority: 3,
      ids: ['c', 'e'],
    });
  });

  it('waits for the slower of two equal priorities', () => {
    const running = [of(1, member('a', 'COMPLETE', 'filled')), of(1, member('b', 'FINISHER'))];
    expect(nextChainStep('ACTIVE', 1, [...running, ...waiting])).toEqual({ kind: 'none' });
  });

  it.each<CompletionReason>(['strict_end', 'finisher_end', 'pov_limited', 'ioc_end'])(
    'stops when a member ends by %s, and names all that had not ended',
    (reason) => {
      const running = [of(1, member('a', 'COMPLETE', reason)), of(1, member('b', 'ACTIVE'))];
      expect(nextChainStep('ACTIVE', 1, [...running, ...waiting])).toEqual({
        kind: 'stop',
        live: ['b', 'c', 'd', 'e'],
      });
    },
  );

  it('stops as well when a member is cancelled that was still waiting', () => {
    const members = [of(1, member('a', 'ACTIVE')), of(3, member('c', 'CANCELED')), of(7, member('d', 'SCHEDULED'))];
    expect(nextChainStep('ACTIVE', 1, members)).toEqual({ kind: 'stop', live: ['a', 'd'] });
  });

  it('completes with its last batch, and then does nothing more', () => {
    const members = [of(1, member('a', 'COMPLETE', 'filled')), of(3, member('c', 'COMPLETE', 'filled'))];
    expect(nextChainStep('ACTIVE', 3, members)).toEqual({ kind: 'complete' });
    expect(nextChainStep('COMPLETE', 3, members)).toEqual({ kind: 'none' });
    expect(nextChainStep('CANCELED', 1, members)).toEqual({ kind: 'none' });
  });
});
