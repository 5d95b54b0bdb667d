import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { Timeline } from './timeline.js';

interface Item {
  readonly id: number;
  readonly at: number;
}

/** The same by looking at everything. */
function selected(
  items: readonly Item[],
  { fromId, startTime, endTime, limit }: { fromId?: number; startTime?: number; endTime?: number; limit: number },
): Item[] {
  const found = items
    .filter(({ id, at }) => id >= (fromId ?? 0) && at >= (startTime ?? 0) && at <= (endTime ?? Infinity))
    .sort((a, b) => a.id - b.id);
  return fromId !== undefined || startTime !== undefined ? found.slice(0, limit) : found.slice(-limit);
}

const maybe = fc.option(fc.nat(60), { nil: undefined });

describe('a timeline', () => {
  it('finds by id and time what a look at everything finds, also when the clock was set back or one came in late', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -4, max: 6 }), fc.integer({ min: -3, max: 5 })), { maxLength: 40 }),
        maybe,
        maybe,
        maybe,
        fc.integer({ min: 1, max: 20 }),
        (steps, fromId, startTime, endTime, limit) => {
          const timeline = new Timeline<Item>(
            ({ id }) => id,
            ({ at }) => at,
          );
          const added: Item[] = [];
          let [id, at] = [20, 20];
          for (const [idStep, timeStep] of steps) {
            added.push({ id: (id += idStep), at: (at += timeStep) });
            timeline.add(added.at(-1) as Item);
          }
          const range = {
            limit,
            ...(fromId !== undefined && { fromId }),
            ...(startTime !== undefined && { startTime }),
            ...(endTime !== undefined && { endTime }),
          };
          expect(timeline.select(range)).toEqual(selected(added, range));
        },
      ),
      { numRuns: 2_000, seed: 41 },
    );
  });

  it('answers about a long history without a walk through it', () => {
    let looked = 0;
    const timeline = new Timeline<Item>(
      ({ id }) => ((looked += 1), id),
      ({ at }) => ((looked += 1), at),
    );
    for (let i = 0; i < 100_000; i += 1) timeline.add({ id: i, at: i * 10 });
    looked = 0;
    expect(timeline.select({ startTime: 500_000, endTime: 500_030, limit: 500 }).map(({ id }) => id)).toEqual([
      50_000, 50_001, 50_002, 50_003,
    ]);
    expect(timeline.select({ fromId: 99_998, limit: 500 })).toHaveLength(2);
    expect(looked).toBeLessThan(100);
  });
});
