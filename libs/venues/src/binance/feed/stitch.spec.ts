import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { OrderBook, price, quantity, toDecimalString } from '#domain';
import type { FeedMessage, Level } from '../../feed-port.js';
import { onDelta, onSnapshot, UNSTITCHED, type DepthDelta, type DepthSnapshot, type StitchState } from './stitch.js';

const delta = (first: number, last: number, bids: readonly Level[] = []): DepthDelta => ({
  first,
  last,
  bids,
  asks: [],
});
const snapshot = (lastUpdateId: number): DepthSnapshot => ({ lastUpdateId, bids: [], asks: [] });

function run(inputs: readonly (DepthDelta | DepthSnapshot)[]) {
  let state: StitchState = UNSTITCHED;
  const emitted: FeedMessage[] = [];
  let wanted = 0;
  for (const input of inputs) {
    const step = 'lastUpdateId' in input ? onSnapshot(state, input) : onDelta(state, input);
    state = step.state;
    emitted.push(...step.emit);
    if (step.wantsSnapshot) wanted += 1;
  }
  return { state, emitted, wanted, kinds: emitted.map((m) => (m.type === 'delta' ? `${m.prevSeq}>${m.seq}` : m.type)) };
}

describe('stitching of Binance spot depth', () => {
  it('drops what the snapshot holds, takes the one that spans it, then the rest in order', () => {
    const { kinds } = run([delta(1, 4), delta(5, 8), delta(9, 12), delta(13, 13), snapshot(10), delta(14, 20)]);
    expect(kinds).toEqual(['snapshot', '10>12', '12>13', '13>20']);
  });

  it('lets the first delta begin before the snapshot although none was waiting', () => {
    expect(run([snapshot(10), delta(8, 9), delta(9, 12), delta(13, 14)]).kinds).toEqual(['snapshot', '10>12', '12>14']);
  });

  it('asks for another snapshot when this one is older than everything that waits', () => {
    const { kinds, wanted, state } = run([delta(20, 22), snapshot(18)]);
    expect([kinds, wanted, state.phase]).toEqual([[], 1, 'waiting']);
    expect(run([delta(20, 22), snapshot(18), snapshot(19)]).kinds).toEqual(['snapshot', '19>22']);
  });

  it('VE-A20 publishes no book between a gap and the next stitched snapshot', () => {
    const { kinds, wanted } = run([
      snapshot(10),
      delta(11, 11),
      delta(13, 14),
      delta(15, 15),
      snapshot(14),
      delta(16, 17),
    ]);
    expect(kinds).toEqual(['snapshot', '10>11', 'resync', 'snapshot', '14>15', '15>17']);
    expect(wanted).toBe(1);
  });

  it('drops what comes twice', () => {
    const { kinds, wanted } = run([snapshot(10), delta(11, 12), delta(11, 12), delta(10, 11), delta(13, 13)]);
    expect([kinds, wanted]).toEqual([['snapshot', '10>12', '12>13'], 0]);
  });

  it('does not let a later delta overlap what is held', () => {
    expect(run([snapshot(10), delta(11, 12), delta(12, 13)]).kinds).toEqual(['snapshot', '10>12', 'resync']);
  });

  it('ends with the venue’s book whatever was lost, doubled or late', () => {
    let resyncs = 0;
    const level = (px: number, qty: number): Level => ({ price: price(String(px)), qty: quantity(String(qty)) });
    const change = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            changes: fc.array(change, { minLength: 1, maxLength: 3 }),
            fault: fc.constantFrom('', '', '', '', 'lose', 'double'),
          }),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        fc.integer({ min: 0, max: 5 }),
        (events, snapshotDelay) => {
          const venue = new Map<number, number>();
          const book = new OrderBook();
          let state: StitchState = UNSTITCHED;
          /** When the next snapshot arrives; never, while none is asked for. */
          let dueAt = snapshotDelay;
          let seq = 100;
          const take = (
            step: { state: StitchState; emit: readonly FeedMessage[]; wantsSnapshot: boolean },
            at: number,
          ) => {
            state = step.state;
            for (const message of step.emit) {
              if (message.type === 'resync') {
                resyncs += 1;
                book.clear();
              } else if (message.type === 'snapshot') book.applySnapshot(message.seq, message.bids, message.asks);
              else if (message.type === 'delta') {
                expect(book.applyDelta(message.prevSeq, message.seq, message.bids, message.asks)).toBe('applied');
              }
            }
            if (step.wantsSnapshot) dueAt = at + snapshotDelay;
          };
          const give = (at: number) => {
            dueAt = Infinity;
            const bids = [...venue].map(([px, qty]) => level(px, qty));
            take(onSnapshot(state, { lastUpdateId: seq, bids, asks: [] }), at);
          };
          events.forEach(({ changes, fault }, at) => {
            if (dueAt <= at) give(at);
            const first = seq + 1;
            for (const [px, qty] of changes) {
              seq += 1;
              if (qty === 0) venue.delete(px);
              else venue.set(px, qty);
            }
            const event = delta(
              first,
              seq,
              changes.map(([px, qty]) => level(px, qty)),
            );
            if (fault === 'lose') return;
            take(onDelta(state, event), at);
            if (fault === 'double') take(onDelta(state, event), at);
          });
          // One more event shows every loss; then a snapshot, if one is wanted, must bring the venue's book.
          seq += 1;
          venue.set(99, 1);
          take(onDelta(state, delta(seq, seq, [level(99, 1)])), events.length);
          if (dueAt < Infinity) give(events.length);
          const held = book
            .top(100)
            .bids.map((l) => [Number(toDecimalString(l.price)), Number(toDecimalString(l.qty))]);
          expect(held).toEqual([...venue].sort((a, b) => b[0] - a[0]));
        },
      ),
      { numRuns: 1_000 },
    );
    expect(resyncs).toBeGreaterThan(200);
  });
});

describe('stitching USD-M', () => {
  const named = (first: number, last: number, prev: number) => ({ ...delta(first, last), prev });

  it('begins with the delta that spans the snapshot, and goes on where each names the one before', () => {
    const { kinds, wanted } = run([
      named(5, 9, 4),
      named(10, 14, 9),
      named(20, 22, 14),
      snapshot(12),
      named(30, 31, 22),
    ]);
    expect([kinds, wanted]).toEqual([['snapshot', '12>14', '14>22', '22>31'], 0]);
  });

  it('drops one that ends with the snapshot, and takes the next, whatever numbers were left out between', () => {
    expect(run([snapshot(12), named(8, 12, 7), named(18, 20, 12)]).kinds).toEqual(['snapshot', '12>20']);
    expect(run([snapshot(12), named(18, 20, 12)]).kinds).toEqual(['snapshot', '12>20']);
  });

  it('VE-A20 publishes no book when one names another before it, until stitched again', () => {
    const { kinds, wanted } = run([
      snapshot(12),
      named(13, 14, 12),
      named(17, 18, 16),
      snapshot(18),
      named(19, 20, 18),
    ]);
    expect(kinds).toEqual(['snapshot', '12>14', 'resync', 'snapshot', '18>20']);
    expect(wanted).toBe(1);
  });

  it('asks for a newer snapshot when this one lies before everything that waits', () => {
    expect(run([named(20, 22, 19), snapshot(18)]).wanted).toBe(1);
    expect(run([named(20, 22, 19), snapshot(18), snapshot(21)]).kinds).toEqual(['snapshot', '21>22']);
  });
});
