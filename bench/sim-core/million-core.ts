/** A process of its own, so that what it weighs is what it holds: `million-core.ts LEVELS` prints one line of JSON. */
import { Book } from '../../apps/sim-venue/src/matching/book.js';
import { CoreOrder } from '../../test/support/core-order.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { residentBytes, weighed } from './weigh.js';

const ORDERS = 1_000_000;
const TOUCH = 10_000_000;
/** Cancels of an order at random, each followed by a new order at random. */
const PAIRS = 200_000;

const levels = Number(process.argv[2]);
const random = new SeededRandom(11);
const book = new Book(() => undefined);
const orders = new Map<number, CoreOrder>();
const ids = new Int32Array(ORDERS);

function add(id: number, depth: number): void {
  const side = id % 2 === 0 ? 'BUY' : 'SELL';
  const order = new CoreOrder(id, 1 + (id % 7), side, TOUCH + (side === 'BUY' ? -1 - depth : 1 + depth), 1 + (id % 90));
  book.add(order);
  orders.set(id, order);
}

/** Of `levels` in all, half on either side. */
const drawDepth = (): number => random.between(0, levels / 2 - 1);

const empty = residentBytes();
let began = performance.now();
for (let id = 0; id < ORDERS; id += 1) {
  ids[id] = id;
  add(id, drawDepth());
}
const fillSeconds = (performance.now() - began) / 1_000;
const full = residentBytes();
began = performance.now();
for (let pair = 0; pair < PAIRS; pair += 1) {
  const at = random.between(0, ORDERS - 1);
  const id = ids[at] as number;
  book.remove(orders.get(id) as CoreOrder);
  orders.delete(id);
  ids[at] = ORDERS + pair;
  add(ORDERS + pair, drawDepth());
}
const seconds = (performance.now() - began) / 1_000;
book.assertInvariants();
weighed({ empty, full, orders: ORDERS, fillSeconds, operations: 2 * PAIRS, seconds });
