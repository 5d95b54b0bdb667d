/**
 * Processor time to compute what an order of ten thousand fills over an hour cost: least and median of the rounds in ms,
 * the ratio of the least to a floor measured in the same run, adding up what the fills executed, and the longest step. Run:
 * `node --import ./test/support/typescript.mjs bench/order-cost.ts`.
 */
import {
  addMs,
  Dec,
  decimal,
  epochMs,
  firstPlan,
  NEVER_HELD,
  notional,
  orderCost,
  orderCostInSteps,
  price,
  quantity,
  ZERO,
  type BookedTrade,
  type CostedOrder,
  type MarketSample,
} from '#domain';
import { seededRandom } from '../test/support/simulated-order.js';

const FILLS = 10_000;
const SECONDS = 3_600;
const ROUNDS = 40;
const WARM_UP = 5;
const INSTRUMENT = 'BTCUSDT.sim';
const T0 = epochMs(1_700_000_000_000);

const random = seededRandom(1);
const cents = (count: number): string => new Dec(Math.round(count)).mul('0.01').toFixed();

/** A mid that walks some cents a second, quoted a cent wide. */
let mid = 6_000_000;
const samples = new Map<number, MarketSample>();
for (let second = 0; second < SECONDS + 60; second += 1) {
  mid += (random() - 0.5) * 400;
  samples.set(T0 / 1_000 + second, {
    bid: price(cents(mid)),
    ask: price(cents(Math.round(mid) + 1)),
    cumBase: quantity(String(1_000 + 10 * second)),
    cumQuote: notional(String(60_000_000 + 600_000 * second)),
  });
}

const fills = Array.from({ length: FILLS }, (_, n): BookedTrade => {
  const at = addMs(T0, Math.floor((n * SECONDS * 1_000) / FILLS));
  const bid = samples.get(Math.floor(at / 1_000))?.bid ?? price('60000');
  const qty = quantity(new Dec(Math.ceil(random() * 10_000)).mul('0.00001').toFixed());
  const px = price(bid.add(Math.floor(random() * 200) / 100).toFixed());
  return {
    ...{ instrument: INSTRUMENT, price: px, qty, role: n % 3 === 0 ? 'taker' : 'maker', at },
    ...{ feeQuote: px.mul(qty).mul('0.0005'), otherFee: null },
  };
});
const seen = new Map([[INSTRUMENT, samples]]);
const executed = fills.reduce((sum, { qty }) => sum.add(qty), ZERO);
const order: CostedOrder = {
  ...{ side: 'buy', sizing: 'base', orderQty: executed, instruments: [INSTRUMENT], rules: [] },
  ...{ activatedAt: T0, until: addMs(T0, SECONDS * 1_000), finisherFrom: null, inactive: [] },
  ...{ arrival: price('60000'), decision: null, start: price('60000'), end: price('60010') },
  ...{ marketBase: decimal('36000'), marketQuote: decimal('2160000000'), othersBase: decimal('35000') },
  fills,
  plans: [firstPlan(executed, SECONDS * 1_000, T0)],
  profiles: new Map(),
  ...{ alphaTilt: ZERO, discretion: decimal('0.08'), sent: [], held: NEVER_HELD },
};

function measure(work: () => unknown): { least: number; median: number } {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(began);
    if (round >= WARM_UP) times.push((user + system) / 1_000);
  }
  times.sort((a, b) => a - b);
  return { least: times[0] ?? Number.NaN, median: times[Math.floor(times.length / 2)] ?? Number.NaN };
}

/** The longest step between which other work gets its turn, as it was when it was least disturbed. */
function longestStep(): number {
  const least: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const steps = orderCostInSteps(order, seen);
    for (let n = 0, isDone = false; !isDone; n += 1) {
      const began = process.cpuUsage();
      isDone = steps.next().done === true;
      const { user, system } = process.cpuUsage(began);
      least[n] = Math.min(least[n] ?? Infinity, (user + system) / 1_000);
    }
  }
  return Math.max(...least);
}

const floor = measure(() => fills.reduce((sum, { price: px, qty }) => sum.add(px.mul(qty)), ZERO));
const whole = measure(() => orderCost(order, seen));
for (const [name, { least, median }] of Object.entries({
  'floor: add up the fills': floor,
  'cost of the order': whole,
}))
  console.log(
    `${name.padEnd(26)}${least.toFixed(1).padStart(10)}${median.toFixed(1).padStart(10)}${(least / floor.least).toFixed(1).padStart(8)} x floor`,
  );
console.log(`${'longest step of it'.padEnd(26)}${longestStep().toFixed(1).padStart(10)}`);
