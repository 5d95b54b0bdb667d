import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { must, mustEqual } from '../../../../test/support/must.js';
import type { Side } from './level.js';
import { LevelLadder } from './level-ladder.js';

const step = fc.record({
  kind: fc.constantFrom('add' as const, 'add' as const, 'add' as const, 'remove' as const, 'removeBest' as const),
  ticks: fc.integer({ min: 1, max: 60 }),
});

const PRICES = Array.from({ length: 62 }, (_, at) => at);

it('stands in order, finds every price and loses none, however it is cut into blocks', () => {
  let [most, removed] = [0, 0];
  fc.assert(
    fc.property(
      fc.constantFrom<Side>('BUY', 'SELL'),
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 50, maxLength: 200 }),
      (side, mostInABlock, steps) => {
        const ladder = new LevelLadder(side, mostInABlock);
        const plain = new Set<number>();
        const outwards = (): number[] => [...plain].sort((a, b) => (side === 'BUY' ? b - a : a - b));
        for (const { kind, ticks } of steps) {
          if (kind === 'add') {
            const level = ladder.findOrAdd(ticks);
            mustEqual([level.side, level.ticks, level.lots], [side, ticks, 0]);
            must(ladder.findOrAdd(ticks) === level, 'a level is added once');
            plain.add(ticks);
          } else {
            const level = kind === 'remove' ? ladder.find(ticks) : ladder.best();
            mustEqual(level?.ticks, kind === 'remove' ? (plain.has(ticks) ? ticks : undefined) : outwards()[0]);
            if (level === undefined) continue;
            ladder.remove(level);
            plain.delete(level.ticks);
            removed += 1;
          }
          most = Math.max(most, plain.size);
          mustEqual(ladder.size, plain.size);
          mustEqual(ladder.best()?.ticks, outwards()[0]);
          mustEqual(
            [...ladder.outwards()].map((level) => level.ticks),
            outwards(),
          );
          mustEqual(
            PRICES.filter((at) => ladder.find(at)?.ticks === at),
            PRICES.filter((at) => plain.has(at)),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
  // Guards against a ladder that never grows beyond a block, or never shrinks.
  expect(most).toBeGreaterThan(15);
  expect(removed).toBeGreaterThan(300);
});

it('lets a level go while it is at hand', () => {
  const ladder = new LevelLadder('SELL', 2);
  for (const ticks of [5, 3, 9, 1, 7]) ladder.findOrAdd(ticks);
  const seen: number[] = [];
  for (const level of ladder.outwards()) {
    seen.push(level.ticks);
    if (level.ticks !== 5) ladder.remove(level);
  }
  expect(seen).toEqual([1, 3, 5, 7, 9]);
  expect([...ladder.outwards()].map(({ ticks }) => ticks)).toEqual([5]);
});

it('refuses to remove a level of another book', () => {
  const [mine, other] = [new LevelLadder('BUY'), new LevelLadder('BUY')];
  mine.findOrAdd(5);
  expect(() => mine.remove(other.findOrAdd(5))).toThrow('Level 5 is not in the book');
});
