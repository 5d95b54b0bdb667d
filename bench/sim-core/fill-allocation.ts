import { Book } from '../../apps/sim-venue/src/matching/book.js';
import { matchTaker } from '../../apps/sim-venue/src/matching/match.js';
import { CoreOrder } from '../../test/support/core-order.js';

const FILLS = 200_000;
const LEVELS = 100;
const ROUNDS = 5;

/**
 * Heap bytes that matching takes per fill when nobody keeps an event: the least of some rounds, since the first one is
 * interpreted and compiled. Orders exist before; one taker sweeps them all.
 */
export function allocatedPerFill(): { bytes: number; nanoseconds: number } {
  let least = { bytes: Infinity, nanoseconds: Infinity };
  for (let round = 0; round < ROUNDS; round += 1) {
    const book = new Book(() => undefined);
    for (let n = 0; n < FILLS; n += 1) book.add(new CoreOrder(n, 1, 'SELL', 1_000 + (n % LEVELS), 1));
    const taker = new CoreOrder(-1, 2, 'BUY', 2_000, FILLS);
    let fills = 0;
    const sink = {
      trade: () => {
        fills += 1;
      },
      prevented: () => undefined,
    };
    const before = process.memoryUsage().heapUsed;
    const began = performance.now();
    matchTaker(book, taker, null, sink);
    const ms = performance.now() - began;
    const bytes = process.memoryUsage().heapUsed - before;
    if (fills !== FILLS) throw new Error(`There must be ${FILLS} fills, were ${fills}`);
    // A collection of garbage in between would make it less than nothing.
    if (bytes >= 0)
      least = {
        bytes: Math.min(least.bytes, bytes / fills),
        nanoseconds: Math.min(least.nanoseconds, (ms * 1e6) / fills),
      };
  }
  return least;
}
