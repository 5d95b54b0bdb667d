import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { price, toDecimalString } from '../numeric/decimal.js';
import { epochMs } from '../time/clock.js';
import { isNextUpdate, PriceTrack, type PriceUpdate } from './price-track.js';

const T0 = 1_764_000_000_000;
const at = (ms: number) => epochMs(T0 + ms);
function begun(seq = 0): PriceTrack {
  const track = new PriceTrack();
  track.begin(seq);
  return track;
}
const shown = (update: PriceUpdate | null) =>
  update && [
    update.seq,
    ...[update.price, update.low, update.high].map(toDecimalString),
    update.from - T0,
    update.at - T0,
  ];

describe('a price track', () => {
  it('tells where the price is and where it has been since the update before', () => {
    const track = begun(10);
    track.add(price('100'), at(1));
    track.add(price('104'), at(2));
    track.add(price('97'), at(3));
    track.add(price('101'), at(4));
    expect(track.isChanged).toBe(true);
    expect(shown(track.next())).toEqual([11, '101', '97', '104', 1, 4]);
    expect([track.isChanged, track.next()]).toEqual([false, null]);
    track.add(price('101'), at(9));
    expect(shown(track.next())).toEqual([12, '101', '101', '101', 9, 9]);
    expect(shown(track.newest)).toEqual([12, '101', '101', '101', 9, 9]);
  });

  it('tells nothing before it has begun', () => {
    const track = new PriceTrack();
    track.add(price('100'), at(1));
    expect([track.isChanged, track.next(), track.newest]).toEqual([false, null, null]);
  });

  it('leaves a number out where prices may be missing, once', () => {
    const track = begun();
    track.add(price('100'), at(1));
    const first = track.next();
    track.skip();
    track.skip();
    track.add(price('99'), at(2));
    const second = track.next();
    track.add(price('98'), at(3));
    const third = track.next();
    expect([first, second, third].map((update) => update?.seq)).toEqual([1, 3, 4]);
    expect(isNextUpdate(first, second as PriceUpdate)).toBe(false);
    expect(isNextUpdate(second, third as PriceUpdate)).toBe(true);
    expect(isNextUpdate(null, third as PriceUpdate)).toBe(false);
  });

  it('takes a price of the past for touched, and not for the price', () => {
    const track = begun();
    track.add(price('100'), at(50));
    track.next();
    track.addPast(price('88'), at(20));
    expect(shown(track.next())).toEqual([2, '100', '88', '88', 20, 50]);
    const empty = begun();
    empty.addPast(price('88'), at(20));
    expect(shown(empty.next())).toEqual([1, '88', '88', '88', 20, 20]);
  });

  it('begins above all numbers before with the price as it stands, also one that another told', () => {
    const track = begun(100);
    track.add(price('100'), at(1));
    track.next();
    track.add(price('90'), at(2));
    track.add(price('95'), at(3));
    track.begin(50);
    expect(track.newest).toBeNull();
    expect(shown(track.next())).toEqual([103, '95', '95', '95', 3, 3]);
    const heir = new PriceTrack();
    heir.remember({ price: price('77'), at: at(5) });
    heir.begin(2_000);
    expect(shown(heir.next())).toEqual([2_001, '77', '77', '77', 5, 5]);
    heir.remember({ price: price('1'), at: at(6) });
    expect(heir.price?.price.toFixed()).toBe('77');
  });

  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ px: fc.integer({ min: 90, max: 110 }) }) },
      { weight: 2, arbitrary: fc.constantFrom('tell', 'fail' as const) },
    ),
    { minLength: 20, maxLength: 60 },
  );

  it('covers the same range however it is cut into updates, and loses nothing to updates that failed', () => {
    let [cut, failed] = [0, 0];
    fc.assert(
      fc.property(steps, (all) => {
        const track = begun();
        const told: PriceUpdate[] = [];
        const ticks: { readonly px: number; readonly at: number; readonly part: number }[] = [];
        all.forEach((step, index) => {
          if (typeof step === 'object') {
            track.add(price(String(step.px)), at(index));
            ticks.push({ px: step.px, at: index, part: told.length });
            return;
          }
          const update = track.next();
          if (update === null) return;
          if (step === 'tell') told.push(update);
          else track.giveBack(update);
          if (step === 'fail') failed += 1;
          else cut += 1;
        });
        const rest = track.next();
        if (rest !== null) told.push(rest);
        told.forEach((update, part) => {
          const own = ticks.filter((tick) => tick.part === part);
          const prices = own.map(({ px }) => px);
          expect(shown(update)).toEqual([
            expect.any(Number),
            String(own.at(-1)?.px),
            String(Math.min(...prices)),
            String(Math.max(...prices)),
            own[0]?.at,
            own.at(-1)?.at,
          ]);
        });
        const seqs = told.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        if (!all.includes('fail')) expect(seqs).toEqual(told.map((_, index) => index + 1));
      }),
      { numRuns: 500 },
    );
    expect(Math.min(cut, failed)).toBeGreaterThan(500);
  });
});
