/**
 * Cost of one decision for an order with about a hundred children, half-way through its plan. Prints the
 * median and the 99th percentile in microseconds and the ratio to a floor measured in the same run: adding
 * up the same children's quantities. Run: `node --import ./test/support/typescript.mjs bench/decide-cost.ts`.
 */
import {
  Dec,
  decide,
  decimal,
  epochMs,
  price,
  quantity,
  type Algorithm,
  type ExecutionChild,
  type ExecutionParams,
  type ExecutionParent,
  type Notional,
  type VolumeProfile,
} from '#domain';
import {
  accountMarket,
  childOrder,
  close,
  marketOf,
  parentOrder,
  START,
  step,
} from '../test/support/simulated-order.js';

const CHILDREN = 100;
const ROUNDS = 20_000;
const WARM_UP = 5_000;

const now = epochMs(START + 60_000);
const filledQty = quantity('0.048');

const done = (sequence: number): ExecutionChild => {
  const taker = sequence % 10 === 0;
  const child = childOrder({
    sequence,
    timeInForce: taker ? 'ioc' : 'gtx',
    purpose: taker ? 'catch_up' : 'clip',
    orderQty: quantity('0.05'),
    createdAt: epochMs(START + sequence * 590),
    cumQty: filledQty,
    cumNotional: filledQty.mul('99.99') as Notional,
  });
  return close(child, taker ? 'expired' : 'canceled', '', epochMs(START + sequence * 590 + 300));
};

const fresh = parentOrder({ orderQty: decimal('10') });
const { after: planned } = step(fresh, marketOf([accountMarket(START)]), START);
const history = Array.from({ length: CHILDREN }, (_, index) => done(index));
const parent = { ...planned, children: history, nextSequence: CHILDREN, lastDecisionAt: epochMs(now - 1_000) };
const resting = childOrder({ sequence: CHILDREN, createdAt: epochMs(now - 3_000), price: price('99.9') });

const PROFILE: VolumeProfile = {
  id: 'even',
  shares: Array.from({ length: 1_440 }, () => 1 / 1_440),
  meanDailyVolume: 20_000_000,
  bars: 20_160,
};
const forecast = marketOf([accountMarket(now)], {
  profile: PROFILE,
  othersVolume: quantity('900'),
  marketVolume: quantity('1000'),
  othersPerMs: 0.015,
  hourlyVolatilityBps: 60,
});
/** The same order under another trajectory. */
const along = (algorithm: Algorithm, params: Partial<ExecutionParams> = {}): ExecutionParent => {
  const begun = step(
    parentOrder({ algorithm, orderQty: decimal('10') }, params),
    { ...forecast, accounts: [accountMarket(START)] },
    START,
  );
  return { ...parent, ...begun.after, children: history, nextSequence: CHILDREN, lastDecisionAt: epochMs(now - 1_000) };
};

const cases: Readonly<Record<string, ExecutionParent>> = {
  'places a clip': parent,
  'moves a resting clip': { ...parent, children: [...history, resting], nextSequence: CHILDREN + 1 },
  'catches up': { ...parent, children: history.slice(0, 60), nextSequence: CHILDREN },
  'IS, tilted': along('is', { alphaTilt: decimal('0.5') }),
  'Target Time': along('target_time', { targetTime: epochMs(START + 60_000) }),
  'VWAP, live': along('vwap'),
  'VWAP, capped': along('vwap', { povLimit: decimal('0.1') }),
  POV: along('pov', { povTarget: decimal('0.005'), durationMs: null }),
  'is paused': { ...parent, status: 'PAUSED' as const, paused: [{ from: epochMs(now - 1_000), to: null }] },
};

function measure(work: () => unknown): { median: number; p99: number } {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    work();
    if (round >= WARM_UP) samples.push((performance.now() - began) * 1_000);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(samples.length * share)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}

const floor = measure(() => history.reduce((sum, child) => sum.add(child.cumQty), new Dec(0)));
const row = (name: string, { median, p99 }: { median: number; p99: number }) =>
  console.log(
    `${name.padEnd(24)}${median.toFixed(1).padStart(10)}${p99.toFixed(1).padStart(10)}${(median / floor.median).toFixed(1).padStart(10)}`,
  );

console.log(`${'microseconds'.padEnd(24)}${'median'.padStart(10)}${'p99'.padStart(10)}${'x floor'.padStart(10)}`);
row('floor: add 100 numbers', floor);
for (const [name, one] of Object.entries(cases)) {
  const decision = decide(one, forecast, now, one.id);
  row(
    name,
    measure(() => decide(one, forecast, now, one.id)),
  );
  console.log(`  ${decision.intents.map((intent) => intent.kind).join(', ') || 'nothing'}`);
}
