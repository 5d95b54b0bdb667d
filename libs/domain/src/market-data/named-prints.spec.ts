import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { price, quantity } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { printCounter } from './print-counter.js';
import { REMEMBERED_NAMES } from './print-memory.js';
import { NO_VOLUME, type TradedVolume, type VolumePrint } from './traded-volume.js';

const T0 = 1_764_000_030_000;
const NAMES = printCounter('names');
const print = (id: string, at = 0, qty = '1'): VolumePrint => ({
  id,
  price: price('2'),
  qty: quantity(qty),
  aggressor: 'buy',
  venueAt: epochMs(T0 + at),
});
const base = (volume: TradedVolume): string => volume.cumBase.toFixed();
/** Listening since before the first trade. */
const BEGUN = NAMES.catchUp(NO_VOLUME, [], []).volume;

describe('prints that have names', () => {
  it('are counted once each, whatever the ids and their order', () => {
    const uuids = ['9f8b-zz', '0a11-aa', 'ffff', '18446744073709551616', ''];
    const all = uuids.map((id, n) => print(id, -n));
    const volume = NAMES.add(NAMES.add(BEGUN, all), [...all, print('later', 1)]);
    expect([base(volume), volume.lastTradeId, volume.bars.open?.trades]).toEqual(['6', 'later', 6]);
  });

  it('are told apart within a millisecond', () => {
    const first = NAMES.add(BEGUN, [print('m'), print('z')]);
    expect(base(NAMES.add(first, [print('a'), print('m'), print('z')]))).toBe('3');
  });

  it('say which of a list are not counted yet, once there is a count', () => {
    const seen = NAMES.add(BEGUN, [print('b', 2), print('d', 4)]);
    const list = [print('a', 1), print('b', 2), print('c', 3), print('d', 4), print('e', 5)];
    expect(NAMES.uncounted(seen, list).map(({ id }) => id)).toEqual(['a', 'c', 'e']);
    expect(NAMES.uncounted(NO_VOLUME, list)).toEqual([]);
    const numbers = printCounter('numbers');
    const numbered = [9, 10, 11].map((id) => print(String(id)));
    expect(numbers.uncounted({ ...NO_VOLUME, lastTradeId: '10' }, numbered).map(({ id }) => id)).toEqual(['11']);
    expect(numbers.uncounted(NO_VOLUME, numbered)).toEqual([]);
  });

  it('begin with the first that is heard, not with what was traded before', () => {
    const { volume, missed } = NAMES.catchUp(NO_VOLUME, [print('a', 1), print('b', 2), print('c', 3)], [print('c', 3)]);
    expect([base(volume), volume.lastTradeId, missed]).toEqual(['1', 'c', 0n]);
    expect(base(NAMES.add(volume, [print('a', 1), print('b', 2), print('d', 4)]))).toBe('2');
  });

  it('begin anew, with a hole in the minute, where the count so far had numbers', () => {
    const numbers = printCounter('numbers').add(NO_VOLUME, [print('7')]);
    const { volume } = NAMES.catchUp(numbers, [print('7'), print('8', 1)], []);
    expect([base(volume), volume.bars.open?.complete]).toEqual(['1', false]);
    expect(base(NAMES.add(volume, [print('9', 2)]))).toBe('2');
    // And back again: names are no numbers.
    const back = printCounter('numbers').catchUp(volume, [print('11', 3)], [print('11', 3)]).volume;
    expect([base(back), back.lastTradeId, back.seen]).toEqual(['2', '11', null]);
  });

  it('leave a hole when the venue lists none that was seen, and say so', () => {
    const volume = NAMES.add(BEGUN, [print('a', 1)]);
    const near = NAMES.catchUp(volume, [print('a', 1), print('b', 2)], [print('c', 3)]);
    expect([base(near.volume), near.missed, near.volume.bars.hole]).toEqual(['3', 0n, false]);
    const far = NAMES.catchUp(volume, [print('x', 8), print('y', 9)], [print('z', 10)]);
    expect([base(far.volume), far.missed, far.volume.bars.open?.complete]).toEqual(['4', null, false]);
    expect(NAMES.catchUp(volume, [], []).missed).toBe(0n);
  });

  it('are not counted again after their names are forgotten', () => {
    const many = Array.from({ length: 3 * REMEMBERED_NAMES }, (_, n) => print(`t${n}`, n));
    const volume = NAMES.add(BEGUN, many);
    expect(volume.seen?.newest).toHaveLength(REMEMBERED_NAMES);
    expect(base(NAMES.add(volume, many))).toBe(String(many.length));
  });

  it('come to the same sum for any looks that overlap, late ones and restarts included', () => {
    let late = 0;
    fc.assert(
      fc.property(
        fc.array(fc.record({ step: fc.integer({ min: 0, max: 3 }), id: fc.uuid() }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 1, max: 60 })), { maxLength: 12 }),
        fc.integer({ min: 0, max: 30 }),
        (steps, looks, hidden) => {
          let at = 0;
          const tape = steps.map(({ step, id }) => print(id, (at += step)));
          // One is shown only after those that follow it.
          const shown = (from: number, to: number, withHidden: boolean): VolumePrint[] =>
            tape.filter((_, n) => n >= from && n < to && (withHidden || n !== hidden));
          let volume = BEGUN;
          for (const [from, length] of looks) {
            volume = NAMES.add(volume, shown(from, from + length, false).toReversed());
            volume = structuredCloneOfSeen(volume);
          }
          if (hidden < tape.length - 1 && looks.length > 0) late += 1;
          expect(base(NAMES.add(volume, tape))).toBe(String(new Set(tape.map(({ id }) => id)).size));
        },
      ),
    );
    expect(late).toBeGreaterThan(10);
  });
});

/** As it comes back from where it was written down. */
function structuredCloneOfSeen(volume: TradedVolume): TradedVolume {
  return { ...volume, seen: volume.seen === null ? null : structuredClone(volume.seen) };
}

describe('two that count the same prints with names', () => {
  it('go on from each other’s count with what they heard since', () => {
    const theirs = NAMES.add(BEGUN, [print('a', 1), print('b', 2)]);
    const recent = [print('b', 2), print('c', 3)];
    const ours = NAMES.catchUp(NO_VOLUME, [print('a', 1)], recent).volume;
    expect(NAMES.continued(theirs, ours, recent)?.cumBase.toFixed()).toBe('3');
    // They ended with one that we never saw.
    const further = NAMES.add(theirs, [print('q', 9)]);
    expect(NAMES.continued(further, ours, recent)).toBeNull();
    expect([NAMES.isBehind(ours, further), NAMES.isBehind(further, ours), NAMES.isBehind(ours, NO_VOLUME)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
