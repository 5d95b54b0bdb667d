import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { addQuantity, decimal, price, quantity, toDecimalString, ZERO_QUANTITY } from '../numeric/decimal.js';
import { deriveClientOrderId, type ParentOrderId, type TradeId, type VenueOrderId } from '../parent-order/ids.js';
import { epochMs } from '../time/clock.js';
import {
  applyEvent,
  isOpen,
  leavesQty,
  venueOrderIdOf,
  type ChildOrder,
  type ChildOrderEvent,
  type ChildOrderState,
  type ChildOrderStatus,
  type CloseReason,
  type Fill,
} from './child-order.js';

const PARENT = '018f4f5e-7d2a-7c31-9b52-8a6f0c1d2e3f' as ParentOrderId;
const V1 = 'v1' as VenueOrderId;

const orderIn = (state: ChildOrderState, epoch = 1): ChildOrder => ({
  clientOrderId: deriveClientOrderId(PARENT, 0),
  orderQty: quantity('10'),
  cumQty: ZERO_QUANTITY,
  epoch,
  state,
});

const fill = (trade: number, qty: string): Fill => ({
  venueOrderId: V1,
  tradeId: `t${trade}` as TradeId,
  lastQty: quantity(qty),
  lastPx: price('100'),
  role: 'maker',
  fee: decimal('0'),
  feeAsset: 'USDT',
  tradedAt: epochMs(2),
});

const times = { claimedAt: epochMs(1), validUntil: epochMs(5) };
const STATES: Readonly<Record<ChildOrderStatus, ChildOrderState>> = {
  pending: { status: 'pending' },
  claimed: { status: 'claimed', ...times },
  submitted: { status: 'submitted', venueOrderId: null },
  working: { status: 'working', venueOrderId: V1 },
  unknown: { status: 'unknown', ...times, code: 'TIMEOUT' },
  closed: { status: 'closed', reason: 'canceled', code: '', closedAt: epochMs(3), venueOrderId: V1 },
};

const closing = (reason: Exclude<CloseReason, 'filled'>): ChildOrderEvent => ({
  type: 'closed',
  reason,
  code: 'C',
  at: epochMs(3),
  venueOrderId: null,
});
const EVENTS: Readonly<Record<string, ChildOrderEvent>> = {
  claimed: { type: 'claimed', epoch: 2, ...times },
  released: { type: 'released', epoch: 1 },
  submitted: { type: 'submitted', venueOrderId: null },
  accepted: { type: 'accepted', venueOrderId: V1 },
  outcome_unknown: { type: 'outcome_unknown', epoch: 1, code: 'TIMEOUT' },
  vanished: { type: 'vanished', code: 'VANISHED', ...times },
  amended: { type: 'amended', orderQty: quantity('6'), at: epochMs(3) },
  filled: { type: 'filled', fill: fill(1, '4'), alreadyBooked: false },
  canceled: closing('canceled'),
  expired: closing('expired'),
  rejected: closing('rejected'),
  denied: closing('denied'),
};

/** The whole life as one table; what is not listed is illegal. */
const ALLOWED: Readonly<Record<ChildOrderStatus, Readonly<Record<string, ChildOrderStatus>>>> = {
  pending: { claimed: 'claimed', filled: 'working', canceled: 'closed', denied: 'closed' },
  claimed: {
    released: 'pending',
    submitted: 'submitted',
    accepted: 'working',
    outcome_unknown: 'unknown',
    filled: 'working',
    canceled: 'closed',
    expired: 'closed',
    rejected: 'closed',
    denied: 'closed',
  },
  submitted: {
    accepted: 'working',
    vanished: 'unknown',
    filled: 'working',
    canceled: 'closed',
    expired: 'closed',
    rejected: 'closed',
  },
  working: {
    amended: 'working',
    vanished: 'unknown',
    filled: 'working',
    canceled: 'closed',
    expired: 'closed',
    rejected: 'closed',
  },
  unknown: {
    submitted: 'submitted',
    accepted: 'working',
    filled: 'working',
    canceled: 'closed',
    expired: 'closed',
    rejected: 'closed',
  },
  closed: { filled: 'closed' },
};

const everyPair = Object.keys(STATES).flatMap((status) =>
  Object.keys(EVENTS).map((event) => [status as ChildOrderStatus, event] as const),
);

describe('child order', () => {
  it.each(everyPair)('%s on %s does what the table says', (status, name) => {
    const event = EVENTS[name]!;
    const result = applyEvent(orderIn(STATES[status]), event);
    const next = ALLOWED[status][name];
    if (next === undefined) expect(result).toEqual({ kind: 'illegal', status, event: event.type });
    else expect(result.kind === 'applied' && result.order.state.status).toBe(next);
  });

  it('can leave every state but closed, and reach every state', () => {
    const reached = new Set(Object.values(ALLOWED).flatMap((row) => Object.values(row)));
    expect([...reached].sort()).toEqual(Object.keys(STATES).sort());
    for (const [status, row] of Object.entries(ALLOWED))
      expect(Object.values(row).some((next) => next !== status)).toBe(status !== 'closed');
  });

  it.each([0, 1, 3])('refuses a claim with epoch %i after epoch 1', (epoch) => {
    const claim: ChildOrderEvent = { type: 'claimed', epoch, ...times };
    expect(applyEvent(orderIn(STATES.pending), claim)).toMatchObject({ kind: 'illegal' });
  });

  it('ignores the release and the unknown outcome of another claim', () => {
    for (const type of ['released', 'outcome_unknown'] as const)
      expect(applyEvent(orderIn(STATES.claimed, 2), { type, epoch: 1, code: '' })).toMatchObject({ kind: 'illegal' });
  });

  it('keeps the claim and its validity while the outcome is unknown', () => {
    const result = applyEvent(orderIn(STATES.claimed), EVENTS['outcome_unknown']!);
    expect(result).toMatchObject({ kind: 'applied', order: { epoch: 1, state: { ...times, code: 'TIMEOUT' } } });
  });

  it('keeps the venue order id it knew when a close does not name one', () => {
    const result = applyEvent(orderIn(STATES.working), EVENTS['canceled']!);
    expect(result.kind === 'applied' && venueOrderIdOf(result.order.state)).toBe(V1);
    expect(venueOrderIdOf(STATES.pending)).toBeNull();
  });

  it('closes as filled with the fill that completes it', () => {
    const result = applyEvent(orderIn(STATES.working), { type: 'filled', fill: fill(1, '10'), alreadyBooked: false });
    expect(result).toMatchObject({ kind: 'applied', order: { state: { status: 'closed', reason: 'filled' } } });
  });

  it('takes an amended total, and is full where that is filled already', () => {
    const partly = applyEvent(orderIn(STATES.working), EVENTS['filled']!);
    if (partly.kind !== 'applied') throw new Error('a fill applies');
    const less = applyEvent(partly.order, EVENTS['amended']!);
    expect(less.kind === 'applied' && toDecimalString(leavesQty(less.order))).toBe('2');
    const full = applyEvent(partly.order, { type: 'amended', orderQty: quantity('4'), at: epochMs(3) });
    expect(full).toMatchObject({ kind: 'applied', order: { state: { status: 'closed', reason: 'filled' } } });
  });

  it('books a fill that arrives after the cancel, and flags it', () => {
    const late = applyEvent(orderIn(STATES.closed), EVENTS['filled']!);
    expect(late).toMatchObject({ kind: 'applied', anomaly: 'fill_after_close', order: { state: STATES.closed } });
    expect(late.kind === 'applied' && toDecimalString(late.order.cumQty)).toBe('4');
  });

  it('books an overfill whole, and flags it', () => {
    const over = applyEvent(orderIn(STATES.working), { type: 'filled', fill: fill(1, '12'), alreadyBooked: false });
    expect(over).toMatchObject({ kind: 'applied', anomaly: 'overfill' });
    expect(over.kind === 'applied' && toDecimalString(over.order.cumQty)).toBe('12');
    expect(over.kind === 'applied' && leavesQty(over.order).isZero()).toBe(true);
  });

  it('counts a trade no more that the venue took back, and again when it tells it again; no state moves', () => {
    const filled = applyEvent(orderIn(STATES.working), { type: 'filled', fill: fill(1, '10'), alreadyBooked: false });
    if (filled.kind !== 'applied') throw new Error('a fill must be booked');
    const busted = applyEvent(filled.order, { type: 'busted', lastQty: quantity('10') });
    if (busted.kind !== 'applied') throw new Error('a bust must be booked');
    expect([toDecimalString(busted.order.cumQty), busted.order.state]).toEqual(['0', filled.order.state]);
    expect(leavesQty(busted.order).isZero()).toBe(true);
    expect(applyEvent(busted.order, { type: 'busted', lastQty: quantity('1') })).toMatchObject({ kind: 'illegal' });
    const again = applyEvent(busted.order, { type: 'reinstated', lastQty: quantity('10') });
    expect(again).toEqual({ kind: 'applied', order: filled.order });
  });

  const event: fc.Arbitrary<ChildOrderEvent> = fc.oneof(
    fc.constantFrom(...Object.values(EVENTS)),
    fc.integer({ min: 1, max: 4 }).map((epoch): ChildOrderEvent => ({ type: 'claimed', epoch, ...times })),
    fc.integer({ min: 1, max: 4 }).map((epoch): ChildOrderEvent => ({ type: 'released', epoch })),
    fc
      .record({ trade: fc.integer({ min: 1, max: 6 }), qty: fc.integer({ min: 1, max: 5 }) })
      .map(({ trade, qty }): ChildOrderEvent => ({
        type: 'filled',
        fill: fill(trade, String(qty)),
        alreadyBooked: false,
      })),
  );

  it('B-02 holds its invariants under any sequence of venue messages', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let order = orderIn(STATES.pending, 0);
        const booked: Fill[] = [];
        for (const next of events) {
          // the database knows which trades are booked; the event says so
          const known = next.type === 'filled' && booked.some(({ tradeId }) => tradeId === next.fill.tradeId);
          const result = applyEvent(order, next.type === 'filled' ? { ...next, alreadyBooked: known } : next);
          seen.add(result.kind === 'applied' ? (result.anomaly ?? result.order.state.status) : result.kind);
          if (next.type === 'filled') expect(result.kind).toBe(known ? 'duplicate' : 'applied');
          if (result.kind !== 'applied') continue;
          if (next.type === 'filled') booked.push(next.fill);
          const before = order;
          order = result.order;
          expect(order.cumQty.gte(before.cumQty)).toBe(true);
          expect(order.epoch).toBeGreaterThanOrEqual(before.epoch);
          if (before.state.status === 'closed') expect(order.state).toEqual(before.state);
          const sum = booked.reduce((total, { lastQty }) => addQuantity(total, lastQty), ZERO_QUANTITY);
          expect(order.cumQty.eq(sum)).toBe(true);
          if (order.cumQty.gte(order.orderQty)) expect(isOpen(order)).toBe(false);
          if (isOpen(order)) expect(addQuantity(leavesQty(order), order.cumQty).eq(order.orderQty)).toBe(true);
          else expect(leavesQty(order).isZero()).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
    const kinds = [...Object.keys(STATES), 'duplicate', 'fill_after_close', 'illegal', 'overfill'];
    expect([...seen].sort()).toEqual(kinds.sort());
  });
});
