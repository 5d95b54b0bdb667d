import { describe, expect, it } from '@jest/globals';
import { at, briefs, decideAt, filled, find, holds, under } from '../../../../test/support/planned-order.js';
import { childOrder, parentOrder } from '../../../../test/support/simulated-order.js';
import { decimal, price, quantity } from '../numeric/decimal.js';
import type { ExecutionChild, ExecutionParams, ExecutionParent } from './contract.js';

/** A lower quantity waits for child 1, whose outcome nobody knows. */
const amending = (
  u: number,
  change: Partial<ExecutionParent> = {},
  params: Partial<ExecutionParams> = {},
  status: ExecutionChild['status'] = 'unknown',
) => {
  const children = [filled(0, '30'), childOrder({ sequence: 1, status, cancelRequestedAt: at(30), createdAt: at(29) })];
  return under('0', u, { children, nextSequence: 2, amendPending: decimal('30.1'), ...change }, params);
};

describe('decide: while a lower quantity waits for its children', () => {
  it('places nothing, however far behind its plan, and looks again', () => {
    for (const u of [45, 60]) {
      expect(briefs(decideAt(amending(u, { amendPending: null }), u))).not.toEqual([]);
      const decision = decideAt(amending(u), u);
      expect(briefs(decision)).toEqual([]);
      expect(holds(decision)).toContain('AMEND_PENDING');
      expect(decision.nextWakeAt).toBe(at(u + 10));
    }
  });

  it('ends a strict order on time, and enters FINISHER on time', () => {
    expect(decideAt(amending(95, {}, { strictDuration: true }), 95).nextWakeAt).toBe(at(99.5));
    expect(find(decideAt(amending(100, {}, { strictDuration: true }), 100), 'complete')?.reason).toBe('strict_end');
    const late = decideAt(amending(100), 100);
    expect(find(late, 'finisher')?.at).toBe(at(100));
    expect(briefs(late)).toEqual([]);
    const finisher = { status: 'FINISHER' as const, finisherFrom: at(100), finisherX0: decimal('30') };
    expect(briefs(decideAt(amending(115, finisher), 115))).toEqual([]);
    expect(find(decideAt(amending(130, finisher, {}, 'working'), 130), 'complete')?.reason).toBe('finisher_end');
  });

  it('ends a pause that lasted a day, and cancels what the limit price forbids', () => {
    const paused = { status: 'PAUSED' as const, paused: [{ from: at(-86_300), to: null }] };
    expect(find(decideAt(amending(100, paused), 100), 'fail')?.reason).toBe('pause_expired');
    const beyond = childOrder({ sequence: 1, orderQty: quantity('1'), createdAt: at(39) });
    const limited = amending(40, { children: [filled(0, '40'), beyond] }, { limitPrice: price('99.5') });
    expect(briefs(decideAt(limited, 40))).toEqual(['cancel 1 limit!']);
  });

  it.each(['limit', 'iceberg'] as const)('places nothing of a %s order', (algorithm) => {
    const order = (amendPending: ExecutionParent['amendPending']) =>
      parentOrder(
        { algorithm, amendPending: amendPending ?? null, children: [], nextSequence: 1 },
        { durationMs: null, limitPrice: price('99.9'), orderSlices: 2 },
      );
    expect(briefs(decideAt(order(null), 1))).toHaveLength(1);
    const decision = decideAt(order(decimal('5')), 1);
    expect([briefs(decision), holds(decision)]).toEqual([[], expect.arrayContaining(['AMEND_PENDING'])]);
  });
});
